"""A layered layout of a diagram: boxes, frames and curves, in points, for any writer to draw.

Ranks run along the direction of the diagram; inside a rank items are ordered by barycentre. The
work is done in coordinates *along* and *across* the direction and turned at the end, so that LR and
TB are one algorithm.

See ``tests/spec/08-compute-diagram.md`` §16.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from datajoint_nb.render.diagram.form import DiagramForm, nodes_by_id
from datajoint_nb.render.diagram.labels import group_labels, shorten
from datajoint_nb.render.diagram.measure import node_size, text_width
from datajoint_nb.render.diagram.placement import Block, Item, extent, place, straighten
from datajoint_nb.render.diagram.rank import Ranking, part_levels, rank_units
from datajoint_nb.render.diagram.route import Span, route

FRAME_FONT: Final = 11
FRAME_PAD: Final = 14.0
FRAME_LABEL: Final = 14.0
SHADE_PAD: Final = 8.0
RANK_GAP: Final = 62.0
ITEM_GAP: Final = 16.0
BEND_GAP: Final = 9.0
PART_GAP: Final = 6.0
PART_INDENT: Final = 20.0
LEVEL_GAP: Final = 34.0
MARGIN: Final = 12.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle with its upper left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """A finished layout, all of it inside (0, 0, width, height).

    Attributes
    ----------
    boxes
        By node id.
    frames
        By group id: schemas with at least one node.
    shades
        By master: the common background of a master and its parts.
    curves
        By index of the edge: a start and then three points for every cubic Bézier segment.
    """

    width: float
    height: float
    boxes: dict[str, Box]
    frames: dict[str, Box]
    shades: dict[str, Box]
    curves: dict[int, list[Point]]


@dataclass(frozen=True)
class _Unit:
    """Extents of a unit along and across, and the rectangles of its members inside it."""

    along: float
    across: float
    inside: dict[str, Span]


def lay_out(form: DiagramForm) -> Layout:
    """Return where everything in `form` is drawn.

    Raises
    ------
    DataJointError
        An edge ends at something that is not a node of the form.
    """
    nodes = nodes_by_id(form)
    ranking = rank_units(form)
    turned = form["direction"] == "TB"
    sizes = {node_id: node_size(node) for node_id, node in nodes.items()}
    if turned:
        sizes = {node_id: (height, width) for node_id, (width, height) in sizes.items()}
    units = {unit: _unit(form, members, sizes) for unit, members in ranking.members.items()}
    grid = _Grid(form, ranking, units, turned)
    place(grid.items, grid.blocks)
    straighten(grid.items, grid.blocks, grid.chains)
    return _draw(form, grid, units, turned)


def _unit(form: DiagramForm, members: list[str], sizes: dict[str, tuple[float, float]]) -> _Unit:
    """Return a table alone, or a master with its parts listed below it, indented, like a small tree."""
    master, *parts = members
    if not parts:
        along, across = sizes[master]
        return _Unit(along, across, {master: Span(0, 0, along, across)})
    inside = {master: Span(SHADE_PAD, SHADE_PAD, *sizes[master])}
    levels = part_levels(form, parts)
    columns: dict[int, list[str]] = defaultdict(list)
    for part in parts:
        columns[levels[part]].append(part)
    start = SHADE_PAD + PART_INDENT
    top = inside[master].across + inside[master].high + PART_GAP
    for level in sorted(columns):
        at = top
        for part in columns[level]:
            inside[part] = Span(start, at, *sizes[part])
            at += sizes[part][1] + PART_GAP
        start += max(sizes[part][0] for part in columns[level]) + LEVEL_GAP
    along = max(span.along + span.wide for span in inside.values()) + SHADE_PAD
    across = max(span.across + span.high for span in inside.values()) + SHADE_PAD
    return _Unit(along, across, inside)


class _Grid:
    """Items, blocks and columns of a diagram, ready to be placed."""

    def __init__(self, form: DiagramForm, ranking: Ranking, units: dict[str, _Unit], turned: bool) -> None:
        used = sorted(set(ranking.rank.values()))
        compact = {rank: index for index, rank in enumerate(used)}
        self.rank = {unit: compact[rank] for unit, rank in ranking.rank.items()}
        self.unit_of = ranking.unit_of
        self.items: list[Item] = []
        self.blocks: list[Block] = []
        self.block_of_group: dict[str, int] = {}
        self.item_of: dict[str, int] = {}
        self.bends: dict[int, list[int]] = {}
        self.chains: list[list[int]] = []
        self._framed = {group["id"] for group in form["groups"]}
        self._labels = group_labels(form)
        self._turned = turned
        group_of = {node["id"]: node["group"] for node in form["nodes"]}
        for unit in ranking.members:
            block = self._block(group_of[unit])
            self.item_of[unit] = self._item(self.rank[unit], block, units[unit].across / 2 + ITEM_GAP / 2)
        self._link(form, units)
        self.columns = self._columns(units)

    def _block(self, group: str | None) -> int:
        key = group if group in self._framed else None
        name = "" if key is None else f"group {key}"
        if name not in self.block_of_group:
            self.block_of_group[name] = len(self.blocks)
            if key is None:
                self.blocks.append(Block({}, 0, 0))
            else:
                label = 0.0 if self._turned else FRAME_LABEL
                pad = FRAME_PAD - ITEM_GAP / 2
                least = _label_width(self._labels[key]) if self._turned else 0.0
                self.blocks.append(Block({}, pad + label, pad, least=least))
        return self.block_of_group[name]

    def _item(self, rank: int, block: int, half: float, weight: float = 1.0) -> int:
        self.items.append(Item(rank, block, half, weight))
        self.blocks[block].layers.setdefault(rank, []).append(len(self.items) - 1)
        return len(self.items) - 1

    def _link(self, form: DiagramForm, units: dict[str, _Unit]) -> None:
        """Join items along the edges, with a bend in every rank that a long edge crosses."""
        spans = {index: block.ranks for index, block in enumerate(self.blocks)}
        for index, edge in enumerate(form["edges"]):
            source, target = self.unit_of[edge["source"]], self.unit_of[edge["target"]]
            first, last = self.item_of[source], self.item_of[target]
            self.bends[index] = []
            if self.rank[source] >= self.rank[target]:
                continue
            self.bends[index] = self._bends(first, last, spans)
            leave = _port(units[source], edge["source"])
            arrive = _port(units[target], edge["target"])
            chain = [first, *self.bends[index], last]
            self.chains.append(chain)
            for one, two in pairwise(chain):
                shift = (leave if one == first else 0.0) - (arrive if two == last else 0.0)
                self.items[one].below.append((two, -shift))
                self.items[two].above.append((one, shift))

    def _bends(self, first: int, last: int, spans: dict[int, tuple[int, int]]) -> list[int]:
        source, target = self.items[first], self.items[last]
        bends, passing = [], None
        for rank in range(source.rank + 1, target.rank):
            if rank <= spans[source.block][1]:
                block = source.block
            elif rank >= spans[target.block][0]:
                block = target.block
            else:
                if passing is None:
                    passing = len(self.blocks)
                    self.blocks.append(Block({}, 0, 0, passing=True))
                block = passing
            bends.append(self._item(rank, block, BEND_GAP / 2, weight=3.0))
        return bends

    def _columns(self, units: dict[str, _Unit]) -> list[tuple[float, float]]:
        """Return start and end of every rank, along the direction."""
        widths = [0.0] * (max(self.rank.values(), default=-1) + 1)
        for unit, rank in self.rank.items():
            widths[rank] = max(widths[rank], units[unit].along)
        if not self._turned:
            for name, index in self.block_of_group.items():
                first, last = self.blocks[index].ranks
                room = sum(widths[first : last + 1]) + RANK_GAP * (last - first) + 2 * FRAME_PAD
                if name:
                    label = self._labels[name.removeprefix("group ")]
                    widths[last] += max(_label_width(label) - room, 0.0)
        columns, start = [], 0.0
        for width in widths:
            columns.append((start, start + width))
            start += width + RANK_GAP
        return columns


def _label_width(label: str) -> float:
    return text_width(shorten(label), FRAME_FONT) + 2 * FRAME_PAD


def _port(unit: _Unit, node_id: str) -> float:
    """Return how far the middle of a member lies from the middle of its unit, across."""
    span = unit.inside[node_id]
    return span.across + span.high / 2 - unit.across / 2


def _draw(form: DiagramForm, grid: _Grid, units: dict[str, _Unit], turned: bool) -> Layout:
    spans: dict[str, Span] = {}
    shades: dict[str, Span] = {}
    for unit, shape in units.items():
        item = grid.items[grid.item_of[unit]]
        start, end = grid.columns[item.rank]
        along, across = (start + end - shape.along) / 2, item.at - shape.across / 2
        for member, span in shape.inside.items():
            spans[member] = Span(span.along + along, span.across + across, span.wide, span.high)
        if len(shape.inside) > 1:
            shades[unit] = Span(along, across, shape.along, shape.across)
    frames = _frames(grid, turned)
    curves = route(form, spans, grid.unit_of, _waypoints(grid), grid.columns, grid.rank)
    return _finish(spans, frames, shades, curves, turned)


def _frames(grid: _Grid, turned: bool) -> dict[str, Span]:
    frames = {}
    for name, index in grid.block_of_group.items():
        if not name:
            continue
        block = grid.blocks[index]
        low, high = extent(grid.items, block)
        first, last = block.ranks
        start = grid.columns[first][0] - FRAME_PAD - (FRAME_LABEL if turned else 0.0)
        end = grid.columns[last][1] + FRAME_PAD
        frames[name.removeprefix("group ")] = Span(start, low, end - start, high - low)
    return frames


def _waypoints(grid: _Grid) -> dict[int, list[tuple[int, float]]]:
    """Return the bends by edge: rank and position across."""
    return {
        index: [(grid.items[bend].rank, grid.items[bend].at) for bend in bends]
        for index, bends in grid.bends.items()
    }


def _finish(
    spans: dict[str, Span],
    frames: dict[str, Span],
    shades: dict[str, Span],
    curves: dict[int, list[Point]],
    turned: bool,
) -> Layout:
    """Move everything into the first quadrant and turn it into the direction of the diagram."""
    everything = [*spans.values(), *frames.values(), *shades.values()]
    points = [point for curve in curves.values() for point in curve]
    low_along = min([span.along for span in everything] + [a for a, _ in points], default=0.0) - MARGIN
    low_across = min([span.across for span in everything] + [c for _, c in points], default=0.0) - MARGIN
    along = max([s.along + s.wide for s in everything] + [a for a, _ in points], default=0.0) - low_along
    across = max([s.across + s.high for s in everything] + [c for _, c in points], default=0.0) - low_across

    def point(at: Point) -> Point:
        moved = (at[0] - low_along, at[1] - low_across)
        return (moved[1], moved[0]) if turned else moved

    def box(span: Span) -> Box:
        size = (span.high, span.wide) if turned else (span.wide, span.high)
        return Box(*point((span.along, span.across)), *size)

    size = point((along + low_along + MARGIN, across + low_across + MARGIN))
    return Layout(
        *size,
        boxes={name: box(span) for name, span in spans.items()},
        frames={name: box(span) for name, span in frames.items()},
        shades={name: box(span) for name, span in shades.items()},
        curves={index: [point(at) for at in curve] for index, curve in curves.items()},
    )
