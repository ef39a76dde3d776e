"""Python's own simple values: how each is written, and beside it how it is read.

A ``sized_…`` function returns a *sized child*: its length as u64, its code, its body.
A ``read_…`` function takes the body between two positions of a `Source`.

See ``tests/spec/07-codecs-storage.md`` §3.2 and §3.5.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from ...errors import CodecValueError
from .layout import (
    BOOL,
    BYTES,
    COMPLEX,
    DATE_TIME,
    DECIMAL,
    F64,
    F64_PAIR,
    FLOAT,
    INT,
    MAX_INT_BYTES,
    NONE,
    TEXT,
    TIME,
    U16,
    UUID,
)
from .source import Source

_COUNTED: Final = Struct("<QBQ")
_SIZED_INT: Final = Struct("<QBH")
_SIZED_FLOAT: Final = Struct("<QBd")
_SIZED_COMPLEX: Final = Struct("<QBdd")
_SIZED_TIME: Final = Struct("<QBiq")
_SMALL_INTS: Final = tuple(_SIZED_INT.pack(3 + width, INT, width) for width in range(10))
_SIZED_NONE: Final = Struct("<QB").pack(1, NONE)
_SIZED_BOOLS: Final = (Struct("<QBB").pack(2, BOOL, 0), Struct("<QBB").pack(2, BOOL, 1))
_SIZED_UUID: Final = Struct("<QB").pack(17, UUID)


def _exact(source: Source, at: int, end: int, length: int, what: str) -> None:
    if end - at != length:
        raise source.fault(at, f"{what} takes {length} bytes, {end - at} are there")


def sized_none(value: None) -> bytes:
    """Return the sized child of None."""
    return _SIZED_NONE


def read_none(source: Source, at: int, end: int) -> None:
    """Return None."""
    _exact(source, at, end, 0, "None")


def sized_bool(value: bool) -> bytes:
    """Return the sized child of a bool."""
    return _SIZED_BOOLS[value]


def read_bool(source: Source, at: int, end: int) -> bool:
    """Return a bool."""
    _exact(source, at, end, 1, "a bool")
    return source.data[at] != 0


def sized_int(value: int) -> bytes:
    """Return the sized child of an int."""
    width = value.bit_length() // 8 + 1
    if width < 10:
        return _SMALL_INTS[width] + value.to_bytes(width, "little", signed=True)
    if width > MAX_INT_BYTES:
        raise CodecValueError(
            f"an int of {width} bytes cannot be packed, at most {MAX_INT_BYTES}; pack its bytes or its text"
        )
    return _SIZED_INT.pack(3 + width, INT, width) + value.to_bytes(width, "little", signed=True)


def read_int(source: Source, at: int, end: int) -> int:
    """Return an int."""
    if end - at != 2 + U16.unpack_from(source.data, at)[0]:
        raise source.fault(at, f"the length of an int does not match its {end - at - 2} bytes")
    return int.from_bytes(source.data[at + 2 : end], "little", signed=True)


def sized_float(value: float) -> bytes:
    """Return the sized child of a float."""
    return _SIZED_FLOAT.pack(9, FLOAT, value)


def read_float(source: Source, at: int, end: int) -> float:
    """Return a float."""
    if end - at != 8:
        _exact(source, at, end, 8, "a float")
    number: float = F64.unpack_from(source.data, at)[0]
    return number


def sized_complex(value: complex) -> bytes:
    """Return the sized child of a complex."""
    return _SIZED_COMPLEX.pack(17, COMPLEX, value.real, value.imag)


def read_complex(source: Source, at: int, end: int) -> complex:
    """Return a complex."""
    _exact(source, at, end, 16, "a complex")
    return complex(*F64_PAIR.unpack_from(source.data, at))


def sized_text(value: str) -> bytes:
    """Return the sized child of a str."""
    try:
        body = value.encode()
    except UnicodeEncodeError as error:
        raise CodecValueError(
            f"text with a lone surrogate at character {error.start} is not Unicode; "
            "pack its bytes (`text.encode('utf-8', 'surrogateescape')`)"
        ) from error
    return _COUNTED.pack(9 + len(body), TEXT, len(body)) + body


def read_text(source: Source, at: int, end: int) -> str:
    """Return a str."""
    start = _counted(source, at, end)
    return source.text(start, end)


def sized_bytes(value: bytes | bytearray) -> bytes:
    """Return the sized child of bytes."""
    return _COUNTED.pack(9 + len(value), BYTES, len(value)) + value


def sized_memoryview(value: memoryview) -> bytes:
    """Return the sized child of the bytes under a memoryview."""
    return sized_bytes(value.tobytes())


def read_bytes(source: Source, at: int, end: int) -> bytes:
    """Return bytes."""
    start = _counted(source, at, end)
    return bytes(memoryview(source.data)[start:end])


def _counted(source: Source, at: int, end: int) -> int:
    """Return where the bytes counted at `at` start; they must reach exactly to `end`."""
    start = at + source.width
    length = source.size.unpack_from(source.data, at)[0]
    if end - start != length:
        raise source.fault(at, f"a length of {length} where {end - start} bytes are there")
    return start


def sized_decimal(value: decimal.Decimal) -> bytes:
    """Return the sized child of a Decimal."""
    body = str(value).encode("ascii")
    return _COUNTED.pack(9 + len(body), DECIMAL, len(body)) + body


def read_decimal(source: Source, at: int, end: int) -> decimal.Decimal:
    """Return a Decimal."""
    start = _counted(source, at, end)
    try:
        return decimal.Decimal(source.data[start:end].decode("ascii"))
    except (UnicodeDecodeError, decimal.InvalidOperation) as error:
        raise source.fault(start, "the text of a Decimal is not a number") from error


def sized_uuid(value: uuid.UUID) -> bytes:
    """Return the sized child of a UUID."""
    return _SIZED_UUID + value.bytes


def read_uuid(source: Source, at: int, end: int) -> uuid.UUID:
    """Return a UUID."""
    _exact(source, at, end, 16, "a UUID")
    return uuid.UUID(bytes=bytes(source.data[at:end]))


def sized_date(value: dt.date) -> bytes:
    """Return the sized child of a date."""
    return _SIZED_TIME.pack(13, TIME, _date_number(value), -1)


def sized_time(value: dt.time) -> bytes:
    """Return the sized child of a time of day."""
    if value.tzinfo is not None:
        raise CodecValueError(
            "a time of day with a time zone cannot be packed; use a datetime, or remove the zone"
        )
    return _SIZED_TIME.pack(13, TIME, -1, _time_number(value))


def sized_datetime(value: dt.datetime) -> bytes:
    """Return the sized child of a datetime; one with a zone is converted to UTC first."""
    if value != value or getattr(value, "nanosecond", None):
        raise CodecValueError(f"{value!r} does not fit a datetime; use None or a numpy.datetime64")
    if value.tzinfo is not None:
        try:
            value = value.astimezone(dt.timezone.utc)
        except OverflowError as error:
            raise CodecValueError(f"{value!r} has no UTC date between the years 1 and 9999") from error
    return _SIZED_TIME.pack(13, TIME, _date_number(value), _time_number(value))


def _date_number(value: dt.date) -> int:
    return (value.year * 100 + value.month) * 100 + value.day


def _time_number(value: dt.time | dt.datetime) -> int:
    return ((value.hour * 100 + value.minute) * 100 + value.second) * 1_000_000 + value.microsecond


def read_time(source: Source, at: int, end: int) -> dt.date | dt.time | dt.datetime | None:
    """Return a date, a time, both as a datetime, or None."""
    _exact(source, at, end, 12, "a date and time")
    ymd, hms = DATE_TIME.unpack_from(source.data, at)
    try:
        date = None if ymd == -1 else dt.date(ymd // 10000, ymd // 100 % 100, ymd % 100)
        time = None if hms == -1 else _time_of(hms)
    except (ValueError, OverflowError) as error:
        raise source.fault(at, f"no such date and time: {ymd}, {hms}") from error
    if date is not None and time is not None:
        return dt.datetime.combine(date, time)
    return date if time is None else time


def _time_of(number: int) -> dt.time:
    seconds, micros = divmod(number, 1_000_000)
    return dt.time(seconds // 10000, seconds // 100 % 100, seconds % 100, micros)


SIZED: Final[dict[type, Callable[[Any], bytes]]] = {
    bool: sized_bool,
    int: sized_int,
    complex: sized_complex,
    float: sized_float,
    dt.datetime: sized_datetime,
    dt.date: sized_date,
    dt.time: sized_time,
    decimal.Decimal: sized_decimal,
    uuid.UUID: sized_uuid,
    str: sized_text,
    bytes: sized_bytes,
    bytearray: sized_bytes,
    memoryview: sized_memoryview,
    type(None): sized_none,
}

READERS: Final[dict[int, Callable[[Source, int, int], Any]]] = {
    NONE: read_none,
    BOOL: read_bool,
    INT: read_int,
    FLOAT: read_float,
    COMPLEX: read_complex,
    TEXT: read_text,
    BYTES: read_bytes,
    DECIMAL: read_decimal,
    UUID: read_uuid,
    TIME: read_time,
}
