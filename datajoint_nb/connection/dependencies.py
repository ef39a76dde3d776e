"""The foreign keys of the database as a graph, read when it is needed.

See ``tests/spec/05-data-manipulation.md`` §5.1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from datajoint_nb.backends import Reference
from datajoint_nb.connection.catalogue import Catalogue
from datajoint_nb.errors import AccessError
from datajoint_nb.graph.graph import Edge, Graph
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, StoredTable

Link = tuple[TableName, TableName, frozenset[tuple[str, str]]]


class Dependencies:
    """The graph of the tables of activated schemas, and of schemas that they lead to.

    Parameters
    ----------
    catalogue : Catalogue
    activated : callable
        The names of the activated schemas, asked each time.
    """

    def __init__(self, catalogue: Catalogue, activated: Callable[[], Iterable[str]]):
        self._catalogue = catalogue
        self._activated = activated
        self._further: set[str] = set()
        # schemas that have tables in the graph's reach, but may not be read by this user
        self._hidden: set[str] = set()
        self._graph: Graph | None = None
        self._sources: dict[str, Mapping[str, StoredTable]] = {}

    def clear(self) -> None:
        """Forget everything; it is read again when it is needed."""
        self._further.clear()
        self._hidden.clear()
        self._sources.clear()
        self._graph = None

    # -- the graph -------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The graph of all schemas that were activated or asked for.

        Raises
        ------
        DataJointError
            When foreign keys form a cycle.
        """
        sources = self._read({*self._activated(), *self._further})
        known = self._sources
        same = sources.keys() == known.keys() and all(sources[name] is known[name] for name in sources)
        if self._graph is None or not same:
            self._graph = Graph(table for tables in sources.values() for table in tables.values())
            self._sources = sources
        return self._graph

    def _read(self, names: set[str]) -> dict[str, Mapping[str, StoredTable]]:
        found: dict[str, Mapping[str, StoredTable]] = {}
        for name in names - self._hidden:
            try:
                found[name] = self._catalogue.schema(name)
            except AccessError:
                self._hidden.add(name)
        return found

    def load(self, force: bool = True) -> None:
        """Read the graph of the activated schemas; with `force`, anew."""
        if force:
            for name in {*self._activated(), *self._further}:
                self._catalogue.invalidate(name)
            self._graph = None
        _ = self.graph

    def _with(self, *schemas: str) -> Graph:
        for schema in schemas:
            # whoever asks for a schema by name is told when it cannot be read
            self._catalogue.schema(schema)
        self._further.update(schemas)
        return self.graph

    def _graph_of(self, name: TableName) -> Graph:
        """The graph with the schema of a table; read anew when it does not have the table."""
        graph = self._with(name.schema)
        if name not in graph:
            self._catalogue.invalidate(name.schema)
            graph = self.graph
        return graph

    # -- relatives -------------------------------------------------------------------------

    def parents(self, name: TableName) -> tuple[Edge, ...]:
        """Foreign keys of a table.

        Raises
        ------
        MissingTableError
            When the table is not in the database.
        """
        return self._graph_of(name).parents(name)

    def children(self, name: TableName) -> tuple[Edge, ...]:
        """Foreign keys that lead to a table, from the schemas read so far."""
        return self._graph_of(name).children(name)

    def ancestors(self, name: TableName) -> list[TableName]:
        """The table and all that it depends on, nearest first."""
        return self._graph_of(name).ancestors(name)

    def descendants(self, name: TableName) -> list[TableName]:
        """The table and all that depend on it, parents first, from the schemas read so far."""
        return self._graph_of(name).descendants(name)

    def order(self, schemas: Iterable[str] | None = None) -> list[TableName]:
        """Tables of some schemas, or of all, parents first and parts after their masters."""
        if schemas is None:
            return self.graph.order()
        names = set(schemas)
        graph = self._with(*names)
        return graph.order(name for name in graph.tables if name.schema in names)

    # -- beyond the activated schemas ------------------------------------------------------

    def downstream(self, name: TableName) -> Graph:
        """The graph with everything that depends on a table or on the master of such a table.

        One statement asks for the foreign keys of the whole database, so that tables declared
        elsewhere meanwhile, in whatever schema, are not missed.
        """
        self._hidden.clear()
        self._graph_of(name)
        self._read_downstream([name])
        graph = self.graph
        if name not in graph:
            graph.descendants(name)  # says that the table is missing
        return graph

    def load_all_downstream(self) -> None:
        """Add every schema with tables that depend on the tables read so far."""
        self._read_downstream(self.graph.tables)

    def _read_downstream(self, names: Iterable[TableName]) -> None:
        references = [r for r in self._catalogue.references() if not r.child.table.startswith("~")]
        self._forget_changed(references)
        children: dict[TableName, set[TableName]] = defaultdict(set)
        for reference in references:
            children[reference.key.parent].add(reference.child)
        found: set[TableName] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            waiting.extend(children[name])
            if name.master is not None:
                waiting.append(name.master)
        self._further.update(name.schema for name in found)

    def _forget_changed(self, references: Iterable[Reference]) -> None:
        """Have those schemas read again whose foreign keys are not what they were."""
        now: dict[str, set[Link]] = defaultdict(set)
        for reference in references:
            now[reference.child.schema].add(_link(reference.child, reference.key))
        for schema, tables in self._read({*self._activated(), *self._further}).items():
            kept = [t for t in tables.values() if not t.name.table.startswith("~")]
            before = {_link(t.name, key) for t in kept for key in t.foreign_keys}
            if before != now[schema]:
                self._catalogue.invalidate(schema)

    def upstream(self, name: TableName) -> Graph:
        """The graph with everything that a table depends on."""
        self._graph_of(name)
        self._read_upstream([name])
        return self.graph

    def load_all_upstream(self) -> None:
        """Add every schema with tables that the tables read so far depend on."""
        self._read_upstream(self.graph.tables)

    def _read_upstream(self, names: Iterable[TableName]) -> None:
        found: set[TableName] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            stored = self._read({name.schema}).get(name.schema, {}).get(name.table)
            if name in found or stored is None:
                continue
            found.add(name)
            waiting.extend(key.parent for key in stored.foreign_keys)
        self._further.update(name.schema for name in found)


def _link(child: TableName, key: ForeignKey) -> Link:
    return child, key.parent, frozenset(key.attr_map.items())
