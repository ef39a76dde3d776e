"""CREATE and DROP of schemas."""

from __future__ import annotations

from collections.abc import Sequence

from datajoint_nb.model.names import TableName
from datajoint_nb.sql.ddl.lineage import lineage_table
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement


def create_schema(schema: str, dialect: Dialect, collation: str | None = None) -> list[Statement]:
    """Create a schema with its table of origins.

    Parameters
    ----------
    collation : str or None
        MySQL: of the new database; it begins with the name of its character set.
    """
    if dialect.name == "sqlite":
        text = f'INSERT INTO "~schemas" (name) VALUES ({MARK}) ON CONFLICT DO NOTHING'
        return [Statement(text, (schema,)), lineage_table(schema, dialect)]
    if dialect.name == "postgresql":
        return [
            Statement(f"CREATE SCHEMA IF NOT EXISTS {dialect.quote(schema)}"), lineage_table(schema, dialect)
        ]  # fmt: skip
    charset = (collation or "").partition("_")[0]
    option = f" CHARACTER SET {charset} COLLATE {collation}" if collation else ""
    return [
        Statement(f"CREATE DATABASE IF NOT EXISTS {dialect.quote(schema)}{option}"),
        lineage_table(schema, dialect),
    ]


def drop_schema(schema: str, tables: Sequence[TableName], dialect: Dialect) -> list[Statement]:
    """Drop a schema with all it holds.

    Parameters
    ----------
    tables : sequence of TableName
        SQLite, where a schema is not a thing of its own: its tables, children first.
    """
    if dialect.family == "mysql":
        return [Statement(f"DROP DATABASE {dialect.quote(schema)}")]
    if dialect.name == "postgresql":
        return [Statement(f"DROP SCHEMA {dialect.quote(schema)} CASCADE")]
    return [
        *(Statement(f"DROP TABLE {dialect.table(table)}") for table in tables),
        Statement(f'DELETE FROM "~comments" WHERE schema_name = {MARK}', (schema,)),
        Statement(f'DELETE FROM "~schemas" WHERE name = {MARK}', (schema,)),
    ]
