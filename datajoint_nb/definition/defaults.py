"""Default values: whether a literal is one of its type, and its normal spelling."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Context, Decimal
from difflib import get_close_matches
from uuid import UUID

from datajoint_nb.model.definition import Default
from datajoint_nb.model.types import INTEGER_BITS, TypeSpec

NATIVE_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
BOOL_WORDS = {"true": "1", "1": "1", "false": "0", "0": "0"}
NOW_NAMES = frozenset({"date", "datetime", "timestamp", "timestamptz"})
EXACT = Context(prec=1000)  # more digits than NUMBER lets through
FLOAT32_MOST = 3.4028235677973366e38

INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?")
TIME = re.compile(r"-?[0-9]{1,3}:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?")


def literal_problem(spec: TypeSpec, default: Default) -> str | None:
    """What keeps `default` from being a default of the type; None when it may be one.

    Whether the attribute may be null at all is not judged here: ``null`` fits every type.
    """
    if default.kind == "null":
        return None
    if not spec.allows_key:
        return f"an attribute of type `{spec.text}` admits no default but null"
    if default.kind == "now":
        return None if spec.name in NOW_NAMES else f"CURRENT_TIMESTAMP is no value of type `{spec.text}`"
    if spec.is_autoincrement:
        return f"an attribute of type `{spec.text}` is numbered by the server and admits no default"
    check = CHECKS.get(spec.name)
    return check(spec, default.text) if check else None


def normal_default(spec: TypeSpec, default: Default | None) -> Default | None:
    """The default in the one spelling that equal values share, for comparisons.

    ``007`` of an integer becomes ``7``, ``1`` of a float ``1.0``, ``1.5`` of ``decimal(5,2)``
    ``1.50``, ``TRUE`` of a bool ``1``, ``2024-01-01T10:00`` of a datetime ``2024-01-01 10:00:00``;
    the current time has as many digits of the second as the attribute.
    A literal that is none of its type is returned as it is.
    """
    # a bare timestamp of a server's own has as many digits as its default is given
    counted = spec.kind == "core" or (spec.name in NOW_NAMES and spec.args)
    if default is not None and default.kind == "now" and counted:
        return replace(default, precision=_places(spec) or None)
    if default is None or default.kind != "literal" or literal_problem(spec, default):
        return default
    spell = SPELLINGS.get(spec.name)
    return replace(default, text=spell(spec, default.text)) if spell else default


def normal_bool(text: str) -> str:
    """``1`` or ``0`` for the words of truth values, other text as it is."""
    return BOOL_WORDS.get(text.lower(), text)


def _integer(spec: TypeSpec, text: str) -> str | None:
    if not INTEGER.fullmatch(text):
        return f"`{text}` is no whole number, as type `{spec.text}` wants"
    bits = INTEGER_BITS.get(spec.name) or NATIVE_BITS[spec.name]
    low, high = (0, 2**bits - 1) if spec.is_unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not low <= int(text) <= high:
        return f"`{text}` is out of the range of `{spec.text}`, {low} to {high}"
    return None


def _float(spec: TypeSpec, text: str) -> str | None:
    if not NUMBER.fullmatch(text):
        return f"`{text}` is no finite number, as type `{spec.text}` wants"
    most = FLOAT32_MOST if spec.name == "float32" else math.inf
    number = float(text)
    if not abs(number) < most or not math.isfinite(number):
        return f"`{text}` is out of the range of `{spec.text}`"
    return _sign(spec, text)


def _sign(spec: TypeSpec, text: str) -> str | None:
    return f"`{text}` is negative, `{spec.text}` is not" if spec.is_unsigned and text[0] == "-" else None


def _decimal(spec: TypeSpec, text: str) -> str | None:
    if not NUMBER.fullmatch(text):
        return f"`{text}` is no number, as type `{spec.text}` wants"
    if spec.kind != "core":
        return _sign(spec, text)  # precision and scale of native types differ by server
    precision, scale = (int(arg) for arg in spec.args)
    whole, places = _digits(text)
    if places > scale:
        return f"`{text}` has more than {scale} decimal places, the scale of `{spec.text}`"
    if whole > precision - scale:
        return f"`{text}` has {whole} digits before the point, `{spec.text}` holds {precision - scale}"
    return None


def _digits(text: str) -> tuple[int, int]:
    """How many digits before and after the decimal point a number needs."""
    digits, exponent = Decimal(text).normalize(EXACT).as_tuple()[1:]
    if digits == (0,):
        return 0, 0
    return max(0, len(digits) + int(exponent)), max(0, -int(exponent))


def _bool(spec: TypeSpec, text: str) -> str | None:
    return None if text.lower() in BOOL_WORDS else f"`{text}` is no truth value; write true, false, 1 or 0"


def _length(spec: TypeSpec, text: str) -> str | None:
    most = int(spec.args[0])
    if len(text) > most:
        return f"the default has {len(text)} characters, `{spec.text}` holds {most}"
    return None


def _enum(spec: TypeSpec, text: str) -> str | None:
    labels = [str(label) for label in spec.args]
    if text in labels:
        return None
    near = get_close_matches(text[:100], labels, n=1, cutoff=0.5)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return f"`{text}` is no label of `{spec.text}`{meant}"


def _date(spec: TypeSpec, text: str) -> str | None:
    return None if _as_date(text) else f"`{text}` is no date; write ='YYYY-MM-DD', year 1000 to 9999"


def _as_date(text: str) -> date | None:
    match = DATE.fullmatch(text)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    return day if day and day.year >= 1000 else None


def _datetime(spec: TypeSpec, text: str) -> str | None:
    moment = _as_datetime(text)
    if moment is None:
        return f"`{text}` is no date and time; write ='YYYY-MM-DD HH:MM:SS', in UTC and without a zone"
    places = _places(spec)
    if spec.kind == "core" and moment.microsecond % 10 ** (6 - places):
        return f"`{text}` has more than {places} digits of the second, as many as `{spec.text}` holds"
    return None


def _places(spec: TypeSpec) -> int:
    return int(spec.args[0]) if spec.args else 0


def _as_datetime(text: str) -> datetime | None:
    day, clock = _as_date(text[:10]), CLOCK.fullmatch(text[11:] or "00:00")
    if day is None or clock is None or text[10:11] not in {"", " ", "T"} or text[10:] in {" ", "T"}:
        return None
    hour, minute, second, fraction = clock.groups()
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
        )
    except ValueError:
        return None


def _uuid(spec: TypeSpec, text: str) -> str | None:
    try:
        UUID(text)
    except ValueError:
        return f"`{text}` is no UUID; write 32 hexadecimal digits, dashes as usual"
    return None


def _time(spec: TypeSpec, text: str) -> str | None:
    return None if TIME.fullmatch(text) else f"`{text}` is no time; write ='HH:MM:SS'"


def _year(spec: TypeSpec, text: str) -> str | None:
    valid = re.fullmatch(r"[0-9]{4}", text) and (text == "0000" or 1901 <= int(text) <= 2155)
    return None if valid else f"`{text}` is no year of type `year`, 1901 to 2155"


Check = Callable[[TypeSpec, str], "str | None"]
Spelling = Callable[[TypeSpec, str], str]

CHECKS: dict[str, Check] = {
    **dict.fromkeys((*INTEGER_BITS, *NATIVE_BITS), _integer),
    **dict.fromkeys(("float32", "float64", "float", "double", "double precision", "real"), _float),
    **dict.fromkeys(("decimal", "numeric", "dec", "fixed"), _decimal),
    **dict.fromkeys(("bool", "boolean"), _bool),
    **dict.fromkeys(("char", "varchar"), _length),
    **dict.fromkeys(("datetime", "timestamp", "timestamptz"), _datetime),
    "enum": _enum,
    "date": _date,
    "uuid": _uuid,
    "time": _time,
    "year": _year,
}


def _spell_integer(spec: TypeSpec, text: str) -> str:
    return str(int(text))


def _spell_float(spec: TypeSpec, text: str) -> str:
    return repr(float(text) or 0.0)


def _spell_decimal(spec: TypeSpec, text: str) -> str:
    if spec.kind != "core":
        return text
    value = Decimal(text)
    return f"{value if value else Decimal(0):.{spec.args[1]}f}"


def _spell_bool(spec: TypeSpec, text: str) -> str:
    return normal_bool(text)


def _spell_datetime(spec: TypeSpec, text: str) -> str:
    moment = _as_datetime(text)
    if moment is None or spec.kind != "core":
        return text
    places = _places(spec)
    fraction = f".{moment.microsecond:06}"[: places + 1] if places else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}"


def _spell_uuid(spec: TypeSpec, text: str) -> str:
    return str(UUID(text))


SPELLINGS: dict[str, Spelling] = {
    **dict.fromkeys((*INTEGER_BITS, *NATIVE_BITS), _spell_integer),
    **dict.fromkeys(("float32", "float64", "float", "double", "double precision", "real"), _spell_float),
    **dict.fromkeys(("decimal", "numeric", "dec", "fixed"), _spell_decimal),
    **dict.fromkeys(("bool", "boolean"), _spell_bool),
    **dict.fromkeys(("datetime", "timestamp"), _spell_datetime),
    "uuid": _spell_uuid,
}
