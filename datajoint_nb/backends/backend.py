"""What a kind of database has to offer to the rest of the library."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from datajoint_nb.backends.session import Observe, Result, Session
from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, StoredTable
from datajoint_nb.sql.ddl import Surroundings
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement

Run = Callable[[Statement], Result]


@dataclass(frozen=True)
class LoadedTable:
    """A table as the server describes it.

    Attributes
    ----------
    stored : StoredTable
    unmarked : frozenset of str
        Columns whose comment names no type: those of foreign keys have their parents' type.
    fault : DataJointError or None
        Why the table cannot be used; then `stored` is without columns.
    """

    stored: StoredTable
    unmarked: frozenset[str] = frozenset()
    fault: DataJointError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key together with the table that has it."""

    child: TableName
    key: ForeignKey


class Backend(Protocol):
    """One kind of database. Has no state: sessions are made by `open`.

    See ``CONTRIBUTING.md``, "add a backend".
    """

    name: str

    def open(self, spec: ConnectionSpec, observe: Observe) -> Session:
        """A new session; raises the driver's errors, or a DataJointError for refused settings.

        `observe` is called with the text of each statement that the session sends.
        """

    def dialect_of(self, session: Session) -> Dialect:
        """The dialect that the session's server speaks; no statement is sent."""

    def errors(self) -> tuple[type[Exception], ...]:
        """The exceptions that the driver raises."""

    def translate(self, error: Exception, sql: str | None) -> DataJointError:
        """The library's error for one of the driver; ``sql`` is None while connecting."""

    def get_user(self, run: Run, spec: ConnectionSpec) -> str:
        """The user as the database knows it."""

    def localize(self, run: Run, sql: str) -> str:
        """Users' SQL with full table names as the database wants them."""

    def list_schemas(self, run: Run) -> list[str]:
        """Names of all schemas but the system's, sorted."""

    def schema_exists(self, run: Run, schema: str) -> bool:
        """Whether the schema is there; one statement."""

    def load_schema(self, run: Run, schema: str) -> dict[str, LoadedTable]:
        """All tables of a schema, in at most 4 statements, however many tables there are."""

    def references(self, run: Run, parents_in: str | None = None) -> list[Reference]:
        """Foreign keys of all schemas, or those that lead to tables of one; one statement."""

    def table_size(self, run: Run, table: TableName) -> int:
        """Bytes of data and indexes."""

    def lock_schema(self, run: Run, schema: str) -> None:
        """Keep other processes from changing a schema until the transaction ends, where that is needed."""

    def prepare_table(self, run: Run, table: StoredTable) -> Surroundings:
        """What has to be known of the database to create a table; other processes have to wait."""

    def prepare_alteration(self, run: Run, alteration: Alteration) -> Surroundings:
        """What has to be known of the database to alter a table; other processes have to wait."""

    def rebuilding(self, run: Run) -> AbstractContextManager[None]:
        """A block around the transaction that alters a table, where sessions have to be set up for it."""

    def unused_types(self, run: Run, schema: str) -> list[Statement]:
        """What drops the types that no column uses any more."""

    def tables_to_drop(self, run: Run, schema: str) -> list[TableName]:
        """The tables of a schema, children first, where they have to be dropped one by one."""
