"""PostgreSQL, where a schema is a schema of one database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from datajoint_nb.backends.backend import LoadedTable, Reference, Run
from datajoint_nb.backends.postgres import catalogue
from datajoint_nb.backends.session import Observe, Session
from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql.ddl import Surroundings
from datajoint_nb.sql.dialect import POSTGRESQL, Dialect
from datajoint_nb.sql.statement import MARK, Statement


class PostgresBackend:
    """PostgreSQL 15 and newer."""

    name = "postgresql"

    def open(self, spec: ConnectionSpec, observe: Observe) -> Session:
        """A session, set up with one statement.

        Raises
        ------
        ImportError
            Without the driver, which is an extra.
        """
        try:
            from datajoint_nb.backends.postgres.session import PostgresSession
        except ImportError as error:
            raise ImportError(
                "PostgreSQL needs the driver psycopg: pip install 'datajoint-nb[postgres]'"
            ) from error
        return PostgresSession(spec, observe)

    def dialect_of(self, session: Session) -> Dialect:
        """The one dialect."""
        return POSTGRESQL

    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        from datajoint_nb.backends.postgres import errors

        return errors.ERRORS

    def translate(self, error: Exception, sql: str | None) -> DataJointError:
        """The library's error."""
        from datajoint_nb.backends.postgres import errors

        return errors.translate(error, sql)

    def get_user(self, run: Run, spec: ConnectionSpec) -> str:
        """The name of the role."""
        return str(run(Statement("SELECT current_user")).rows[0][0])

    def localize(self, run: Run, sql: str) -> str:
        """Nothing to change: full names are the server's own."""
        return sql

    def list_schemas(self, run: Run) -> list[str]:
        """All schemas of the database but the system's."""
        text = (
            "SELECT nspname FROM pg_namespace WHERE left(nspname, 3) <> 'pg_' "
            "AND nspname <> 'information_schema' ORDER BY 1"
        )
        return [name for (name,) in run(Statement(text)).rows]

    def schema_exists(self, run: Run, schema: str) -> bool:
        """Whether the schema is there."""
        text = f"SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = {MARK})"
        return bool(run(Statement(text, (schema,))).rows[0][0])

    def load_schema(self, run: Run, schema: str) -> dict[str, LoadedTable]:
        """All tables of a schema: 3 statements."""
        return catalogue.load_schema(run, schema)

    def references(self, run: Run, parents_in: str | None = None) -> list[Reference]:
        """Foreign keys of the database."""
        return catalogue.references(run, parents_in)

    def table_size(self, run: Run, table: TableName) -> int:
        """With indexes and long values."""
        text = f"SELECT pg_total_relation_size(CAST({MARK} AS regclass))"
        return int(run(Statement(text, (POSTGRESQL.table(table),))).rows[0][0])

    def lock_schema(self, run: Run, schema: str) -> None:
        """Let others who change the schema wait: IF NOT EXISTS alone fails when two run at once."""
        run(Statement(catalogue.LOCK, (schema,)))

    def prepare_table(self, run: Run, table: StoredTable) -> Surroundings:
        """Types and indexes of the schema, and whether the table is there by now."""
        self.lock_schema(run, table.name.schema)
        return catalogue.surroundings(run, table)

    def prepare_alteration(self, run: Run, alteration: Alteration) -> Surroundings:
        """Enumerations of the schema."""
        self.lock_schema(run, alteration.before.name.schema)
        return catalogue.before_alteration(run, alteration)

    def rebuilding(self, run: Run) -> AbstractContextManager[None]:
        """Nothing to set up: the server alters tables in place."""
        return nullcontext()

    def unused_types(self, run: Run, schema: str) -> list[Statement]:
        """DROP TYPE for enumerations without a column."""
        return catalogue.unused_types(run, schema)

    def tables_to_drop(self, run: Run, schema: str) -> list[TableName]:
        """None: the schema goes as a whole."""
        return []
