"""Text, as MySQL handles it: positions count from 1, numbers become text without needless digits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeAlias

__all__ = ["TEXT_FUNCTIONS", "Function", "number_of", "strict", "text_of"]

Function: TypeAlias = "tuple[str, int, Callable[..., str | int | float | bytes | None]]"

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_CLASSES = {
    "[:alpha:]": "^\\W\\d_",
    "[:digit:]": "0-9",
    "[:alnum:]": "^\\W_",
    "[:space:]": "\\s",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:punct:]": "!-/:-@\\[-`{-~",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:blank:]": " \\t",
}
_LARGEST = 1 << 24


def strict(
    function: Callable[..., str | int | float | bytes | None],
) -> Callable[..., str | int | float | bytes | None]:
    """Return `function`, with NULL for a NULL argument."""

    @wraps(function)
    def called(*arguments: object) -> str | int | float | bytes | None:
        return None if any(argument is None for argument in arguments) else function(*arguments)

    return called


def text_of(value: object) -> str:
    """Return a value as MySQL prints it: 2.0 is ``2``."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value).replace("e+", "e")
    return str(value)


def number_of(value: object) -> int | float:
    """Return a value as a number; text gives the number it starts with, or 0."""
    if isinstance(value, int | float):
        return value
    found = _NUMBER.match(text_of(value))
    if found is None:
        return 0
    digits = found.group(1)
    return float(digits) if any(mark in digits for mark in ".eE") else int(digits)


def _substring(text: str, start: int, length: int | None = None) -> str:
    begin = start - 1 if start > 0 else len(text) + start
    if start == 0 or begin < 0 or (length is not None and length < 0):
        return ""
    return text[begin:] if length is None else text[begin : begin + length]


def _pad(text: str, length: int, fill: str, left: bool) -> str | None:
    missing = length - len(text)
    if length < 0 or length > _LARGEST:
        return None
    if missing <= 0:
        return text[:length]
    if not fill:
        return ""
    padding = (fill * (missing // len(fill) + 1))[:missing]
    return padding + text if left else text + padding


def _locate(part: str, text: str, start: int) -> int:
    return 0 if start < 1 else text.find(part, start - 1) + 1


def _substring_index(text: str, delimiter: str, count: int) -> str:
    if not delimiter or not count:
        return ""
    parts = text.split(delimiter)
    return delimiter.join(parts[:count] if count > 0 else parts[count:])


def _find_in_set(item: str, items: str) -> int:
    parts = items.split(",") if items else []
    return parts.index(item) + 1 if item in parts else 0


def _trim(text: str, remove: str, side: str) -> str:
    while remove and side != "TRAILING" and text.startswith(remove):
        text = text[len(remove) :]
    while remove and side != "LEADING" and text.endswith(remove):
        text = text[: -len(remove)]
    return text


def _repeat(text: str, count: int) -> str | None:
    return None if len(text) * count > _LARGEST else text * max(count, 0)


def _concat_ws(separator: object, *values: object) -> str | None:
    """Join the values that are not NULL; NULL only for a NULL separator."""
    if separator is None:
        return None
    return text_of(separator).join(text_of(value) for value in values if value is not None)


def _md5(value: object) -> str:
    data = value if isinstance(value, bytes) else text_of(value).encode()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _unhex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text if len(text) % 2 == 0 else f"0{text}")
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    for name, members in _CLASSES.items():
        # a class that is written as a negation can only stand alone
        text = text.replace(f"[{name}]", f"[{members}]").replace(name, members.lstrip("^"))
    return re.compile(text, re.IGNORECASE)


def _regexp(pattern: object, text: object) -> int:
    return int(_pattern(text_of(pattern)).search(text_of(text)) is not None)


TEXT_FUNCTIONS: tuple[Function, ...] = (
    ("ascii", 1, strict(lambda text: text.encode()[0] if text else 0)),
    ("concat_ws", -1, _concat_ws),
    ("find_in_set", 2, strict(_find_in_set)),
    ("left", 2, strict(lambda text, count: text[: max(count, 0)])),
    ("locate", 3, strict(_locate)),
    ("lower", 1, strict(lambda text: text.lower())),
    ("lpad", 3, strict(lambda text, length, fill: _pad(text, length, fill, True))),
    ("md5", 1, strict(_md5)),
    ("regexp", 2, strict(_regexp)),
    ("repeat", 2, strict(_repeat)),
    ("reverse", 1, strict(lambda text: text[::-1])),
    ("right", 2, strict(lambda text, count: text[-count:] if count > 0 else "")),
    ("rpad", 3, strict(lambda text, length, fill: _pad(text, length, fill, False))),
    ("substring", 2, strict(_substring)),
    ("substring", 3, strict(_substring)),
    ("substring_index", 3, strict(_substring_index)),
    ("text", 1, strict(text_of)),
    ("trim", 3, strict(_trim)),
    ("unhex", 1, strict(_unhex)),
    ("upper", 1, strict(lambda text: text.upper())),
)
