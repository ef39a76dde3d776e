"""Tables related to a table by foreign keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.model.names import TableName, master_of
from datajoint_nb.tables.either import either

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table


class Relatives:
    """Parents, children, ancestors, descendants and parts of a table."""

    def _related(self, name: TableName, as_objects: bool) -> Any:
        from datajoint_nb.tables.table import FreeTable

        connection = cast("Table", self)._require_connection()
        return FreeTable(connection, name) if as_objects else connection.dialect.full_name(name)

    @either
    def parents(
        self, primary: bool | None = None, as_objects: bool = False, foreign_key_info: bool = False
    ) -> list[Any]:
        """Tables that this one references: one entry for each foreign key.

        Parameters
        ----------
        primary : bool, optional
            Only foreign keys inside (True) or not inside (False) the primary key.
        as_objects : bool
            FreeTables instead of quoted full names.
        foreign_key_info : bool
            Pairs of table and the facts ``attr_map``, ``aliased``, ``primary``, ``multi``.
        """
        table = cast("Table", self)
        edges = table._require_connection().dependencies.parents(table.name)
        return self._entries([(e.parent, e) for e in edges], primary, as_objects, foreign_key_info)

    @either
    def children(
        self, primary: bool | None = None, as_objects: bool = False, foreign_key_info: bool = False
    ) -> list[Any]:
        """Tables that reference this one: one entry for each foreign key; see `parents`."""
        table = cast("Table", self)
        edges = table._require_connection().dependencies.children(table.name)
        return self._entries([(e.child, e) for e in edges], primary, as_objects, foreign_key_info)

    def _entries(
        self, found: list[tuple[TableName, Any]], primary: bool | None, as_objects: bool, info: bool
    ) -> list[Any]:
        kept = [(name, e) for name, e in found if primary is None or e.primary == primary]
        entries = [(self._related(name, as_objects), e.facts()) for name, e in kept]
        return entries if info else [entry for entry, _ in entries]

    @either
    def ancestors(self, as_objects: bool = False) -> list[Any]:
        """The table and all it depends on, nearest first."""
        table = cast("Table", self)
        names = table._require_connection().dependencies.ancestors(table.name)
        return [self._related(name, as_objects) for name in names]

    @either
    def descendants(self, as_objects: bool = False) -> list[Any]:
        """The table and all that depend on it, parents first."""
        table = cast("Table", self)
        names = table._require_connection().dependencies.descendants(table.name)
        return [self._related(name, as_objects) for name in names]

    @either
    def parts(self, as_objects: bool = False) -> list[Any]:
        """Part tables of this master."""
        table = cast("Table", self)
        stored = table._require_connection().catalogue.schema(table.name.schema)
        mine = [name for name in stored if master_of(name) == table.name.table]
        return [self._related(TableName(table.name.schema, name), as_objects) for name in mine]
