"""Foreign keys in the JSON form: one by one, or in bundles between folded schemas.

See ``tests/spec/08-compute-diagram.md`` §15 and §18.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datajoint_nb.graph.graph import Edge
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.render.diagram.form import EdgeForm

Tables = Mapping[TableName, StoredTable | None]


@dataclass(frozen=True)
class Drawn:
    """A line of the picture and the foreign keys that it stands for."""

    form: EdgeForm
    keys: tuple[Edge, ...]


def draw_edges(edges: Iterable[Edge], nodes: Mapping[TableName, str], tables: Tables) -> list[Drawn]:
    """Lines for the foreign keys between shown tables, sorted by (source, target, key).

    Parameters
    ----------
    edges : iterable of Edge
        Those with an end that is not shown are left out, and those inside one folded node.
    nodes : mapping
        Shown table -> id of its node, which folded tables of a schema have in common.
    tables : mapping
        Shown table -> the table as stored, None where it cannot be read.
    """
    lines: dict[tuple[str, str, tuple[str, ...] | None], list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.parent not in nodes or edge.child not in nodes:
            continue
        source, target = nodes[edge.parent], nodes[edge.child]
        if source == target and edge.parent != edge.child:
            continue
        single = source == str(edge.parent) and target == str(edge.child)
        lines[source, target, edge.key.columns if single else None].append(edge)
    drawn = [_line(source, target, keys, tables) for (source, target, _), keys in lines.items()]
    return sorted(drawn, key=lambda line: (line.form["source"], line.form["target"], line.form["key"]))


def _line(source: str, target: str, keys: list[Edge], tables: Tables) -> Drawn:
    """One foreign key with its own facts, or a bundle, which has none."""
    keys = sorted(keys, key=lambda edge: (edge.parent, edge.child, edge.key.columns))
    if len(keys) > 1:
        form = _form(source, target, "*", bundle=len(keys))
        renames = dict.fromkeys(text for edge in keys if (text := rename_text(edge.attr_map)))
        form["tooltip"] = "; ".join(renames)
        return Drawn(form, tuple(keys))
    edge = keys[0]
    form = _form(source, target, ",".join(edge.key.columns), bundle=1)
    form["key"] = list(edge.key.columns)
    form["attr_map"] = edge.attr_map
    form["primary"], form["multi"], form["aliased"] = edge.primary, edge.multi, edge.aliased
    form["nullable"], form["unique"] = edge.nullable, is_unique(edge, tables[edge.child])
    form["tooltip"] = rename_text(edge.attr_map)
    return Drawn(form, (edge,))


def _form(source: str, target: str, key: str, bundle: int) -> EdgeForm:
    return EdgeForm(
        id=f"{source}→{target}#{key}",
        source=source,
        target=target,
        key=[],
        attr_map={},
        primary=True,
        multi=False,
        aliased=False,
        nullable=False,
        unique=False,
        bundle=bundle,
        tooltip="",
    )


def is_unique(edge: Edge, child: StoredTable | None) -> bool:
    """Whether a unique index of the child covers exactly the columns of the foreign key."""
    columns = set(edge.key.columns)
    indexes = () if child is None else child.unique_indexes()
    return any(set(index.columns) == columns and not index.expressions for index in indexes)


def rename_text(attr_map: Mapping[str, str]) -> str:
    """The renamed attributes, such as ``left ← tank``."""
    return "; ".join(f"{child} ← {parent}" for child, parent in attr_map.items() if child != parent)
