"""Strict readers of the DOT and the Mermaid that the renderers may write, for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\\n]|\\.)*")|(-?[A-Za-z0-9_.]+)|(->|[{}\[\]=,;]))')
_WORDS = r"(?:[\w .,-]|#\d+;|<br/>)+"
_MERMAID_NODE = re.compile(
    rf'(t\d+)(?:\["{_WORDS}"\]|\(\["{_WORDS}"\]\)|\(\("{_WORDS}"\)\)|\[\["{_WORDS}"\]\]):::(\w+)'
)
_MERMAID_SUBGRAPH = re.compile(rf'subgraph (s\d+|entity_t\d+)\["{_WORDS}"\]')
_COLOUR = r"#[0-9A-F]{6}"
_MERMAID_CLASS = re.compile(rf"classDef (\w+) fill:{_COLOUR},stroke:{_COLOUR},color:{_COLOUR}")
_MERMAID_LINK_STYLE = re.compile(
    rf"linkStyle (\d+) stroke:{_COLOUR},stroke-width:[12]px(?:,stroke-dasharray:\d \d)?"
)


@dataclass
class Read:
    """What a reader found: nodes with attributes or class, edges, clusters with their labels."""

    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)


def read_dot(text: str) -> Read:
    """Return what `text` declares; AssertionError when it is not the DOT language."""
    tokens = _tokens(text)
    assert tokens[:3] == ["digraph", "diagram", "{"]
    read = Read()
    place = _statements(tokens, 3, read)
    assert place == len(tokens)
    return read


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        if text[at] == "<":
            end = _html_end(text, at)
            tokens.append(text[at:end])
            at = end
            continue
        match = _TOKEN.match(text, at)
        assert match, f"no DOT token at {text[at : at + 40]!r}"
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


def _html_end(text: str, at: int) -> int:
    depth = 0
    for place in range(at, len(text)):
        depth += {"<": 1, ">": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise AssertionError("an HTML-like label is not closed")


def _statements(tokens: list[str], at: int, read: Read) -> int:
    while tokens[at] != "}":
        if tokens[at] == "{":
            at = _statements(tokens, at + 1, read)
        elif tokens[at] == "subgraph":
            assert tokens[at + 1].startswith("cluster_") and tokens[at + 2] == "{"
            assert tokens[at + 1] not in read.clusters
            read.clusters.append(tokens[at + 1])
            at = _statements(tokens, at + 3, read)
        else:
            at = _statement(tokens, at, read)
        if tokens[at] == ";":
            at += 1
    return at + 1


def _statement(tokens: list[str], at: int, read: Read) -> int:
    name = tokens[at]
    if tokens[at + 1] == "=":
        return at + 3
    if tokens[at + 1] == "->":
        attributes, end = _attributes(tokens, at + 3)
        read.edges.append((name, tokens[at + 2], attributes))
        return end
    attributes, end = _attributes(tokens, at + 1)
    if name not in ("graph", "node", "edge"):
        assert name.startswith('"')
        read.nodes.setdefault(name, {}).update(attributes)
    return end


def _attributes(tokens: list[str], at: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    if tokens[at] != "[":
        return found, at
    at += 1
    while tokens[at] != "]":
        assert tokens[at + 1] == "=" and re.fullmatch(r"\w+", tokens[at])
        assert tokens[at] not in found
        found[tokens[at]] = tokens[at + 2]
        at += 3
        if tokens[at] == ",":
            at += 1
    return found, at + 1


def read_mermaid(text: str) -> Read:
    """Return what `text` declares; AssertionError when a line is outside the flowchart grammar."""
    first, *lines = text.removesuffix("\n").split("\n")
    assert re.fullmatch(r"flowchart (LR|TB)", first)
    read, depth, classes, styled = Read(), 0, set(), []
    for line in map(str.strip, lines):
        if match := _MERMAID_CLASS.fullmatch(line):
            classes.add(match[1])
        elif match := _MERMAID_SUBGRAPH.fullmatch(line):
            assert match[1] not in read.clusters
            read.clusters.append(match[1])
            depth += 1
        elif line == "end":
            depth -= 1
            assert depth >= 0
        elif match := _MERMAID_NODE.fullmatch(line):
            assert match[1] not in read.nodes and match[2] in classes
            read.nodes[match[1]] = {"class": match[2]}
        elif match := re.fullmatch(r"(t\d+) --> (t\d+)", line):
            assert match[1] in read.nodes and match[2] in read.nodes and depth == 0
            read.edges.append((match[1], match[2], {}))
        elif match := _MERMAID_LINK_STYLE.fullmatch(line):
            styled.append(int(match[1]))
        else:
            seed = re.fullmatch(r"style (t\d+) stroke-width:3px", line)
            assert seed and seed[1] in read.nodes, f"not a line of a flowchart: {line!r}"
    assert depth == 0
    assert styled == list(range(len(read.edges)))
    return read
