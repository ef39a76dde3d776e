"""Tables for graphs, from one line of text each."""

from __future__ import annotations

import re

from datajoint_nb.graph.graph import Graph
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, StoredTable
from datajoint_nb.model.types import parse_type

INT = parse_type("int32")


def name(text: str) -> TableName:
    schema, _, table = text.rpartition(".")
    return TableName(schema or "s", table)


def table(text: str) -> StoredTable:
    """``child: a b / c? -> parent(a=x, b) -> other(c)``: key / rest, `?` for nullable."""
    head, *references = text.split("->")
    own, _, columns = head.partition(":")
    key, _, rest = columns.partition("/")
    attributes = [
        Attribute(word.rstrip("?"), INT, in_key=part is key, nullable=word.endswith("?"))
        for part in (key, rest)
        for word in part.split()
    ]
    return StoredTable(name(own.strip()), tuple(attributes), tuple(map(foreign_key, references)))


def foreign_key(text: str) -> ForeignKey:
    match = re.fullmatch(r"\s*([\w.#~]+)\((.*)\)\s*", text)
    assert match, text
    pairs = [pair.strip().split("=") for pair in match[2].split(",")]
    return ForeignKey(tuple(p[0] for p in pairs), name(match[1]), tuple(p[-1] for p in pairs))


def graph(*lines: str) -> Graph:
    return Graph(table(line) for line in lines)


FARM = (
    "orchard: orchard / town",
    "tree: orchard tree / height -> orchard(orchard)",
    "tree__row: orchard tree row -> tree(orchard, tree)",
    "tree__leaf: orchard tree row leaf -> tree__row(orchard, tree, row)",
    "graft: a_o a_t b_o b_t -> tree(a_o=orchard, a_t=tree) -> tree(b_o=orchard, b_t=tree)",
    "label: label / orchard? tree? -> tree(orchard, tree)",
    "other.__yield: orchard tree -> tree(orchard, tree)",
)
