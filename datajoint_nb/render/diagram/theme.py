"""Dark colours for a picture drawn in light ones, chosen by the reader's system.

The rules are scoped to SVG elements of class ``djnb-auto``, so that several pictures on one page,
each with its own style block, leave each other alone.

See ``tests/spec/08-compute-diagram.md`` §15.
"""

from __future__ import annotations

import re
from typing import Final

from datajoint_nb.errors import DataJointError
from datajoint_nb.render.diagram.styles import DARK, TIER_STYLES

_SHAPES: Final = ("rect", "path", "polygon", "polyline", "ellipse")
_ROOT: Final = re.compile(r"<svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_CLASS: Final = re.compile(r"(\sclass=\")([^\"]*\")")


def dark_style() -> str:
    """Return the ``<style>`` element that turns a diagram of class ``djnb-auto`` dark with its reader."""
    rules = [
        _rule((".djnb-background", ".graph > polygon"), f"fill:{DARK.background};stroke:none"),
        _rule(_parts(".djnb-frame"), f"fill:none;stroke:{DARK.frame}"),
        _rule((".djnb-frame text",), f"fill:{DARK.frame_label}"),
        _rule((".djnb-frame .djnb-halo",), f"stroke:{DARK.background}"),
        _rule(_parts(".djnb-entity"), f"fill:{DARK.entity};stroke:none"),
    ]
    for kind, colour in DARK.edges.items():
        opacity = f"{int(colour[7:], 16) / 255:.3f}"
        rules.append(
            _rule((f".djnb-{kind} path",), f"fill:none;stroke:{colour[:7]};stroke-opacity:{opacity}")
        )
    for tier, style in TIER_STYLES.items():
        rules.append(_rule(_parts(f".djnb-{tier}"), f"fill:{style.dark.fill};stroke:{style.dark.stroke}"))
        rules.append(_rule((f".djnb-{tier} text",), f"fill:{style.dark.text}"))
    rules.append(_rule((".djnb-node .djnb-outline",), "fill:none"))
    return "<style>\n@media (prefers-color-scheme: dark) {\n" + "\n".join(rules) + "\n}\n</style>"


def add_dark_style(svg: str) -> str:
    """Return an SVG that Graphviz drew from ``to_dot(form, "auto")``, now following dark mode.

    Parameters
    ----------
    svg
        Text of one SVG document, with or without its XML prologue. Adding twice changes nothing.

    Raises
    ------
    DataJointError
        There is no ``<svg>`` element.
    """
    root = _ROOT.search(svg)
    if root is None:
        raise DataJointError(
            "The text has no <svg> element, so no dark style can be added; "
            "pass the output of Graphviz for the format svg"
        )
    tag = root.group()
    if "djnb-auto" in tag:
        return svg
    if _CLASS.search(tag):
        tag = _CLASS.sub(r"\1djnb-auto \2", tag, count=1)
    else:
        tag = '<svg class="djnb-auto"' + tag.removeprefix("<svg")
    return f"{svg[: root.start()]}{tag}\n{dark_style()}{svg[root.end() :]}"


def _parts(owner: str) -> tuple[str, ...]:
    return tuple(f"{owner} {shape}" for shape in _SHAPES)


def _rule(selectors: tuple[str, ...], body: str) -> str:
    return ",".join(f"svg.djnb-auto {selector}" for selector in selectors) + "{" + body + "}"
