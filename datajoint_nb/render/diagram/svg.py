"""A diagram as an SVG document, from the built-in layout.

See ``tests/spec/08-compute-diagram.md`` §15 and §16.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from datajoint_nb.errors import DataJointError
from datajoint_nb.render.diagram.form import DiagramForm, NodeForm, Theme, nodes_by_id
from datajoint_nb.render.diagram.labels import (
    count_text,
    edge_tooltip,
    group_labels,
    is_underlined,
    node_name,
    node_tooltip,
    shorten,
    summary,
)
from datajoint_nb.render.diagram.layout import FRAME_FONT, FRAME_PAD, Box, Layout, lay_out
from datajoint_nb.render.diagram.measure import COUNT_FONT, LID, LINE_SPACING, RING_ROOM, text_width
from datajoint_nb.render.diagram.ring import ring
from datajoint_nb.render.diagram.styles import TIER_STYLES, Paint, edge_line, surroundings, tier_paint
from datajoint_nb.render.diagram.theme import dark_style
from datajoint_nb.render.escape import attribute, html, terminal

FONTS: Final = "Helvetica, Arial, sans-serif"
_PREFIX: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def to_svg(form: DiagramForm, theme: Theme | None = None, *, prefix: str = "djnb") -> str:
    """Return `form` as an SVG document that stands alone or inside HTML.

    Parameters
    ----------
    form
        The diagram.
    theme
        ``light``, ``dark`` or ``auto``; None means the theme of the form. ``auto`` is light with a
        style block for readers who prefer dark.
    prefix
        First part of every id; give each picture on a page its own. A letter or underscore, then
        letters, digits, ``_`` and ``-``.

    Raises
    ------
    DataJointError
        The prefix is not of that form, or an edge ends at something that is not a node of the form.
    """
    if not _PREFIX.fullmatch(prefix):
        raise DataJointError(
            f"Prefix {prefix!r} cannot begin an id of an SVG; use a letter, then letters, digits, '_' or '-'"
        )
    theme = theme or form["theme"]
    layout = lay_out(form)
    lines = [
        *_head(form, layout, theme, prefix),
        *_frames(form, layout, theme, prefix),
        *_edges(form, layout, theme, prefix),
        *_frame_labels(form, layout, theme),
        *_nodes(form, layout, theme, prefix),
    ]
    return "\n".join([*lines, "</svg>", ""])


def _head(form: DiagramForm, layout: Layout, theme: Theme, prefix: str) -> Iterator[str]:
    width, height = _number(layout.width), _number(layout.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" class="djnb-diagram djnb-{theme}" '
        f'role="img" aria-label="{attribute(summary(form))}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONTS}">'
    )
    if theme == "auto":
        yield dark_style()
    yield (
        f'<rect class="djnb-background" width="{width}" height="{height}" '
        f'fill="{surroundings(theme).background}"/>'
    )


def _frames(form: DiagramForm, layout: Layout, theme: Theme, prefix: str) -> Iterator[str]:
    colours, labels = surroundings(theme), group_labels(form)
    for index, (group, box) in enumerate(layout.frames.items()):
        label = terminal(labels[group])
        yield (
            f'<g id="{prefix}-f{index}" class="djnb-frame"><title>{html(label)}</title>'
            f'<rect {_rectangle(box)} rx="9" fill="none" stroke="{colours.frame}" '
            'stroke-dasharray="5 4"/></g>'
        )
    for box in layout.shades.values():
        yield f'<g class="djnb-entity"><rect {_rectangle(box)} rx="7" fill="{colours.entity}"/></g>'


def _frame_labels(form: DiagramForm, layout: Layout, theme: Theme) -> Iterator[str]:
    """Yield the names of the schemas, above the edges and with a halo that keeps them readable."""
    colours, labels = surroundings(theme), group_labels(form)
    for group, box in layout.frames.items():
        label = html(shorten(terminal(labels[group])))
        yield (
            f'<g class="djnb-frame"><text class="djnb-halo" x="{_number(box.x + box.width - FRAME_PAD + 2)}" '
            f'y="{_number(box.y + FRAME_FONT + 6)}" text-anchor="end" font-size="{FRAME_FONT}" '
            f'fill="{colours.frame_label}" stroke="{colours.background}" stroke-width="3" '
            f'stroke-linejoin="round" paint-order="stroke">{label}</text></g>'
        )


def _edges(form: DiagramForm, layout: Layout, theme: Theme, prefix: str) -> Iterator[str]:
    nodes = nodes_by_id(form)
    for index, edge in enumerate(form["edges"]):
        line = edge_line(edge, nodes[edge["source"]], nodes[edge["target"]])
        colour = surroundings(theme).edges[line.kind]
        tooltip = edge_tooltip(edge)
        yield (
            f'<g id="{prefix}-e{index}" class="djnb-edge djnb-{line.kind}" '
            f'data-edge="{attribute(edge["id"])}">'
            + (f"<title>{html(tooltip)}</title>" if tooltip else "")
            + f'<path d="{_path(layout.curves[index])}" fill="none" stroke="{colour[:7]}" '
            f'stroke-opacity="{int(colour[7:], 16) / 255:.3f}" stroke-width="{line.width:g}"'
            + (' stroke-dasharray="5 3"' if line.dashed else "")
            + "/></g>"
        )


def _nodes(form: DiagramForm, layout: Layout, theme: Theme, prefix: str) -> Iterator[str]:
    seeds = set(form["seed"])
    for index, node in enumerate(form["nodes"]):
        box, paint = layout.boxes[node["id"]], tier_paint(node["tier"], theme)
        seed = node["id"] in seeds
        yield (
            f'<g id="{prefix}-n{index}" class="djnb-node djnb-{node["tier"]}{" djnb-seed" if seed else ""}" '
            f'data-node="{attribute(node["id"])}"><title>{html(node_tooltip(node))}</title>'
            + (_outline(node, box, paint) if seed else "")
            + _shape(node, box, paint)
            + "".join(_words(node, box, paint))
            + "</g>"
        )


def _shape(node: NodeForm, box: Box, paint: Paint) -> str:
    look = f'fill="{paint.fill}" stroke="{paint.stroke}"'
    shape = TIER_STYLES.get(node["tier"], TIER_STYLES["unknown"]).shape
    if shape == "box":
        return f'<rect {_rectangle(box)} rx="{5 if node["tier"] == "part" else 8}" {look}/>'
    if shape == "box3d":
        return _solid(box, look)
    return (
        f'<ellipse cx="{_number(box.x + box.width / 2)}" cy="{_number(box.y + box.height / 2)}" '
        f'rx="{_number(box.width / 2)}" ry="{_number(box.height / 2)}" {look}/>'
    )


def _solid(box: Box, look: str) -> str:
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    front = Box(left, top + LID, box.width - LID, box.height - LID)
    lid = [(left, top + LID), (left + LID, top), (right, top), (right, bottom - LID), (right - LID, bottom)]
    edge = [(right - LID, top + LID), (right, top)]
    return (
        f'<polygon points="{_points([*lid, (left, bottom)])}" {look} stroke-linejoin="round"/>'
        f'<rect {_rectangle(front)} {look}/><polyline points="{_points(edge)}" {look}/>'
    )


def _outline(node: NodeForm, box: Box, paint: Paint) -> str:
    """Return the second line around the seed of a restriction."""
    look = f'class="djnb-outline" fill="none" stroke="{paint.stroke}" stroke-width="2.5"'
    wide = Box(box.x - 4, box.y - 4, box.width + 8, box.height + 8)
    if TIER_STYLES.get(node["tier"], TIER_STYLES["unknown"]).shape in ("box", "box3d"):
        return f'<rect {_rectangle(wide)} rx="11" {look}/>'
    return (
        f'<ellipse cx="{_number(box.x + box.width / 2)}" cy="{_number(box.y + box.height / 2)}" '
        f'rx="{_number(wide.width / 2)}" ry="{_number(wide.height / 2)}" {look}/>'
    )


def _words(node: NodeForm, box: Box, paint: Paint) -> Iterator[str]:
    style = TIER_STYLES.get(node["tier"], TIER_STYLES["unknown"])
    lid = LID if style.shape == "box3d" else 0
    room = RING_ROOM if node["progress"] else 0
    x, counts = box.x + (box.width - lid - room) / 2, count_text(node)
    centre = box.y + lid + (box.height - lid) / 2
    height = style.font * LINE_SPACING + (COUNT_FONT * LINE_SPACING if counts else 0)
    baseline = centre - height / 2 + style.font * 0.96
    underline = ' text-decoration="underline"' if is_underlined(node) else ""
    place = f'x="{_number(x)}" text-anchor="middle" fill="{paint.text}"'
    name = node_name(node)
    yield (
        f'<text {place} y="{_number(baseline)}" font-size="{style.font}"{underline}{_fit(name, style.font)}>'
        f"{html(name)}</text>"
    )
    if counts:
        below = _number(baseline + COUNT_FONT * LINE_SPACING + 1)
        yield f'<text {place} y="{below}" font-size="{COUNT_FONT}" opacity="0.85"{_fit(counts, COUNT_FONT)}>'
        yield f"{html(counts)}</text>"
    if node["progress"]:
        yield ring(node["progress"], x + (box.width - lid) / 2 - room / 2 - 2, centre, paint)


def _fit(words: str, font: int) -> str:
    """Return attributes that keep words inside their box where Helvetica is replaced by a wider face."""
    if not words.isascii():
        return ""
    return f' textLength="{_number(text_width(words, font))}" lengthAdjust="spacingAndGlyphs"'


def _rectangle(box: Box) -> str:
    return (
        f'x="{_number(box.x)}" y="{_number(box.y)}" '
        f'width="{_number(box.width)}" height="{_number(box.height)}"'
    )


def _points(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _path(points: list[tuple[float, float]]) -> str:
    first, *rest = points
    return f"M{_points([first])} C{_points(rest)}" if rest else f"M{_points([first])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
