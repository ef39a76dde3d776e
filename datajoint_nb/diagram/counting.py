"""Numbers of rows: one statement for all tables.

See ``tests/spec/08-compute-diagram.md`` §17.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from datajoint_nb.diagram.state import State
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import TableName
from datajoint_nb.query.nodes import Node
from datajoint_nb.sql import select as sql_select
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement
from datajoint_nb.tables.table import FreeTable

if TYPE_CHECKING:
    from typing_extensions import Self

logger = logging.getLogger("datajoint_nb")
# SQLite refuses compounds of more than 500 selects
MOST_TABLES = 400


def count_statement(nodes: Sequence[Node], dialect: Dialect, exists_only: bool = False) -> Statement:
    """One statement with a row (position, number of rows) for each node.

    Parameters
    ----------
    nodes : sequence of Node
        At least one.
    dialect : Dialect
    exists_only : bool
        0 or 1 in place of the number: whether there is any row.
    """
    ask = sql_select.exists if exists_only else sql_select.count
    parts = [ask(node, dialect) for node in nodes]
    sql = " UNION ALL ".join(f"SELECT {place}, ({part.sql})" for place, part in enumerate(parts))
    return Statement(sql, tuple(value for part in parts for value in part.params))


class Counting(State):
    """How many rows the shown tables have, and which have none."""

    def counts(self, refresh: bool = False) -> dict[str, int]:
        """Numbers of the rows that the diagram's restriction selects, by quoted full name.

        Each number is logged at level INFO.

        Parameters
        ----------
        refresh : bool
            Ask the database again; otherwise it is asked once.

        Raises
        ------
        DataJointError
            When nothing is restricted.
        """
        rows = self._restrictions.rows
        if rows is None:
            raise DataJointError(
                "counts() counts what a restriction selects, and this diagram has none; call "
                "Diagram(…).restrict(table & condition), Diagram.cascade(…) or Diagram.trace(…) first, or "
                "to_dict(counts=True) for the numbers of all rows"
            )
        dialect = self._pipeline.connection.dialect
        found = self._count_restricted(refresh)
        counts = {dialect.full_name(table): found[table] for table in rows.graph.order(found)}
        for table, number in counts.items():
            logger.info("%s: %s", table, number)
        return counts

    def prune(self) -> Self:
        """The diagram without empty tables; of a restricted one, without tables that have no match.

        Raises
        ------
        DataJointError
            On a diagram made by `cascade`.
        """
        if self._restrictions.mode == "cascade":
            raise DataJointError(
                "prune() is not possible on a diagram made by Diagram.cascade(): it has to show every table "
                "that a delete would reach; call counts() for the numbers of rows"
            )
        restricted = self._restrictions.mode != "plain"
        tables = self._shown_restricted() if restricted else self._readable()
        found = self._ask(tables, exists_only=True)
        return self._with(self._selection.without(table for table, number in found.items() if not number))

    def _shown_restricted(self) -> list[FreeTable]:
        return [self._table(name) for name in self._restrictions.tables if name in self._selection]

    def _readable(self) -> list[FreeTable]:
        pipeline = self._pipeline
        return [
            FreeTable(pipeline.connection, name)
            for name in self._selection
            if pipeline.stored(name) is not None
        ]

    def _count_all(self) -> dict[TableName, int]:
        return self._ask(self._readable())

    def _count_restricted(self, refresh: bool = False) -> dict[TableName, int]:
        """The numbers of shown restricted tables, from the memory of this diagram where it has them."""
        tables = self._shown_restricted()
        known = {} if refresh or self._counted is None else self._counted
        if any(table.name not in known for table in tables):
            self._counted = known = self._ask(tables)
        return {table.name: known[table.name] for table in tables}

    def _ask(self, tables: Iterable[FreeTable], exists_only: bool = False) -> dict[TableName, int]:
        connection = self._pipeline.connection
        found: dict[TableName, int] = {}
        left = iter(tables)
        while some := list(islice(left, MOST_TABLES)):
            statement = count_statement([t.node for t in some], connection.dialect, exists_only)
            found.update(
                (some[place].name, int(number)) for place, number in connection.execute(statement).rows
            )
        return found
