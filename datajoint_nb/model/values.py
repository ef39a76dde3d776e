"""Which Python values an attribute takes, and what they become: ``tests/spec/02-types.md`` §5.

`converter` gives, for a type, the function from a given value to the canonical one (``int``,
``float``, ``Decimal``, ``bool``, ``str``, ``date``, naive UTC ``datetime``, ``UUID``, JSON-ready
object, ``bytes``). It raises ValueError with the reason; whoever calls adds row and attribute.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import numpy as np

from datajoint_nb.model.types import INTEGER_BITS, TypeSpec

Converter = Callable[[Any], Any]

TRUE_WORDS = {"1": True, "true": True, "0": False, "false": False}
WIDE = Context(prec=200)
# no integer type holds more; 1e999999999 as an int would take all memory
MOST_DIGITS = 40
NATIVE_BITS = {
    "tinyint": 8,
    "smallint": 16,
    "mediumint": 24,
    "int": 32,
    "integer": 32,
    "bigint": 64,
    "serial": 64,
}
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def is_missing(value: Any) -> bool:
    """Whether the value means "none given" for every type: None, NaT, ``pandas.NA``, NaN."""
    if value is None:
        return True
    kind = type(value)
    if kind in (str, int, bytes, bool, dict, list, tuple):
        return False
    if isinstance(value, (float, np.floating)):
        return bool(value != value)
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    # pandas is recognised without importing it
    return kind.__module__.partition(".")[0] == "pandas" and kind.__name__ in {"NaTType", "NAType"}


def is_nan(value: Any) -> bool:
    """Whether the value is a floating-point NaN."""
    return isinstance(value, (float, np.floating)) and bool(value != value)


@lru_cache(maxsize=1024)
def converter(spec: TypeSpec) -> Converter:
    """The function from a given value (not missing) to the canonical value of the type.

    The function raises ValueError whose text says why the value is refused.
    """
    if spec.is_integer:
        bits = INTEGER_BITS.get(spec.name) or NATIVE_BITS.get(spec.name, 64)
        if spec.is_unsigned:
            return _integer(0, 2**bits - 1)
        return _integer(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if spec.is_float:
        return to_float32 if spec.name == "float32" else to_float
    if spec.is_decimal:
        if len(spec.args) == 2:
            return _decimal(int(spec.args[0]), int(spec.args[1]))
        return to_decimal
    if spec.is_bool:
        return to_bool
    if spec.is_json:
        return to_document
    if spec.is_binary:
        return to_bytes
    return _by_name(spec)


def _by_name(spec: TypeSpec) -> Converter:
    if spec.name in {"char", "varchar"}:
        return _text(int(spec.args[0]), padded=spec.name == "char")
    if spec.name == "enum":
        return _enum(tuple(str(label) for label in spec.args))
    if spec.name == "date":
        return to_date
    if spec.name in {"datetime", "timestamp", "timestamptz"}:
        return _datetime(int(spec.args[0]) if spec.args else 0)
    if spec.name == "uuid":
        return to_uuid
    if spec.name == "time":
        return to_time
    return to_text if spec.is_text else as_given


def as_given(value: Any) -> Any:
    """The value itself, NumPy scalars as Python ones."""
    return value.item() if isinstance(value, np.generic) else value


def _integer(low: int, high: int) -> Converter:
    def convert(value: Any) -> int:
        if type(value) is not int:
            value = to_whole(value)
        if not low <= value <= high:
            raise ValueError(f"out of range {low}…{high}")
        return int(value)

    return convert


def to_whole(value: Any) -> int:
    """An integer from an int, a bool, an integral number or a decimal text."""
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return int(value)
    if isinstance(value, str):
        value = to_decimal(value)
    if isinstance(value, (float, np.floating, Decimal)):
        if not math.isfinite(value):
            raise ValueError("not a finite number")
        if isinstance(value, Decimal) and value.adjusted() > MOST_DIGITS:
            raise ValueError("out of range")
        if value != int(value):
            raise ValueError("has a fraction; a whole number is needed")
        return int(value)
    raise ValueError(f"a whole number is needed, not {type(value).__name__}")


def to_float(value: Any) -> float:
    """A float from a real number, a bool or a numeric text."""
    number = value if type(value) is float else _float(value)
    if number != number:
        raise ValueError("not a number")
    return number


def _float(value: Any) -> float:
    if not isinstance(value, (int, float, np.integer, np.floating, np.bool_, Decimal, str)):
        raise ValueError(f"a number is needed, not {type(value).__name__}")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError("too large for a floating-point number") from error
    except ValueError as error:
        raise ValueError("not a number") from error


def to_float32(value: Any) -> float:
    """A float within the range of single precision."""
    number = to_float(value)
    if math.isfinite(number) and abs(number) > 3.4028235677973366e38:
        raise ValueError("out of range of single precision")
    return number


def to_decimal(value: Any) -> Decimal:
    """An exact decimal from a Decimal, a number or a text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        raise ValueError(f"a decimal number is needed, not {type(value).__name__}")
    try:
        # repr of a float is the shortest text that gives it back, the decimal its writer meant
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _decimal(precision: int, scale: int) -> Converter:
    unit = Decimal(1).scaleb(-scale)
    limit = Decimal(10) ** (precision - scale)

    def convert(value: Any) -> Decimal:
        number = to_decimal(value)
        # operators would round to the 28 digits of the thread's context
        if number.copy_abs() >= limit * 10:
            raise ValueError(f"more than {precision - scale} digits before the point")
        number = number.quantize(unit, rounding=ROUND_HALF_UP, context=WIDE)
        if number.copy_abs() >= limit:
            raise ValueError(f"more than {precision - scale} digits before the point")
        return number if number else number.copy_abs()  # -0 and 0 are one key

    return convert


