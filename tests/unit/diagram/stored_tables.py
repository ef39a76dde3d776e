"""The pipeline of the specification as stored tables, made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datajoint_nb.diagram.form import Picture, build_form
from datajoint_nb.graph.graph import Graph
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName, parse_full_name
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable
from datajoint_nb.model.types import parse_type
from datajoint_nb.render.diagram.form import DiagramForm, EdgeForm, NodeForm


def name(text: str) -> TableName:
    return parse_full_name(text)


def column(text: str) -> Attribute:
    """An attribute from ``name:type``; ``*name`` is in the key, ``name?`` is nullable."""
    label, _, spec = text.partition(":")
    return Attribute(
        label.strip("*?"),
        parse_type(spec or "int32"),
        in_key=label.startswith("*"),
        nullable=label.endswith("?"),
    )


def key(columns: str, parent: str, parent_columns: str = "") -> ForeignKey:
    return ForeignKey(tuple(columns.split()), name(parent), tuple((parent_columns or columns).split()))


def table(text: str, columns: Iterable[str], *keys: ForeignKey, **facts: Any) -> StoredTable:
    return StoredTable(name(text), tuple(map(column, columns)), keys, **facts)


def unique(columns: str) -> Index:
    return Index(tuple(columns.split()), unique=True)


WET = (
    table("wet.tank", ["*tank", "volume?:float64"], comment="a tank of water"),
    table("wet.#assay", ["*assay:varchar(8)"]),
    table("wet._reading", ["*tank", "mean:float64"], key("tank", "wet.tank")),
    table(
        "wet.__titration",
        ["*tank", "*assay:varchar(8)", "score:float64"],
        key("tank", "wet.tank"),
        key("assay", "wet.#assay"),
    ),
    table(
        "wet.__titration__drop",
        ["*tank", "*assay:varchar(8)", "*drop"],
        key("tank assay", "wet.__titration"),
    ),
    table(
        "wet.__mix", ["*left", "*right"], key("left", "wet.tank", "tank"), key("right", "wet.tank", "tank")
    ),
    table("dry.__digest", ["*tank"], key("tank", "wet._reading")),
)


def picture(tables: Iterable[StoredTable], folded: Iterable[str] = (), **fields: Any) -> Picture:
    """Everything of `tables`, in the order of their foreign keys."""
    graph = Graph(tables)
    order = graph.order()
    return Picture(
        tables={table: graph.tables.get(table) for table in order},
        edges=[edge for table in order for edge in graph.parents(table)],
        folded=frozenset(map(name, folded)),
        **fields,
    )


def form(tables: Iterable[StoredTable], folded: Iterable[str] = (), **fields: Any) -> DiagramForm:
    return build_form(picture(tables, folded, **fields))


def node(found: DiagramForm, node_id: str) -> NodeForm:
    (one,) = (node for node in found["nodes"] if node["id"] == node_id)
    return one


def edges_into(found: DiagramForm, node_id: str) -> list[EdgeForm]:
    return [edge for edge in found["edges"] if edge["target"] == node_id]
