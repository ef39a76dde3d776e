"""The nodes of relational expressions.

Nodes are plain frozen data; the functions of `datajoint_nb.query.algebra` build them and
check the rules, `datajoint_nb.sql.select` writes them as SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from datajoint_nb.model.heading import Heading
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import Condition, JsonPath, SqlText

# Where the value of a projected attribute comes from: another attribute, SQL, or a JSON path.
Source: TypeAlias = "str | SqlText | JsonPath"


@dataclass(frozen=True, eq=False)
class Base:
    """The rows of a stored table."""

    table: TableName
    heading: Heading


@dataclass(frozen=True, eq=False)
class Restrict:
    """Rows of `arg` for which `condition` holds."""

    arg: Node
    condition: Condition

    @property
    def heading(self) -> Heading:
        """That of the operand."""
        return self.arg.heading


@dataclass(frozen=True, eq=False)
class Project:
    """Attributes of `arg` selected, renamed and computed; `sources` follows the heading."""

    arg: Node
    heading: Heading
    sources: dict[str, Source]


@dataclass(frozen=True, eq=False)
class Join:
    """Pairs of rows that agree on the attributes `on`; with `outer`, all rows of `left`."""

    left: Node
    right: Node
    on: tuple[str, ...]
    outer: bool
    heading: Heading


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Rows of `arg` grouped by the attributes `by`.

    `kept` are attributes that are constant within a group, `computed` the expressions.
    With `nonempty`, no group by () is made of no rows.
    """

    arg: Node
    by: tuple[str, ...]
    kept: tuple[str, ...]
    constant: tuple[str, ...]
    computed: dict[str, SqlText]
    nonempty: bool
    heading: Heading


@dataclass(frozen=True, eq=False)
class Distinct:
    """The distinct tuples of some attributes of `arg`."""

    arg: Node
    heading: Heading


@dataclass(frozen=True, eq=False)
class Union:
    """Keys of either operand, each once, with the secondary attributes of both."""

    left: Node
    right: Node
    heading: Heading


@dataclass(frozen=True, eq=False)
class Limit:
    """Some rows of `arg` in an order: items (name, descending)."""

    arg: Node
    limit: int | None
    offset: int
    order: tuple[tuple[str, bool], ...]

    @property
    def heading(self) -> Heading:
        """That of the operand."""
        return self.arg.heading


Node: TypeAlias = "Base | Restrict | Project | Join | Aggregate | Distinct | Union | Limit"


def base_of(node: Node) -> Base | None:
    """The only stored table that `node` restricts, orders or plainly projects, None for others."""
    while isinstance(node, (Restrict, Limit, Project)):
        node = node.arg
    return node if isinstance(node, Base) else None
