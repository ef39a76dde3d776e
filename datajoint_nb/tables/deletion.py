"""Deleting rows and dropping tables: ``tests/spec/05-data-manipulation.md`` §4, §6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from datajoint_nb.errors import DataJointError
from datajoint_nb.graph.cascade import PartIntegrity
from datajoint_nb.sql import delete as sql_delete
from datajoint_nb.sql import select as sql_select
from datajoint_nb.sql.statement import Statement
from datajoint_nb.tables import dropping
from datajoint_nb.tables.deleting import Deleting
from datajoint_nb.tables.either import either
from datajoint_nb.tables.seed import Seed, reads_tables, seed_of

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection
    from datajoint_nb.tables.table import Table


class Deletion:
    """The methods of tables that delete and drop."""

    @either
    def delete(
        self, transaction: bool = True, prompt: bool | None = None, part_integrity: PartIntegrity = "enforce"
    ) -> int:
        """Delete the rows, and all rows of other tables that depend on them.

        Parameters
        ----------
        transaction : bool
            Delete all or nothing; joins the transaction under way.
        prompt : bool, optional
            Show what will go and ask first; default: the setting ``safemode``. The question is
            asked before anything is written and while no transaction is open.
        part_integrity : {"enforce", "ignore", "cascade"}
            What happens when part rows would go without their master row: an error; nothing; or
            the master rows go as well, with everything that depends on them.

        Returns
        -------
        int
            The number of rows deleted from this table; 0 when the answer was no.

        Raises
        ------
        DataJointError
            When part rows would go alone, when rows are referenced by a table that cannot be
            seen, for anything but restricted rows of one table, and for a question inside a
            transaction. Nothing is deleted.
        UnknownAttributeError
            When a restricting mapping looks like a mistake: all or nearly all rows would go.
        ValueError
            For another `part_integrity`.

        See
        ---
        tests/spec/05-data-manipulation.md §4, §5
        """
        table = cast("Table", self)
        if part_integrity not in get_args(PartIntegrity):
            raise ValueError(
                f"part_integrity must be 'enforce', 'ignore' or 'cascade', not {part_integrity!r}"
            )
        connection = table._require_connection()
        ask = bool(connection.config["safemode"]) if prompt is None else prompt
        if ask and connection.in_transaction:
            raise DataJointError(
                "delete cannot ask inside a transaction, which may hold locks: pass prompt=False, or delete "
                "before the transaction begins"
            )
        seed = seed_of(table, "delete")
        return Deleting(connection, seed, part_integrity, transaction, ask).run()

    @either
    def delete_quick(self, get_count: bool = False) -> int | None:
        """Delete the rows in one statement: nothing is asked, nothing else goes along.

        Parameters
        ----------
        get_count : bool
            Return the number of rows deleted.

        Raises
        ------
        IntegrityError
            When rows of other tables depend on them; nothing is deleted.
        UnknownAttributeError
            As `delete`.
        """
        table = cast("Table", self)
        connection = table._require_connection()
        statement = _one_statement(seed_of(table, "delete_quick"), connection)
        count = 0 if statement is None else connection.execute(statement, write=True).rowcount
        return count if get_count else None

    @either
    def drop(self, prompt: bool | None = None, part_integrity: PartIntegrity = "enforce") -> None:
        """Drop the table and all tables that depend on it, in all schemas.

        Parameters
        ----------
        prompt : bool, optional
            Show what will go and ask first; default: the setting ``safemode``.
        part_integrity : {"enforce", "ignore"}
            Whether a part may go without its master.

        Raises
        ------
        DataJointError
            On a restricted table, inside a transaction, and for parts without their master.
        ValueError
            For another `part_integrity`.

        See
        ---
        tests/spec/05-data-manipulation.md §6
        """
        if part_integrity not in ("enforce", "ignore"):
            raise ValueError(f"part_integrity of drop must be 'enforce' or 'ignore', not {part_integrity!r}")
        dropping.drop(cast("Table", self), prompt, enforce=part_integrity == "enforce")

    @either
    def drop_quick(self) -> None:
        """Drop this one table; nothing is asked. Nothing happens when it is not there.

        Raises
        ------
        IntegrityError
            When other tables reference it.
        DataJointError
            Inside a transaction.
        """
        dropping.drop_quick(cast("Table", self))


def _one_statement(seed: Seed, connection: Connection) -> Statement | None:
    """The DELETE of the seed alone; None when it is known to have no rows."""
    dialect = connection.dialect
    condition = seed.condition
    itself = dialect.family == "mysql" and condition is not None and reads_tables(condition)
    if condition is not None and not itself:
        return sql_delete.delete(seed.name, condition, dialect)
    if seed.stored.is_singleton:
        found = connection.execute(sql_select.exists(seed.node, dialect)).rows[0][0]
        return Statement(f"DELETE FROM {dialect.table(seed.name)}") if found else None
    return sql_delete.delete_found(seed.name, seed.node, seed.stored.primary_key, dialect)


class PartDeletion(Deletion):
    """Deleting from, and dropping, a part table: its rows belong to those of its master."""

    @either
    def delete(self, /, part_integrity: PartIntegrity = "enforce", **kwargs: Any) -> int:  # type: ignore[override]
        """As for other tables, but never with ``part_integrity="enforce"``.

        Raises
        ------
        DataJointError
            Unless `part_integrity` is given.
        """
        if part_integrity == "enforce":
            raise DataJointError(
                f"Rows of the part {cast('Table', self).name} belong to its master: delete from the master, "
                "or choose part_integrity='ignore' (only these rows) or 'cascade' (their master rows too)"
            )
        return super().delete(part_integrity=part_integrity, **kwargs)

    @either
    def drop(self, part_integrity: PartIntegrity = "enforce", prompt: bool | None = None) -> None:  # type: ignore[override]
        """As for other tables, but never with ``part_integrity="enforce"``.

        Raises
        ------
        DataJointError
            Unless ``part_integrity="ignore"``.
        """
        if part_integrity == "enforce":
            raise DataJointError(
                f"The part {cast('Table', self).name} belongs to its master: drop the master, or choose "
                "part_integrity='ignore'"
            )
        super().drop(prompt=prompt, part_integrity=part_integrity)
