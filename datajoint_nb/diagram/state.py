"""What a diagram holds; every operation makes a new diagram from it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datajoint_nb.diagram.class_names import ClassNames
from datajoint_nb.diagram.pipeline import Pipeline
from datajoint_nb.diagram.selection import Selection
from datajoint_nb.graph.selection import Selection as GraphSelection
from datajoint_nb.model.names import TableName
from datajoint_nb.query.conditions import TRUE, Condition
from datajoint_nb.render.diagram.form import Mode
from datajoint_nb.tables.table import FreeTable

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Restrictions:
    """Which rows a diagram is about.

    Attributes
    ----------
    mode : {"plain", "restrict", "cascade", "trace"}
    roots : mapping
        Table -> condition: where the restrictions start.
    rows : graph.selection.Selection or None
        What they select; tables that are not in it are not restricted. None in mode plain.
    """

    mode: Mode = "plain"
    roots: Mapping[TableName, Condition] = field(default_factory=dict)
    rows: GraphSelection | None = None

    @property
    def tables(self) -> frozenset[TableName]:
        """The restricted tables."""
        return frozenset() if self.rows is None else frozenset(self.rows.conditions)


class State:
    """The shown tables of a diagram, their graph and names, and what restricts them."""

    _pipeline: Pipeline
    _names: ClassNames
    _selection: Selection
    _restrictions: Restrictions
    # numbers of rows, once they were asked for
    _counted: dict[TableName, int] | None = None

    def _with(
        self,
        selection: Selection | None = None,
        restrictions: Restrictions | None = None,
        pipeline: Pipeline | None = None,
        names: ClassNames | None = None,
    ) -> Self:
        """A new diagram with some of its state changed."""
        result = copy.copy(self)
        result._selection = self._selection if selection is None else selection
        result._pipeline = self._pipeline if pipeline is None else pipeline
        result._names = self._names if names is None else names
        if restrictions is not None:
            result._restrictions = restrictions
            result._counted = None
        return result

    def _table(self, name: TableName) -> FreeTable:
        """The rows of a shown table: those that a restriction selects, else all."""
        table = FreeTable(self._pipeline.connection, name)
        rows = self._restrictions.rows
        if rows is None or name not in rows or rows.conditions[name] is TRUE:
            return table
        found: FreeTable = table._with(rows.node(name), keep_class=True)
        return found
