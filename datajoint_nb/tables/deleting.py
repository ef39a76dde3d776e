"""One delete on its way: plan, show, ask, delete; again when others wrote meanwhile.

See ``tests/spec/05-data-manipulation.md`` §4.1 and ``10-reliability.md`` §6.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import AccessError, DataJointError, IntegrityError, LockError
from datajoint_nb.graph.cascade import Cascade, PartIntegrity, cascade
from datajoint_nb.model.names import TableName
from datajoint_nb.sql import delete as sql_delete
from datajoint_nb.sql import select as sql_select
from datajoint_nb.sql.statement import Statement
from datajoint_nb.tables.choice import user_choice
from datajoint_nb.tables.key_sets import KeySets
from datajoint_nb.tables.seed import Seed

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

logger = logging.getLogger("datajoint_nb")

ATTEMPTS = 11
# deadlocks and serialisation failures: another attempt may succeed at once, unlike after a timeout
DEADLOCKS = frozenset((1213, "40P01", "40001"))
CHILDREN = (
    re.compile(r"\(`(?P<schema>(?:[^`]|``)+)`\.`(?P<table>(?:[^`]|``)+)`, CONSTRAINT"),
    re.compile(r'on table "[^"]+" violates .* on table "(?P<table>[^"]+)"'),
)

Counts = Mapping[TableName, int]


class _Undone(Exception):  # noqa: N818 - a signal, not an error
    """Leaves the block of a transaction that has to be rolled back, with what was counted."""

    def __init__(self, counts: Counts):
        super().__init__()
        self.counts = counts


class Deleting:
    """One call of ``delete``.

    Parameters
    ----------
    transaction : bool
        Whether all or nothing is deleted.
    ask : bool
        Whether the user decides.
    """

    def __init__(
        self,
        connection: Connection,
        seed: Seed,
        part_integrity: PartIntegrity,
        transaction: bool,
        ask: bool,
    ):
        self.connection, self.seed, self.part_integrity = connection, seed, part_integrity
        self.transaction, self.ask = transaction, ask
        self.joined = connection.in_transaction
        self.own = transaction and not self.joined
        self.agreed: Counts | None = None
        # rows of the seed's table that are gone although a later statement failed
        self.gone = 0

    def run(self) -> int:
        """The number of rows deleted from the seed's table."""
        failure: DataJointError | None = None
        attempt = 0
        while True:
            with KeySets(self.connection) as keys:
                plan = self.plan(keys)
                if failure is not None:
                    self.check_visible(plan, failure)
                if self.ask and not self.asked(plan):
                    return self.gone
                try:
                    return self.gone + self.delete(plan, thorough=attempt > 0)
                except _Undone as undone:
                    if not undone.counts.get(self.seed.name):
                        logger.warning("Nothing to delete.")
                        return 0
                    logger.warning("Other rows depend on these than were shown.")
                    failure = None
                    continue
                except (IntegrityError, LockError) as error:
                    attempt += 1
                    if attempt == ATTEMPTS or not self.is_worth_repeating(error):
                        raise
                    failure = error

    def plan(self, keys: KeySets) -> Cascade:
        """What has to go."""
        graph = self.connection.dependencies.downstream(self.seed.name)
        condition = self.seed.condition
        if condition is None or not self.seed.is_plain:
            condition = keys.keys(self.seed.name, self.seed.node)
        return cascade(graph, self.seed.name, condition, keys.keys, self.part_integrity)

    # -- asking ------------------------------------------------------------------------------

    def asked(self, plan: Cascade) -> bool:
        """Whether the user agrees to what is shown; not asked twice about the same."""
        counts = self.count(plan)
        if self.agreed is not None and counts == self.agreed:
            return True
        if not counts.get(self.seed.name):
            logger.warning("Nothing to delete.")
            return False
        for name in plan:
            if counts[name]:
                logger.info("%s (%d tuples)", self.connection.dialect.full_name(name), counts[name])
        if self.seed.ignored:
            logger.info(
                "Names in the restriction that are no attributes of %s and have no effect: %s",
                self.seed.name, ", ".join(f"`{name}`" for name in self.seed.ignored),
            )  # fmt: skip
        if user_choice("Commit deletes?", default="no") != "yes":
            logger.warning("Delete cancelled")
            return False
        self.agreed = counts
        return True

    def count(self, plan: Cascade) -> dict[TableName, int]:
        """Numbers of rows to delete: one statement."""
        tables = plan.tables
        if not tables:
            return {}
        statement = sql_delete.counts([plan.node(name) for name in tables], self.connection.dialect)
        return dict(zip(tables, self.connection.execute(statement).rows[0], strict=True))

    # -- deleting ----------------------------------------------------------------------------

    def block(self) -> AbstractContextManager[Any]:
        """The transaction, or the part of one, that is undone after a failure."""
        return self.connection.joined_transaction() if self.transaction else nullcontext()

    def delete(self, plan: Cascade, thorough: bool) -> int:
        """Delete children before parents; the number of rows of the seed's table.

        `thorough` locks all rows first, parents before children, so that nobody can add others
        that depend on them.
        """
        with self.block():
            if thorough and self.transaction and self.connection.dialect.name != "sqlite":
                self.lock(plan)
            self.check_parts(plan)
            counts = self.send(plan)
            if self.own and (
                not counts.get(self.seed.name) or (self.agreed is not None and _differ(counts, self.agreed))
            ):
                raise _Undone(counts)
        logger.info("Delete committed." if self.own else "Delete completed")
        return counts.get(self.seed.name, 0)

    def lock(self, plan: Cascade) -> None:
        """Lock the rows to delete, parents before children."""
        for name in plan:
            key = plan.graph.tables[name].primary_key
            statement = sql_delete.lock(plan.node(name), key, self.connection.dialect)
            # PostgreSQL wants the privilege to update, which deleting does not need
            with suppress(AccessError):
                self.connection.execute(statement, write=True)

    def check_parts(self, plan: Cascade) -> None:
        """Refuse to delete part rows whose master rows stay."""
        for part, node in plan.violations.items():
            if self.connection.execute(sql_select.exists(node, self.connection.dialect)).rows[0][0]:
                raise DataJointError(
                    f"Rows of the part {part} would be deleted without their rows in {part.master}: "
                    "delete from the master, or choose part_integrity='cascade' (the master rows go too) or "
                    "'ignore' (part rows may go alone)"
                )

    def send(self, plan: Cascade) -> dict[TableName, int]:
        """One DELETE for each table; rows deleted."""
        counts: dict[TableName, int] = {}
        try:
            for name in reversed(plan):
                counts[name] = self.send_one(name, plan)
                logger.info("Deleting %d rows from %s", counts[name], self.connection.dialect.full_name(name))
        except DataJointError:
            if not self.transaction:
                self.gone += counts.get(self.seed.name, 0)
            raise
        return counts

    def send_one(self, name: TableName, plan: Cascade) -> int:
        """The DELETE of one table; rows deleted."""
        statement = sql_delete.delete(name, plan.conditions[name], self.connection.dialect)
        try:
            return self.execute(statement)
        except AccessError as error:
            raise error.suggest(f"Rows of {name} depend on those to be deleted, or are among them") from error

    def execute(self, statement: Statement) -> int:
        """Rows deleted by a statement."""
        if self.own:
            # a failure ends the whole transaction: no savepoint is needed
            return self.connection.execute_unguarded(statement).rowcount
        return self.connection.execute(statement, write=True).rowcount

    # -- failures ----------------------------------------------------------------------------

    def is_worth_repeating(self, error: DataJointError) -> bool:
        """Whether rows that others added meanwhile may be the cause."""
        if isinstance(error, LockError):
            # a deadlock ends the transaction of whoever began it
            return self.own and error.code in DEADLOCKS
        return True

    def check_visible(self, plan: Cascade, error: DataJointError) -> None:
        """Refuse to go on when the rows in the way are in a table that no plan can include."""
        if not isinstance(error, IntegrityError):
            return
        found = next((match for p in CHILDREN if (match := p.search(str(error)))), None)
        if found is None:
            if self.connection.dialect.name == "sqlite":
                return
            child = "a table that this user cannot see"
        else:
            schema, table = found.groupdict().get("schema"), found["table"]
            if any(table == n.table and schema in (None, n.schema) for n in plan):
                return
            child = f"table {schema}.{table}" if schema else f"table {table}"
        raise DataJointError(
            f"Rows of {child} reference rows to be deleted, and cannot be deleted with them: activate its "
            "schema, or ask for access to it" + (". Nothing was deleted" if self.transaction else "")
        ) from error


def _differ(counts: Counts, agreed: Counts) -> bool:
    return any(counts.get(name, 0) != agreed.get(name, 0) for name in {*counts, *agreed})
