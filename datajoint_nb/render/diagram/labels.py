"""The words of a picture: labels, counts and tooltips, as plain text not yet escaped."""

from __future__ import annotations

import re
from collections import Counter

from datajoint_nb.render.diagram.form import DiagramForm, EdgeForm, NodeForm
from datajoint_nb.render.escape import terminal

LONGEST = 60
RULE = "─" * 10
ARROW = "→"
_INDEX = re.compile(r"(unique\s+)?index\s*\(", re.IGNORECASE)
_OPTIONS = re.compile(r"^\[[^\]]*\]\s*")


def shorten(text: str) -> str:
    """Return `text`, cut with an ellipsis where it would make a box wider than a slide."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def node_name(node: NodeForm) -> str:
    """Return the name to draw: the label, or the id of a table whose label shows nothing."""
    return shorten(terminal(node["label"]) if terminal(node["label"]).strip() else terminal(node["id"]))


def group_labels(form: DiagramForm) -> dict[str, str]:
    """Return the frame labels by group id, no two alike.

    A label that several schemas share gets its schema appended; ``__main__`` gives way to it.
    """
    shown = {
        group["id"]: group["schema"] if group["label"] in ("", "__main__") else group["label"]
        for group in form["groups"]
    }
    uses = Counter(shown.values())
    schemas = {group["id"]: group["schema"] for group in form["groups"]}
    return {
        group: label if uses[label] == 1 or label == schemas[group] else f"{label} ({schemas[group]})"
        for group, label in shown.items()
    }


def is_underlined(node: NodeForm) -> bool:
    """Return whether the table adds an attribute of its own to the primary key."""
    return node["introduces_dimension"] and bool(node["primary_key"]) and node["tier"] != "collapsed"


def count_text(node: NodeForm) -> str:
    """Return the counts to show under the name, such as ``12 / 3,400``; empty when none were asked."""
    rows, restricted = node["rows"], node["restricted_rows"]
    if rows is None:
        return "" if restricted is None else _rows(restricted)
    whole = f"{rows:,}" if isinstance(rows, int) else f"≥ {rows['at_least']:,}"
    if restricted is not None:
        return f"{restricted:,} / {whole}"
    return _rows(rows) if isinstance(rows, int) else f"{whole} rows"


def node_tooltip(node: NodeForm) -> str:
    """Return the comment and the definition of a table, reduced to names; several lines."""
    if node["tier"] == "collapsed":
        return f"Collapsed schema: {node['label'].strip('()')}"
    lines = [node["comment"]] if node["comment"] else []
    if not node["accessible"]:
        lines.append("(not accessible)")
    if node["definition"] is not None:
        lines += _definition_names(node["definition"])
    else:
        lines += _attribute_names(node)
    return "\n".join(lines) or node["id"]


def edge_tooltip(edge: EdgeForm) -> str:
    """Return the renamed attributes, such as ``left ← tank; right ← tank``."""
    if edge["tooltip"] or not edge["aliased"]:
        return edge["tooltip"]
    renamed = (f"{child} ← {parent}" for child, parent in edge["attr_map"].items() if child != parent)
    return "; ".join(renamed)


def summary(form: DiagramForm) -> str:
    """Return one sentence that says what the picture shows, for those who cannot see it."""
    collapsed = sum(node["tier"] == "collapsed" for node in form["nodes"])
    tables, keys = len(form["nodes"]) - collapsed, sum(edge["bundle"] for edge in form["edges"])
    folded = f" and {_several(collapsed, 'collapsed schema')}" if collapsed else ""
    return f"Diagram of {_several(tables, 'table')}{folded}, {_several(keys, 'foreign key')}"


def _several(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _rows(number: int) -> str:
    return _several(number, "row")


def _attribute_names(node: NodeForm) -> list[str]:
    key = [attribute["name"] for attribute in node["attributes"] if attribute["key"]]
    rest = [attribute["name"] for attribute in node["attributes"] if not attribute["key"]]
    return [*key, *([RULE, *rest] if rest else [])]


def _definition_names(definition: str) -> list[str]:
    lines = []
    for line in map(str.strip, definition.splitlines()):
        if not line or line.startswith("#") or _INDEX.match(line):
            continue
        if line.startswith(("---", "___")):
            lines.append(RULE)
        elif line.startswith("->"):
            reference = line[2:].split("#", 1)[0].strip()
            lines.append(f"{ARROW} {_OPTIONS.sub('', reference)}")
        else:
            lines.append(re.split(r"[\s:=]", line, maxsplit=1)[0])
    return lines