def to_bool(value: Any) -> bool:
    """A truth value from bool, 0, 1, or one of the texts 0 1 true false."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, str):
        word = TRUE_WORDS.get(value.lower())
        if word is not None:
            return word
    elif isinstance(value, (int, float, np.integer, np.floating, Decimal)) and value in (0, 1):
        return bool(value)
    raise ValueError("neither true nor false (use True, False, 0 or 1)")


def to_text(value: Any) -> str:
    """A text from a str or a number."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, Decimal, np.integer, np.floating, uuid.UUID)
    ):
        raise ValueError(f"a text is needed, not {type(value).__name__}")
    if is_nan(value):
        raise ValueError("NaN is no text")
    return str(value.item() if isinstance(value, np.generic) else value)


def _text(limit: int, padded: bool) -> Converter:
    def convert(value: Any) -> str:
        text = value if type(value) is str else to_text(value)
        if padded:
            text = text.rstrip(" ")
        if len(text) > limit:
            raise ValueError(f"{len(text)} characters; at most {limit} fit")
        return text

    return convert


def _enum(labels: tuple[str, ...]) -> Converter:
    allowed = frozenset(labels)

    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError("not one of " + ", ".join(repr(label) for label in labels))
        return str(value)

    return convert


def to_date(value: Any) -> dt.date:
    """A date from a date, a datetime (its time is dropped), datetime64 or an ISO text."""
    if isinstance(value, (dt.datetime, np.datetime64)):
        return to_datetime(value).date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError as error:
                raise ValueError(f"no such date ({error})") from error
        return to_datetime(value).date()
    raise ValueError(f"a date is needed, not {type(value).__name__}")


def to_datetime(value: Any) -> dt.datetime:
    """A naive datetime in UTC from a datetime, date, datetime64 or ISO text."""
    if isinstance(value, dt.datetime):
        moment = dt.datetime.combine(value.date(), value.timetz())  # pandas.Timestamp too
    elif isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    elif isinstance(value, np.datetime64):
        moment = _from_datetime64(value)
    elif isinstance(value, str):
        moment = _from_iso(value)
    else:
        raise ValueError(f"a point in time is needed, not {type(value).__name__}")
    return moment if moment.tzinfo is None else moment.astimezone(dt.timezone.utc).replace(tzinfo=None)


def _from_datetime64(value: np.datetime64) -> dt.datetime:
    moment = value.astype("datetime64[us]").item()
    if not isinstance(moment, dt.datetime):
        raise ValueError("outside the years 1 to 9999")
    return moment


def _from_iso(text: str) -> dt.datetime:
    stripped = text.strip()
    # fromisoformat of Python 3.10 knows neither Z nor fractions of other lengths than 3 and 6
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?)?", stripped
    )
    if not match:
        raise ValueError("not an ISO date and time, such as 2025-06-01 04:30:15")
    day, clock, fraction, zone = match.groups()
    zone = {"Z": "+00:00", None: ""}.get(zone, zone) or ""
    if zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    clock = clock or "00:00:00"
    try:
        moment = dt.datetime.fromisoformat(f"{day} {clock}{zone}")
    except ValueError as error:
        raise ValueError(f"no such date or time ({error})") from error
    return moment.replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))


def _datetime(digits: int) -> Converter:
    step = 10 ** (6 - digits)

    def convert(value: Any) -> dt.datetime:
        moment = to_datetime(value)
        if moment.year < 1000:
            raise ValueError("years before 1000 are not portable")
        return moment.replace(microsecond=moment.microsecond // step * step)

    return convert


def to_time(value: Any) -> Any:
    """A time of day or a duration, for native time columns."""
    if isinstance(value, np.timedelta64):
        return value.astype("timedelta64[us]").item()
    if isinstance(value, (dt.time, dt.timedelta, str)):
        return value
    raise ValueError(f"a time is needed, not {type(value).__name__}")


def to_uuid(value: Any) -> uuid.UUID:
    """A UUID from a UUID, any text that `uuid.UUID` takes, or 16 bytes."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        if isinstance(value, (bytes, bytearray)):
            return uuid.UUID(bytes=bytes(value))
        if isinstance(value, str):
            return uuid.UUID(value)
    except ValueError as error:
        raise ValueError("not a UUID") from error
    raise ValueError(f"a UUID is needed, not {type(value).__name__}")


def to_bytes(value: Any) -> bytes:
    """Plain bytes from bytes, bytearray or the content of a memoryview."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise ValueError(f"bytes are needed, not {type(value).__name__}; to store Python objects declare <blob>")


def to_document(value: Any) -> Any:
    """A JSON document; a top-level null is no document but the absence of one."""
    if value is None:
        raise ValueError("no document")
    return to_json(value)


def to_json(value: Any) -> Any:
    """A JSON-ready copy: tuples become lists, NumPy scalars Python ones; keys must be texts."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("JSON has no NaN and no infinity")
        return value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"JSON keys are texts, not {type(key).__name__}")
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        raise ValueError("JSON holds no arrays; convert with .tolist() or declare <blob>")
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [to_json(item) for item in value]
    raise ValueError(f"JSON cannot hold {type(value).__name__}")


def json_text(value: Any) -> str:
    """The JSON text of a canonical JSON value."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
