"""Errors of PostgreSQL by SQLSTATE: ``tests/spec/06-connection-settings.md`` §5, §8."""

from __future__ import annotations

import re
from collections.abc import Mapping

import psycopg

from datajoint_nb.backends.translation import translated
from datajoint_nb.errors import (
    AccessError,
    DataJointError,
    DuplicateError,
    IntegrityError,
    LockError,
    LostConnectionError,
    MissingAttributeError,
    MissingTableError,
    QueryError,
    QuerySyntaxError,
    UnknownAttributeError,
)

CODES: Mapping[str, type[DataJointError]] = {
    "23505": DuplicateError,
    **dict.fromkeys(("23503", "23001", "2BP01"), IntegrityError),
    "23502": MissingAttributeError,
    "42703": UnknownAttributeError,
    **dict.fromkeys(("42P01", "3F000"), MissingTableError),
    "42601": QuerySyntaxError,
    **dict.fromkeys(("42501", "28P01", "28000"), AccessError),
    **dict.fromkeys(
        ("08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03"), LostConnectionError
    ),
    **dict.fromkeys(("40001", "40P01", "55P03"), LockError),
}
# the driver tells no SQLSTATE of a connection that was refused, only the server's words
REFUSED = re.compile(
    r"password authentication failed|no password supplied|role \".*\" does not exist|no pg_hba\.conf entry"
    r"|authentication failed|permission denied for database|is not permitted to log in",
    re.IGNORECASE,
)
NO_DATABASE = re.compile(r'database ".*" does not exist')
ERRORS: tuple[type[Exception], ...] = (
    psycopg.Error,
    psycopg.Warning,
    OSError,
    OverflowError,
    UnicodeError,
    TypeError,
    ValueError,
)


def translate(error: Exception, sql: str | None) -> DataJointError:
    """The library's error for one of the driver."""
    message = str(error).strip()
    code = getattr(error, "sqlstate", None)
    if code is not None:
        return translated(CODES.get(code, QueryError), _primary(error, message), sql, code)
    if isinstance(error, OSError):
        return translated(LostConnectionError, message, sql, None)
    if sql is None:
        return translated(_connecting(message), message, sql, None)
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return translated(LostConnectionError, message, sql, None)
    if not isinstance(error, psycopg.Error):
        message = f"{type(error).__name__}: {message}"
    return translated(QueryError, message, sql, None)


def _primary(error: Exception, message: str) -> str:
    """The server's message without the piece of SQL, which may hold values."""
    diagnosis = getattr(error, "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    if not primary:
        return message
    detail = getattr(diagnosis, "message_detail", None)
    constraint = getattr(diagnosis, "constraint_name", None)
    return f"{primary}{f' ({constraint})' if constraint and constraint not in primary else ''}" + (
        f". {detail}" if detail and str(getattr(error, "sqlstate", "")).startswith("2BP") else ""
    )


def _connecting(message: str) -> type[DataJointError]:
    if REFUSED.search(message):
        return AccessError
    return MissingTableError if NO_DATABASE.search(message) else LostConnectionError
