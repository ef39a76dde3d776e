"""The table of origins, ``~lineage``: ``tests/spec/01-definitions.md`` §8."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement

LINEAGE = "~lineage"
LINEAGE_COLUMNS = (
    ("table_name", 64, "table name within the schema"),
    ("attribute_name", 64, "attribute name"),
    ("lineage", 255, "origin: schema.table.attribute"),
)


def lineage_table(schema: str, dialect: Dialect) -> Statement:
    """Create the table of origins, unless it is there."""
    mysql = dialect.family == "mysql"
    columns = []
    for name, length, comment in LINEAGE_COLUMNS:
        sql_type = "TEXT" if dialect.name == "sqlite" else f"varchar({length})"
        note = f" COMMENT {dialect.literal(comment)}" if mysql else ""
        columns.append(f"{dialect.quote(name)} {sql_type} NOT NULL{note}")
    columns.append(f"PRIMARY KEY ({dialect.names(('table_name', 'attribute_name'))})")
    tail = {"mysql": " ENGINE=InnoDB", "sqlite": " STRICT"}.get(dialect.family, "")
    full = dialect.table(TableName(schema, LINEAGE))
    return Statement(f"CREATE TABLE IF NOT EXISTS {full} ({', '.join(columns)}){tail}")


def write_lineage(table: StoredTable, dialect: Dialect) -> list[Statement]:
    """Replace the origins of a table's attributes."""
    rows = [(table.name.table, c.name, c.lineage) for c in table.columns if c.lineage is not None]
    return [delete_lineage([table.name], dialect), *insert_lineage(table.name.schema, rows, dialect)]


def insert_lineage(schema: str, rows: Sequence[tuple[str, str, str]], dialect: Dialect) -> list[Statement]:
    """Insert rows (table, attribute, origin), replacing those of the same attributes."""
    if not rows:
        return []
    names = [name for name, _, _ in LINEAGE_COLUMNS]
    values = ", ".join([f"({MARK}, {MARK}, {MARK})"] * len(rows))
    if dialect.family == "mysql":
        tail = "ON DUPLICATE KEY UPDATE `lineage` = VALUES(`lineage`)"
    else:
        tail = 'ON CONFLICT ("table_name", "attribute_name") DO UPDATE SET "lineage" = excluded."lineage"'
    full = dialect.table(TableName(schema, LINEAGE))
    text = f"INSERT INTO {full} ({dialect.names(names)}) VALUES {values} {tail}"
    return [Statement(text, tuple(value for row in rows for value in row))]


def delete_lineage(tables: Iterable[TableName], dialect: Dialect) -> Statement:
    """Delete the origins of tables of one schema."""
    names = list(tables)
    full = dialect.table(TableName(names[0].schema, LINEAGE))
    marks = ", ".join([MARK] * len(names))
    text = f"DELETE FROM {full} WHERE {dialect.quote('table_name')} IN ({marks})"
    return Statement(text, tuple(name.table for name in names))
