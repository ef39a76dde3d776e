"""JSON, as MySQL handles it."""

from __future__ import annotations

import json
import re

from datajoint_nb.backends.sqlite.functions_text import Function, strict, text_of

__all__ = ["JSON_FUNCTIONS"]

_STEP = re.compile(r'\s*(?:\.\s*(?:([^\W\d]\w*)|"([^"\\]+)")|\[\s*(\d+)\s*\])\s*')
_MISSING = object()


def _load(text: object) -> object:
    try:
        return json.loads(text_of(text))
    except ValueError:
        return _MISSING


def _find(document: object, path: str) -> object:
    """Return the value at a path such as ``$.a[0]``."""
    position = 1
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            return _MISSING
        plain, quoted, index = found.groups()
        if index is not None and isinstance(document, list) and int(index) < len(document):
            document = document[int(index)]
        elif index is None and isinstance(document, dict) and (plain or quoted) in document:
            document = document[plain or quoted]
        else:
            return _MISSING
        position = found.end()
    return document


def _unquote(text: object) -> str | None:
    """Return a JSON string as plain text, a JSON null as NULL, anything else as it is written."""
    value = _load(text)
    if value is None:
        return None
    return value if isinstance(value, str) else text_of(text)


def _length(text: object, path: str = "$") -> int | None:
    value = _find(_load(text), path)
    if value is _MISSING:
        return None
    return len(value) if isinstance(value, dict | list) else 1


def _contains(text: object, candidate: object, path: str = "$") -> int | None:
    value, wanted = _find(_load(text), path), _load(candidate)
    if value is _MISSING or wanted is _MISSING:
        return None
    return int(_holds(value, wanted))


def _holds(value: object, wanted: object) -> bool:
    if isinstance(value, list):
        parts = wanted if isinstance(wanted, list) else [wanted]
        return all(any(_holds(item, part) for item in value) for part in parts)
    if isinstance(value, dict) and isinstance(wanted, dict):
        return all(key in value and _holds(value[key], part) for key, part in wanted.items())
    # True is no 1 in JSON
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _equal(one: object, other: object) -> int:
    """Whether two JSON texts hold one value; the order of keys does not matter."""
    return int(_same(_load(one), _load(other)))


def _same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


JSON_FUNCTIONS: tuple[Function, ...] = (
    ("json_equal", 2, strict(_equal)),
    ("json_contains", 2, strict(_contains)),
    ("json_contains", 3, strict(_contains)),
    ("json_length", 1, strict(_length)),
    ("json_length", 2, strict(_length)),
    ("json_unquote", 1, strict(_unquote)),
)
