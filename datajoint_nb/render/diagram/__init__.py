"""Pictures of the foreign-key graph, from its JSON form: DOT, SVG, Mermaid and text; no I/O."""

from __future__ import annotations

from datajoint_nb.render.diagram.dot import to_dot
from datajoint_nb.render.diagram.form import DiagramForm, EdgeForm, GroupForm, NodeForm
from datajoint_nb.render.diagram.mermaid import to_mermaid
from datajoint_nb.render.diagram.styles import style_table
from datajoint_nb.render.diagram.svg import to_svg
from datajoint_nb.render.diagram.theme import add_dark_style
from datajoint_nb.render.diagram.tree import to_text

__all__ = [
    "DiagramForm",
    "EdgeForm",
    "GroupForm",
    "NodeForm",
    "add_dark_style",
    "style_table",
    "to_dot",
    "to_mermaid",
    "to_svg",
    "to_text",
]
