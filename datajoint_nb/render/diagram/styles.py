"""The visual encoding: colours, shapes and line styles by tier and theme.

See ``tests/spec/08-compute-diagram.md`` §15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from datajoint_nb.render.diagram.form import EdgeForm, NodeForm, Theme, Tier

Shape: TypeAlias = Literal["box", "ellipse", "box3d", "circle"]
Kind: TypeAlias = Literal["plain", "renamed"]

FONT: Final = "Helvetica"
TIERS: Final[tuple[Tier, ...]] = (
    "manual",
    "lookup",
    "imported",
    "computed",
    "part",
    "collapsed",
    "unknown",
)


@dataclass(frozen=True)
class Paint:
    """Three colours, each ``#RRGGBB``."""

    fill: str
    stroke: str
    text: str


@dataclass(frozen=True)
class TierStyle:
    """How tables of one tier are drawn: `font` in points, `size` (least width and height) in inches."""

    shape: Shape
    font: int
    size: float
    light: Paint
    dark: Paint


@dataclass(frozen=True)
class Surroundings:
    """Colours of everything but nodes; `edges` has alpha (``#RRGGBBAA``), by kind of edge."""

    background: str
    frame: str
    frame_label: str
    entity: str
    edges: dict[Kind, str]


@dataclass(frozen=True)
class Line:
    """How an edge is drawn: `width` in points, `weight` for Graphviz."""

    kind: Kind
    dashed: bool
    width: float
    weight: int


TIER_STYLES: Final[dict[Tier, TierStyle]] = {
    "manual": TierStyle(
        "box", 12, 0.48, Paint("#E8F0E9", "#3E7A52", "#28513A"), Paint("#16281F", "#6BBF94", "#BCE6CF")
    ),
    "lookup": TierStyle(
        "box", 12, 0.48, Paint("#F0F0F1", "#808285", "#5A5C5F"), Paint("#242832", "#9DA0A4", "#C9CFD9")
    ),
    "imported": TierStyle(
        "ellipse", 12, 0.48, Paint("#E0F4FC", "#00A0DF", "#00537A"), Paint("#0F2433", "#33B8E8", "#BEE7F9")
    ),
    "computed": TierStyle(
        "ellipse", 12, 0.48, Paint("#FFEDE5", "#FF5113", "#B23200"), Paint("#331B12", "#FF7A47", "#FFC7AE")
    ),
    "part": TierStyle(
        "box", 10, 0.12, Paint("#FFFFFF", "#B9BBBE", "#55585C"), Paint("#1E232C", "#8F959D", "#C8CED8")
    ),
    "collapsed": TierStyle(
        "box3d", 12, 0.6, Paint("#EDEEF0", "#808890", "#404040"), Paint("#242730", "#8890A0", "#C7CDD6")
    ),
    "unknown": TierStyle(
        "circle", 10, 0.48, Paint("#FFFDE7", "#C9BC5B", "#6B6420"), Paint("#3A3620", "#C9BC5B", "#EBE3A0")
    ),
}
LIGHT: Final = Surroundings(
    "#FFFFFF", "#171D3A", "#171C39", "#F3F5F8", {"plain": "#171C399E", "renamed": "#C77D3A9E"}
)
DARK: Final = Surroundings(
    "#161A21", "#606875", "#8A93A1", "#2A313D", {"plain": "#AEB6C2C0", "renamed": "#D68C4AC0"}
)
# Beside these the ring shows what is done in the colour of the tier; all four read on light and dark.
PROGRESS_COLOURS: Final = {"reserved": "#E0A030", "error": "#D03A3A", "remaining": "#B9BBBE"}


def tier_paint(tier: Tier, theme: Theme) -> Paint:
    """Return the colours of `tier`; ``auto`` starts from the light ones."""
    style = TIER_STYLES.get(tier, TIER_STYLES["unknown"])
    return style.dark if theme == "dark" else style.light


def surroundings(theme: Theme) -> Surroundings:
    """Return the colours of background, frames and edges; ``auto`` starts from the light ones."""
    return DARK if theme == "dark" else LIGHT


def edge_line(edge: EdgeForm, source: NodeForm, target: NodeForm) -> Line:
    """Return how to draw `edge`, which leads from `source` to `target`.

    A bundle is solid and thick, whatever it is made of. Otherwise the line is dashed for a foreign
    key outside the primary key, thick when the foreign key is the whole primary key of the child,
    and amber when it renames attributes.
    """
    if edge["bundle"] > 1 or source["tier"] == target["tier"] == "collapsed":
        return Line("plain", dashed=False, width=2, weight=3)
    thick = edge["primary"] and not edge["multi"]
    return Line(
        kind="renamed" if edge["aliased"] else "plain",
        dashed=not edge["primary"],
        width=2 if thick else 0.75,
        weight=3 if thick else 1,
    )


def style_table() -> dict[str, object]:
    """Return the whole encoding as JSON values, for the field `styles` of the form.

    Returns
    -------
    dict
        ``tiers``: by tier, `shape`, `font` (points), `size` (inches), and `light` and `dark` with
        `fill`, `stroke`, `text`; ``light``, ``dark``: `background`, `frame`, `frame_label`, `entity`
        and ``edges`` (`plain`, `renamed`); ``progress``: colours of the ring.
    """
    tiers = {
        tier: {
            "shape": style.shape,
            "font": style.font,
            "size": style.size,
            "light": dict(vars(style.light)),
            "dark": dict(vars(style.dark)),
        }
        for tier, style in TIER_STYLES.items()
    }
    themes = {
        name: {**vars(colours), "edges": dict(colours.edges)}
        for name, colours in (("light", LIGHT), ("dark", DARK))
    }
    return {"font": FONT, "tiers": tiers, "progress": dict(PROGRESS_COLOURS), **themes}
