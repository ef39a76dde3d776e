"""Errors of MySQL and MariaDB: ``tests/spec/06-connection-settings.md`` §5, §8."""

from __future__ import annotations

from collections.abc import Mapping

import pymysql

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

CODES: Mapping[int, type[DataJointError]] = {
    **dict.fromkeys((0, 2002, 2003, 2006, 2013, 2026, 2055, 4031), LostConnectionError),
    **dict.fromkeys((1044, 1045, 1142, 1143, 1227, 1698), AccessError),
    1062: DuplicateError,
    **dict.fromkeys((1217, 1451, 1452, 3730), IntegrityError),
    **dict.fromkeys((1048, 1364), MissingAttributeError),
    1054: UnknownAttributeError,
    **dict.fromkeys((1049, 1146), MissingTableError),
    1064: QuerySyntaxError,
    **dict.fromkeys((1205, 1213), LockError),
}
ERRORS: tuple[type[Exception], ...] = (
    pymysql.err.Error,
    pymysql.err.Warning,
    OSError,
    UnicodeError,
    TypeError,
    ValueError,
)


def translate(error: Exception, sql: str | None) -> DataJointError:
    """The library's error for one of the driver."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    message = str(error.args[1]) if len(error.args) > 1 else str(error)
    if isinstance(error, OSError):
        return translated(LostConnectionError, message, sql, None)
    if not isinstance(error, pymysql.err.Error):
        return translated(QueryError, f"{type(error).__name__}: {error}", sql, None)
    error_class = CODES.get(code, QueryError) if code is not None else QueryError
    if code is None and "closed" in message.lower():
        error_class = LostConnectionError
    return translated(error_class, message or "Connection to the database was lost", sql, code)
