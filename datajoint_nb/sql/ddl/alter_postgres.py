"""ALTER TABLE of PostgreSQL: names, columns, defaults, types and comments apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from datajoint_nb.model.changes import Alteration, Change
from datajoint_nb.model.types import TypeSpec
from datajoint_nb.sql.ddl import columns, enums, indexes
from datajoint_nb.sql.ddl.surroundings import Surroundings
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement

MOMENTS = frozenset({"date", "datetime", "timestamp", "timestamptz", "time"})


def statements(alteration: Alteration, dialect: Dialect, surroundings: Surroundings) -> list[Statement]:
    """New enumerations, new names, all other changes, comments, enumerations without use."""
    full = dialect.table(alteration.after.name)
    retyped = tuple(change.after for change in alteration.changed if change.retyped)
    subject = replace(alteration.after, columns=(*alteration.added, *retyped))
    created, types = enums.types(subject, dialect, surroundings.enums)
    quote = dialect.quote
    renames = (
        Statement(f"ALTER TABLE {full} RENAME COLUMN {quote(old)} TO {quote(new)}")
        for new, old in alteration.old_names.items()
    )
    clauses = list(_clauses(alteration, dialect, types))
    unused = sorted(surroundings.leaving - set(types.values()))
    return [
        *created,
        *renames,
        *([Statement(f"ALTER TABLE {full}\n  " + ",\n  ".join(clauses))] if clauses else []),
        *_comments(alteration, dialect),
        *(Statement(f"DROP TYPE {name}") for name in unused),
    ]


def _clauses(alteration: Alteration, dialect: Dialect, types: Mapping[str, str]) -> Iterator[str]:
    for attribute in alteration.dropped:
        yield f"DROP COLUMN {dialect.quote(attribute.name)}"
    for attribute in alteration.added:
        clause = columns.column(attribute, alteration.after, dialect, types.get(attribute.name))
        yield f"ADD COLUMN {clause}"
    for change in alteration.changed:
        head = f"ALTER COLUMN {dialect.quote(change.after.name)} "
        yield from (head + clause for clause in _column_clauses(change, dialect, types))


def _column_clauses(change: Change, dialect: Dialect, types: Mapping[str, str]) -> Iterator[str]:
    """A default is dropped before the type changes: it might not be one of the new type."""
    before, after = change.before, change.after
    sql_type = types.get(after.name) or dialect.column_type(after.core)
    retyped = change.retyped and sql_type != before.sql_type
    default = columns.default_clause(after, dialect)
    has_default = default not in {"", "DEFAULT NULL"}
    had_default = before.default_value is not None and before.default_value.kind != "null"
    if had_default and (retyped or not has_default):
        yield "DROP DEFAULT"
    if retyped:
        yield f"TYPE {sql_type}{_using(change, sql_type, dialect)}"
    if has_default and (retyped or change.redefaulted):
        yield f"SET {default}"
    if change.renulled:
        yield "DROP NOT NULL" if after.nullable else "SET NOT NULL"


def _using(change: Change, sql_type: str, dialect: Dialect) -> str:
    """How old values become new ones, where the server does not do it by itself.

    An explicit cast to a shorter text would cut values in silence, so there is none.
    """
    old, new = change.before.core, change.after.core
    name = dialect.quote(change.after.name)
    if new.name == "datetime" and old.name in MOMENTS - {"time"}:
        # a bare timestamp keeps microseconds
        return f" USING {name}::timestamp({new.args[0] if new.args else 0})"
    if (new.is_text and new.name != "enum") or _convertible(old, new):
        return ""
    if new.is_bool:
        return f" USING {name} <> 0" if old.is_numeric else f" USING {name}::text::boolean"
    between = "int" if old.is_bool else "text"
    return f" USING {name}::{between}::{sql_type}"


def _convertible(old: TypeSpec, new: TypeSpec) -> bool:
    numbers = all(spec.is_numeric and not spec.is_bool for spec in (old, new))
    return numbers or (old.name in MOMENTS and new.name in MOMENTS)


def _comments(alteration: Alteration, dialect: Dialect) -> Iterator[Statement]:
    after, full = alteration.after, dialect.table(alteration.after.name)
    for index, before in zip(after.indexes, alteration.before.indexes, strict=True):
        if index.note != before.note and index.name:
            yield indexes.note(after, index, dialect)
    if alteration.recommented:
        yield Statement(f"COMMENT ON TABLE {full} IS {dialect.literal(after.comment)}")
    changed = [change.after for change in alteration.changed if change.retyped or change.recommented]
    for attribute in (*alteration.added, *changed):
        text = dialect.literal(columns.stored_comment(attribute, after, dialect))
        yield Statement(f"COMMENT ON COLUMN {full}.{dialect.quote(attribute.name)} IS {text}")
