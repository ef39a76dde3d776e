"""Which tables a diagram shows: a frozen value with set algebra, no I/O.

See ``tests/spec/08-compute-diagram.md`` §14.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from datajoint_nb.model.names import TableName

Neighbours = Callable[[TableName], Iterable[TableName]]


@dataclass(frozen=True)
class Selection:
    """Shown tables.

    Attributes
    ----------
    expanded : frozenset of TableName
        Each is a node of its own.
    folded : frozenset of TableName
        Those of one schema are one node together; none of them is in `expanded`.
    """

    expanded: frozenset[TableName] = frozenset()
    folded: frozenset[TableName] = frozenset()

    @property
    def shown(self) -> frozenset[TableName]:
        """All tables, expanded and folded."""
        return self.expanded | self.folded

    def __len__(self) -> int:
        return len(self.expanded) + len(self.folded)

    def __contains__(self, table: object) -> bool:
        return table in self.expanded or table in self.folded

    def __iter__(self) -> Iterator[TableName]:
        yield from self.expanded
        yield from self.folded

    def __or__(self, other: Selection) -> Selection:
        expanded = self.expanded | other.expanded
        return Selection(expanded, (self.folded | other.folded) - expanded)

    def __sub__(self, other: Selection) -> Selection:
        return self.without(other)

    def __and__(self, other: Selection) -> Selection:
        both = self.shown & other.shown
        expanded = both & (self.expanded | other.expanded)
        return Selection(expanded, both - expanded)

    def without(self, tables: Iterable[TableName]) -> Selection:
        """The selection less `tables`, shown or not."""
        gone = frozenset(tables)
        return Selection(self.expanded - gone, self.folded - gone)

    def with_tables(self, tables: Iterable[TableName]) -> Selection:
        """The selection and `tables`; those not shown before are expanded."""
        return Selection(self.expanded | (frozenset(tables) - self.folded), self.folded)

    def fold(self) -> Selection:
        """The same tables, all folded."""
        return Selection(frozenset(), self.shown)

    def grow(self, generations: int, neighbours: Neighbours) -> Selection:
        """The selection and `generations` layers of neighbours around it; none for 0 and below."""
        shown, front = self.shown, self.shown
        for _ in range(generations):
            front = frozenset(near for table in front for near in neighbours(table)) - shown
            if not front:
                break
            shown |= front
        return self.with_tables(shown)
