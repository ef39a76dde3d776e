"""Altering a table to what its class says: ``tests/spec/01-definitions.md`` §6."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration, compare
from datajoint_nb.sql.literals import written_out
from datajoint_nb.sql.statement import Statement
from datajoint_nb.tables import binding
from datajoint_nb.tables.choice import user_choice
from datajoint_nb.tables.either import either

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection
    from datajoint_nb.tables.table import Table, UserTable

logger = logging.getLogger("datajoint_nb")


class CannotAlterError(DataJointError, NotImplementedError):
    """A difference between definition and table that `alter` does not make."""


class Altering:
    """Adds ``alter`` to the classes that have a definition."""

    @either
    def alter(
        self, prompt: bool = True, context: Mapping[str, Any] | None = None, dry_run: bool = False
    ) -> list[str]:
        """Change the table in the database to what the class's definition says.

        Secondary attributes are added, dropped, retyped and moved (not in PostgreSQL), get other
        defaults and nullability; comments change. ``new : type  # {old} text`` renames ``old``.
        Hidden attributes stay. All changes are made, or none.

        Parameters
        ----------
        prompt : bool
            Show the SQL and ask first.
        context : mapping, optional
            Where to look up the names of referenced tables; default: as for the declaration.
        dry_run : bool
            Change nothing.

        Returns
        -------
        list of str
            The SQL, empty when there is nothing to alter or the answer was no.

        Raises
        ------
        NotImplementedError
            When primary key, foreign keys or indexes differ; nothing is changed.
        DataJointError
            Inside a transaction; for renaming of what is not there; for a new attribute that
            requires a value, on a table with rows; when the database refuses values.
        AccessError
            Without the privilege.
        """
        table = cast("UserTable", self)
        connection = _checked(table)
        # other processes may have altered the table since it was read
        connection.forget(table.name.schema)
        alteration = compare(binding.declared(table, context), table.stored, connection.dialect.moves_columns)
        check(table, alteration)
        if not alteration:
            logger.warning("Nothing to alter in table %s", table.name)
            return []
        if dry_run:
            return _texts(connection.alteration_statements(alteration), connection)
        if prompt and not _confirmed(alteration, connection):
            return []
        return _texts(connection.alter_table(alteration), connection)


def check(table: Table, alteration: Alteration) -> None:
    """Refuse what cannot be altered.

    Raises
    ------
    NotImplementedError
        For differences in primary key, foreign keys or indexes.
    DataJointError
        For an attribute that requires a value, on a table with rows.
    """
    if alteration.refused:
        raise CannotAlterError(
            f"Table {alteration.before.name} cannot be altered: {'; '.join(alteration.refused)}. "
            "Declare a new table, and insert the rows of the old one"
        )
    required = [attribute.name for attribute in alteration.added if attribute.required]
    if required and table:
        raise DataJointError(
            f"Table {alteration.before.name} has rows, for which the new attribute `{required[0]}` has no "
            f"value: give it a default, or make it nullable ({required[0]}=null)"
        )


def _checked(table: UserTable) -> Connection:
    connection = table._require_connection()
    if table._restricted():
        raise DataJointError(
            f"A table with an applied restriction or projection cannot be altered; alter {table.name} itself"
        )
    if connection.in_transaction:
        raise DataJointError("Tables cannot be altered inside a transaction; end it first")
    return connection


def _confirmed(alteration: Alteration, connection: Connection) -> bool:
    for text in _texts(connection.alteration_statements(alteration), connection):
        logger.info("%s", text)
    return user_choice("Proceed?") == "yes"


def _texts(statements: list[Statement], connection: Connection) -> list[str]:
    return [written_out(statement, connection.dialect) for statement in statements]
