"""Restricting a whole diagram: ``tests/spec/05-data-manipulation.md`` §5.5."""

from __future__ import annotations

from collections.abc import Mapping

from datajoint_nb.graph.graph import Graph
from datajoint_nb.graph.selection import Selection, downward, unique
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import Condition, all_of, any_of


def restrict(graph: Graph, roots: Mapping[TableName, Condition]) -> Selection:
    """The rows of the roots and of all that depend on them.

    A row meets the conditions that come from each of its restricted parents; of several foreign
    keys to one parent, one is enough.
    """
    found: dict[TableName, Condition] = {}
    for name in graph.order({n for root in roots for n in graph.descendants(root)}):
        items = [roots[name]] if name in roots else []
        alternatives: dict[TableName, list[Condition]] = {}
        for edge in graph.parents(name):
            if edge.parent in found:
                item = downward(graph, edge, found[edge.parent])
                alternatives.setdefault(edge.parent, []).append(item)
        items += [any_of(unique(conditions)) for conditions in alternatives.values()]
        found[name] = all_of(unique(items))
    return Selection(graph, found)
