"""A diagram as DOT text, for the program `dot` or its build for browsers.

See ``tests/spec/08-compute-diagram.md`` §15 and §16.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from datajoint_nb.render.diagram.form import DiagramForm, NodeForm, Theme, nodes_by_id
from datajoint_nb.render.diagram.labels import (
    count_text,
    edge_tooltip,
    group_labels,
    is_underlined,
    node_name,
    node_tooltip,
    shorten,
)
from datajoint_nb.render.diagram.measure import COUNT_FONT
from datajoint_nb.render.diagram.rank import entities, part_levels
from datajoint_nb.render.diagram.styles import FONT, TIER_STYLES, edge_line, surroundings, tier_paint
from datajoint_nb.render.escape import dot, dot_html, terminal

_SHAPE_ATTRIBUTES = {
    "box": 'shape=box, style="rounded,filled"',
    "ellipse": "shape=ellipse, style=filled",
    "box3d": "shape=box3d, style=filled",
    "circle": "shape=circle, style=filled",
}


def to_dot(form: DiagramForm, theme: Theme | None = None) -> str:
    """Return `form` as a DOT digraph.

    Parameters
    ----------
    form
        The diagram.
    theme
        ``light``, ``dark`` or ``auto``; None means the theme of the form. ``auto`` is drawn in light
        colours; elements carry classes so that `add_dark_style` can follow the reader's system.

    Returns
    -------
    str
        Nodes are named by their ids; clusters are schemas, clusters inside them masters with parts.

    Raises
    ------
    DataJointError
        An edge ends at something that is not a node of the form.
    """
    theme = theme or form["theme"]
    nodes = nodes_by_id(form)
    lines = ["digraph diagram {", *_defaults(form, theme)]
    labels = group_labels(form)
    grouped: dict[str | None, list[NodeForm]] = defaultdict(list)
    for node in form["nodes"]:
        grouped[node["group"] if node["group"] in labels else None].append(node)
    parts = entities(form)
    for index, (group, members) in enumerate(grouped.items()):
        body = _members(form, members, parts, theme, f"cluster_{index}")
        if group is None:
            lines += body
        else:
            lines += _frame(index, labels[group], body, theme)
    lines += _edges(form, nodes, theme)
    return "\n".join([*lines, "}", ""])


def _defaults(form: DiagramForm, theme: Theme) -> Iterator[str]:
    background = surroundings(theme).background
    yield (
        f'  graph [class="djnb-diagram", rankdir={form["direction"]}, bgcolor="{background}", '
        f'fontname="{FONT}", nodesep=0.22, ranksep=0.6];'
    )
    yield f'  node [fontname="{FONT}", margin="0.11,0.06"];'
    yield '  edge [arrowhead=none, tooltip=" "];'


def _frame(index: int, label: str, body: list[str], theme: Theme) -> list[str]:
    colours = surroundings(theme)
    return [
        f"  subgraph cluster_{index} {{",
        f'    graph [class="djnb-frame", label={dot(shorten(terminal(label)))}, labeljust=r, labelloc=t, '
        f'style="rounded,dashed", color="{colours.frame}", fontcolor="{colours.frame_label}", '
        f"fontsize=11, margin=10, tooltip={dot(terminal(label))}];",
        *(f"  {line}" for line in body),
        "  }",
    ]


def _members(
    form: DiagramForm, members: list[NodeForm], parts: dict[str, list[str]], theme: Theme, cluster: str
) -> list[str]:
    nodes = {node["id"]: node for node in members}
    inside = {part for found in parts.values() for part in found}
    seeds = set(form["seed"])
    lines = []
    for index, node in enumerate(members):
        if node["id"] in inside:
            continue
        if node["id"] not in parts:
            lines.append(_node(node, theme, node["id"] in seeds))
            continue
        family = [node, *(nodes[part] for part in parts[node["id"]])]
        levels = part_levels(form, parts[node["id"]])
        level = [dot(member["id"]) for member in family if levels.get(member["id"], 0) == 0]
        lines += [
            f"  subgraph {cluster}_{index} {{",
            f'    graph [class="djnb-entity", label="", style="rounded,filled", '
            f'color="{surroundings(theme).entity}", margin=6, tooltip=" "];',
            *(f"  {_node(member, theme, member['id'] in seeds)}" for member in family),
            f"    {{ rank=same; {'; '.join(level)} }}",
            "  }",
        ]
    return lines


def _node(node: NodeForm, theme: Theme, seed: bool) -> str:
    style = TIER_STYLES.get(node["tier"], TIER_STYLES["unknown"])
    paint = tier_paint(node["tier"], theme)
    return (
        f'  {dot(node["id"])} [class="djnb-{node["tier"]}", label={_label(node)}, '
        f"{_SHAPE_ATTRIBUTES[style.shape]}, fontsize={style.font}, width={style.size}, height={style.size}, "
        f'fillcolor="{paint.fill}", color="{paint.stroke}", fontcolor="{paint.text}", '
        f"penwidth={3 if seed else 1}, tooltip={dot(node_tooltip(node))}];"
    )


def _label(node: NodeForm) -> str:
    name, counts = node_name(node), count_text(node)
    if not is_underlined(node) and not counts:
        return dot(name)
    shown = f"<U>{dot_html(name)}</U>" if is_underlined(node) else dot_html(name)
    if counts:
        shown += f'<BR/><FONT POINT-SIZE="{COUNT_FONT}">{dot_html(counts)}</FONT>'
    return f"<{shown}>"


def _edges(form: DiagramForm, nodes: dict[str, NodeForm], theme: Theme) -> Iterator[str]:
    for edge in form["edges"]:
        line = edge_line(edge, nodes[edge["source"]], nodes[edge["target"]])
        tooltip = edge_tooltip(edge) or " "
        yield (
            f'  {dot(edge["source"])} -> {dot(edge["target"])} [class="djnb-{line.kind}", '
            f'color="{surroundings(theme).edges[line.kind]}", style={"dashed" if line.dashed else "solid"}, '
            f"penwidth={line.width:g}, weight={line.weight}, tooltip={dot(tooltip)}];"
        )
