"""The graph of tables and foreign keys: relatives and order.

See ``tests/spec/05-data-manipulation.md`` §5.1.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datajoint_nb.errors import DataJointError, MissingTableError
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, StoredTable
from datajoint_nb.query.nodes import Base


@dataclass(frozen=True)
class Edge:
    """One foreign key.

    Attributes
    ----------
    child, parent : TableName
    key : ForeignKey
    primary : bool
        Whether all of its columns are key attributes of the child.
    multi : bool
        Whether a parent row may have several child rows: its columns are not the child's key.
    nullable : bool
        Whether any of its columns may be NULL.
    """

    child: TableName
    key: ForeignKey
    primary: bool
    multi: bool
    nullable: bool

    @property
    def parent(self) -> TableName:
        """The table that is referenced."""
        return self.key.parent

    @property
    def attr_map(self) -> dict[str, str]:
        """Child column -> parent column, in order."""
        return self.key.attr_map

    @property
    def aliased(self) -> bool:
        """Whether any column has another name in the parent."""
        return self.key.aliased

    def facts(self) -> dict[str, Any]:
        """What ``parents(foreign_key_info=True)`` tells of the foreign key."""
        return {
            "attr_map": self.attr_map,
            "aliased": self.aliased,
            "primary": self.primary,
            "multi": self.multi,
        }


def edge(child: StoredTable, key: ForeignKey) -> Edge:
    """The edge of a foreign key of `child`."""
    columns, own = set(key.columns), set(child.primary_key)
    nullable = any(child.by_name[name].nullable for name in key.columns)
    return Edge(child.name, key, columns <= own, columns != own, nullable)


class Graph:
    """Tables and the foreign keys between them.

    Parameters
    ----------
    tables : iterable of StoredTable
        Those whose names begin with ``~`` belong to the library and are left out. A foreign key
        may lead to a table that is not among them: the parent is then known by name only.

    Raises
    ------
    DataJointError
        When foreign keys form a cycle, naming its tables.
    """

    def __init__(self, tables: Iterable[StoredTable]):
        kept = sorted((t for t in tables if not t.name.table.startswith("~")), key=lambda t: t.name)
        self.tables: dict[TableName, StoredTable] = {table.name: table for table in kept}
        self._parents: dict[TableName, list[Edge]] = defaultdict(list)
        self._children: dict[TableName, list[Edge]] = defaultdict(list)
        for table in kept:
            for key in table.foreign_keys:
                found = edge(table, key)
                self._parents[found.child].append(found)
                self._children[found.parent].append(found)
        self._rank = {name: place for place, name in enumerate(self._sorted)}

    def __contains__(self, name: object) -> bool:
        return name in self._rank

    def _known(self, name: TableName) -> TableName:
        if name not in self._rank:
            raise MissingTableError(f"Table {name} is not among the tables of the activated schemas")
        return name

    @cached_property
    def _sorted(self) -> list[TableName]:
        names = sorted({*self.tables, *self._children})
        return topological(names, {n: {e.parent for e in self._parents.get(n, ())} for n in names})

    def parents(self, name: TableName) -> tuple[Edge, ...]:
        """Foreign keys of a table, in the order of its definition."""
        return tuple(self._parents.get(self._known(name), ()))

    def children(self, name: TableName) -> tuple[Edge, ...]:
        """Foreign keys that lead to a table."""
        return tuple(self._children.get(self._known(name), ()))

    def order(self, names: Iterable[TableName] | None = None) -> list[TableName]:
        """`names`, or all tables: parents before children, parts directly after their master.

        Where a part depends on a table that depends on its master, the part comes after that table.
        """
        return sorted(self._rank if names is None else names, key=lambda n: self._rank[self._known(n)])

    def descendants(self, name: TableName) -> list[TableName]:
        """The table and all that depend on it, parents first."""
        return self.order(self._reached(name, lambda n: [e.child for e in self._children.get(n, ())]))

    def ancestors(self, name: TableName) -> list[TableName]:
        """The table and all that it depends on, children first."""
        return self.order(self._reached(name, lambda n: [e.parent for e in self._parents.get(n, ())]))[::-1]

    def _reached(self, name: TableName, step: Callable[[TableName], list[TableName]]) -> set[TableName]:
        found, waiting = {self._known(name)}, [name]
        while waiting:
            fresh = [n for n in step(waiting.pop()) if n not in found]
            found.update(fresh)
            waiting.extend(fresh)
        return found

    def base(self, name: TableName) -> Base:
        """All rows of a table."""
        if name not in self.tables:
            raise MissingTableError(f"Table {name} is not in the database, or cannot be seen")
        return Base(name, self.tables[name].heading)

    def master(self, name: TableName) -> TableName | None:
        """The master of a part table, None for others and for parts whose master is not there."""
        master = name.master
        return master if master in self.tables else None


Needs = dict[TableName, set[TableName]]


def topological(names: list[TableName], parents: Needs) -> list[TableName]:
    """`names`, given in alphabetical order, so that each comes after its parents.

    Raises
    ------
    DataJointError
        When there is a cycle.
    """
    if len(_sort(names, parents)) < len(names):
        raise DataJointError(_cycle(names, parents))
    # a master waits for whatever its parts need, so that they can follow it at once
    wishes = [(p.master, n) for p in names if p.master in parents for n in parents[p] if p.master != n]
    eager = {n: set(needs) for n, needs in parents.items()}
    for master, need in wishes:
        if master is not None and need.master != master:
            eager[master].add(need)
    result = _sort(names, eager)
    if len(result) == len(names):
        return result
    return _sort(names, _possible(wishes, parents))


def _possible(wishes: Sequence[tuple[TableName | None, TableName]], parents: Needs) -> Needs:
    """The needs with those wishes that close no cycle."""
    eager = {n: set(needs) for n, needs in parents.items()}
    for master, need in wishes:
        if master is None or need.master == master:
            continue
        found, waiting = {need}, [need]
        while waiting:
            fresh = eager.get(waiting.pop(), set()) - found
            found |= fresh
            waiting.extend(fresh)
        if master not in found:
            eager[master].add(need)
    return eager


def _sort(names: list[TableName], parents: Needs) -> list[TableName]:
    """Alphabetical where free, parts first; names in or behind a cycle are left out."""
    missing = {n: len(parents[n]) for n in names}
    children: dict[TableName, list[TableName]] = defaultdict(list)
    for name in names:
        for parent in parents[name]:
            children[parent].append(name)
    result: list[TableName] = []
    # each ready table with how recent its master is: parts of the latest come before all others
    ready = [(0, n) for n in names if not missing[n]]
    heapq.heapify(ready)
    places: dict[TableName, int] = {}
    while ready:
        _, name = heapq.heappop(ready)
        places[name] = len(result)
        result.append(name)
        for child in children[name]:
            missing[child] -= 1
            if not missing[child]:
                place = places.get(child.master) if child.master is not None else None
                heapq.heappush(ready, (0 if place is None else -1 - place, child))
    return result


def _cycle(names: list[TableName], parents: Needs) -> str:
    """The message that names the tables of a cycle."""
    left = set(names) - set(_sort(names, parents))
    # whoever is left has a parent that is left: following them must return
    path = [min(left)]
    while True:
        step = min(p for p in parents[path[-1]] if p in left)
        if step in path:
            circle = [*path[path.index(step) :], step]
            break
        path.append(step)
    arrows = " -> ".join(str(name) for name in circle)
    return f"Foreign keys form a cycle: {arrows}. Tables need an order; break the cycle in the database"
