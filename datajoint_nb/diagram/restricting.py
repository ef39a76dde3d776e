"""Restricted diagrams: cascade, trace, restrict, and the rows of each table.

See ``tests/spec/08-compute-diagram.md`` §17 and ``05-data-manipulation.md`` §5.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from datajoint_nb.diagram import sources
from datajoint_nb.diagram.class_names import caller_variables, class_names
from datajoint_nb.diagram.counting import Counting
from datajoint_nb.diagram.pipeline import Pipeline
from datajoint_nb.diagram.seeds import LastingKeys, condition_of
from datajoint_nb.diagram.selection import Selection
from datajoint_nb.diagram.state import Restrictions
from datajoint_nb.errors import DataJointError
from datajoint_nb.graph import restrict as graph_restrict
from datajoint_nb.graph import trace as graph_trace
from datajoint_nb.graph.cascade import PartIntegrity
from datajoint_nb.graph.cascade import cascade as graph_cascade
from datajoint_nb.graph.selection import Selection as GraphSelection
from datajoint_nb.model.names import FULL_NAME, TableName, parse_full_name
from datajoint_nb.query.conditions import TRUE, all_of
from datajoint_nb.tables.expression import QueryExpression
from datajoint_nb.tables.references import is_table_class
from datajoint_nb.tables.table import FreeTable

if TYPE_CHECKING:
    from typing_extensions import Self


class Restricting(Counting):
    """Which rows of the shown tables belong to those of a restriction."""

    @classmethod
    def cascade(
        cls, expr: Any, part_integrity: PartIntegrity = "enforce", *, context: Mapping[str, Any] | None = None
    ) -> Self:
        """The rows that a delete of the rows of `expr` would take along; nothing is deleted.

        Parameters
        ----------
        expr : table or table class
            Restricted or not.
        part_integrity : {"enforce", "ignore", "cascade"}
            ``cascade`` adds the master rows of all part rows, and what depends on those.
        context : mapping, optional
            As for `Diagram`.

        Returns
        -------
        Diagram
            Of the table of `expr` and of those that its foreign keys reach, in all schemas.

        Raises
        ------
        DataJointError
            For joins, aggregations, and whatever is no table.
        ValueError
            For another `part_integrity`.
        """
        if part_integrity not in get_args(PartIntegrity):
            raise ValueError(
                f"part_integrity must be 'enforce', 'ignore' or 'cascade', not {part_integrity!r}"
            )
        table = sources.table_of(expr)
        connection = table._require_connection()
        graph = connection.dependencies.downstream(table.name)
        keys = LastingKeys(connection).keys
        rows = graph_cascade(graph, table.name, condition_of(table), keys, part_integrity)
        return cls._of_rows("cascade", table, rows, context)

    @classmethod
    def trace(cls, expr: Any, *, context: Mapping[str, Any] | None = None) -> Self:
        """The rows that the rows of `expr` come from.

        Parameters
        ----------
        expr : table or table class
            Restricted or not.
        context : mapping, optional
            As for `Diagram`.

        Returns
        -------
        Diagram
            Of the table of `expr` and all its ancestors, in all schemas.

        Raises
        ------
        DataJointError
            For joins, aggregations, and whatever is no table.
        """
        table = sources.table_of(expr)
        graph = table._require_connection().dependencies.upstream(table.name)
        rows = graph_trace.trace(graph, {table.name: condition_of(table)})
        return cls._of_rows("trace", table, rows, context)

    @classmethod
    def _of_rows(cls, mode: Any, table: Any, rows: GraphSelection, context: Mapping[str, Any] | None) -> Self:
        connection = table._require_connection()
        result = cls.__new__(cls)
        result._pipeline = Pipeline(connection, frozenset(n.schema for n in rows), "connected")
        result._names = class_names(connection, caller_variables() if context is None else context)
        result._selection = Selection(frozenset(rows))
        result._restrictions = Restrictions(mode, {table.name: condition_of(table)}, rows)
        return result

    def restrict(self, expr: Any) -> Self:
        """The diagram about the rows of `expr` and the rows that depend on them.

        No table is left out, and the table of `expr` is shown from now on. Several restrictions must
        all hold; of several foreign keys to one parent, one is enough.

        Parameters
        ----------
        expr : table or table class
            Of the graph of the diagram, shown or not.

        Raises
        ------
        DataJointError
            On a diagram made by `cascade` or `trace`, and for a table that is not in the graph.
        """
        mode = self._restrictions.mode
        table = sources.table_of(expr)
        if mode in ("cascade", "trace"):
            raise DataJointError(
                f"restrict({table.name}) is not possible on a diagram made by Diagram.{mode}(): its rows are "
                f"those that the {mode} found; restrict the table that you give to Diagram.{mode}(), or call "
                "Diagram(table).restrict(…)"
            )
        sources.same_connection(table._require_connection(), self._pipeline.connection)
        if table.name not in self._pipeline:
            raise DataJointError(
                f"restrict() was given {table.name}, which is not in the graph of this diagram; make the "
                "diagram with scope='connected', or activate the schema first"
            )
        roots = dict(self._restrictions.roots)
        roots[table.name] = all_of((roots.get(table.name, TRUE), condition_of(table)))
        dependencies = self._pipeline.connection.dependencies
        # each call adds to the same graph
        graph = [dependencies.downstream(root) for root in roots][-1]
        rows = graph_restrict.restrict(graph, roots)
        return self._with(self._selection.with_tables((table.name,)), Restrictions("restrict", roots, rows))

    # -- one table -----------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> FreeTable:
        """The rows of a shown table, as a FreeTable.

        Parameters
        ----------
        key : table class, table or str
            A class path (``Station``, ``Run.Trial``, ``lab.Station`` with `lab` a module or a schema),
            a table name (``#station``) or a full name, quoted or not.

        Raises
        ------
        DataJointError
            For tables that are not shown, and names that several shown tables have.
        """
        return self._table(self._find(key))

    def _find(self, key: Any) -> TableName:
        if not (isinstance(key, (str, QueryExpression)) or is_table_class(key)):
            raise DataJointError(
                "A diagram is indexed by a table class, a table or a name, not by an object of type "
                f"{type(key).__name__}"
            )
        if not isinstance(key, str):
            name = sources.table_of(key).name
            if name not in self._selection:
                raise DataJointError(
                    f"Table {name} is not shown in this diagram; it shows {self._shown_names()}"
                )
            return name
        found = self._named(key)
        if len(found) == 1:
            return found[0]
        if found:
            raise DataJointError(
                f"{key!r} may be any of {', '.join(map(str, found))}; index by one of these full names"
            )
        near = get_close_matches(key, self._labels(), n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"it shows {self._shown_names()}"
        raise DataJointError(f"No table that this diagram shows is called {key!r}; {hint}")

    def _named(self, text: str) -> list[TableName]:
        """The shown tables called `text`: by full name, else by class path, else by table name."""
        if FULL_NAME.fullmatch(text) and (name := parse_full_name(text)) in self._selection:
            return [name]
        by_class = [
            name
            for name, paths in self._names.spellings(self._selection).items()
            if text in paths or text in {f"{name.schema}.{path}" for path in paths}
        ]
        return sorted(by_class or [name for name in self._selection if name.table == text])

    def _labels(self) -> list[str]:
        paths = self._names.paths(self._selection)
        return [paths.get(name, str(name)) for name in self._pipeline.order(self._selection)]

    def _shown_names(self) -> str:
        labels = self._labels()
        return (
            ", ".join(labels[:8]) + (f" and {len(labels) - 8} more" if len(labels) > 8 else "") or "no table"
        )
