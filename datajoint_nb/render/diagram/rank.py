"""Which tables move together, and how far each stands from the sources.

A *unit* is what the layout moves as a whole: one table, or a master with its parts. Units are
ranked by their longest path from a source, then pulled towards their children, so that a lookup
table stands just before its first use.

See ``tests/spec/08-compute-diagram.md`` §15 and §16.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, sqrt

from datajoint_nb.render.diagram.form import DiagramForm, NodeForm


@dataclass(frozen=True)
class Ranking:
    """Units in the order of the form.

    Attributes
    ----------
    members
        Node ids by unit; a master comes first, its parts follow. A unit is named by its first member.
    unit_of
        Unit by node id.
    rank
        Distance from the sources by unit, from 0.
    """

    members: dict[str, list[str]]
    unit_of: dict[str, str]
    rank: dict[str, int]


def rank_units(form: DiagramForm) -> Ranking:
    """Return the units of `form` and their ranks; cycles, which no schema needs, are cut."""
    masters = _masters(form["nodes"])
    while True:
        unit_of = {node["id"]: masters.get(node["id"], node["id"]) for node in form["nodes"]}
        children = _children(form, unit_of)
        order, cut = _topological(unit_of.values(), children)
        # A part that depends on a table that depends on a sibling cannot stand in its master's rank.
        cycles = _on_cycles(cut, children)
        entangled = {part for part, master in masters.items() if master in cycles}
        if not entangled:
            break
        masters = {part: master for part, master in masters.items() if part not in entangled}
    members: dict[str, list[str]] = defaultdict(list)
    for node_id in sorted(unit_of, key=lambda node_id: node_id in masters):
        members[unit_of[node_id]].append(node_id)
    group_of = {node["id"]: node["group"] for node in form["nodes"]}
    rank = _pulled(order, children, _longest(order, children), group_of)
    _spread_isolated(form, members, children, rank)
    return Ranking(dict(members), unit_of, rank)


def entities(form: DiagramForm) -> dict[str, list[str]]:
    """Return the shown parts by their shown master, in the order of the form."""
    parts: dict[str, list[str]] = defaultdict(list)
    for part, master in _masters(form["nodes"]).items():
        parts[master].append(part)
    return dict(parts)


def part_levels(form: DiagramForm, parts: Iterable[str]) -> dict[str, int]:
    """Return how many sibling parts stand above each of `parts` (0: none, it shares the master's rank)."""
    known = set(parts)
    children: dict[str, list[str]] = {part: [] for part in known}
    for edge in form["edges"]:
        if edge["source"] in known and edge["target"] in known and edge["source"] != edge["target"]:
            children[edge["source"]].append(edge["target"])
    order, _ = _topological(sorted(known), children)
    return _longest(order, children)


def _masters(nodes: list[NodeForm]) -> dict[str, str]:
    """Return the master by part, where both are shown, in one group, and the master is no part itself."""
    by_id = {node["id"]: node for node in nodes}
    found = {}
    for node in nodes:
        master = by_id.get(node["master"] or "")
        if master and master is not node and not master["master"] and master["group"] == node["group"]:
            found[node["id"]] = master["id"]
    return found


def _children(form: DiagramForm, unit_of: dict[str, str]) -> dict[str, list[str]]:
    children: dict[str, dict[str, None]] = {unit: {} for unit in unit_of.values()}
    for edge in form["edges"]:
        source, target = unit_of[edge["source"]], unit_of[edge["target"]]
        if source != target:
            children[source][target] = None
    return {unit: list(found) for unit, found in children.items()}


def _topological(units: Iterable[str], children: dict[str, list[str]]) -> tuple[list[str], set[str]]:
    """Return the units with parents first, and those still on a cycle when the order was forced."""
    waiting = dict.fromkeys(units, 0)
    for unit in waiting:
        for child in children[unit]:
            waiting[child] += 1
    order: list[str] = []
    forced: set[str] = set()
    ready = [unit for unit, parents in waiting.items() if parents == 0]
    for unit in ready:
        waiting[unit] = -1
    while len(order) < len(waiting):
        if not ready:
            forced |= {unit for unit, parents in waiting.items() if parents > 0}
            first = next(iter(unit for unit, parents in waiting.items() if parents > 0))
            waiting[first] = -1
            ready.append(first)
        unit = ready.pop(0)
        order.append(unit)
        for child in children[unit]:
            waiting[child] -= 1 if waiting[child] > 0 else 0
            if waiting[child] == 0:
                waiting[child] = -1
                ready.append(child)
    return order, forced


def _on_cycles(units: set[str], children: dict[str, list[str]]) -> set[str]:
    """Return `units` without those that merely come after a cycle."""
    left = set(units)
    while ends := {unit for unit in left if left.isdisjoint(children[unit])}:
        left -= ends
    return left


def _longest(order: list[str], children: dict[str, list[str]]) -> dict[str, int]:
    place = {unit: index for index, unit in enumerate(order)}
    rank = dict.fromkeys(order, 0)
    for unit in order:
        for child in children[unit]:
            if place[child] > place[unit]:
                rank[child] = max(rank[child], rank[unit] + 1)
    return rank


def _pulled(
    order: list[str], children: dict[str, list[str]], rank: dict[str, int], group_of: dict[str, str | None]
) -> dict[str, int]:
    """Return `rank` with every unit that has no fewer children than parents moved next to its first child.

    A unit that is used in other schemas only stays within the ranks of its own, whose frame would
    otherwise stretch.
    """
    pulled = dict(rank)
    parents: dict[str, int] = dict.fromkeys(order, 0)
    last: dict[str | None, int] = {}
    size = Counter(group_of[unit] for unit in order)
    for unit in order:
        last[group_of[unit]] = max(last.get(group_of[unit], 0), rank[unit])
        for child in children[unit]:
            parents[child] += 1
    for unit in reversed(order):
        below = [pulled[child] for child in children[unit] if rank[child] > rank[unit]]
        if not below or len(below) < parents[unit]:
            continue
        goal, group = min(below) - 1, group_of[unit]
        if size[group] > 1 and all(group_of[child] != group for child in children[unit]):
            goal = min(goal, last[group])
        pulled[unit] = max(pulled[unit], goal)
    return pulled


def _spread_isolated(
    form: DiagramForm, members: dict[str, list[str]], children: dict[str, list[str]], rank: dict[str, int]
) -> None:
    """Give the units without any edge ranks side by side, so that they do not make one endless column."""
    linked = {unit for unit, found in children.items() if found}
    linked.update(child for found in children.values() for child in found)
    group_of = {node["id"]: node["group"] for node in form["nodes"]}
    ranks: dict[str | None, list[int]] = defaultdict(list)
    alone: dict[str | None, list[str]] = defaultdict(list)
    for unit in members:
        if unit in linked:
            ranks[group_of[unit]].append(rank[unit])
        else:
            alone[group_of[unit]].append(unit)
    for group, units in alone.items():
        first = min(ranks[group], default=0)
        columns = max(max(ranks[group], default=0) - first + 1, ceil(sqrt(len(units)) / 2))
        for index, unit in enumerate(units):
            rank[unit] = first + index % columns
