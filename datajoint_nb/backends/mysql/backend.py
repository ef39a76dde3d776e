"""MySQL 8 and MariaDB, where a schema is a database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from datajoint_nb.backends.backend import LoadedTable, Reference, Run
from datajoint_nb.backends.mysql import catalogue
from datajoint_nb.backends.session import Observe, Session
from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql.ddl import Surroundings
from datajoint_nb.sql.dialect import MARIADB, MYSQL, Dialect
from datajoint_nb.sql.statement import MARK, Statement

SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")


class MySQLBackend:
    """Servers that speak the MySQL protocol."""

    name = "mysql"

    def open(self, spec: ConnectionSpec, observe: Observe) -> Session:
        """A session, set up with one statement."""
        from datajoint_nb.backends.mysql.session import MySQLSession

        return MySQLSession(spec, observe)

    def dialect_of(self, session: Session) -> Dialect:
        """MariaDB says so in its greeting."""
        return MARIADB if "mariadb" in session.server_version.lower() else MYSQL

    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        from datajoint_nb.backends.mysql import errors

        return errors.ERRORS

    def translate(self, error: Exception, sql: str | None) -> DataJointError:
        """The library's error."""
        from datajoint_nb.backends.mysql import errors

        return errors.translate(error, sql)

    def get_user(self, run: Run, spec: ConnectionSpec) -> str:
        """``user@host`` as the server sees it."""
        return str(run(Statement("SELECT user()")).rows[0][0])

    def localize(self, run: Run, sql: str) -> str:
        """Nothing to change: full names are the server's own."""
        return sql

    def list_schemas(self, run: Run) -> list[str]:
        """All databases that the user may see."""
        rows = run(Statement("SELECT schema_name FROM information_schema.schemata ORDER BY 1")).rows
        return [name for (name,) in rows if name not in SYSTEM]

    def schema_exists(self, run: Run, schema: str) -> bool:
        """Whether the database is there."""
        text = f"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = {MARK}"
        return bool(run(Statement(text, (schema,))).rows[0][0])

    def load_schema(self, run: Run, schema: str) -> dict[str, LoadedTable]:
        """All tables of a schema: 3 statements."""
        return catalogue.load_schema(run, schema)

    def references(self, run: Run, parents_in: str | None = None) -> list[Reference]:
        """Foreign keys of the server."""
        return catalogue.references(run, parents_in)

    def table_size(self, run: Run, table: TableName) -> int:
        """As the server estimates it."""
        text = (
            "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
            f"WHERE table_schema = {MARK} AND table_name = {MARK}"
        )
        return int(run(Statement(text, (table.schema, table.table))).rows[0][0])

    def lock_schema(self, run: Run, schema: str) -> None:
        """Nothing to do: IF NOT EXISTS is safe here."""

    def prepare_table(self, run: Run, table: StoredTable) -> Surroundings:
        """Collations of referenced texts, and whether the schema has its table of origins."""
        return catalogue.surroundings(run, table)

    def prepare_alteration(self, run: Run, alteration: Alteration) -> Surroundings:
        """Collations of the table's texts."""
        return catalogue.before_alteration(run, alteration)

    def rebuilding(self, run: Run) -> AbstractContextManager[None]:
        """Nothing to set up: the server alters tables in place."""
        return nullcontext()

    def unused_types(self, run: Run, schema: str) -> list[Statement]:
        """There are none."""
        return []

    def tables_to_drop(self, run: Run, schema: str) -> list[TableName]:
        """None: the database goes as a whole."""
        return []
