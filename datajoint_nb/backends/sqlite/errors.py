"""SQLite's errors: ``tests/spec/06-connection-settings.md`` §8."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping

from datajoint_nb.backends.translation import translated
from datajoint_nb.errors import (
    AccessError,
    DataJointError,
    DuplicateError,
    IntegrityError,
    LockError,
    MissingAttributeError,
    MissingTableError,
    QueryError,
    QuerySyntaxError,
    UnknownAttributeError,
)

EXTENDED: Mapping[int, type[DataJointError]] = {
    1555: DuplicateError,
    2067: DuplicateError,
    2579: DuplicateError,
    787: IntegrityError,
    1811: IntegrityError,
    1299: MissingAttributeError,
}
PRIMARY: Mapping[int, type[DataJointError]] = {
    3: AccessError,
    5: LockError,
    6: LockError,
    8: AccessError,
    14: AccessError,
    23: AccessError,
}
MESSAGES: tuple[tuple[re.Pattern[str], type[DataJointError]], ...] = (
    (re.compile("no such column|has no column named"), UnknownAttributeError),
    (re.compile("no such table"), MissingTableError),
    (re.compile("syntax error"), QuerySyntaxError),
)
# Python 3.10 does not tell the code; these are the names of the same errors
FORMER: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"UNIQUE constraint failed"), 2067),
    (re.compile(r"FOREIGN KEY constraint failed"), 787),
    (re.compile(r"NOT NULL constraint failed"), 1299),
    (re.compile(r"CHECK constraint failed"), 275),
    (re.compile(r"cannot store \w+ value in \w+ column"), 3091),
    (re.compile(r"datatype mismatch"), 20),
    (re.compile(r"database (?:table )?is locked"), 5),
    (re.compile(r"readonly database"), 8),
    (re.compile(r"unable to open database"), 14),
    (re.compile(r"not authorized|is prohibited"), 23),
)
CHECK = re.compile(r"CHECK constraint failed: (\w+)")


def translate(error: Exception, sql: str | None) -> DataJointError:
    """The library's error for one of the driver."""
    message = str(error)
    code = code_of(error, message)
    error_class = EXTENDED.get(code) or PRIMARY.get(code & 255)
    if error_class is None:
        error_class = next((c for pattern, c in MESSAGES if pattern.search(message)), QueryError)
    if match := CHECK.search(message):
        message = f"the value of attribute `{match[1]}` is refused by the database ({message})"
    return translated(error_class, message, sql, code or None)


def code_of(error: Exception, message: str) -> int:
    """The extended code; 0 for errors of the driver itself."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return int(code)
    return next((number for pattern, number in FORMER if pattern.search(message)), 0)


ERRORS: tuple[type[Exception], ...] = (
    sqlite3.Error,
    sqlite3.Warning,
    OverflowError,
    UnicodeError,
    TypeError,
    ValueError,
)
