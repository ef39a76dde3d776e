"""MySQL's date formats, as templates of PostgreSQL's TO_CHAR."""

from __future__ import annotations

import re

__all__ = ["to_char_template"]

_PARTS = {
    "Y": "YYYY",
    "y": "YY",
    "m": "MM",
    "c": "FMMM",
    "d": "DD",
    "e": "FMDD",
    "D": "FMDDth",
    "H": "HH24",
    "k": "FMHH24",
    "h": "HH12",
    "I": "HH12",
    "l": "FMHH12",
    "i": "MI",
    "s": "SS",
    "S": "SS",
    "f": "US",
    "p": "AM",
    "M": "FMMonth",
    "b": "Mon",
    "W": "FMDay",
    "a": "Dy",
    "j": "DDD",
    "T": "HH24:MI:SS",
    "r": "HH12:MI:SS AM",
    "v": "IW",
    "x": "IYYY",
}


def to_char_template(text: str) -> str | None:
    """Return the template of a format such as ``%Y-%m``, or None if a part has no equivalent."""
    pieces = []
    for part, plain in re.findall(r"%(.)|([^%]+|%$)", text, re.DOTALL):
        if part in _PARTS:
            pieces.append(_PARTS[part])
        elif part in {"w", "u", "U", "V", "X"}:
            return None
        else:
            pieces.append('"' + (part or plain).replace("\\", "\\\\").replace('"', '\\"') + '"')
    return "".join(pieces)
