"""The part of the foreign-key graph that a diagram can reach.

See ``tests/spec/08-compute-diagram.md`` §13.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

from datajoint_nb.backends import Reference
from datajoint_nb.graph.graph import Edge, Graph
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

Scope = Literal["active", "connected"]
# The foreign keys of a whole database, as they were when a graph was read. A graph is replaced
# whenever this process changes a table, so that they are then read again.
_REFERENCES: WeakKeyDictionary[Graph, list[Reference]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Pipeline:
    """Tables and foreign keys as they were when they were first asked for.

    Attributes
    ----------
    connection : Connection
    schemas : frozenset of str
        Schemas that count as activated, beside those that are.
    scope : {"active", "connected"}
        ``active``: tables of activated schemas and their neighbours; ``connected``: tables of all
        schemas that foreign keys lead to.
    """

    connection: Connection
    schemas: frozenset[str]
    scope: Scope = "active"

    def joined(self, other: Pipeline) -> Pipeline:
        """What both reach, and anything between."""
        scope: Scope = "connected" if "connected" in (self.scope, other.scope) else "active"
        return replace(self, schemas=self.schemas | other.schemas, scope=scope)

    def including(self, schemas: Iterable[str]) -> Pipeline:
        """The same with more schemas that count as activated."""
        return replace(self, schemas=self.schemas.union(schemas))

    # -- reading -------------------------------------------------------------------------------

    @cached_property
    def active(self) -> frozenset[str]:
        """Names of the schemas that are activated, or count as such."""
        return self.schemas.union(self.connection.schemas)

    @cached_property
    def _read(self) -> tuple[Graph, list[Reference]]:
        dependencies = self.connection.dependencies
        dependencies.order(self.active)
        references = _references(self.connection, dependencies.graph)
        if self.scope == "active":
            near = _adjacent(references, self.active)
        else:
            near = _closure(references, self.active)
        dependencies.order(self.active | near)
        graph: Graph = dependencies.graph
        _REFERENCES[graph] = references
        return graph, references

    @property
    def graph(self) -> Graph:
        """The graph; it may hold more schemas, if others asked for them."""
        return self._read[0]

    @cached_property
    def _unread(self) -> dict[TableName, list[Edge]]:
        """Foreign keys of tables that cannot be read, by child; of those no more is known."""
        graph, references = self._read
        found: dict[TableName, list[Edge]] = defaultdict(list)
        for reference in references:
            child, parent = reference.child, reference.key.parent
            if child not in graph.tables and parent in graph and not child.table.startswith("~"):
                found[child].append(Edge(child, reference.key, primary=False, multi=True, nullable=False))
        return dict(found)

    @cached_property
    def _reached(self) -> frozenset[TableName]:
        """The tables of the pipeline."""
        everything = {*self.graph.order(), *self._unread}
        if self.scope == "connected":
            schemas = self.active | _closure(self._read[1], self.active)
            return frozenset(table for table in everything if table.schema in schemas)
        own = {table for table in everything if table.schema in self.active}
        near = {end for table in own for edge in self._around(table) for end in (edge.parent, edge.child)}
        return frozenset(own | near)

    def _around(self, table: TableName) -> list[Edge]:
        return [*self._up(table), *self._down(table)]

    def _up(self, table: TableName) -> list[Edge]:
        if table in self._unread:
            return self._unread[table]
        return list(self.graph.parents(table)) if table in self.graph else []

    def _down(self, table: TableName) -> list[Edge]:
        edges = list(self.graph.children(table)) if table in self.graph else []
        return edges + self._unread_children.get(table, [])

    @cached_property
    def _unread_children(self) -> dict[TableName, list[Edge]]:
        found: dict[TableName, list[Edge]] = defaultdict(list)
        for edges in self._unread.values():
            for edge in edges:
                found[edge.parent].append(edge)
        return dict(found)

    # -- asking --------------------------------------------------------------------------------

    def tables(self) -> frozenset[TableName]:
        """All tables that the pipeline reaches."""
        return self._reached

    def __contains__(self, table: object) -> bool:
        return table in self._reached

    def parents(self, table: TableName) -> set[TableName]:
        """The reachable tables that `table` references."""
        return {edge.parent for edge in self._up(table)} & self._reached

    def children(self, table: TableName) -> set[TableName]:
        """The reachable tables that reference `table`."""
        return {edge.child for edge in self._down(table)} & self._reached

    def edges(self, tables: Collection[TableName]) -> list[Edge]:
        """The foreign keys between `tables`."""
        return [edge for table in tables for edge in self._up(table) if edge.parent in tables]

    def order(self, tables: Iterable[TableName]) -> list[TableName]:
        """`tables`, parents first and parts directly after their master."""
        given = set(tables)
        known = {table for table in given if table in self.graph}
        return [*self.graph.order(known), *sorted(given - known)]

    def stored(self, table: TableName) -> StoredTable | None:
        """The table as it is in the database; None when it cannot be read."""
        return self.graph.tables.get(table)

    def outside(self, tables: Iterable[TableName]) -> frozenset[TableName]:
        """Those of `tables` whose schemas are not activated on the connection."""
        activated: Mapping[str, object] = self.connection.schemas
        return frozenset(table for table in tables if table.schema not in activated)


def _references(connection: Connection, graph: Graph) -> list[Reference]:
    """The foreign keys of the whole database, read once for each state of the graph."""
    known = _REFERENCES.get(graph)
    if known is None:
        known = _REFERENCES[graph] = connection.catalogue.references()
    return known


def _adjacent(references: Iterable[Reference], schemas: Collection[str]) -> set[str]:
    """The schemas that a foreign key joins to one of `schemas`."""
    found = set()
    for reference in references:
        ends = {reference.child.schema, reference.key.parent.schema}
        if not ends.isdisjoint(schemas):
            found |= ends
    return found


def _closure(references: Iterable[Reference], schemas: Iterable[str]) -> set[str]:
    """The schemas that foreign keys join to one of `schemas`, through any number of others."""
    references = list(references)
    found = set(schemas)
    while (wider := found | _adjacent(references, found)) != found:
        found = wider
    return found
