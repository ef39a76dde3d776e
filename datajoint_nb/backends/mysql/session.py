"""Sessions of MySQL and MariaDB, over PyMySQL."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Iterator
from typing import Any

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import SSCursor

from datajoint_nb.backends.network import is_local, refuse_plain, tls_context, waiting_on
from datajoint_nb.backends.session import Observe, Params, Result, Session
from datajoint_nb.backends.spec import ConnectionSpec

SQL_MODE = (
    "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY"
)
NO_TLS = 2026
# nothing was sent: the handle was closed already, or the send itself failed
NOT_SENT = {0, 2006}
DEADLOCK = 1213


class Driver(pymysql.connections.Connection):
    """The driver's connection, which sets up its session in one statement instead of four."""

    setup = ""

    def set_character_set(self, charset: str, collation: str | None = None) -> None:
        """Called once by the driver, when it has connected."""
        self.query(self.setup)


class MySQLSession(Session):
    """One session of a server."""

    begin_sql = "START TRANSACTION WITH CONSISTENT SNAPSHOT"

    def __init__(self, spec: ConnectionSpec, observe: Observe):
        super().__init__(observe)
        self.spec = spec
        self._driver = _connect(spec, observe)
        self.connection_id = int(self._driver.thread_id())  # type: ignore[no-untyped-call]
        self.server_version = str(getattr(self._driver, "server_version", ""))
        self.is_encrypted = _is_encrypted(self._driver)
        if spec.init_function:
            try:
                self.execute(spec.init_function)
            except BaseException:
                self.close()
                raise

    def execute(self, sql: str, params: Params = None) -> Result:
        """Send one statement and read all its rows."""
        self.observe(sql)
        cursor: Any = self._driver.cursor()
        cursor.execute(sql, params)
        if cursor.description is None:
            return Result([], [], cursor.rowcount, cursor.lastrowid)
        rows = list(cursor.fetchall())
        return Result([c[0] for c in cursor.description], rows, len(rows), cursor.lastrowid)

    def stream(self, sql: str, params: Params, size: int, in_transaction: bool) -> Iterator[list[Any]]:
        """Rows in pieces; in a transaction, where the session has to stay free, from memory."""
        if in_transaction:
            rows = self.execute(sql, params).rows
            yield from (rows[start : start + size] for start in range(0, len(rows), size))
            return
        self.observe(sql)
        cursor = self._driver.cursor(SSCursor)
        cursor.execute(sql, params)
        while piece := cursor.fetchmany(size):
            yield list(piece)

    @property
    def is_open(self) -> bool:
        """Whether the driver holds a socket."""
        return bool(self._driver.open)

    def peer_closed(self) -> bool:
        """Whether the server has hung up, or has left a farewell."""
        sock = self._driver._sock  # type: ignore[attr-defined]
        if sock is None:
            return True
        found = waiting_on(sock.fileno())
        if found == "data" and isinstance(sock, ssl.SSLSocket):
            # may be a ticket for later sessions, which TLS sends when it likes
            try:
                self.ping()
            except pymysql.err.Error:
                return True
            return False
        return found != "nothing"

    def ping(self) -> None:
        """Ask the server."""
        with warnings.catch_warnings():
            # older drivers reconnect unless told otherwise, newer ones deprecate the word
            warnings.simplefilter("ignore", DeprecationWarning)
            self._driver.ping(reconnect=False)

    def nothing_sent(self, error: Exception) -> bool:
        """Whether sending failed."""
        return bool(error.args) and error.args[0] in NOT_SENT

    def transaction_gone(self, error: Exception, inside_savepoint: bool) -> bool:
        """A deadlock's victim loses its whole transaction."""
        return bool(error.args) and error.args[0] == DEADLOCK

    def close(self) -> None:
        """Close; a stream that was left early is not read to its end."""
        if self._driver.open:
            result = self._driver._result  # type: ignore[attr-defined]
            if result is not None and result.unbuffered_active:
                result.unbuffered_active = False
                self._driver._force_close()  # type: ignore[attr-defined]
            else:
                self._driver.close()


def _connect(spec: ConnectionSpec, observe: Observe) -> Driver:
    if spec.use_tls is False or spec.host.startswith("/"):
        return _open(spec, observe, {"ssl_disabled": True})
    context = tls_context(spec.use_tls)
    try:
        driver = _open(spec, observe, {"ssl": context})
    except pymysql.err.Error as error:
        if spec.use_tls is not None or not _without_tls(error):
            raise
        if not is_local(spec.host):
            raise refuse_plain(spec.host) from error.with_traceback(None)
        # its frames would keep the thread's state alive, and so the session beyond its thread
        error.__traceback__ = None
        return _open(spec, observe, {"ssl_disabled": True})
    if not _is_encrypted(driver) and (spec.use_tls is not None or not is_local(spec.host)):
        # older drivers go on in plain text where the server has no TLS
        driver.close()
        raise refuse_plain(spec.host)
    return driver


def _without_tls(error: pymysql.err.Error) -> bool:
    original = getattr(error, "original_exception", None)
    return isinstance(original, ssl.SSLError) or bool(error.args and error.args[0] == NO_TLS)


def _is_encrypted(driver: Driver) -> bool:
    return isinstance(driver._sock, ssl.SSLSocket)  # type: ignore[attr-defined]


def _open(spec: ConnectionSpec, observe: Observe, tls: dict[str, Any]) -> Driver:
    address: dict[str, Any] = {"host": spec.host, "port": spec.port}
    if spec.host.startswith("/"):
        address = {"unix_socket": spec.host}
    charset = spec.charset or "utf8mb4"
    driver = Driver(
        **address,
        user=spec.user,
        password=spec.password,
        charset=charset,
        client_flag=CLIENT.FOUND_ROWS,
        connect_timeout=max(1, round(spec.connect_timeout)),
        autocommit=None,
        binary_prefix=True,
        program_name="datajoint_nb",
        defer_connect=True,
        **tls,
    )
    driver.setup = _setup(spec, charset)
    driver.connect()
    observe(driver.setup)
    return driver


def _setup(spec: ConnectionSpec, charset: str) -> str:
    text = f"SET NAMES {charset}, autocommit = 1, sql_mode = '{SQL_MODE}'"
    if spec.lock_timeout is not None:
        seconds = max(1, round(spec.lock_timeout))
        text += f", innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}"
    return text
