"""The curves of the edges: from border to border, level where they cross a rank.

Coordinates are *along* and *across* the direction of the diagram, as in the layout.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from datajoint_nb.render.diagram.form import DiagramForm, NodeForm
from datajoint_nb.render.diagram.styles import TIER_STYLES

PORT_STEP: Final = 7.0
LOOP: Final = 18.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Span:
    """A rectangle: where it starts along and across, and its extents `wide` along and `high` across."""

    along: float
    across: float
    wide: float
    high: float

    @property
    def middle(self) -> float:
        """The centre across."""
        return self.across + self.high / 2


def route(
    form: DiagramForm,
    spans: dict[str, Span],
    unit_of: dict[str, str],
    waypoints: dict[int, list[tuple[int, float]]],
    columns: list[tuple[float, float]],
    rank: dict[str, int],
) -> dict[int, list[Point]]:
    """Return the curve of each edge by its index: a start and three points for every Bézier segment.

    Parameters
    ----------
    spans
        Rectangles of the nodes.
    unit_of, rank
        Unit by node, rank by unit.
    waypoints
        By edge: rank and position across of the bends between its ends.
    columns
        Start and end of every rank, along.
    """
    nodes = {node["id"]: node for node in form["nodes"]}
    outer = [
        index
        for index, edge in enumerate(form["edges"])
        if unit_of[edge["source"]] != unit_of[edge["target"]]
    ]
    leave = _ports(form, spans, waypoints, outer, leaving=True)
    arrive = _ports(form, spans, waypoints, outer, leaving=False)
    curves = {}
    for index, edge in enumerate(form["edges"]):
        source, target = spans[edge["source"]], spans[edge["target"]]
        if index not in leave:
            curves[index] = _inner(source, target, same=edge["source"] == edge["target"])
            continue
        start = _border(nodes[edge["source"]], source, leave[index], after=True)
        end = _border(nodes[edge["target"]], target, arrive[index], after=False)
        first = columns[rank[unit_of[edge["source"]]]]
        last = columns[rank[unit_of[edge["target"]]]]
        path = [start, (max(first[1], start[0]), start[1])]
        for bend_rank, at in waypoints[index]:
            path += [(columns[bend_rank][0], at), (columns[bend_rank][1], at)]
        path += [(min(last[0], end[0]), end[1]), end]
        curves[index] = _smooth(path)
    return curves


def _ports(
    form: DiagramForm,
    spans: dict[str, Span],
    waypoints: dict[int, list[tuple[int, float]]],
    outer: list[int],
    *,
    leaving: bool,
) -> dict[int, float]:
    """Return where edges meet the border of a node, across: side by side, ordered by their other ends."""
    meeting: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for index in outer:
        edge = form["edges"][index]
        here, there = ("source", "target") if leaving else ("target", "source")
        bends = waypoints[index]
        aim = bends[0 if leaving else -1][1] if bends else spans[edge[there]].middle  # type: ignore[literal-required]
        meeting[edge[here]].append((aim, index))  # type: ignore[literal-required]
    ports = {}
    for node_id, edges in meeting.items():
        span = spans[node_id]
        step = min(PORT_STEP, 0.7 * span.high / len(edges))
        for place, (_, index) in enumerate(sorted(edges)):
            ports[index] = span.middle + (place - (len(edges) - 1) / 2) * step
    return ports


def _border(node: NodeForm, span: Span, across: float, *, after: bool) -> Point:
    """Return the point of the outline at `across`, on the far or on the near side."""
    half = span.wide / 2
    if TIER_STYLES.get(node["tier"], TIER_STYLES["unknown"]).shape in ("ellipse", "circle"):
        relative = min(abs(across - span.middle) / (span.high / 2), 1.0)
        half *= (1 - relative**2) ** 0.5
    return span.along + span.wide / 2 + (half if after else -half), across


def _inner(source: Span, target: Span, *, same: bool) -> list[Point]:
    """Return the curve between members of one unit: a trunk below the master, an arc between parts."""
    if same:
        right, top = source.along + source.wide, source.across
        return [
            (right, source.middle),
            (right + LOOP, source.middle),
            (right + LOOP, top - LOOP),
            (right - source.wide / 3, top - LOOP),
            (right - source.wide / 3, top - LOOP / 2),
            (right - source.wide / 3, top),
            (right - source.wide / 3, top),
        ]
    if target.along > source.along + source.wide:
        start, end = (source.along + source.wide, source.middle), (target.along, target.middle)
        return _smooth([start, end])
    trunk = source.along + min(10.0, source.wide / 2)
    # From the middle, beneath the shape, so that the line also meets a round outline.
    start, end = (trunk, source.middle), (target.along, target.middle)
    corner = (trunk, end[1] - min(10.0, (end[1] - start[1]) / 2))
    return [start, start, corner, corner, (trunk, end[1]), (trunk, end[1]), end]


def _smooth(path: list[Point]) -> list[Point]:
    """Return Bézier segments through `path`, level at every point."""
    curve = [path[0]]
    for (along, across), (to_along, to_across) in pairwise(path):
        if (along, across) == (to_along, to_across):
            continue
        middle = (along + to_along) / 2
        if across == to_across:
            curve += [(along, across), (to_along, to_across), (to_along, to_across)]
        else:
            curve += [(middle, across), (middle, to_across), (to_along, to_across)]
    return curve
