"""Masters and parts: which master rows belong to which part rows.

A part row finds its master row along its foreign keys, directly or through other parts of the
same master, on every such path; a NULL on the way leads nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from datajoint_nb.graph.graph import Edge, Graph
from datajoint_nb.graph.selection import Selection, children_of, parents_of, restricted
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import FALSE, Condition, any_of, complement
from datajoint_nb.query.nodes import Node

Path = tuple[Edge, ...]


def paths_to_master(graph: Graph, part: TableName) -> list[Path]:
    """Every chain of foreign keys from a part up to its master."""
    master = graph.master(part)
    return [] if master is None else list(_paths(graph, part, master))


def _paths(graph: Graph, name: TableName, master: TableName) -> Iterator[Path]:
    for edge in graph.parents(name):
        if edge.parent == master:
            yield (edge,)
        elif graph.master(edge.parent) == master:
            for rest in _paths(graph, edge.parent, master):
                yield (edge, *rest)


def masters_of(graph: Graph, part: TableName, condition: Condition) -> Condition:
    """The condition on the master: a part row that meets `condition` belongs to it."""
    return any_of(_lifted(graph, path, condition) for path in paths_to_master(graph, part))


def _lifted(graph: Graph, path: Path, condition: Condition) -> Condition:
    for edge in path:
        condition = parents_of(restricted(graph.base(edge.child), condition), edge)
    return condition


def without_master(selected: Selection, part: TableName) -> Condition:
    """The condition on a part: a master row of it exists that is not selected."""
    graph = selected.graph
    master = graph.master(part)
    if master is None:
        return FALSE
    left: Node = graph.base(master)
    if master in selected:
        left = restricted(graph.base(master), complement(selected.conditions[master]))
    return any_of(_lowered(graph, path, left) for path in paths_to_master(graph, part))


def _lowered(graph: Graph, path: Path, rows: Node) -> Condition:
    *middle, last = path
    condition = children_of(rows, last)
    for edge in reversed(middle):
        condition = children_of(restricted(graph.base(edge.parent), condition), edge)
    return condition


def dependent_parts(
    graph: Graph, roots: Collection[TableName], sources: Mapping[TableName, tuple[Edge, ...]]
) -> list[TableName]:
    """Selected parts some of whose rows may go without their master row.

    `sources` holds, for each selected table, the foreign keys along which it was reached. Parts
    that were reached only from their master have their master rows selected too, and parts
    reached through other parts of the same master have the same master rows as those.
    """
    return [
        name
        for name, edges in sources.items()
        if graph.master(name) is not None and not _follows(graph, name, name in roots, edges)
    ]


def _follows(graph: Graph, part: TableName, is_root: bool, edges: tuple[Edge, ...]) -> bool:
    master = graph.master(part)
    within = all(master in (edge.parent, graph.master(edge.parent)) for edge in edges)
    return not paths_to_master(graph, part) or (within and not is_root and has_one_master(graph, part))


def has_one_master(graph: Graph, part: TableName) -> bool:
    """Whether all paths lead from a part row to the same master row, by the columns that name it."""
    return len({_columns(path) for path in paths_to_master(graph, part)}) <= 1


def _columns(path: Path) -> tuple[object, ...]:
    """The part's own columns that name its master row; the path itself where they do not."""
    columns: tuple[str, ...] = path[-1].key.columns
    for edge in reversed(path[:-1]):
        names = {old: new for new, old in edge.attr_map.items()}
        if not names.keys() >= set(columns):
            return path
        columns = tuple(names[column] for column in columns)
    return tuple(zip(columns, path[-1].key.parent_columns, strict=True))
