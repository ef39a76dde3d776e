"""Changing a table that is there: ``tests/spec/01-definitions.md`` §6."""

from __future__ import annotations

from collections.abc import Iterator

from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.heading import Attribute
from datajoint_nb.sql.ddl import alter_postgres, columns, rebuild
from datajoint_nb.sql.ddl.surroundings import NOTHING_KNOWN, Surroundings
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement


def alter_table(
    alteration: Alteration, dialect: Dialect, surroundings: Surroundings = NOTHING_KNOWN
) -> list[Statement]:
    """What makes the changes, in the order to send it; nothing for no change.

    One ALTER TABLE in MySQL; in PostgreSQL, which cannot move columns, several statements; SQLite
    copies the rows to a new table, since it can change little of one that is there.
    """
    if dialect.name == "postgresql":
        return alter_postgres.statements(alteration, dialect, surroundings)
    if dialect.name == "sqlite":
        return rebuild.statements(alteration, dialect, surroundings)
    clauses = list(_clauses(alteration, dialect, surroundings))
    head = f"ALTER TABLE {dialect.table(alteration.after.name)}\n  "
    return [Statement(head + ",\n  ".join(clauses))] if clauses else []


def _clauses(alteration: Alteration, dialect: Dialect, surroundings: Surroundings) -> Iterator[str]:
    """Clauses of MySQL's ALTER TABLE; places are those after all that comes before was done."""
    for attribute in alteration.dropped:
        yield f"DROP COLUMN {dialect.quote(attribute.name)}"
    added = {attribute.name for attribute in alteration.added}
    for attribute in alteration.after.columns:
        name = attribute.name
        moves = name in added or name in alteration.moved
        change = alteration.changes.get(name)
        if attribute.is_hidden or not (moves or change):
            continue
        old = change.before.name if change else name
        collation = None if name in added else _collation(attribute, old, alteration, surroundings)
        clause = columns.column(attribute, alteration.after, dialect, collation=collation)
        if name in added:
            head = "ADD COLUMN "
        else:
            head = f"CHANGE COLUMN {dialect.quote(old)} " if old != name else "MODIFY COLUMN "
        yield head + clause + (_place(attribute, alteration, dialect) if moves else "")
    if alteration.recommented:
        yield f"COMMENT = {dialect.literal(alteration.after.comment)}"


def _collation(
    attribute: Attribute, old: str, alteration: Alteration, surroundings: Surroundings
) -> tuple[str, str] | None:
    """The character set and collation that a text has: MySQL would give it those of its table."""
    name = alteration.before.name
    if not (alteration.before.by_name[old].core.is_text and attribute.core.is_text):
        return None
    return surroundings.collations.get((name.schema, name.table, old))


def _place(attribute: Attribute, alteration: Alteration, dialect: Dialect) -> str:
    """After the attribute that comes before it; hidden columns stay where they are."""
    names = [column.name for column in alteration.after.columns]
    before = names.index(attribute.name) - 1
    return f" AFTER {dialect.quote(names[before])}" if before >= 0 else " FIRST"
