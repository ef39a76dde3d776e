"""A diagram as Mermaid text, for Markdown pages.

See ``tests/spec/08-compute-diagram.md`` §16.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from datajoint_nb.render.diagram.form import DiagramForm, NodeForm, Tier, nodes_by_id
from datajoint_nb.render.diagram.labels import count_text, group_labels, node_name, shorten
from datajoint_nb.render.diagram.rank import entities
from datajoint_nb.render.diagram.styles import LIGHT, TIER_STYLES, edge_line
from datajoint_nb.render.escape import mermaid

_CLASSES: Final[dict[Tier, str]] = {
    "manual": "manual",
    "lookup": "lookup",
    "computed": "computed",
    "imported": "imported",
    "part": "part",
    "unknown": "other",
    "collapsed": "collapsed",
}
_BRACKETS: Final = {"box": ("[", "]"), "ellipse": ("([", "])"), "circle": ("((", "))"), "box3d": ("[[", "]]")}


def to_mermaid(form: DiagramForm) -> str:
    """Return `form` as a Mermaid flowchart in light colours.

    Nodes are ``t0``, ``t1``, … in the order of the form, schemas ``s0``, …; names appear only in
    quoted labels.

    Raises
    ------
    DataJointError
        An edge ends at something that is not a node of the form.
    """
    nodes = nodes_by_id(form)
    names = {node_id: f"t{index}" for index, node_id in enumerate(nodes)}
    labels = group_labels(form)
    grouped: dict[str | None, list[NodeForm]] = defaultdict(list)
    for node in nodes.values():
        grouped[node["group"] if node["group"] in labels else None].append(node)
    lines = [f"flowchart {form['direction']}", *_class_definitions()]
    parts = entities(form)
    for index, (group, members) in enumerate(grouped.items()):
        body = _members(members, parts, names, nodes)
        if group is None:
            lines += (f"  {line}" for line in body)
        else:
            lines.append(f'  subgraph s{index}["{mermaid(shorten(labels[group]))}"]')
            lines += (f"    {line}" for line in body)
            lines.append("  end")
    lines += _edges(form, names, nodes)
    lines += (f"  style {names[seed]} stroke-width:3px" for seed in form["seed"] if seed in names)
    return "\n".join(lines) + "\n"


def _class_definitions() -> Iterator[str]:
    for tier, name in _CLASSES.items():
        paint = TIER_STYLES[tier].light
        yield f"  classDef {name} fill:{paint.fill},stroke:{paint.stroke},color:{paint.text}"


def _members(
    members: list[NodeForm], parts: dict[str, list[str]], names: dict[str, str], nodes: dict[str, NodeForm]
) -> Iterator[str]:
    inside = {part for found in parts.values() for part in found}
    for node in members:
        if node["id"] in inside:
            continue
        if node["id"] not in parts:
            yield _node(node, names)
            continue
        yield f'subgraph entity_{names[node["id"]]}[" "]'
        yield f"  {_node(node, names)}"
        for part in parts[node["id"]]:
            yield f"  {_node(nodes[part], names)}"
        yield "end"


def _node(node: NodeForm, names: dict[str, str]) -> str:
    tier = node["tier"] if node["tier"] in _CLASSES else "unknown"
    opening, closing = _BRACKETS[TIER_STYLES[tier].shape]
    label, counts = mermaid(node_name(node)), count_text(node)
    if counts:
        label += f"<br/>{mermaid(counts)}"
    return f'{names[node["id"]]}{opening}"{label}"{closing}:::{_CLASSES[tier]}'


def _edges(form: DiagramForm, names: dict[str, str], nodes: dict[str, NodeForm]) -> Iterator[str]:
    styles = []
    for index, edge in enumerate(form["edges"]):
        line = edge_line(edge, nodes[edge["source"]], nodes[edge["target"]])
        width = "2px" if line.width > 1 else "1px"
        dashes = ",stroke-dasharray:5 3" if line.dashed else ""
        styles.append(f"  linkStyle {index} stroke:{LIGHT.edges[line.kind][:7]},stroke-width:{width}{dashes}")
        yield f"  {names[edge['source']]} --> {names[edge['target']]}"
    yield from styles
