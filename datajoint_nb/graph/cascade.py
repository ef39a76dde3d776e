"""Which rows a delete takes along: ``tests/spec/05-data-manipulation.md`` §5.

Nothing is asked of a database here, but for the keys that the caller's `Keys` fetches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from datajoint_nb.graph.graph import Edge, Graph
from datajoint_nb.graph.parts import dependent_parts, has_one_master, masters_of, without_master
from datajoint_nb.graph.selection import Selection, downward, restricted, unique
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import FALSE, Condition, all_of, any_of, complement
from datajoint_nb.query.nodes import Node, Restrict

PartIntegrity = Literal["enforce", "ignore", "cascade"]
# Turns rows of a table into a condition on its key alone, FALSE for no rows: the rows may vanish
# while it is in use.
Keys = Callable[[TableName, Node], Condition]
# A root: a table, and which of its conditions
Root = tuple[TableName, int]
# semijoins that one condition may hold: along every diamond of the graph their number doubles
MOST_SEMIJOINS = 40


@dataclass(frozen=True)
class Cascade(Selection):
    """The rows that go together with those of a seed.

    Attributes
    ----------
    seed : TableName
    violations : mapping
        Part table -> its selected rows whose master rows exist and are not selected. Only of
        those parts that can have such rows.
    """

    seed: TableName = field(kw_only=True)
    violations: Mapping[TableName, Node] = field(default_factory=dict, kw_only=True)


@dataclass
class _Spread:
    """The closure of some roots under the foreign keys, downward."""

    graph: Graph
    roots: Mapping[TableName, tuple[Condition, ...]]
    keys: Keys | None
    conditions: dict[TableName, Condition] = field(default_factory=dict)
    sources: dict[TableName, tuple[Edge, ...]] = field(default_factory=dict)
    reach: dict[TableName, frozenset[Root]] = field(default_factory=dict)
    _semijoins: dict[TableName, int] = field(default_factory=dict)

    def run(self) -> _Spread:
        tables = {n for root in self.roots for n in self.graph.descendants(root)}
        for name in self.graph.order(tables):
            self.visit(name)
        return self

    def visit(self, name: TableName) -> None:
        edges = tuple(e for e in self.graph.parents(name) if e.parent in self.conditions)
        own = self.roots.get(name, ())
        items: list[Condition] = list(own)
        semijoins = 0
        for edge in edges:
            parent = self.conditions[edge.parent]
            item = downward(self.graph, edge, parent)
            items.append(item)
            semijoins += self._semijoins[edge.parent] + (item is not parent)
        condition = any_of(unique(items))
        if condition is FALSE:
            return
        if semijoins > MOST_SEMIJOINS and self.keys is not None:
            condition, semijoins = self.keys(name, restricted(self.graph.base(name), condition)), 0
            if condition is FALSE:
                return
        self.conditions[name], self.sources[name] = condition, edges
        self._semijoins[name] = semijoins
        roots = frozenset((name, place) for place in range(len(own)))
        self.reach[name] = roots.union(*(self.reach[e.parent] for e in edges))


def cascade(
    graph: Graph,
    seed: TableName,
    condition: Condition,
    keys: Keys,
    part_integrity: PartIntegrity = "enforce",
) -> Cascade:
    """The rows of `seed` that meet `condition`, and all rows that have to go with them.

    Parameters
    ----------
    graph : Graph
        With all schemas downstream.
    condition : Condition
        On `seed`; it must read no table that loses rows.
    keys : callable
        Fetches the keys of some rows; called once for each pair of part and master that is
        lifted, and for tables that more than `MOST_SEMIJOINS` semijoins lead to.
    part_integrity : {"enforce", "ignore", "cascade"}
        ``cascade`` adds the master rows of all part rows, ``enforce`` finds those that stay.
    """
    roots: dict[TableName, tuple[Condition, ...]] = {seed: (condition,)}
    spread = _Spread(graph, roots, keys).run()
    if part_integrity == "cascade":
        spread = _with_masters(graph, roots, keys, spread)
    violations = {}
    if part_integrity == "enforce":
        selected = Selection(graph, spread.conditions)
        violations = {
            part: Restrict(selected.node(part), without_master(selected, part))
            for part in dependent_parts(graph, roots, spread.sources)
        }
    return Cascade(graph, spread.conditions, seed=seed, violations=violations)


def _with_masters(
    graph: Graph, roots: dict[TableName, tuple[Condition, ...]], keys: Keys, spread: _Spread
) -> _Spread:
    """Lift parts to their masters until no new master is found."""
    lifted: dict[TableName, frozenset[Root]] = {}
    while True:
        waiting = {
            part: reach
            for part in dependent_parts(graph, roots, spread.sources)
            if (reach := _reach(graph, part, roots, spread)) != lifted.get(part)
        }
        if not waiting:
            return spread
        lifted.update(waiting)
        for part in waiting:
            _lift(graph, part, roots, keys, spread)
        spread = _Spread(graph, roots, keys).run()


def _reach(
    graph: Graph, part: TableName, roots: Mapping[TableName, tuple[Condition, ...]], spread: _Spread
) -> frozenset[Root]:
    """The roots that may select rows of a part whose masters are not selected.

    Rows that come from the master, or from other parts of it, bring no other master with them,
    unless the part has several ways to name its master.
    """
    if not has_one_master(graph, part):
        return spread.reach[part]
    master = graph.master(part)
    own = frozenset((part, place) for place in range(len(roots.get(part, ()))))
    outer = (e.parent for e in spread.sources[part] if master not in (e.parent, graph.master(e.parent)))
    return own.union(*(spread.reach[name] for name in outer))


def _lift(
    graph: Graph,
    part: TableName,
    roots: dict[TableName, tuple[Condition, ...]],
    keys: Keys,
    spread: _Spread,
) -> None:
    """Make the masters of a part's selected rows a root of their own."""
    master = graph.master(part)
    assert master is not None
    condition = masters_of(graph, part, spread.conditions[part])
    known = any_of((*roots.get(master, ()), spread.conditions.get(master, FALSE)))
    found = keys(master, restricted(graph.base(master), all_of((condition, complement(known)))))
    if found is not FALSE:
        roots[master] = (*roots.get(master, ()), found)
