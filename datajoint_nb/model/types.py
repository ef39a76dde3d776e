"""Attribute types as written in definitions: core, native and codec types.

A type text is parsed once, here, into a `TypeSpec`; all other modules look at its fields.
The grammar and limits are those of ``tests/spec/02-types.md`` §1–§3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.type_names import (
    BLOB_NAMES,
    CORE_NAMES,
    DECIMAL_NAMES,
    FLOAT_NAMES,
    INTEGER_BITS,
    INTEGER_NAMES,
    NATIVE_FORMS,
    TEXT_NAMES,
    suggestion,
)

__all__ = ["INTEGER_BITS", "Kind", "TypeFault", "TypeSpec", "enum_text", "parse_type", "split_labels"]

Kind = Literal["core", "native", "codec"]

CODEC_PATTERN = re.compile(r"<\s*([A-Za-z_][\w.-]*)\s*(?:(@)\s*([\w.-]*)\s*)?>")
CORE_PATTERN = re.compile(r"([a-z]+[0-9]*)\s*(?:\((.*)\))?", re.DOTALL)
NATIVE_PATTERN = re.compile(r"([a-z]+(?: precision)?)(?:\(([0-9]{1,9}(?:,[0-9]{1,9})?)\))?((?: [a-z_]+)*)")
LABEL = re.compile(r"""\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)")\s*(,|\Z)""")


class TypeFault(DataJointError):  # noqa: N818 - a fault is an error with a hint
    """A type text that is no type. ``hint`` names what was probably meant."""

    def __init__(self, message: str, hint: str = ""):
        super().__init__(f"{message}{f' ({hint})' if hint else ''}")
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """One attribute type.

    Attributes
    ----------
    kind : {"core", "native", "codec"}
    name : str
        ``"varchar"``, ``"blob"`` of ``<blob@cold>``, ``"int"`` of ``int(11) unsigned``.
    text : str
        The normalised spelling, as stored in column markers and printed by ``describe``.
    args : tuple
        Length, (precision, scale), fractional digits, or enumeration labels.
    store : str or None
        For codecs: None in the table, ``""`` the default store, or the name of a store.
    """

    kind: Kind
    name: str
    text: str
    args: tuple[int, ...] | tuple[str, ...] = ()
    store: str | None = None

    @property
    def has_marker(self) -> bool:
        """Whether the column comment carries this type (native types carry none)."""
        return self.kind != "native"

    @property
    def is_integer(self) -> bool:
        """Whether values are whole numbers."""
        names: frozenset[str] | dict[str, int] = INTEGER_BITS if self.kind == "core" else INTEGER_NAMES
        return self.kind != "codec" and self.name in names

    @property
    def is_float(self) -> bool:
        """Whether values are binary floating-point numbers."""
        names = {"float32", "float64"} if self.kind == "core" else FLOAT_NAMES
        return self.kind != "codec" and self.name in names

    @property
    def is_decimal(self) -> bool:
        """Whether values are exact decimal numbers."""
        return self.kind != "codec" and self.name in DECIMAL_NAMES

    @property
    def is_numeric(self) -> bool:
        """Whether an empty string or NaN given for it means "no value"."""
        return self.is_integer or self.is_float or self.is_decimal or self.is_bool

    @property
    def is_bool(self) -> bool:
        """Whether values are truth values."""
        return (self.kind, self.name) in {("core", "bool"), ("native", "boolean")}

    @property
    def is_binary(self) -> bool:
        """Whether values are plain bytes."""
        return (self.kind == "core" and self.name == "bytes") or (
            self.kind == "native" and self.name in BLOB_NAMES
        )

    @property
    def is_json(self) -> bool:
        """Whether values are JSON documents."""
        return (self.kind, self.name) in {("core", "json"), ("native", "jsonb")}

    @property
    def is_text(self) -> bool:
        """Whether values are character strings (enumerations included)."""
        if self.kind == "core":
            return self.name in {"char", "varchar", "enum"}
        return self.kind == "native" and self.name in TEXT_NAMES

    @property
    def allows_key(self) -> bool:
        """Whether a primary key may hold it."""
        return not (self.kind == "codec" or self.is_binary or self.is_json)

    @property
    def is_unsigned(self) -> bool:
        """Whether it is a native unsigned number."""
        return self.kind == "native" and " unsigned" in self.text

    @property
    def is_autoincrement(self) -> bool:
        """Whether the server numbers the rows."""
        return self.kind == "native" and (self.name == "serial" or " auto_increment" in self.text)


@lru_cache(maxsize=4096)
def parse_type(text: str) -> TypeSpec:
    """Parse the type text of a definition line or of a column marker.

    Raises
    ------
    TypeFault
        For anything that is no type, with the nearest valid spelling.
    """
    text = text.strip()
    if text.startswith("<"):
        return _codec(text)
    core = _core(text)
    if core is not None:
        return core
    native = _native(text)
    if native is not None:
        return native
    raise TypeFault(f"unknown type `{text}`", suggestion(text))


