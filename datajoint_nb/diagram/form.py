"""From chosen tables to the JSON form, which is all that renderers and front ends receive.

See ``tests/spec/08-compute-diagram.md`` §18.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from datajoint_nb.diagram.class_names import ClassNames, label_of
from datajoint_nb.diagram.edges import Drawn, draw_edges
from datajoint_nb.diagram.nodes import attribute_forms, folded_node, table_node
from datajoint_nb.graph.graph import Edge
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.render.diagram import DiagramForm, GroupForm, NodeForm, style_table
from datajoint_nb.render.diagram.form import FORMAT, Direction, Mode, Theme
from datajoint_nb.render.diagram.labels import group_labels


@dataclass(frozen=True)
class Picture:
    """All that is drawn.

    Attributes
    ----------
    tables : mapping
        Shown table -> the table as stored (None where it cannot be read), in the order of nodes.
    edges : sequence of Edge
        Foreign keys; those with an end that is not shown are left out.
    folded : set of TableName
        Those of one schema are one node.
    names : ClassNames
    outside : set of TableName
        Tables that are known through their foreign keys only: their schemas are not activated.
    definitions : mapping
        Table -> text of its definition.
    rows, restricted : mapping
        Table -> number of rows, all of them and those that a restriction selects; empty if not asked.
    seeds : collection of TableName
        The tables that the restrictions started from.
    """

    tables: Mapping[TableName, StoredTable | None]
    edges: Sequence[Edge]
    folded: frozenset[TableName] = frozenset()
    names: ClassNames = field(default_factory=ClassNames)
    outside: frozenset[TableName] = frozenset()
    definitions: Mapping[TableName, str] = field(default_factory=dict)
    rows: Mapping[TableName, int] = field(default_factory=dict)
    restricted: Mapping[TableName, int] = field(default_factory=dict)
    seeds: Sequence[TableName] = ()
    mode: Mode = "plain"
    direction: Direction = "LR"
    theme: Theme = "auto"


def build_form(picture: Picture) -> DiagramForm:
    """The JSON form of a picture: nodes parents first, edges by (source, target, key)."""
    ids = {table: f"{table.schema}.*" if table in picture.folded else str(table) for table in picture.tables}
    drawn = draw_edges(picture.edges, ids, picture.tables)
    return DiagramForm(
        format=FORMAT,
        direction=picture.direction,
        theme=picture.theme,
        mode=picture.mode,
        seed=list(dict.fromkeys(ids[table] for table in picture.seeds if table in ids)),
        groups=_groups(picture),
        nodes=_nodes(picture, ids, drawn),
        edges=[line.form for line in drawn],
        styles=style_table(),
    )


def _groups(picture: Picture) -> list[GroupForm]:
    shown = Counter(table.schema for table in picture.tables)
    folded = Counter(table.schema for table in picture.tables if table in picture.folded)
    modules = picture.names.modules
    groups = [
        GroupForm(
            id=schema,
            label=modules.get(schema, schema),
            schema=schema,
            collapsed=folded[schema] == number,
            n_tables=number,
        )
        for schema, number in shown.items()
    ]
    labels = _distinct_labels(groups)
    for group in groups:
        group["label"] = labels[group["id"]]
    return groups


def _distinct_labels(groups: list[GroupForm]) -> dict[str, str]:
    form = DiagramForm(
        format=FORMAT, direction="LR", theme="auto", mode="plain", seed=[], groups=groups, nodes=[], edges=[],
        styles={},
    )  # fmt: skip
    return group_labels(form)


def _nodes(picture: Picture, ids: Mapping[TableName, str], drawn: Sequence[Drawn]) -> list[NodeForm]:
    """Tables one by one; a folded schema stands where its first table would."""
    paths = picture.names.paths(table for table in ids if table not in picture.folded)
    brought = _brought(drawn)
    members: dict[str, list[TableName]] = defaultdict(list)
    for table, node_id in ids.items():
        members[node_id].append(table)
    nodes = []
    for tables in members.values():
        first = tables[0]
        if first in picture.folded:
            node = folded_node(first.schema, len(tables))
        else:
            node = _table(picture, first, paths.get(first), brought[first])
            if first.master is not None and ids.get(first.master) == str(first.master):
                node["master"] = str(first.master)
        node["in_graph_only"] = all(table in picture.outside for table in tables)
        node["accessible"] = any(picture.tables[table] is not None for table in tables)
        node["rows"], node["restricted_rows"] = _sum(picture.rows, tables), _sum(picture.restricted, tables)
        nodes.append(node)
    return nodes


def _table(
    picture: Picture, table: TableName, path: str | None, brought: list[tuple[int, tuple[str, ...]]]
) -> NodeForm:
    stored = picture.tables[table]
    frame = picture.names.modules.get(table.schema, table.schema)
    node = table_node(table, stored, label_of(table, path, frame), path)
    node["definition"] = picture.definitions.get(table)
    if stored is not None:
        node["attributes"] = attribute_forms(stored, brought)
    return node


def _brought(drawn: Sequence[Drawn]) -> defaultdict[TableName, list[tuple[int, tuple[str, ...]]]]:
    """By child, the drawn edges with the columns that each brings into it."""
    found: defaultdict[TableName, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for index, line in enumerate(drawn):
        for edge in line.keys:
            found[edge.child].append((index, edge.key.columns))
    return found


def _sum(numbers: Mapping[TableName, int], tables: Iterable[TableName]) -> int | None:
    known = [numbers[table] for table in tables if table in numbers]
    return sum(known) if known else None
