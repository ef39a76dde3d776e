"""Rows of several tables that belong together, one condition for each table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from datajoint_nb.graph.graph import Edge, Graph
from datajoint_nb.model.heading import Heading, renamed
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import TRUE, Condition, InQuery
from datajoint_nb.query.nodes import Base, Node, Project, Restrict


@dataclass(frozen=True)
class Selection:
    """The rows of each table that meet its condition.

    Attributes
    ----------
    graph : Graph
    conditions : mapping
        Table -> condition; a table that is absent has no selected rows.
    """

    graph: Graph
    conditions: Mapping[TableName, Condition] = field(default_factory=dict)

    @cached_property
    def tables(self) -> list[TableName]:
        """The tables, parents first."""
        return self.graph.order(self.conditions)

    def __contains__(self, name: object) -> bool:
        return name in self.conditions

    def __iter__(self) -> Iterator[TableName]:
        return iter(self.tables)

    def __reversed__(self) -> Iterator[TableName]:
        return reversed(self.tables)

    def __len__(self) -> int:
        return len(self.conditions)

    def node(self, name: TableName) -> Node:
        """The selected rows of a table."""
        return restricted(self.graph.base(name), self.conditions[name])


def restricted(base: Base, condition: Condition) -> Node:
    """`base`, restricted unless the condition always holds."""
    return base if condition is TRUE else Restrict(base, condition)


def renaming(node: Node, names: Mapping[str, str]) -> Node:
    """The attributes of `node` under other names: new -> old."""
    if all(new == old for new, old in names.items()):
        return node
    heading = node.heading
    attributes = [renamed(heading[old], new) for new, old in names.items()]
    return Project(node, Heading(attributes, lineage_available=heading.lineage_available), dict(names))


def children_of(rows: Node, edge: Edge) -> Condition:
    """The condition on the child: its foreign key leads to one of `rows` of the parent."""
    return InQuery(edge.key.columns, renaming(rows, edge.attr_map), edge.nullable)


def parents_of(rows: Node, edge: Edge) -> Condition:
    """The condition on the parent: one of `rows` of the child leads to it."""
    names = dict(zip(edge.key.parent_columns, edge.key.columns, strict=True))
    return InQuery(edge.key.parent_columns, renaming(rows, names), edge.nullable)


def downward(graph: Graph, edge: Edge, condition: Condition) -> Condition:
    """The condition on the child, given that of the parent: ``05`` §5.3, F1 to F3.

    A condition on columns that the child inherits into its key under the same names means the
    same there; anything else asks the parent.
    """
    inherited = set(edge.key.columns)
    if edge.primary and not edge.aliased and condition.names and condition.names <= inherited:
        return condition
    return children_of(restricted(graph.base(edge.parent), condition), edge)


def unique(conditions: Iterable[Condition]) -> list[Condition]:
    """Each condition once: the same one may come along several paths."""
    kept: list[Condition] = []
    for condition in conditions:
        if not any(condition is other or condition == other for other in kept):
            kept.append(condition)
    return kept