def _codec(text: str) -> TypeSpec:
    match = CODEC_PATTERN.fullmatch(text)
    if not match:
        raise TypeFault(
            f"malformed codec type `{text}`", "write <name>, <name@> or <name@store>, such as <blob@>"
        )
    name, at, store = match.groups()
    store = store if at else None
    return TypeSpec("codec", name, f"<{name}{'' if store is None else '@' + store}>", (), store)


def _core(text: str) -> TypeSpec | None:
    """The core type, None when the text has another form, or a fault for bad parameters."""
    lowered = text.lower()
    if lowered.startswith("enum"):
        rest = text[4:].strip()
        return _enum(text, rest[1:-1]) if rest.startswith("(") and rest.endswith(")") else None
    match = CORE_PATTERN.fullmatch(lowered)
    if not match or match[1] not in CORE_NAMES:
        return None
    name, inner = match[1], match[2]
    build = PARAMETERS.get(name)
    if build is not None:
        return build(name, inner, text)
    if inner is not None:
        # `float64(3)` is no type, but `decimal(5)` and its like have native readings
        raise TypeFault(f"type `{name}` takes no parameters, found `{text}`", f"write {name}")
    return TypeSpec("core", name, name)


def _numbers(inner: str | None, text: str, count: int) -> tuple[int, ...] | None:
    if inner is None:
        return None
    parts = [part.strip() for part in inner.split(",")]
    if len(parts) != count or not all(re.fullmatch("[0-9]{1,9}", part) for part in parts):
        return None
    return tuple(int(part) for part in parts)


def _length(name: str, inner: str | None, text: str) -> TypeSpec:
    most = 255 if name == "char" else 16383
    numbers = _numbers(inner, text, 1)
    if numbers is None:
        raise TypeFault(f"type `{text}` needs a length", f"write {name}(n), n from 1 to {most} characters")
    if not 1 <= numbers[0] <= most:
        raise TypeFault(f"length of `{text}` out of range", f"{name}(n) takes n from 1 to {most} characters")
    return TypeSpec("core", name, f"{name}({numbers[0]})", numbers)


def _decimal(name: str, inner: str | None, text: str) -> TypeSpec | None:
    numbers = _numbers(inner, text, 2)
    if numbers is None:
        return None  # decimal and decimal(5) are native
    precision, scale = numbers
    if not (1 <= precision <= 65 and scale <= 30 and scale <= precision):
        raise TypeFault(
            f"precision and scale of `{text}` out of range",
            "decimal(p,s) takes 1 <= p <= 65, s <= 30 and s <= p",
        )
    return TypeSpec("core", name, f"decimal({precision},{scale})", numbers)


def _datetime(name: str, inner: str | None, text: str) -> TypeSpec:
    if inner is None:
        return TypeSpec("core", name, name)
    numbers = _numbers(inner, text, 1)
    if numbers is None or numbers[0] > 6:
        raise TypeFault(f"fractional digits of `{text}` out of range", "datetime(n) takes n from 0 to 6")
    return TypeSpec("core", name, f"datetime({numbers[0]})", numbers)


PARAMETERS: dict[str, Callable[[str, str | None, str], TypeSpec | None]] = {
    "char": _length,
    "varchar": _length,
    "decimal": _decimal,
    "datetime": _datetime,
}


def _enum(text: str, inner: str) -> TypeSpec:
    labels = split_labels(inner)
    if not labels:
        raise TypeFault(
            f"malformed enumeration `{text}`", "write enum('first','second'); a quote inside is doubled"
        )
    if len(set(labels)) < len(labels):
        raise TypeFault(f"enumeration `{text}` repeats a label")
    return TypeSpec("core", "enum", enum_text(labels), labels)


def split_labels(text: str) -> tuple[str, ...]:
    """Labels of ``'a','b'`` (either quote; a doubled quote is one quote); empty if malformed."""
    labels: list[str] = []
    position = 0
    while True:
        match = LABEL.match(text, position)
        if not match:
            return ()
        single, double, comma = match.groups()
        labels.append(single.replace("''", "'") if single is not None else double.replace('""', '"'))
        position = match.end()
        if not comma:
            return tuple(labels)


def enum_text(labels: tuple[str, ...]) -> str:
    """The normalised spelling of an enumeration."""
    return "enum(" + ",".join("'" + label.replace("'", "''") + "'" for label in labels) + ")"


def _native(text: str) -> TypeSpec | None:
    spelling = re.sub(r" ?([(),]) ?", r"\1", re.sub(r"\s+", " ", text.lower()))
    match = NATIVE_PATTERN.fullmatch(re.sub(r"\)(?=\w)", ") ", spelling))
    form = NATIVE_FORMS.get(match[1]) if match else None
    if match is None or form is None:
        return None
    args = tuple(int(part) for part in match[2].split(",")) if match[2] else ()
    words = match[3].split()
    if len(args) > form.most_arguments or max(args, default=0) > form.largest:
        return None
    if len(set(words)) < len(words) or not form.words.issuperset(words):
        return None
    return TypeSpec("native", match[1], match[0], args)
