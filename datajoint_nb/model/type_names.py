"""The names of types, and what to say of texts that are none.

See ``tests/spec/02-types.md`` §1 and §2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

INTEGER_BITS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
CORE_NAMES = (
    *INTEGER_BITS,
    *("float32", "float64", "decimal", "bool", "char", "varchar", "enum"),
    *("date", "datetime", "uuid", "json", "bytes"),
)

INTEGER_NAMES = frozenset({"tinyint", "smallint", "mediumint", "integer", "int", "bigint", "serial"})
DECIMAL_NAMES = frozenset({"decimal", "numeric", "dec", "fixed"})
FLOAT_NAMES = frozenset({"float", "double", "double precision", "real"})
TEXT_NAMES = frozenset({"tinytext", "text", "mediumtext", "longtext"})
BLOB_NAMES = frozenset({"tinyblob", "blob", "mediumblob", "longblob", "bytea"})


@dataclass(frozen=True, slots=True)
class NativeForm:
    """How a native type may be written: number of arguments, words after them, largest argument."""

    most_arguments: int = 0
    words: frozenset[str] = frozenset()
    largest: int = 255


NATIVE_FORMS: dict[str, NativeForm] = {
    **dict.fromkeys(INTEGER_NAMES, NativeForm(1, frozenset({"unsigned", "zerofill", "auto_increment"}))),
    "serial": NativeForm(),
    **dict.fromkeys(DECIMAL_NAMES, NativeForm(2, frozenset({"unsigned", "zerofill"}))),
    **dict.fromkeys(FLOAT_NAMES, NativeForm(2, frozenset({"unsigned", "zerofill"}))),
    "double precision": NativeForm(),
    **dict.fromkeys(TEXT_NAMES | BLOB_NAMES, NativeForm()),
    **dict.fromkeys(("time", "timestamp", "timestamptz"), NativeForm(1, largest=6)),
    **dict.fromkeys(("year", "boolean", "jsonb"), NativeForm()),
}

# What people write out of habit, and what they want.
HABITS = {
    "uint8": "int16",
    "uint16": "int32",
    "uint32": "int64",
    "uint64": "decimal(20,0)",
    "int24": "int32",
    "int128": "decimal(39,0)",
    "float16": "float32",
    "float128": "decimal(p,s)",
    "number": "decimal(p,s)",
    "decimal": "decimal(p,s)",
    "boolean": "bool",
    "string": "varchar(n)",
    "str": "varchar(n)",
    "char": "char(n)",
    "varchar": "varchar(n)",
    "nvarchar": "varchar(n)",
    "smalltext": "varchar(n)",
    "enum": "enum('a','b')",
    "set": "enum('a','b') or a part table",
    "double precision": "float64",
    "timestamptz": "datetime",
    "interval": "float64 (in seconds)",
    "jsonb": "json",
    "dict": "json",
    "bytea": "bytes",
    "binary": "bytes",
    "varbinary": "bytes",
    "smallblob": "bytes",
    "array": "<blob>",
    "ndarray": "<blob>",
    "attach": "<attach>",
    "object": "<object@>",
    "npy": "<npy@>",
    "hash": "<hash@>",
    "filepath": "<filepath@>",
}

# What people write after a type, and how the definition language says it.
TRAILERS = (
    (r"not\s+null", "every attribute without =null requires a value"),
    (r"null", "a nullable attribute is written name=null : type"),
    (r"default\b", "the default comes before the type: name=default : type"),
    (r"unsigned", "core types have no unsigned form; take the next larger integer"),
    (
        r"auto_increment|primary|unique|references|comment|collate|character",
        "only a comment may follow a type",
    ),
)


def suggestion(text: str) -> str:
    """What was probably meant by a text that is no type."""
    lowered = text.lower()
    words = re.match(r"\w+(?:\s*\([^()]*\))?\s+(\w.*)", lowered, re.DOTALL)
    for pattern, hint in TRAILERS if words else ():
        if words and re.match(pattern, words[1]):
            return hint
    base = re.match(r"[\w ]*", lowered)
    name = base[0].strip()[:40] if base else ""
    meant = HABITS.get(name) or HABITS.get(name.split(" ")[0])
    if not meant and name in CORE_NAMES:
        meant = name
    if not meant:
        near = get_close_matches(name, [*CORE_NAMES, *HABITS], n=1, cutoff=0.6)
        meant = HABITS.get(near[0], near[0]) if near else ""
    return f"did you mean {meant}?" if meant else KNOWN


KNOWN = f"core types are {', '.join(CORE_NAMES)}; codecs are written <name>"
