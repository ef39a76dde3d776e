"""SQLite: one file, in which schemas are prefixes of table names."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter

from datajoint_nb.backends.backend import LoadedTable, Reference, Run
from datajoint_nb.backends.session import Observe, Session
from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.backends.sqlite import catalogue, full_names
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.sql.ddl import Surroundings
from datajoint_nb.sql.dialect import SQLITE, Dialect
from datajoint_nb.sql.statement import MARK, Statement


class SqliteBackend:
    """The embedded database; see ``tests/spec/06-connection-settings.md`` §7."""

    name = "sqlite"

    def open(self, spec: ConnectionSpec, observe: Observe) -> Session:
        """A handle on the file, which is made if it is not there."""
        from datajoint_nb.backends.sqlite.session import SqliteSession

        return SqliteSession(spec, observe)

    def dialect_of(self, session: Session) -> Dialect:
        """The one dialect."""
        return SQLITE

    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        from datajoint_nb.backends.sqlite import errors

        return errors.ERRORS

    def translate(self, error: Exception, sql: str | None) -> DataJointError:
        """The library's error."""
        from datajoint_nb.backends.sqlite import errors

        return errors.translate(error, sql)

    def get_user(self, run: Run, spec: ConnectionSpec) -> str:
        """The user of the operating system; the number of one without a name."""
        try:
            return getpass.getuser()
        except (KeyError, OSError, ImportError):
            return str(os.getuid())

    def localize(self, run: Run, sql: str) -> str:
        """Full names of tables as physical names."""
        if not full_names.mentions_full_name(sql):
            return sql
        return full_names.rewrite(sql, frozenset(self.list_schemas(run)))

    def list_schemas(self, run: Run) -> list[str]:
        """Names in the catalog."""
        return [name for (name,) in run(Statement('SELECT name FROM "~schemas" ORDER BY name')).rows]

    def schema_exists(self, run: Run, schema: str) -> bool:
        """Whether the catalog has the name."""
        statement = Statement(f'SELECT EXISTS (SELECT 1 FROM "~schemas" WHERE name = {MARK})', (schema,))
        return bool(run(statement).rows[0][0])

    def load_schema(self, run: Run, schema: str) -> dict[str, LoadedTable]:
        """All tables of a schema: 4 statements."""
        return catalogue.load_schema(run, schema)

    def references(self, run: Run, parents_in: str | None = None) -> list[Reference]:
        """Foreign keys of the whole file."""
        return catalogue.references(run, parents_in)

    def table_size(self, run: Run, table: TableName) -> int:
        """Bytes of the pages of table and indexes; estimated by content where SQLite cannot tell."""
        physical = str(table)
        names = f"SELECT name FROM sqlite_master WHERE tbl_name = {MARK}"
        compiled = run(Statement("SELECT sqlite_compileoption_used('ENABLE_DBSTAT_VTAB')")).rows[0][0]
        if compiled:
            size = f"SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name IN ({names})"
            return int(run(Statement(size, (physical,))).rows[0][0])
        columns = run(Statement(f"SELECT name FROM pragma_table_info({MARK})", (physical,))).rows
        quoted = [SQLITE.quote(name) for (name,) in columns]
        lengths = " + ".join(f"COALESCE(LENGTH(CAST({name} AS BLOB)), 1)" for name in quoted) or "1"
        rows = run(Statement(f"SELECT COALESCE(SUM({lengths}), 0) FROM {SQLITE.table(table)}")).rows
        return int(rows[0][0])

    def lock_schema(self, run: Run, schema: str) -> None:
        """Nothing to do: the transaction keeps other writers out."""

    def prepare_table(self, run: Run, table: StoredTable) -> Surroundings:
        """What is there already."""
        names = f"SELECT type, name FROM sqlite_master WHERE type = 'index' OR name IN ({MARK}, {MARK})"
        rows = run(Statement(names, (str(table.name), f"{table.name.schema}.~lineage"))).rows
        tables = {name for kind, name in rows if kind == "table"}
        return Surroundings(
            index_names=frozenset(name for kind, name in rows if kind == "index"),
            exists=str(table.name) in tables,
            has_lineage=f"{table.name.schema}.~lineage" in tables,
        )

    def prepare_alteration(self, run: Run, alteration: Alteration) -> Surroundings:
        """Names of the indexes of other tables, and the triggers of this one."""
        text = (
            f"SELECT type, name, sql, tbl_name = {MARK} FROM sqlite_master "
            "WHERE type IN ('index', 'trigger') ORDER BY rowid"
        )
        rows = run(Statement(text, (str(alteration.before.name),))).rows
        return Surroundings(
            index_names=frozenset(name for kind, name, _, mine in rows if kind == "index" and not mine),
            triggers=tuple(sql for kind, _, sql, mine in rows if kind == "trigger" and mine),
        )

    @contextmanager
    def rebuilding(self, run: Run) -> Iterator[None]:
        """Without foreign keys, and without looking at views while the table is away.

        Both can be set only outside transactions.
        """
        run(Statement("PRAGMA foreign_keys = OFF"))
        run(Statement("PRAGMA legacy_alter_table = ON"))
        try:
            yield
        finally:
            run(Statement("PRAGMA legacy_alter_table = OFF"))
            run(Statement("PRAGMA foreign_keys = ON"))

    def unused_types(self, run: Run, schema: str) -> list[Statement]:
        """There are none."""
        return []

    def tables_to_drop(self, run: Run, schema: str) -> list[TableName]:
        """All tables of the schema, children first."""
        names = (
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            f"AND substr(name, 1, length({MARK})) = {MARK}"
        )
        prefix = f"{schema}."
        tables = [catalogue.split(name) for (name,) in run(Statement(names, (prefix, prefix))).rows]
        parents = {table: set[TableName]() for table in tables}
        for reference in catalogue.references(run, schema):
            if reference.child in parents and reference.child != reference.key.parent:
                parents[reference.child].add(reference.key.parent)
        return list(TopologicalSorter(parents).static_order())[::-1]
