"""A diagram as an indented tree, for terminals and for readers of plain text.

See ``tests/spec/08-compute-diagram.md`` §16.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from datajoint_nb.render.diagram.form import DiagramForm, EdgeForm, NodeForm, nodes_by_id
from datajoint_nb.render.diagram.labels import count_text, edge_tooltip, group_labels, node_name, shorten
from datajoint_nb.render.diagram.rank import entities
from datajoint_nb.render.diagram.styles import edge_line
from datajoint_nb.render.escape import terminal

AGAIN: Final = "(see above)"


def to_text(form: DiagramForm) -> str:
    """Return `form` as a tree of text lines.

    Every table is printed once in full: name, tier, counts and comment, with its children below it.
    Where it is reached again only its name is printed, marked ``(see above)``. The stroke before a
    name tells the foreign key: ``━`` it is the whole primary key, ``─`` it is inside the primary key,
    ``┄`` it is outside. Renamed attributes follow in brackets; ``*`` marks the seed of a restriction.

    Raises
    ------
    DataJointError
        An edge ends at something that is not a node of the form.
    """
    nodes = nodes_by_id(form)
    children = _children(form)
    reached = {child for source, found in children.items() for child in found if child != source}
    roots = [node_id for node_id in nodes if node_id not in reached]
    printed: set[str] = set()
    lines: list[str] = []
    names = _names(form)
    # What stands only on a cycle has no root: it starts a tree of its own, after the others.
    for root in [*roots, *nodes]:
        if root not in printed:
            _print(root, nodes, children, names, set(form["seed"]), printed, lines)
    return "\n".join(lines) + "\n" if lines else "(empty diagram)\n"


def _print(
    root: str,
    nodes: dict[str, NodeForm],
    children: dict[str, dict[str, list[EdgeForm]]],
    names: dict[str, str],
    seeds: set[str],
    printed: set[str],
    lines: list[str],
) -> None:
    """Append the tree of `root` to `lines`; a stack of its own, for chains longer than Python's."""
    stack = [(root, "", "", "")]
    while stack:
        node_id, lead, below, renamed = stack.pop()
        star = " *" if node_id in seeds else ""
        suffix = f" [{renamed}]" if renamed else ""
        if node_id in printed:
            lines.append(f"{lead}{names[node_id]}{suffix} {AGAIN}")
            continue
        printed.add(node_id)
        lines.append(f"{lead}{names[node_id]}{star}{suffix}{_details(nodes[node_id])}")
        found = list(children[node_id].items())
        for place, (child, edges) in reversed(list(enumerate(found))):
            last = place == len(found) - 1
            stroke = _stroke(edges, nodes)
            lead_of_child = f"{below}{'└' if last else '├'}{stroke} "
            tooltip = shorten(terminal("; ".join(filter(None, map(edge_tooltip, edges)))))
            stack.append((child, lead_of_child, f"{below}{' ' if last else '│'}  ", tooltip))


def _children(form: DiagramForm) -> dict[str, dict[str, list[EdgeForm]]]:
    """Return the edges by parent and child: the parts of a table first, then in the order of the form."""
    master = {node["id"]: node["master"] for node in form["nodes"]}
    children: dict[str, dict[str, list[EdgeForm]]] = defaultdict(dict)
    for edge in sorted(form["edges"], key=lambda edge: master[edge["target"]] != edge["source"]):
        children[edge["source"]].setdefault(edge["target"], []).append(edge)
    return children


def _names(form: DiagramForm) -> dict[str, str]:
    """Return the names to print: parts after their master, and after their schema if there are several."""
    labels = group_labels(form)
    several = len({node["group"] for node in form["nodes"] if node["group"] in labels}) > 1
    masters = {part: master for master, parts in entities(form).items() for part in parts}
    own = {node["id"]: node_name(node) for node in form["nodes"]}
    names = {}
    for node in form["nodes"]:
        name = own[node["id"]]
        if node["id"] in masters and "." not in name:
            name = f"{own[masters[node['id']]]}.{name}"
        if several and node["group"] in labels:
            name = f"{labels[node['group']]}: {name}"
        names[node["id"]] = terminal(name)
    return names


def _details(node: NodeForm) -> str:
    details = [] if node["tier"] in ("collapsed", "unknown") else [f"({node['tier']})"]
    details += filter(None, [count_text(node)])
    if node["comment"]:
        details.append(f"# {shorten(terminal(node['comment']))}")
    return "".join(f"  {detail}" for detail in details)


def _stroke(edges: list[EdgeForm], nodes: dict[str, NodeForm]) -> str:
    lines = [edge_line(edge, nodes[edge["source"]], nodes[edge["target"]]) for edge in edges]
    if all(line.dashed for line in lines):
        return "┄"
    return "━" if any(line.width > 1 for line in lines) else "─"
