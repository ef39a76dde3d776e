"""The difference between a class's definition and its table, as a method of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from datajoint_nb.tables import binding, drift
from datajoint_nb.tables.either import either

if TYPE_CHECKING:
    from datajoint_nb.tables.table import UserTable


class Drifting:
    """Adds ``drift`` to the classes that have a definition."""

    @either
    def drift(self) -> list[drift.Difference]:
        """Lines in which the definition and the table in the database differ; empty when none.

        Raises
        ------
        DefinitionError
            When the class's definition has faults.
        MissingTableError
            When the table is not in the database.
        """
        table = cast("UserTable", self)
        connection = table._require_connection()
        cls = type(table)
        scope = cls.declaration_context
        own = {"self": cls, cls.__name__: cls, "master": getattr(cls, "master", None)}
        declared = binding.build(cls, scope.with_own(**{k: v for k, v in own.items() if v is not None}))
        return drift.differences(declared, table.stored, connection)
