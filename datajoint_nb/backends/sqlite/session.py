"""SQLite sessions on the standard library's driver."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datajoint_nb.backends.session import Observe, Params, Result, Session
from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.backends.sqlite import identity
from datajoint_nb.backends.sqlite.functions import register
from datajoint_nb.errors import DataJointError

MEMORY = ":memory:"
MINIMUM = (3, 38, 0)
LOCK_TIMEOUT = 30.0
READ_ONLY = "mode=ro"
IMMUTABLE = "mode=ro&immutable=1"


class SqliteSession(Session):
    """One handle of one file.

    The driver's own transaction control is off: transactions begin and end only by statements
    of this library.
    """

    begin_sql = "BEGIN IMMEDIATE"

    def __init__(self, spec: ConnectionSpec, observe: Observe):
        super().__init__(observe)
        self.spec = spec
        self.connection_id = secrets.randbits(52)
        self.server_version = sqlite3.sqlite_version
        self._handle: sqlite3.Connection | None = _open(spec)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        handle = self._use()
        read_only = not identity.check(handle, self.spec)
        timeout = LOCK_TIMEOUT if self.spec.lock_timeout is None else self.spec.lock_timeout
        pragmas = [
            f"busy_timeout = {int(timeout * 1000)}",
            "foreign_keys = ON",
            f"trusted_schema = {'OFF' if json_is_innocuous() else 'ON'}",
            f"synchronous = {self.spec.synchronous}",
        ]
        for pragma in pragmas:
            handle.execute(f"PRAGMA {pragma}")
        register(handle)
        if not read_only:
            identity.initialise(handle, self.spec, timeout)
        if self.spec.init_function:
            self.execute(self.spec.init_function)

    def _use(self) -> sqlite3.Connection:
        if self._handle is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        return self._handle

    def execute(self, sql: str, params: Params = None) -> Result:
        """Send one statement and read all its rows."""
        self.observe(sql)
        cursor = self._use().execute(sql, params or ())
        if cursor.description is None:
            return Result([], [], max(cursor.rowcount, 0), cursor.lastrowid)
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        # INSERT … RETURNING counts what it changed, a SELECT is -1
        return Result(columns, rows, cursor.rowcount if cursor.rowcount > 0 else len(rows), cursor.lastrowid)

    def stream(self, sql: str, params: Params, size: int, in_transaction: bool) -> Iterator[list[Any]]:
        """Rows in pieces of `size`."""
        self.observe(sql)
        cursor = self._use().execute(sql, params or ())
        try:
            while rows := cursor.fetchmany(size):
                yield rows
        finally:
            cursor.close()

    @property
    def is_open(self) -> bool:
        """Whether the handle is open."""
        return self._handle is not None

    def peer_closed(self) -> bool:
        """Whether the handle was closed: there is no server."""
        return self._handle is None

    def ping(self) -> None:
        """Read from the file."""
        self._use().execute("SELECT 1")

    def transaction_gone(self, error: Exception, inside_savepoint: bool) -> bool:
        """SQLite rolls back by itself on a full disk, input or output errors and the like."""
        return self._handle is None or not self._handle.in_transaction

    def close(self) -> None:
        """Close the handle, which rolls back an open transaction."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            handle.close()


@lru_cache(maxsize=1)
def json_is_innocuous() -> bool:
    """Whether tables may check their JSON columns while the schema is not trusted.

    Older SQLite calls its own JSON functions unsafe, and then no row could be written.
    """
    handle = _connect(MEMORY)
    try:
        handle.execute("PRAGMA trusted_schema = OFF")
        handle.execute("CREATE TABLE probe (document TEXT CHECK (json_valid(document)))")
    except sqlite3.OperationalError:
        return False
    finally:
        handle.close()
    return True


def _open(spec: ConnectionSpec) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < MINIMUM:
        wanted = ".".join(map(str, MINIMUM[:2]))
        raise DataJointError(
            f"SQLite {sqlite3.sqlite_version} is too old: {wanted} or newer is needed. "
            "Use a newer Python, or a database server"
        )
    if spec.path == MEMORY:
        return _connect(MEMORY)
    path = Path(str(spec.path))
    if not path.parent.is_dir():
        raise DataJointError(
            f"There is no folder {path.parent} for the database file {path.name}; create it first"
        )
    if path.is_dir():
        raise DataJointError(f"{path} is a folder; `database.path` names a file")
    if identity.is_writable(path):
        return _connect(_uri(path, "mode=rwc"))
    return _open_read_only(path)


def _open_read_only(path: Path) -> sqlite3.Connection:
    """A handle on a file that this user cannot write."""
    handle = _connect(_uri(path, READ_ONLY))
    try:
        handle.execute("PRAGMA user_version").fetchone()
        handle.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        # a WAL file needs a helper file, which cannot be made in a read-only folder; without a
        # log beside it there is no writer either, and the file can be read as it is
        handle.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        handle = _connect(_uri(path, IMMUTABLE))
    return handle


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?{mode}"


def _connect(target: str) -> sqlite3.Connection:
    # sessions are confined to one thread by their owner, but are closed from any
    return sqlite3.connect(
        target, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False, uri=target != MEMORY
    )
