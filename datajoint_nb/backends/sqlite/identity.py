"""Whose file it is, and how a new one begins: ``tests/spec/06-connection-settings.md`` §7."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from datajoint_nb.backends.spec import ConnectionSpec
from datajoint_nb.errors import DataJointError

APPLICATION_ID = 0x444A4E42  # "DJNB"
VERSION = 1
CATALOG = (
    'CREATE TABLE IF NOT EXISTS "~schemas" ("name" TEXT NOT NULL PRIMARY KEY) STRICT',
    'CREATE TABLE IF NOT EXISTS "~comments" ("schema_name" TEXT NOT NULL, "table_name" TEXT NOT NULL, '
    '"attribute_name" TEXT NOT NULL, "comment" TEXT NOT NULL, '
    'PRIMARY KEY ("schema_name", "table_name", "attribute_name")) STRICT',
)


def is_writable(path: Path) -> bool:
    """Whether this user may change the file; one that is not there yet can be made."""
    return not path.exists() or os.access(path, os.W_OK)


def check(handle: sqlite3.Connection, spec: ConnectionSpec) -> bool:
    """Whether the file is new or ours and may be written; a foreign file is refused, untouched.

    Raises
    ------
    DataJointError
        When the file is no SQLite database, another application's, or a newer version's.
    """
    try:
        application = _number(handle, "application_id")
        version = _number(handle, "user_version")
        is_empty = handle.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB or "not a database" in str(
            error
        ):
            raise DataJointError(
                f"{spec.path} is not an SQLite database; choose another `database.path`"
            ) from error
        raise
    if application == APPLICATION_ID:
        if version > VERSION:
            raise DataJointError(
                f"{spec.path} was made by a newer version of datajoint_nb (format {version}, "
                f"this one reads {VERSION}); update datajoint_nb"
            )
    elif application or version or not is_empty:
        raise DataJointError(
            f"{spec.path} belongs to another application (application_id {application:#x}); "
            "it is left as it is. Choose another `database.path`"
        )
    return spec.path == ":memory:" or is_writable(Path(str(spec.path)))


def _number(handle: sqlite3.Connection, pragma: str) -> int:
    return int(handle.execute(f"PRAGMA {pragma}").fetchone()[0])


def initialise(handle: sqlite3.Connection, spec: ConnectionSpec, timeout: float) -> None:
    """Give a new file its identity and catalog; nothing is written to a file that has them."""
    if spec.path != ":memory:":
        _set_journal_mode(handle, spec.journal_mode, timeout)
    if _number(handle, "application_id") == APPLICATION_ID:
        return
    handle.execute("BEGIN IMMEDIATE")
    try:
        for statement in CATALOG:
            handle.execute(statement)
        handle.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        handle.execute(f"PRAGMA user_version = {VERSION}")
        handle.execute("COMMIT")
    except BaseException:
        if handle.in_transaction:
            handle.execute("ROLLBACK")
        raise


def _set_journal_mode(handle: sqlite3.Connection, mode: str, timeout: float) -> None:
    """Change the mode unless the file has it; SQLite does not wait for the lock by itself here."""
    deadline = time.monotonic() + timeout
    while str(handle.execute("PRAGMA journal_mode").fetchone()[0]).lower() != mode.lower():
        try:
            handle.execute(f"PRAGMA journal_mode = {mode}").fetchone()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
