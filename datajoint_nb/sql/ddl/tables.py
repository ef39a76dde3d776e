"""CREATE TABLE and what goes with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, StoredTable
from datajoint_nb.sql.ddl import columns, enums, indexes
from datajoint_nb.sql.ddl.surroundings import NOTHING_KNOWN, Surroundings
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement

NO_TYPES: Mapping[str, str] = MappingProxyType({})
RESTRICT = " ON UPDATE CASCADE ON DELETE RESTRICT"


def create_table(
    table: StoredTable, dialect: Dialect, surroundings: Surroundings = NOTHING_KNOWN
) -> list[Statement]:
    """Enum types, the table, its indexes and comments, in the order to send them."""
    types, names = enums.types(table, dialect, surroundings.enums)
    return [
        *types,
        Statement(create(table, dialect, surroundings, names)),
        *([] if dialect.family == "mysql" else indexes.statements(table, dialect, surroundings.index_names)),
        *comments(table, dialect),
    ]


def create(
    table: StoredTable,
    dialect: Dialect,
    surroundings: Surroundings = NOTHING_KNOWN,
    types: Mapping[str, str] = NO_TYPES,
) -> str:
    """CREATE TABLE alone; `types` are the quoted enumerations of PostgreSQL by column."""
    parts = [
        columns.column(c, table, dialect, types.get(c.name), _collation(c, table, dialect, surroundings))
        for c in table.columns
    ]
    if not columns.numbers_itself(table, dialect):
        parts.append(f"PRIMARY KEY ({dialect.names(table.primary_key)})")
    for number, key in enumerate(table.foreign_keys, 1):
        parts.append(constraint_name(table.name, number, dialect) + foreign_key(key, dialect))
    tail = ""
    if dialect.family == "mysql":
        parts += indexes.inline(table, dialect)
        tail = f" ENGINE=InnoDB, COMMENT {dialect.literal(table.comment)}"
    elif dialect.name == "sqlite":
        tail = " STRICT"
    body = ",\n  ".join(parts)
    return f"CREATE TABLE IF NOT EXISTS {dialect.table(table.name)} (\n  {body}\n){tail}"


def constraint_name(table: TableName, number: int, dialect: Dialect) -> str:
    """A name for a foreign key where MySQL's own, ``<table>_ibfk_<number>``, would be too long."""
    ending = f"_ibfk_{number}"
    if dialect.family != "mysql" or len(table.table) + len(ending) <= dialect.table_limit:
        return ""
    digest = hashlib.md5(table.table.encode(), usedforsecurity=False).hexdigest()[:8]
    start = table.table[: dialect.table_limit - len(ending) - len(digest) - 1]
    return f"CONSTRAINT {dialect.quote(f'{start}_{digest}{ending}')} "


def foreign_key(key: ForeignKey, dialect: Dialect) -> str:
    """The clause of one foreign key."""
    parent = f"{dialect.table(key.parent)} ({dialect.names(key.parent_columns)})"
    return f"FOREIGN KEY ({dialect.names(key.columns)}) REFERENCES {parent}{RESTRICT}"


def _collation(
    column: Attribute, table: StoredTable, dialect: Dialect, surroundings: Surroundings
) -> tuple[str, str] | None:
    """Character set and collation of the parent's column, where the schema's own are others.

    MySQL refuses a foreign key between texts that compare differently.
    """
    if dialect.family != "mysql" or not column.core.is_text:
        return None
    for key in table.foreign_keys:
        if column.name in key.columns:
            parent = key.attr_map[column.name]
            found = surroundings.collations.get((key.parent.schema, key.parent.table, parent))
            if found and found != surroundings.collations.get((table.name.schema, "", "")):
                return found
    return None


def comments(table: StoredTable, dialect: Dialect) -> list[Statement]:
    """Statements that store the comments; in MySQL they are part of the table."""
    if dialect.name == "postgresql":
        full = dialect.table(table.name)
        return [
            Statement(f"COMMENT ON TABLE {full} IS {dialect.literal(table.comment)}"),
            *(
                Statement(f"COMMENT ON COLUMN {full}.{dialect.quote(c.name)} IS {dialect.literal(text)}")
                for c in table.columns
                if (text := columns.stored_comment(c, table, dialect))
            ),
        ]
    if dialect.name == "sqlite":
        rows = [
            ("", table.comment),
            *((c.name, columns.stored_comment(c, table, dialect)) for c in table.columns),
        ]
        kept = [(name, text) for name, text in rows if text]
        values = ", ".join([f"({MARK}, {MARK}, {MARK}, {MARK})"] * len(kept))
        params = tuple(v for name, text in kept for v in (table.name.schema, table.name.table, name, text))
        head = 'INSERT OR REPLACE INTO "~comments" (schema_name, table_name, attribute_name, comment) VALUES '
        return [Statement(head + values, params)] if kept else []
    return []


def drop_table(table: TableName, dialect: Dialect) -> Statement:
    """Drop one table; comments and lineage are apart, see `delete_comments` and `delete_lineage`.

    Job tables are made when they are first needed: one that is not there is passed over.
    """
    perhaps = "IF EXISTS " if table.table.startswith("~~") else ""
    return Statement(f"DROP TABLE {perhaps}{dialect.table(table)}")


def delete_comments(tables: Sequence[TableName], dialect: Dialect) -> list[Statement]:
    """Remove what is kept of comments of dropped tables of one schema."""
    if dialect.name != "sqlite":
        return []
    marks = ", ".join([MARK] * len(tables))
    text = f'DELETE FROM "~comments" WHERE schema_name = {MARK} AND table_name IN ({marks})'
    return [Statement(text, (tables[0].schema, *(table.table for table in tables)))]
