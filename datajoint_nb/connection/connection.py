"""Connections: one database, and everything that is sent to it.

See ``tests/spec/06-connection-settings.md`` §2 and §4.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from datajoint_nb.backends import Result, get_backend
from datajoint_nb.connection import declaring, origins, user_sql
from datajoint_nb.connection.cache import QueryCache
from datajoint_nb.connection.catalogue import Catalogue
from datajoint_nb.connection.dependencies import Dependencies
from datajoint_nb.connection.endpoint import Given, resolve
from datajoint_nb.connection.link import Link, reads_only
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.settings import Config, SecretText, global_config
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement
from datajoint_nb.version import __version__

logger = logging.getLogger("datajoint_nb")

LOGGED = 300


class Connection:
    """A connection to a database server, or to a file; usable from any thread.

    Each thread has a session of its own, opened at its first use; a transaction belongs to the
    thread that began it.

    Parameters
    ----------
    host : str, optional
        Name, ``name:port``, ``[address]:port``, or a URL such as ``postgresql://user@host/db``
        or ``sqlite:///relative.db``.
    user, password, port, database_name, backend, path : optional
        What is not given comes from the configuration.
    use_tls : bool or mapping, optional
        True requires encryption, False turns it off, a mapping names certificates (``ca``,
        ``cert``, ``key``). None encrypts where the server can, and is content with plain text
        only on the loopback interface and on local sockets.
    config_override : Config, optional
        The configuration to use instead of the process's.

    Raises
    ------
    AccessError
        When the server refuses the credentials.
    LostConnectionError
        When it cannot be reached.
    SettingsError
        When the configuration is faulty.

    Examples
    --------
    >>> with Connection(backend="sqlite", path=":memory:") as connection:
    ...     connection.query("SELECT %s + 1", (41,)).fetchone()
    (42,)
    """

    def __init__(
        self,
        host: str | None = None,
        user: str | None = None,
        password: str | None = None,
        port: int | None = None,
        use_tls: bool | Mapping[str, Any] | None = None,
        *,
        database_name: str | None = None,
        backend: str | None = None,
        config_override: Config | None = None,
        path: str | Path | None = None,
    ):
        # whoever prints the variables of a traceback must not see it
        password = None if password is None else SecretText(password)
        self.config: Config = global_config() if config_override is None else config_override
        self.given = Given(host, user, password, port, use_tls, database_name, backend, path)
        self.spec = resolve(self.given, self.config)
        self.backend = get_backend(self.spec.backend)
        self._link = Link(
            self.backend, self.spec, self._observe, lambda: bool(self.config["database.reconnect"])
        )
        self._recorders: tuple[list[str], ...] = ()
        self._cache = QueryCache(self.config)
        self._schemas: dict[str, Any] = {}
        self._dependencies: Dependencies | None = None
        self.catalogue = Catalogue(self.backend, self.execute)
        self.connect()

    # -- life ------------------------------------------------------------------------------

    def connect(self) -> None:
        """Open this thread's session anew.

        Raises
        ------
        AccessError, LostConnectionError
            As for a new connection.
        DataJointError
            Inside a transaction, which would be lost.
        """
        if self.in_transaction:
            raise DataJointError("Connecting anew would lose the transaction under way; end it first")
        session = self._link.connect()
        level = logging.DEBUG if self.spec.backend == "sqlite" else logging.INFO
        logger.log(level, "datajoint_nb %s connected to %s", __version__, self.spec.address)
        if session.is_encrypted is False and self.spec.use_tls is None and not self.spec.host.startswith("/"):
            logger.warning(
                "The connection to %s is not encrypted, since the server offers no TLS; "
                "use_tls=False accepts that in silence",
                self.spec.address,
            )

    def close(self) -> None:
        """Close the sessions of all threads; the next statement opens them again."""
        self._link.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ping(self) -> None:
        """Ask the server for an answer.

        Raises
        ------
        LostConnectionError
            When there is none, or the connection is closed.
        """
        self._link.ping()

    @property
    def is_connected(self) -> bool:
        """Whether the server answers; this asks it."""
        try:
            self.ping()
        except DataJointError:
            return False
        return True

    def __repr__(self) -> str:
        state = "connected" if self.is_connected else "disconnected"
        return f"DataJoint connection ({state}) {self.spec.address}"

    def __reduce__(self) -> Any:
        raise DataJointError("A connection cannot be pickled: sessions and passwords stay in their process")

    # -- facts -----------------------------------------------------------------------------

    @property
    def dialect(self) -> Dialect:
        """The facts of the database's SQL."""
        return self._link.dialect

    @property
    def adapter(self) -> Dialect:
        """The dialect, under the name that the reference library uses."""
        return self._link.dialect

    @property
    def connection_id(self) -> int:
        """The server's number of this thread's session."""
        return self._link.session().connection_id

    @property
    def conn_info(self) -> dict[str, Any]:
        """Host, port, user, password and so on; the password's repr is masked."""
        return {
            "host": self.spec.host,
            "port": self.spec.port,
            "user": self.spec.user,
            "passwd": SecretText(self.spec.password),
            "database_name": self.spec.database_name,
            "path": self.spec.path,
            "ssl": self.spec.use_tls,
            "ssl_input": self.given.use_tls,
        }

    def get_user(self) -> str:
        """The user as the database knows it; with SQLite the user of the operating system."""
        return self.backend.get_user(self.execute, self.spec)

    # -- statements ------------------------------------------------------------------------

    def execute(self, statement: Statement, *, write: bool = False) -> Result:
        """Send one statement: the one path for all SQL of the library.

        Parameters
        ----------
        write : bool
            Whether it changes rows: such a statement is sent again after a loss only if it
            surely never arrived.

        Returns
        -------
        Result
            All rows, in memory.

        Raises
        ------
        DataJointError
            The library's error for the server's, with the driver's as cause.
        """
        if self._cache.is_on:
            return self._cache.fetch(statement, lambda: self._send(statement, write))
        return self._send(statement, write)

    def _send(self, statement: Statement, write: bool, reconnect: bool | None = None) -> Result:
        sql, params = statement.for_driver(self.dialect.placeholder)
        return self._link.execute(sql, params, write=write, reconnect=reconnect)

    def execute_all(self, statements: Iterable[Statement]) -> int:
        """Send statements that change rows: all take effect or none; returns the rows changed.

        Inside a transaction they are undone to where they began, outside one they are a
        transaction of their own.
        """
        pending = iter(statements)
        first = list(islice(pending, 2))
        if len(first) < 2:
            return sum(self.execute(statement, write=True).rowcount for statement in first)
        with self.joined_transaction():
            return sum(self.execute_unguarded(statement).rowcount for statement in chain(first, pending))

    def execute_unguarded(self, statement: Statement) -> Result:
        """As `execute` for a write whose failure ends the whole block, so that it needs no savepoint."""
        sql, params = statement.for_driver(self.dialect.placeholder)
        return self._link.execute(sql, params, write=True, guarded=False)

    def stream(self, statement: Statement, size: int = 1000) -> Iterator[list[Any]]:
        """Rows in pieces of `size`, with memory for one piece.

        Outside a transaction the rows are as they were when the stream began, whatever is
        written meanwhile; inside one they are the transaction's (MySQL then needs memory for all).
        """
        sql, params = statement.for_driver(self.dialect.placeholder)
        return self._link.stream(sql, params, size)

    def query(
        self,
        query: str,
        args: Any = (),
        *,
        as_dict: bool = False,
        suppress_warnings: bool = True,
        reconnect: bool | None = None,
    ) -> Result:
        """Send SQL of the user's own.

        Parameters
        ----------
        query : str
            One statement. Values stand as ``%s`` or ``%(name)s`` on every database, tables as
            full names in quotes.
        args : sequence or mapping
            The values. Without any, a percent sign is a percent sign, doubled or not.
        as_dict : bool
            Rows as dicts instead of tuples.
        suppress_warnings : bool
            Without effect: the drivers give no warnings.
        reconnect : bool, optional
            Default: the setting ``database.reconnect``.

        Returns
        -------
        Result
            Iterable; ``fetchone()``, ``fetchall()``, ``rowcount``.
        """
        prepared = user_sql.statement(query, args, self.dialect)
        prepared = Statement(self.backend.localize(self.execute, prepared.sql), prepared.params)
        write = not reads_only(prepared.sql)
        if self._cache.is_on:
            result = self._cache.fetch(prepared, lambda: self._send(prepared, write, reconnect))
        else:
            result = self._send(prepared, write, reconnect)
        return result.as_dicts() if as_dict else result

    def set_query_cache(self, query_cache: str | None = None) -> None:
        """Keep answers of SELECT statements in files under this name; None turns it off.

        Raises
        ------
        DataJointError
            At the next statement, when the setting ``query_cache`` names no folder.
        """
        self._cache.name = query_cache

    def purge_query_cache(self) -> None:
        """Delete all kept answers."""
        self._cache.purge()

    @contextlib.contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect the text of every statement that is sent inside the block, by any thread.

        Transaction control and savepoints included; values are not.
        """
        texts: list[str] = []
        self._recorders = (*self._recorders, texts)
        try:
            yield texts
        finally:
            self._recorders = tuple(r for r in self._recorders if r is not texts)

    def _observe(self, sql: str) -> None:
        for texts in self._recorders:
            texts.append(sql)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("Executing SQL: %s", sql[:LOGGED])

    # -- transactions ----------------------------------------------------------------------

    @property
    def in_transaction(self) -> bool:
        """Whether this thread has a transaction under way; the server is not asked."""
        state = self._link.threads.peek()
        return state is not None and state.transaction is not None

    def start_transaction(self, *, deferred: bool = False, guarded: bool = True) -> None:
        """Begin a transaction of this thread.

        Parameters
        ----------
        guarded : bool
            Whether it goes on after an error of a statement that is caught; costs savepoints on
            PostgreSQL.
        deferred : bool
            SQLite: begin only with the first write, so that no other writer has to wait for
            what is read and computed before; until then each statement stands alone.

        Raises
        ------
        DataJointError
            When there is one already; it is not affected.
        """
        self._link.begin(deferred and self.spec.backend == "sqlite", guarded)

    def commit_transaction(self) -> None:
        """Commit; does nothing without a transaction.

        Raises
        ------
        LostConnectionError, LockError
            When nothing was, or could be, committed.
        """
        self._link.commit()

    def cancel_transaction(self) -> None:
        """Roll back; does nothing without a transaction."""
        self._link.rollback()

    @property
    def transaction(self) -> contextlib.AbstractContextManager[Connection]:
        """A block that is committed as a whole, or not at all.

        Yields the connection. Any exception rolls back and goes on; errors of single statements
        that are caught inside the block do not.
        """
        return self.in_block()

    @contextlib.contextmanager
    def in_block(self, *, deferred: bool = False, guarded: bool = True) -> Iterator[Connection]:
        """As `transaction`, with the choices of `start_transaction`."""
        self.start_transaction(deferred=deferred, guarded=guarded)
        try:
            yield self
        except BaseException:
            self.cancel_transaction()
            raise
        self.commit_transaction()

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """A block in which no other thread uses this thread's session; only ``:memory:`` shares one."""
        return self._link.threads.turn()

    @contextlib.contextmanager
    def joined_transaction(self) -> Iterator[Connection]:
        """A part of the transaction under way, undone by itself if it fails; else a transaction."""
        if not self.in_transaction:
            with self.in_block():
                yield self
            return
        with self._link.savepoint():
            yield self

    def after_commit(self, hook: Callable[[], Any]) -> None:
        """Call `hook` when this thread's transaction is committed; at once outside one."""
        state = self._link.threads.current()
        if state.transaction is None:
            hook()
        else:
            state.transaction.after_commit.append(hook)

    def after_rollback(self, hook: Callable[[], Any]) -> None:
        """Call `hook` when this thread's transaction is rolled back; never outside one."""
        state = self._link.threads.current()
        if state.transaction is not None:
            state.transaction.after_rollback.append(hook)

    # -- schemas and tables ----------------------------------------------------------------

    @property
    def schemas(self) -> Mapping[str, Any]:
        """Activated schemas by name."""
        return MappingProxyType(self._schemas)

    def register(self, schema: Any, name: str | None = None) -> None:
        """Add an activated schema; what is known of foreign keys is forgotten."""
        self._schemas[name or schema.database] = schema
        self._dependencies = None

    @property
    def dependencies(self) -> Dependencies:
        """The graph of foreign keys, read when it is first asked for."""
        if self._dependencies is None:
            self._dependencies = Dependencies(self.catalogue, lambda: tuple(self._schemas))
        return self._dependencies

    def list_schemas(self) -> list[str]:
        """Names of the schemas in the database, without the system's."""
        return self.backend.list_schemas(self.execute)

    def schema_exists(self, schema: str) -> bool:
        """Whether the schema is in the database; one statement."""
        return self.backend.schema_exists(self.execute, schema)

    def create_schema(self, schema: str) -> None:
        """Create a schema, with its table of origins; nothing happens if it is there."""
        declaring.create_schema(self, schema)

    def drop_schema(self, schema: str) -> None:
        """Drop a schema with all its tables.

        Raises
        ------
        IntegrityError
            When tables of other schemas reference its tables; nothing is dropped.
        """
        declaring.drop_schema(self, schema)

    def create_table(self, table: StoredTable) -> list[Statement]:
        """Create a table with its types, indexes, comments and lineage; returns what was sent.

        Raises
        ------
        AccessError
            Without the privileges CREATE, and REFERENCES on the parents.
        DataJointError
            Inside a transaction, or when the database refuses; then nothing of it stays.
        """
        return declaring.create_table(self, table)

    def alter_table(self, alteration: Alteration) -> list[Statement]:
        """Make the changes of a table; returns what was sent.

        Raises
        ------
        AccessError
            Without the privilege.
        DataJointError
            Inside a transaction, or when the database refuses, as for values that the new types
            do not hold; then the table is as it was.
        """
        return declaring.alter_table(self, alteration)

    def alteration_statements(self, alteration: Alteration) -> list[Statement]:
        """What `alter_table` would send."""
        return declaring.alteration_statements(self, alteration)

    def drop_tables(self, tables: Iterable[TableName]) -> None:
        """Drop tables, children before parents, with their comments, lineage and types."""
        declaring.drop_tables(self, list(tables))

    def lineage_table_exists(self, schema: str) -> bool:
        """Whether a schema has its table of origins; one statement."""
        return origins.table_exists(self, schema)

    def rebuild_lineage(self, schema: str) -> None:
        """Compute the origins of a schema's attributes from its foreign keys, and record them."""
        origins.rebuild(self, schema)

    def repair_lineage(self, table: StoredTable) -> None:
        """Record the origins of one table, or of its whole schema where none are recorded."""
        origins.repair(self, table)

    def table_size(self, table: TableName) -> int:
        """Bytes of a table's data and indexes."""
        return self.backend.table_size(self.execute, table)

    def forget(self, schema: str | None = None) -> None:
        """Forget what is known of the tables of a schema, or of all, and of foreign keys."""
        self.catalogue.invalidate(schema)
        self.forget_dependencies()

    def forget_dependencies(self) -> None:
        """Forget the graph of foreign keys; it is read again when it is needed."""
        self._dependencies = None
