"""From a table as the user restricted it to conditions on stored rows, good for as long as a diagram."""

from __future__ import annotations

from typing import Any

from datajoint_nb.graph.selection import renaming
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query.conditions import TRUE, Condition, Exists, InQuery
from datajoint_nb.query.nodes import Base, Limit, Node, Project, Restrict
from datajoint_nb.tables.key_sets import KeySets
from datajoint_nb.tables.table import Table


class LastingKeys(KeySets):
    """Conditions on keys that need no temporary table, since nothing says when a diagram ends.

    Few keys are written into the statements, for many their rows are asked for again: unlike a
    delete, a diagram changes none of them.
    """

    def _table_of(self, stored: StoredTable, key: list[Any], node: Node) -> Condition:
        return InQuery(tuple(stored.primary_key), node, False)


def condition_of(table: Table) -> Condition:
    """The condition that a restricted or projected table puts on the rows of the stored one."""
    node = table.node
    if isinstance(node, Base):
        return TRUE
    if isinstance(node, Restrict) and isinstance(node.arg, Base):
        return node.condition
    names = key_names(node)
    if not names:
        # a singleton has one row at most
        return Exists(node)
    return InQuery(tuple(names), renaming(node, names), False)


def key_names(node: Node) -> dict[str, str]:
    """The key attributes of the stored table -> their names in `node`."""
    if isinstance(node, Base):
        return {name: name for name in node.heading.primary_key}
    if isinstance(node, Project):
        now = {old: new for new, old in reversed(node.sources.items()) if isinstance(old, str)}
        return {name: now[old] for name, old in key_names(node.arg).items()}
    assert isinstance(node, (Restrict, Limit))
    return key_names(node.arg)
