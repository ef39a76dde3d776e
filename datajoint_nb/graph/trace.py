"""Where rows come from: ``tests/spec/03-queries.md`` §14."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datajoint_nb.graph.graph import Graph
from datajoint_nb.graph.selection import Selection, parents_of, restricted, unique
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.values import converter
from datajoint_nb.query.conditions import FALSE, Condition, Equal, IsNull, all_of, any_of


def trace(graph: Graph, roots: Mapping[TableName, Condition]) -> Selection:
    """The rows of the roots, and all rows that a chain of foreign keys leads to from them.

    Parameters
    ----------
    graph : Graph
        With all schemas upstream.
    roots : mapping
        Table -> condition; where chains converge, any of them is enough.
    """
    tables = {n for root in roots for n in graph.ancestors(root)}
    found: dict[TableName, Condition] = {}
    for name in reversed(graph.order(tables)):
        items = [roots[name]] if name in roots else []
        for edge in graph.children(name):
            if edge.child in found:
                rows = restricted(graph.base(edge.child), found[edge.child])
                items.append(parents_of(rows, edge))
        condition = any_of(unique(items))
        if condition is not FALSE:
            found[name] = condition
    return Selection(graph, found)


def roots_of_key(graph: Graph, table: TableName, key: Mapping[str, Any]) -> dict[TableName, Condition]:
    """What the key of a row, stored or not, says of its parents: roots for `trace`.

    Parameters
    ----------
    key : mapping
        Attributes of `table`. A foreign key none of whose values are in it leaves the parent
        unrestricted.
    """
    found: dict[TableName, list[Condition]] = {}
    for edge in graph.parents(table):
        heading = graph.base(edge.parent).heading
        given = [(old, key[new]) for new, old in edge.attr_map.items() if new in key]
        condition = all_of(_equal(heading[old], value) for old, value in given)
        found.setdefault(edge.parent, []).append(condition)
    return {parent: any_of(unique(items)) for parent, items in found.items()}


def _equal(attribute: Attribute, value: Any) -> Condition:
    if value is None:
        return IsNull(attribute.name)
    return Equal(attribute.name, attribute.core, converter(attribute.core)(value))
