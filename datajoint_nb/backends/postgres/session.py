"""Sessions of PostgreSQL, over psycopg 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from datajoint_nb.backends.network import is_local, refuse_plain, tls_context, waiting_on
from datajoint_nb.backends.session import Observe, Params, Result, Session
from datajoint_nb.backends.spec import ConnectionSpec

GUARD = "djnb_guard"
SAVE, RELEASE = f"SAVEPOINT {GUARD}", f"RELEASE SAVEPOINT {GUARD}"
CURSOR = "djnb_stream"


class PostgresSession(Session):
    """One session of a server."""

    begin_sql = "BEGIN"

    def __init__(self, spec: ConnectionSpec, observe: Observe):
        super().__init__(observe)
        self.spec = spec
        self._driver: psycopg.Connection[Any] = _connect(spec)
        info = self._driver.info
        self.connection_id = info.backend_pid
        self.server_version = str(info.server_version)
        self._streams = 0
        self.is_encrypted = bool(self._driver.pgconn.ssl_in_use)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        settings = {"standard_conforming_strings": "on", "client_min_messages": "warning"}
        if self.spec.lock_timeout is not None:
            settings["lock_timeout"] = str(max(1, int(self.spec.lock_timeout * 1000)))
        calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
        self.execute(f"SELECT {calls}")
        if self.spec.init_function:
            self.execute(self.spec.init_function)

    def execute(self, sql: str, params: Params = None) -> Result:
        """Send one statement and read all its rows."""
        self.observe(sql)
        return _result(self._driver.execute(sql, params))

    def execute_guarded(self, sql: str, params: Params = None) -> Result:
        """As `execute` with a savepoint around it, all in one round trip."""
        for text in (SAVE, sql, RELEASE):
            self.observe(text)
        try:
            with self._driver.pipeline():
                self._driver.execute(SAVE)
                cursor = self._driver.execute(sql, params)
                self._driver.execute(RELEASE)
            return _result(cursor)
        except psycopg.Error:
            self._undo_guard()
            raise

    def _undo_guard(self) -> None:
        if not self._driver.closed and self._driver.info.transaction_status == TransactionStatus.INERROR:
            text = f"ROLLBACK TO SAVEPOINT {GUARD}; {RELEASE}"
            self.observe(text)
            self._driver.execute(text)

    def stream(self, sql: str, params: Params, size: int, in_transaction: bool) -> Iterator[list[Any]]:
        """Rows in pieces, through a cursor on the server."""
        if not in_transaction:
            self.begin()
        # several streams may be open in one transaction
        self._streams += 1
        name = f"{CURSOR}_{self._streams}"
        self.observe(f"DECLARE {name} CURSOR FOR {sql}")
        cursor = self._driver.cursor(name)
        try:
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(size):
                self.observe(f"FETCH FORWARD {size} FROM {name}")
                yield rows
        finally:
            if not self._driver.closed:
                cursor.close()
        if not in_transaction:
            self.commit()

    @property
    def is_open(self) -> bool:
        """Whether the driver holds a connection that is not broken."""
        return not self._driver.closed

    def peer_closed(self) -> bool:
        """Whether the server has hung up; notices that it sent meanwhile are taken in."""
        if self._driver.closed:
            return True
        pgconn = self._driver.pgconn
        if waiting_on(pgconn.socket) == "nothing":
            return False
        try:
            pgconn.consume_input()
            pgconn.is_busy()
        except psycopg.Error:
            return True
        return bool(self._driver.closed) or waiting_on(pgconn.socket) == "end"

    def ping(self) -> None:
        """Ask the server."""
        self._driver.execute("")

    def transaction_gone(self, error: Exception, inside_savepoint: bool) -> bool:
        """Whether the transaction can only be rolled back as a whole."""
        failed = self._driver.info.transaction_status == TransactionStatus.INERROR
        return self._driver.closed or (failed and not inside_savepoint)

    def commit(self) -> None:
        """Commit; the server answers ROLLBACK when it did something else."""
        self.observe("COMMIT")
        cursor = self._driver.execute("COMMIT")
        if cursor.statusmessage == "ROLLBACK":
            raise psycopg.errors.InFailedSqlTransaction("the transaction had failed and was rolled back")

    def close(self) -> None:
        """Close."""
        self._driver.close()


def _result(cursor: psycopg.Cursor[Any]) -> Result:
    if cursor.description is None:
        return Result([], [], max(cursor.rowcount, 0))
    rows = cursor.fetchall()
    return Result([column.name for column in cursor.description], rows, cursor.rowcount)


def _connect(spec: ConnectionSpec) -> psycopg.Connection[Any]:
    if spec.host.startswith("/") or spec.use_tls is False:
        return _open(spec, {"sslmode": "disable"})
    if isinstance(spec.use_tls, bool):
        return _open(spec, {"sslmode": "require"})
    if spec.use_tls is not None:
        return _open(spec, _certificates(spec))
    try:
        return _open(spec, {"sslmode": "require"})
    except psycopg.OperationalError as error:
        if "SSL" not in str(error):
            raise
        if not is_local(spec.host):
            raise refuse_plain(spec.host) from error.with_traceback(None)
        # its frames would keep the thread's state alive, and so the session beyond its thread
        error.__traceback__ = None
        return _open(spec, {"sslmode": "disable"})


def _certificates(spec: ConnectionSpec) -> dict[str, Any]:
    facts = dict(spec.use_tls) if spec.use_tls is not None and not isinstance(spec.use_tls, bool) else {}
    tls_context(facts)  # says in plain words which file cannot be read
    names = {"sslrootcert": "ca", "sslcert": "cert", "sslkey": "key", "sslpassword": "password"}
    found = {name: facts[fact] for name, fact in names.items() if facts.get(fact)}
    verified = "verify-full" if facts.get("check_hostname", True) else "verify-ca"
    return {"sslmode": verified if "sslrootcert" in found else "require", **found}


def _open(spec: ConnectionSpec, tls: dict[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=spec.host,
        port=spec.port,
        user=spec.user,
        password=spec.password,
        dbname=spec.database_name,
        connect_timeout=max(1, round(spec.connect_timeout)),
        client_encoding="utf8",
        application_name="datajoint_nb",
        autocommit=True,
        # a prepared statement would fail once its table is altered
        prepare_threshold=None,
        **tls,
    )
