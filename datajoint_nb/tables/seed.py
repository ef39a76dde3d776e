"""The rows that a delete begins with: ``tests/spec/05-data-manipulation.md`` §4.1, §5.3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datajoint_nb.errors import DataJointError, UnknownAttributeError
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query import algebra
from datajoint_nb.query.conditions import (
    TRUE,
    And,
    Complement,
    Condition,
    Exists,
    Fragment,
    InQuery,
    InRows,
    Or,
)
from datajoint_nb.query.nodes import Base, Limit, Node, Project, Restrict

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table

# answers differ from statement to statement
VOLATILE = re.compile(
    r"\b(?:rand|random|uuid|gen_random_uuid|now|current_\w+|localtime\w*|utc_\w+|sysdate|clock_timestamp"
    r"|curdate|curtime|unix_timestamp)\b|'now'",
    re.IGNORECASE,
)
# more bound values than this are better kept in the database than repeated for each table
MOST_VALUES = 1000


@dataclass(frozen=True)
class Seed:
    """Rows of one stored table.

    Attributes
    ----------
    stored : StoredTable
    node : Node
        Restrictions and limits over the table, without projections.
    ignored : tuple of str
        Names in restrictions that are no attributes.
    """

    stored: StoredTable
    node: Node
    ignored: tuple[str, ...] = ()

    @property
    def name(self) -> TableName:
        """The table."""
        return self.stored.name

    @property
    def condition(self) -> Condition | None:
        """The condition on the table, None where the rows are limited in number."""
        node = self.node
        if isinstance(node, Restrict) and isinstance(node.arg, Base):
            return node.condition
        return TRUE if isinstance(node, Base) else None

    @property
    def is_plain(self) -> bool:
        """Whether the condition means the same rows in every statement until they are deleted."""
        condition = self.condition
        return condition is not None and is_plain(condition)


def seed_of(table: Table, action: str) -> Seed:
    """The stored rows that a table, restricted or not, stands for.

    Raises
    ------
    UnknownAttributeError
        When a restriction by a mapping looks like a mistake: it names no attribute, or a name
        is nearly that of an attribute which it lacks.
    DataJointError
        For projections that rename or compute.
    """
    mistaken = [miss for miss in table._missed if miss.mistaken]
    if mistaken:
        miss = mistaken[0]
        advice = f"; did you mean `{miss.near}`?" if miss.near else ""
        raise UnknownAttributeError(
            f"{action} of {table.name}: the restriction names `{miss.name}`, which is no attribute{advice}. "
            f"Attributes are: {', '.join(table.own_heading)}"
        )
    stored = table.stored
    ignored = tuple(dict.fromkeys(miss.name for miss in table._missed))
    return Seed(stored, _without_projections(table.node, Base(stored.name, stored.heading), action), ignored)


def _without_projections(node: Node, base: Base, action: str) -> Node:
    if isinstance(node, Base):
        return base
    if isinstance(node, Restrict):
        return algebra.restrict(_without_projections(node.arg, base, action), node.condition)
    if isinstance(node, Limit):
        return Limit(_without_projections(node.arg, base, action), node.limit, node.offset, node.order)
    if isinstance(node, Project) and all(new == source for new, source in node.sources.items()):
        return _without_projections(node.arg, base, action)
    raise DataJointError(
        f"{action} works on the rows of a table, not on renamed or computed attributes: "
        f"restrict the table itself, ({base.table.table} & expression)"
    )


def is_plain(condition: Condition) -> bool:
    """Whether a condition reads only the row it is about, and reads it the same way each time."""
    if isinstance(condition, (And, Or)):
        return all(is_plain(item) for item in condition.items)
    if isinstance(condition, Complement):
        return is_plain(condition.item)
    if isinstance(condition, Fragment):
        return VOLATILE.search(condition.text.sql) is None
    if isinstance(condition, InRows):
        bound = sum(not spec.is_integer for spec in condition.specs)
        return bound * len(condition.rows) <= MOST_VALUES
    return not isinstance(condition, (InQuery, Exists))


def reads_tables(condition: Condition) -> bool:
    """Whether a condition holds a subquery."""
    if isinstance(condition, (And, Or)):
        return any(reads_tables(item) for item in condition.items)
    if isinstance(condition, Complement):
        return reads_tables(condition.item)
    return isinstance(condition, (InQuery, Exists))
