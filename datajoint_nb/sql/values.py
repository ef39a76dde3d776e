"""Between canonical Python values and what each database driver takes and gives.

Canonical values are those of `datajoint_nb.model.values`. A *writer* turns one into a driver
value, a *reader* turns a driver value (never None) into the Python value that users see.
An absent entry means "as it is".
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from datajoint_nb.model.types import TypeSpec
from datajoint_nb.model.values import WIDE, json_text

Change = Callable[[Any], Any]
# SQLite keeps decimals of up to 15 digits, which a double holds exactly enough, as REAL
REAL_DIGITS = 15


def _uuid_bytes(value: uuid.UUID) -> bytes:
    return value.bytes


def _uuid_from_bytes(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(bytes=bytes(value))


def _uuid_from_text(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


def _from_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, (str, bytes, bytearray)) else value


def _rstrip(value: str) -> str:
    return value.rstrip(" ")


def _date_from_text(value: Any) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _datetime_from_text(value: Any) -> dt.datetime:
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    head, _, fraction = value.partition(".")
    moment = dt.datetime.fromisoformat(head)
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else moment


def _date_text(value: dt.date) -> str:
    return value.isoformat()


@lru_cache(maxsize=64)
def _datetime_text(digits: int) -> Change:
    def write(value: dt.datetime) -> str:
        text = value.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
        return f"{text}.{value.microsecond:06d}"[: 20 + digits] if digits else text

    return write


@lru_cache(maxsize=256)
def _decimal_reader(scale: int) -> Change:
    unit = Decimal(1).scaleb(-scale)

    def read(value: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        return Decimal(repr(value) if isinstance(value, float) else str(value)).quantize(unit, context=WIDE)

    return read


def _decimal_text(value: Decimal) -> str:
    return f"{value:f}"


MYSQL_WRITERS: Mapping[str, Change] = {"bool": int, "uuid": _uuid_bytes, "json": json_text}
MYSQL_READERS: Mapping[str, Change] = {"bool": bool, "uuid": _uuid_from_bytes, "json": _from_json}
POSTGRES_WRITERS: Mapping[str, Change] = {"json": json_text, "jsonb": json_text}
POSTGRES_READERS: Mapping[str, Change] = {"char": _rstrip, "bytes": bytes, "uuid": _uuid_from_text}
SQLITE_WRITERS: Mapping[str, Change] = {
    "bool": int,
    "uuid": str,
    "json": json_text,
    "date": _date_text,
}
SQLITE_READERS: Mapping[str, Change] = {
    "bool": bool,
    "uuid": _uuid_from_text,
    "json": _from_json,
    "date": _date_from_text,
    "datetime": _datetime_from_text,
}


def mysql_writer(spec: TypeSpec) -> Change | None:
    """From canonical to PyMySQL."""
    return MYSQL_WRITERS.get(spec.name)


def mysql_reader(spec: TypeSpec) -> Change | None:
    """From PyMySQL to Python."""
    return MYSQL_READERS.get(spec.name)


def postgres_writer(spec: TypeSpec) -> Change | None:
    """From canonical to psycopg."""
    return POSTGRES_WRITERS.get(spec.name)


def postgres_reader(spec: TypeSpec) -> Change | None:
    """From psycopg to Python; psycopg itself reads numbers, times, jsonb and uuid."""
    return POSTGRES_READERS.get(spec.name)


def _computed_for_sqlite(value: Any) -> Any:
    """A value to compare with a computed attribute, as SQLite computes it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        return _datetime_text(6 if value.microsecond else 0)(value)
    if isinstance(value, (dt.date, dt.timedelta, uuid.UUID)):
        return str(value)
    return value


def sqlite_writer(spec: TypeSpec) -> Change | None:
    """From canonical to sqlite3, whose columns hold only integers, reals, texts and bytes."""
    if spec.name == "expression":
        return _computed_for_sqlite
    if spec.name == "datetime":
        return _datetime_text(int(spec.args[0]) if spec.args else 0)
    if spec.is_decimal:
        return float if spec.args and int(spec.args[0]) <= REAL_DIGITS else _decimal_text
    return SQLITE_WRITERS.get(spec.name)


def sqlite_reader(spec: TypeSpec) -> Change | None:
    """From sqlite3 to Python."""
    if spec.is_decimal and len(spec.args) == 2:
        return _decimal_reader(int(spec.args[1]))
    return SQLITE_READERS.get(spec.name)
