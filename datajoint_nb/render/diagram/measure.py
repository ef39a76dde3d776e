"""Sizes of words and boxes, in points, from the published widths of Helvetica."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from datajoint_nb.render.diagram.form import NodeForm
from datajoint_nb.render.diagram.labels import count_text, node_name
from datajoint_nb.render.diagram.styles import TIER_STYLES

POINTS_PER_INCH: Final = 72
MARGIN_X: Final = 0.11 * POINTS_PER_INCH
MARGIN_Y: Final = 0.06 * POINTS_PER_INCH
COUNT_FONT: Final = 9
RING_ROOM: Final = 18.0
LINE_SPACING: Final = 1.2
LID: Final = 4.0

# Thousandths of the font size, for the characters from space to tilde.
_WIDTHS: Final = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)


@lru_cache(maxsize=4096)
def text_width(text: str, font: float) -> float:
    """Return the width of `text` in points, set in Helvetica of `font` points."""
    return sum(map(_character_width, text)) * font / 1000


def node_size(node: NodeForm) -> tuple[float, float]:
    """Return width and height, in points, of the shape that holds the name and the counts of `node`."""
    style = TIER_STYLES.get(node["tier"], TIER_STYLES["unknown"])
    counts = count_text(node)
    width = max(text_width(node_name(node), style.font), text_width(counts, COUNT_FONT))
    width += RING_ROOM if node["progress"] else 0
    height = style.font * LINE_SPACING + (COUNT_FONT * LINE_SPACING if counts else 0)
    least = style.size * POINTS_PER_INCH
    if style.shape == "circle":
        # A circle as wide as a long name would tower over everything: an ellipse from there on.
        return max(width + 2 * MARGIN_X + 8, least), max(height * 1.3 + 2 * MARGIN_Y, least)
    if style.shape == "ellipse":
        # The corners of the words must lie inside the curve.
        height = max(height * 1.25 + 2 * MARGIN_Y, least)
        bulge = 1 / (1 - ((height - 2 * MARGIN_Y) / 1.25 / height) ** 2) ** 0.5
        return max(width * max(bulge, 1.1) + 1.5 * MARGIN_X, least), height
    lid = LID if style.shape == "box3d" else 0
    return max(width + 2 * MARGIN_X, least) + lid, max(height + 2 * MARGIN_Y, least * 0.9) + lid


def _character_width(character: str) -> int:
    index = ord(character) - 32
    if 0 <= index < len(_WIDTHS):
        return _WIDTHS[index]
    if unicodedata.combining(character) or index < 0:
        return 0
    return 1000 if unicodedata.east_asian_width(character) in "WF" or index > 0x2FFF else 600
