"""A table as it is, or will be, in the database.

Declaration builds a `StoredTable` from a definition, the catalogue of a server gives one back;
DDL, headings, ``describe`` and drift all work on this one form.
"""

from __future__ import annotations

import json
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
    """A secondary index.

    Attributes
    ----------
    columns : tuple of str
        Those of plain items.
    expressions : tuple of str
        All items as SQL, for an index that has more than columns; else empty.
    items : tuple of str
        The same as definitions write them: servers keep the text beside the index, since they
        spell expressions in their own way. Where it is not known, `expressions`.
    """

    columns: tuple[str, ...]
    unique: bool = False
    expressions: tuple[str, ...] = field(default=(), compare=False)
    name: str = field(default="", compare=False)
    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.items:
            object.__setattr__(self, "items", self.expressions)

    @property
    def note(self) -> str:
        """The text that servers keep beside the index; empty for an index on columns."""
        return json.dumps(self.items, ensure_ascii=False) if self.expressions else ""


def noted_items(note: str | None) -> tuple[str, ...]:
    """The items in a text that a server keeps beside an index; empty for other texts."""
    try:
        items = json.loads(note or "[]")
    except ValueError:
        return ()
    is_note = isinstance(items, list) and all(isinstance(item, str) for item in items)
    return tuple(items) if is_note else ()


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
