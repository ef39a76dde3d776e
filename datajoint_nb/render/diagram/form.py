"""The JSON form of a diagram (``djnb-diagram/1``): all that renderers and front ends ever receive.

See ``tests/spec/08-compute-diagram.md`` §18.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypedDict

from datajoint_nb.errors import DataJointError

FORMAT = "djnb-diagram/1"

Direction: TypeAlias = Literal["LR", "TB"]
Theme: TypeAlias = Literal["auto", "light", "dark"]
Mode: TypeAlias = Literal["plain", "restrict", "cascade", "trace"]
Tier: TypeAlias = Literal["manual", "lookup", "imported", "computed", "part", "unknown", "collapsed"]


class AtLeast(TypedDict):
    """A number of rows that was not counted to the end."""

    at_least: int


class ProgressForm(TypedDict):
    """Numbers of keys of an auto-populated table, by their state."""

    total: int
    done: int
    remaining: int
    pending: int
    reserved: int
    error: int
    ignore: int
    success: int
    lost: int


class AttributeForm(TypedDict):
    """One attribute of a table; `fk` is the index of the edge that brings it, or None."""

    name: str
    type: str
    key: bool
    nullable: bool
    default: str | None
    comment: str
    fk: int | None


class NodeForm(TypedDict):
    """A table, or a whole schema when `tier` is ``collapsed``."""

    id: str
    schema: str
    table: str
    name: str | None
    label: str
    tier: Tier
    group: str | None
    master: str | None
    comment: str | None
    definition: str | None
    attributes: list[AttributeForm]
    primary_key: list[str]
    own_key: list[str]
    introduces_dimension: bool
    accessible: bool
    in_graph_only: bool
    rows: int | AtLeast | None
    restricted_rows: int | None
    progress: ProgressForm | None


class EdgeForm(TypedDict):
    """A foreign key, or several between collapsed schemas (`bundle`); parent to child."""

    id: str
    source: str
    target: str
    key: list[str]
    attr_map: dict[str, str]
    primary: bool
    multi: bool
    aliased: bool
    nullable: bool
    unique: bool
    bundle: int
    tooltip: str


class GroupForm(TypedDict):
    """A schema, drawn as a frame around its tables."""

    id: str
    label: str
    schema: str
    collapsed: bool
    n_tables: int


class DiagramForm(TypedDict):
    """A whole diagram; `styles` is for front ends, the renderers here have their own table."""

    format: str
    direction: Direction
    theme: Theme
    mode: Mode
    seed: list[str]
    groups: list[GroupForm]
    nodes: list[NodeForm]
    edges: list[EdgeForm]
    styles: Mapping[str, object]


def nodes_by_id(form: DiagramForm) -> dict[str, NodeForm]:
    """Return the nodes of `form` by their id, having made sure that every edge joins two of them.

    Raises
    ------
    DataJointError
        An edge ends at something that is not a node of the form.
    """
    nodes = {node["id"]: node for node in form["nodes"]}
    for edge in form["edges"]:
        for end in (edge["source"], edge["target"]):
            if end not in nodes:
                raise DataJointError(
                    f"Edge {edge['id']!r} of the diagram ends at {end!r}, which is not one of its nodes; "
                    "build the form with Diagram.to_dict() or remove the edge"
                )
    return nodes
