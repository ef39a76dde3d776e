"""Statements with their values written out, for people to read and to run in a database client."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement


def written_out(statement: Statement, dialect: Dialect) -> str:
    """The text of `statement` with a literal for each bound value."""
    parts = statement.sql.split(MARK)
    pieces = [parts[0]]
    for value, part in zip(statement.params, parts[1:], strict=True):
        pieces += [literal(value, dialect), part]
    return "".join(pieces)


def literal(value: Any, dialect: Dialect) -> str:
    """One driver value as a literal of the dialect."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return dialect.true if value else dialect.false
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, float):
        return repr(value) if value == value and abs(value) != float("inf") else dialect.literal(str(value))
    if isinstance(value, (bytes, bytearray)):
        return f"'\\x{value.hex()}'::bytea" if dialect.name == "postgresql" else f"X'{value.hex()}'"
    if isinstance(value, (dt.datetime, dt.date, dt.time, uuid.UUID)):
        return dialect.literal(str(value))
    return dialect.literal(str(value))
