"""The table of origins made anew from foreign keys: ``tests/spec/01-definitions.md`` §8."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datajoint_nb.errors import DataJointError, MissingTableError
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql import ddl
from datajoint_nb.sql.statement import Statement

if TYPE_CHECKING:
    from datajoint_nb.connection.connection import Connection

logger = logging.getLogger("datajoint_nb")

Row = tuple[str, str, str]
Recorded = Callable[[TableName, str], "str | None"]
# rows of one INSERT, three values each, within the limits of all databases
ROWS = 5000


@dataclass
class Origins:
    """Origins of the attributes of one schema, found by following foreign keys.

    Parameters
    ----------
    tables : mapping
        All tables of the schema by name.
    recorded : callable
        The recorded origin of an attribute of another schema's table, None where there is none.
    """

    tables: Mapping[str, StoredTable]
    recorded: Recorded
    _found: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def rows(self, tables: Iterable[StoredTable]) -> list[Row]:
        """Table, attribute and origin for each attribute that has one."""
        return [
            (table.name.table, column.name, origin)
            for table in tables
            for column in table.columns
            if (origin := self.of(table, column.name)) is not None
        ]

    def of(self, table: StoredTable, name: str) -> str | None:
        """The origin of one attribute; the last foreign key decides, as in declarations."""
        place = (table.name.table, name)
        if place not in self._found:
            # whoever comes back here by a cycle of foreign keys finds the attribute itself
            self._found[place] = f"{table.name}.{name}"
            keys = [k for k in table.foreign_keys if name in k.columns and k.parent != table.name]
            if keys:
                self._found[place] = self._inherited(keys[-1].parent, keys[-1].attr_map[name])
            elif not table.by_name[name].in_key:
                self._found[place] = None
        return self._found[place]

    def _inherited(self, parent: TableName, name: str) -> str:
        stored = self.tables.get(parent.table)
        if stored is not None and stored.name == parent:
            origin = self.of(stored, name)
        else:
            origin = self.recorded(parent, name)
        if origin is None:
            origin = f"{parent}.{name}"
            logger.warning("No origin of %s is recorded; it is taken for its own origin", origin)
        return origin


def rebuild(connection: Connection, schema: str) -> None:
    """Replace the rows of ``~lineage``: first all are computed, then exchanged in one transaction.

    Raises
    ------
    DataJointError
        When a table of another schema, to which a foreign key leads, has no recorded origins;
        nothing is changed. Inside a transaction.
    """
    if connection.in_transaction:
        raise DataJointError("Lineage cannot be rebuilt inside a transaction; end the transaction first")
    # listed before tables are read: what others declare from now on keeps its rows
    listed = _listed(connection, schema)
    connection.catalogue.invalidate(schema)
    tables = _tables(connection, schema)
    rows = Origins(tables, lambda parent, name: _required(connection, parent, name)).rows(tables.values())
    _exchange(connection, schema, rows, {*listed, *tables})


def repair(connection: Connection, table: StoredTable) -> None:
    """Record the origins of a table whose key attributes have none.

    A schema without ``~lineage`` gets all its rows: with those of one table alone, all others
    would seem to have no origins.
    """
    schema = table.name.schema
    tables = _tables(connection, schema)
    origins = Origins(tables, lambda parent, name: _recorded(connection, parent, name))
    if table.lineage_available:
        _exchange(connection, schema, origins.rows([table]), {table.name.table})
    else:
        _exchange(connection, schema, origins.rows(tables.values()), set(tables))


def _tables(connection: Connection, schema: str) -> dict[str, StoredTable]:
    found = connection.catalogue.schema(schema)
    return {name: table for name, table in found.items() if not name.startswith("~")}


def _recorded(connection: Connection, parent: TableName, name: str) -> str | None:
    column = connection.catalogue.table(parent).by_name.get(name)
    return None if column is None else column.lineage


def _required(connection: Connection, parent: TableName, name: str) -> str:
    origin = _recorded(connection, parent, name)
    if origin is None:
        connection.catalogue.invalidate(parent.schema)
        origin = _recorded(connection, parent, name)
    if origin is None:
        raise DataJointError(
            f"The origin of {parent}.{name} is not recorded: "
            f"call rebuild_lineage() of the schema `{parent.schema}` first"
        )
    return origin


def _exchange(connection: Connection, schema: str, rows: list[Row], tables: set[str]) -> None:
    """Put rows in place of those of some tables."""
    dialect = connection.dialect
    connection.execute(ddl.lineage_table(schema, dialect), write=True)
    names = [TableName(schema, name) for name in sorted(tables)]
    try:
        with connection.in_block(guarded=False):
            connection.backend.lock_schema(connection.execute, schema)
            for start in range(0, len(names), ROWS):
                connection.execute(ddl.delete_lineage(names[start : start + ROWS], dialect), write=True)
            for start in range(0, len(rows), ROWS):
                for statement in ddl.insert_lineage(schema, rows[start : start + ROWS], dialect):
                    connection.execute(statement, write=True)
    finally:
        connection.forget(schema)


def table_exists(connection: Connection, schema: str) -> bool:
    """Whether the schema has its table of origins."""
    full = connection.dialect.table(TableName(schema, ddl.LINEAGE))
    try:
        connection.execute(Statement(f"SELECT 1 FROM {full} WHERE 1 = 0"))
    except MissingTableError:
        return False
    return True


def _listed(connection: Connection, schema: str) -> list[str]:
    """Tables that have rows, also such as are gone."""
    dialect = connection.dialect
    full = dialect.table(TableName(schema, ddl.LINEAGE))
    text = f"SELECT DISTINCT {dialect.quote('table_name')} FROM {full}"
    try:
        return [name for (name,) in connection.execute(Statement(text)).rows]
    except MissingTableError:
        return []
