"""A table as it is, or will be, in the database.

Declaration builds a `StoredTable` from a definition, the catalogue of a server gives one back;
DDL, headings, ``describe`` and drift all work on this one form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.model.names import TableName


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from `columns` to `parent_columns` of `parent`, in matching order."""

    columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]

    @property
    def attr_map(self) -> dict[str, str]:
        """Child column -> parent column, in order."""
        return dict(zip(self.columns, self.parent_columns, strict=True))

    @property
    def aliased(self) -> bool:
        """Whether any column has another name in the parent."""
        return self.columns != self.parent_columns


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `expressions` holds SQL items; then `columns` are those of plain items."""

    columns: tuple[str, ...]
    unique: bool = False
    expressions: tuple[str, ...] = ()
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class StoredTable:
    """One table: its columns in order, keys, indexes and comment."""

    name: TableName
    columns: tuple[Attribute, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str = ""
    lineage_available: bool = True

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """Key columns in order, hidden ones (of singletons) included."""
        return tuple(column.name for column in self.columns if column.in_key)

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def native(self) -> frozenset[str]:
        """Columns that no foreign key contributes in the section where they stand."""
        contributed: set[str] = set()
        for key in self.foreign_keys:
            in_key = self.is_in_key(key)
            contributed.update(name for name in key.columns if in_key or not self.by_name[name].in_key)
        return frozenset(self.by_name.keys() - contributed)

    def is_in_key(self, key: ForeignKey) -> bool:
        """Whether a foreign key belongs to the primary key, as a whole."""
        return all(self.by_name[name].in_key for name in key.columns)

    @property
    def is_singleton(self) -> bool:
        """Whether the table holds at most one row."""
        return self.primary_key == ("_singleton",)

    @cached_property
    def heading(self) -> Heading:
        """The heading of the table."""
        indexes = {
            index.columns: {
                "unique": index.unique,
                "nullable": any(self.by_name[c].nullable for c in index.columns),
            }
            for index in self.indexes
            if index.columns and not index.expressions
        }
        return Heading(self.columns, self.comment, indexes, self.lineage_available)

    def unique_indexes(self) -> Iterator[Index]:
        """Secondary unique indexes."""
        return (index for index in self.indexes if index.unique)
