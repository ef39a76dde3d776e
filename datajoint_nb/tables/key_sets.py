"""Keys of rows, fetched before the rows are deleted: ``05-data-manipulation.md`` §5.3."""

from __future__ import annotations

import contextlib
import secrets
from types import TracebackType
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query.conditions import FALSE, TRUE, Condition, InQuery, InRows
from datajoint_nb.query.nodes import Base, Node
from datajoint_nb.sql import delete as sql_delete
from datajoint_nb.sql import select as sql_select

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

# as many rows, and as many bound values, are written into each statement
MOST_ROWS = 10_000
MOST_VALUES = 1000


class KeySets:
    """Conditions on keys alone, instead of on rows that are about to change.

    Few keys are written into the statements. Many go to a temporary table, which lives until the
    block ends; MySQL cannot read such a table twice in one statement, but takes long lists.
    """

    def __init__(self, connection: Connection):
        self.connection = connection
        self._tables: list[TableName] = []

    def __enter__(self) -> KeySets:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for table in self._tables:
            # it goes with the session at the latest
            with contextlib.suppress(DataJointError):
                self.connection.execute(sql_delete.drop_keys(table, self.connection.dialect), write=True)
        self._tables.clear()

    def keys(self, name: TableName, node: Node) -> Condition:
        """The condition on the key of table `name` that holds for the rows of `node`."""
        stored = self.connection.catalogue.table(name)
        dialect = self.connection.dialect
        if stored.is_singleton:
            found = self.connection.execute(sql_select.exists(node, dialect)).rows[0][0]
            return TRUE if found else FALSE
        key = [stored.by_name[column] for column in stored.primary_key]
        if dialect.family == "mysql":
            return self._listed(key, sql_select.select(node, dialect, stored.primary_key))
        few = sql_select.first_rows(node, dialect, stored.primary_key, _most(key) + 1)
        rows = self.connection.execute(few).rows
        if len(rows) <= _most(key):
            return self._condition(key, rows)
        return self._table_of(stored, key, node)

    def _listed(self, key: list[Attribute], statement: Any) -> Condition:
        return self._condition(key, self.connection.execute(statement).rows)

    def _condition(self, key: list[Attribute], rows: list[Any]) -> Condition:
        if not rows:
            return FALSE
        readers = [self.connection.dialect.reader(attribute.core) for attribute in key]
        if any(readers):
            rows = [
                tuple([v if read is None else read(v) for v, read in zip(row, readers, strict=True)])
                for row in rows
            ]
        return InRows(tuple(a.name for a in key), tuple(a.core for a in key), rows)

    def _table_of(self, stored: StoredTable, key: list[Attribute], node: Node) -> Condition:
        dialect = self.connection.dialect
        target = TableName("pg_temp", f"djnb_keys_{secrets.token_hex(8)}")
        base = Base(stored.name, stored.heading)
        for statement in sql_delete.keep_keys(target, base, node, stored.primary_key, dialect):
            self.connection.execute(statement, write=True)
            if target not in self._tables:
                self._tables.append(target)
        names = tuple(stored.primary_key)
        return InQuery(names, Base(target, Heading(key)), False)


def _most(key: list[Attribute]) -> int:
    bound = sum(not attribute.core.is_integer for attribute in key)
    return min(MOST_ROWS, MOST_VALUES // bound) if bound else MOST_ROWS
