"""The operators of diagrams: generations, union, difference, intersection; folding.

See ``tests/spec/08-compute-diagram.md`` §14.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any

from datajoint_nb.diagram import sources
from datajoint_nb.diagram.class_names import ClassNames
from datajoint_nb.diagram.selection import Selection
from datajoint_nb.diagram.state import Restrictions, State
from datajoint_nb.errors import DataJointError
from datajoint_nb.graph.graph import Graph
from datajoint_nb.graph.selection import Selection as GraphSelection
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import Condition, all_of, any_of

if TYPE_CHECKING:
    from typing_extensions import Self


class Algebra(State):
    """New diagrams from diagrams; restrictions are kept."""

    def __add__(self, other: Any) -> Self:
        """``D + n``: also n generations of children; ``D + E``, ``D + T``: the tables of both."""
        if _is_number(other):
            return self._with(self._selection.grow(int(other), self._pipeline.children))
        operand = self._operand(other)
        return (
            NotImplemented if operand is None else self._united(operand, self._selection | operand._selection)
        )

    def __sub__(self, other: Any) -> Self:
        """``D - n``: also n generations of parents; ``D - E``, ``D - T``: the tables of D but those."""
        if _is_number(other):
            return self._with(self._selection.grow(int(other), self._pipeline.parents))
        operand = self._operand(other)
        return NotImplemented if operand is None else self._with(self._selection - operand._selection)

    def __mul__(self, other: Any) -> Self:
        """``D * E``, ``D * T``: the tables that both show."""
        if _is_number(other):
            return NotImplemented
        operand = self._operand(other)
        return (
            NotImplemented if operand is None else self._united(operand, self._selection & operand._selection)
        )

    def add_parts(self) -> Self:
        """The diagram with all parts of the masters that it shows."""
        shown, found = self._selection, Selection()
        for table in self._pipeline.tables():
            master = table.master
            if master in shown.expanded:
                found |= Selection(expanded=frozenset((table,)))
            elif master in shown.folded:
                found |= Selection(folded=frozenset((table,)))
        return self._with(shown | found)

    def collapse(self) -> Self:
        """The diagram with one node for each schema; in a union with others, expanded tables win."""
        return self._with(self._selection.fold())

    def _operand(self, other: Any) -> State | None:
        """`other` as a diagram on the same connection, None for what can be none."""
        if isinstance(other, State):
            sources.same_connection(other._pipeline.connection, self._pipeline.connection)
            return other
        if not sources.is_source(other):
            return None
        pipeline = self._pipeline.including(sources.schemas_of(other))
        return self._with(self._chosen(other, pipeline), Restrictions(), pipeline)

    def _chosen(self, source: Any, pipeline: Any) -> Selection:
        """The tables that a source of any kind means."""
        if isinstance(source, State):
            sources.same_connection(source._pipeline.connection, pipeline.connection)
            return source._selection
        if isinstance(source, sources.COLLECTIONS):
            chosen = Selection()
            for member in source:
                chosen |= self._chosen(member, pipeline)
            return chosen
        return Selection(sources.names_of(source, pipeline))

    def _united(self, other: State, selection: Selection) -> Self:
        names = ClassNames(
            {**other._names.context, **self._names.context}, {**other._names.classes, **self._names.classes}
        )
        return self._with(
            selection,
            combined(self._restrictions, other._restrictions),
            self._pipeline.joined(other._pipeline),
            names,
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def combined(one: Restrictions, other: Restrictions) -> Restrictions:
    """What restricts a diagram made of two.

    Of two cascades or traces, a table has the rows that either found; of restrictions made by hand,
    those that meet both.

    Raises
    ------
    DataJointError
        When the two are of different modes: their rows answer different questions.
    """
    if other.rows is None or one.rows is other.rows:
        return one
    if one.rows is None:
        return other
    if one.mode != other.mode:
        raise DataJointError(
            f"A diagram of mode {one.mode} cannot be combined with one of mode {other.mode}: their rows "
            "answer different questions; draw them apart"
        )
    join = all_of if one.mode == "restrict" else any_of
    graph = _wider(one.rows.graph, other.rows.graph)
    return Restrictions(
        one.mode,
        merged(one.roots, other.roots, join),
        GraphSelection(graph, merged(one.rows.conditions, other.rows.conditions, join)),
    )


def _wider(one: Graph, other: Graph) -> Graph:
    """A graph with the tables of both."""
    if one.tables.keys() >= other.tables.keys():
        return one
    if other.tables.keys() >= one.tables.keys():
        return other
    return Graph({**one.tables, **other.tables}.values())


def merged(
    one: Mapping[TableName, Condition],
    other: Mapping[TableName, Condition],
    join: Callable[[Iterable[Condition]], Condition],
) -> dict[TableName, Condition]:
    """The conditions of both; where there are two, joined."""
    found = {**other, **one}
    return {
        name: join((one[name], other[name])) if name in one and name in other else c
        for name, c in found.items()
    }
