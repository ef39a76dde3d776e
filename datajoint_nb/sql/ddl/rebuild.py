"""SQLite's way to alter a table: a new one takes the rows and then the name.

Foreign keys have to be off meanwhile, else dropping the old table would delete its rows one by
one and fail at the first one that is referenced. See https://sqlite.org/lang_altertable.html.
"""

from __future__ import annotations

from dataclasses import replace

from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.types import TypeSpec
from datajoint_nb.sql import values
from datajoint_nb.sql.ddl import columns, indexes, tables
from datajoint_nb.sql.ddl.surroundings import Surroundings
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement


def statements(alteration: Alteration, dialect: Dialect, surroundings: Surroundings) -> list[Statement]:
    """The new table with all rows in place of the old one; comments alone need no new table."""
    if not alteration:
        return []
    after = alteration.after
    changes = any(not change.only_comments for change in alteration.changed)
    rebuilt = changes or alteration.added or alteration.dropped or alteration.moved
    return [
        *(_rebuild(alteration, dialect, surroundings) if rebuilt else ()),
        *tables.delete_comments([after.name], dialect),
        *tables.comments(after, dialect),
    ]


def _rebuild(alteration: Alteration, dialect: Dialect, surroundings: Surroundings) -> list[Statement]:
    after = alteration.after
    new = replace(after, name=TableName(after.name.schema, f"~altered_{after.name.table}"))
    full, temporary = dialect.table(after.name), dialect.table(new.name)
    numbers = _keep_numbers(alteration, new.name) if columns.numbers_itself(after, dialect) else []
    return [
        Statement(tables.create(new, dialect)),
        _copy(alteration, new.name, dialect),
        *numbers,
        Statement(f"DROP TABLE {full}"),
        Statement(f"ALTER TABLE {temporary} RENAME TO {full}"),
        *indexes.statements(after, dialect, surroundings.index_names),
        *(Statement(text) for text in surroundings.triggers),
    ]


def _copy(alteration: Alteration, new: TableName, dialect: Dialect) -> Statement:
    added = {attribute.name for attribute in alteration.added}
    kept = [attribute for attribute in alteration.after.columns if attribute.name not in added]
    sources = []
    for attribute in kept:
        old = alteration.old_names.get(attribute.name, attribute.name)
        sources.append(_converted(dialect.quote(old), alteration.before.by_name[old], attribute))
    names = dialect.names(attribute.name for attribute in kept)
    select = f"SELECT {', '.join(sources)} FROM {dialect.table(alteration.before.name)} ORDER BY rowid"
    return Statement(f"INSERT INTO {dialect.table(new)} ({names})\n  {select}")


def _keep_numbers(alteration: Alteration, new: TableName) -> list[Statement]:
    """The last number given stays, also when its row is gone."""
    old = str(alteration.before.name)
    return [
        Statement(f"DELETE FROM sqlite_sequence WHERE name = {MARK}", (str(new),)),
        Statement(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT {MARK}, seq "
            f"FROM sqlite_sequence WHERE name = {MARK}",
            (str(new), old),
        ),
    ]


def _converted(name: str, before: Attribute, after: Attribute) -> str:
    """The old value in the spelling of the new type, for types that SQLite keeps as text or real.

    Numbers and texts become each other by themselves where nothing is lost; otherwise the new
    table refuses them.
    """
    old, new = before.core, after.core
    if old.text == new.text:
        return name
    if new.name == "datetime" and old.name in {"datetime", "date"}:
        return _moment(name, old, new)
    if new.name == "date" and old.name == "datetime":
        return f"substr({name}, 1, 10)"
    if new.is_decimal and new.args and old.is_numeric:
        return f"djnb_round({name}, {new.args[1]})" if int(new.args[0]) <= values.REAL_DIGITS else name
    return name


def _moment(name: str, old: TypeSpec, new: TypeSpec) -> str:
    """With as many digits of the second as the new type has."""
    whole = f"{name} || ' 00:00:00'" if old.name == "date" else name
    had, has = (int(spec.args[0]) if spec.name == "datetime" and spec.args else 0 for spec in (old, new))
    if has > had:
        return f"{whole} || '{'' if had else '.'}{'0' * (has - had)}'"
    if has < had:
        return f"substr({whole}, 1, {20 + has if has else 19})"
    return whole
