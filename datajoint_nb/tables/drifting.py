"""Declaration of a class's table, and its difference from the definition, as methods of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.tables import binding, declare, drift
from datajoint_nb.tables.either import either

if TYPE_CHECKING:
    from datajoint_nb.tables.table import UserTable


class Drifting:
    """Adds ``declare`` and ``drift`` to the classes that have a definition."""

    @either
    def declare(self, context: Mapping[str, Any] | None = None) -> None:
        """Create the class's table unless it is in the database; decoration does this by itself.

        Parameters
        ----------
        context : mapping, optional
            Where the definition looks names up first.

        Raises
        ------
        DefinitionError
            With every fault of the definition.
        DataJointError
            Inside a transaction, and for a class that is not bound to a schema.
        """
        table = cast("UserTable", self)
        connection = table._require_connection()
        if not connection.catalogue.exists(table.name):
            declare.declare(binding.declared(table, context), connection)

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
        return drift.differences(binding.declared(table), table.stored, connection)
