"""``dj.Diagram``: tables and their foreign keys, to look at and to restrict as a whole.

See ``tests/spec/08-compute-diagram.md`` §13 to §18.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from datajoint_nb.diagram import sources
from datajoint_nb.diagram.algebra import Algebra
from datajoint_nb.diagram.class_names import caller_variables, class_names
from datajoint_nb.diagram.drawing import Drawing
from datajoint_nb.diagram.pipeline import Pipeline
from datajoint_nb.diagram.programs import load
from datajoint_nb.diagram.restricting import Restricting
from datajoint_nb.diagram.state import Restrictions, State
from datajoint_nb.errors import DataJointError
from datajoint_nb.tables.table import FreeTable

if TYPE_CHECKING:
    from typing_extensions import Self


class Diagram(Algebra, Restricting, Drawing):
    """Some tables of a pipeline and the foreign keys between them.

    Every operation gives a new diagram. ``D + 2`` also shows two generations of children, ``D - 1``
    the parents; ``+``, ``-`` and ``*`` unite, subtract and intersect diagrams, tables and schemas.

    Parameters
    ----------
    source : table class, table, Schema, module, Diagram, or a list of these
        A restriction or projection of a table is ignored. Of a Schema, and of a module with a
        `schema`, all tables.
    context : mapping, optional
        Where to look for the names of classes; default: the caller's variables. Classes declared
        on the connection are known anyway.
    scope : {"active", "connected"}
        ``active``: the graph reaches to the neighbours of the activated schemas. ``connected``: to
        all tables that foreign keys lead to, in either direction.
    reload : bool
        Read the foreign keys anew, for the case that another process has changed them.

    Raises
    ------
    DataJointError
        For classes that are not decorated, for joins and aggregations, and for other sources.
    MissingTableError
        For a table that is not in the database.

    See
    ---
    tests/spec/08-compute-diagram.md §14

    Examples
    --------
    >>> import datajoint_nb as dj
    >>> schema = dj.Schema("lab", connection=dj.Connection(backend="sqlite", path=":memory:"))
    >>> @schema
    ... class Station(dj.Manual):
    ...     definition = "station : int32"
    >>> @schema
    ... class Recording(dj.Manual):
    ...     definition = '''
    ...     -> Station
    ...     recording : int32
    ...     '''
    >>> dj.Diagram(Station) + 1
    Station  (manual)
    └─ Recording  (manual)
    """

    def __init__(
        self,
        source: Any,
        context: Mapping[str, Any] | None = None,
        *,
        scope: Literal["active", "connected"] = "active",
        reload: bool = False,
    ):
        connection = sources.connection_of(source)
        if reload:
            connection.forget()
        self._pipeline = Pipeline(connection, sources.schemas_of(source), _checked(scope))
        if isinstance(source, State):
            self._pipeline = self._pipeline.joined(source._pipeline)
        self._names = class_names(connection, caller_variables() if context is None else context)
        self._selection = self._chosen(source, self._pipeline)
        self._restrictions = Restrictions()
        if isinstance(source, State):
            self._restrictions, self._counted = source._restrictions, source._counted

    @classmethod
    def from_sequence(cls, sequence: Iterable[Any], context: Mapping[str, Any] | None = None) -> Self:
        """The union of the diagrams of several sources.

        Raises
        ------
        DataJointError
            When there is none.
        """
        return cls(list(sequence), caller_variables() if context is None else context)

    # -- the shown tables ----------------------------------------------------------------------

    @property
    def nodes_to_show(self) -> set[str]:
        """Quoted full names of the shown tables."""
        return {self._pipeline.connection.dialect.full_name(table) for table in self._selection}

    @property
    def graph(self) -> Any:
        """The shown tables as a ``networkx.MultiDiGraph``, by quoted full names.

        Nodes have `primary_key`; edges lead from parent to child, their key is the tuple of the
        child's columns, and they have `attr_map`, `aliased`, `primary`, `multi`.

        Raises
        ------
        DataJointError
            Without the package networkx.
        """
        graph = load("networkx", "networkx", "Diagram.graph").MultiDiGraph()
        full_name = self._pipeline.connection.dialect.full_name
        for table in self._pipeline.order(self._selection):
            stored = self._pipeline.stored(table)
            graph.add_node(full_name(table), primary_key=set(stored.heading.primary_key) if stored else set())
        for edge in self._pipeline.edges(self._selection.shown):
            graph.add_edge(
                full_name(edge.parent), full_name(edge.child), key=edge.key.columns, **edge.facts()
            )
        return graph

    def __len__(self) -> int:
        return len(self._selection)

    def __contains__(self, table: object) -> bool:
        try:
            return self._find(table) is not None
        except DataJointError:
            return False

    def __iter__(self) -> Iterator[FreeTable]:
        """The shown tables, restricted, parents first and parts directly after their master."""
        return map(self._table, self._pipeline.order(self._selection))

    def __reversed__(self) -> Iterator[FreeTable]:
        return map(self._table, reversed(self._pipeline.order(self._selection)))


def _checked(scope: str) -> Literal["active", "connected"]:
    if scope not in ("active", "connected"):
        raise DataJointError(f"There is no scope {scope!r} of a diagram; choose 'active' or 'connected'")
    return scope  # type: ignore[return-value]
