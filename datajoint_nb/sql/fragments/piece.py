"""A piece of SQL with the kind of its value, and the kinds of columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

__all__ = ["NUMERIC", "TEMPORAL", "TEXTUAL", "Piece", "kind_of_type", "leading_number"]

# Kinds: bool int float decimal text enum date datetime time uuid json bytes null unknown
NUMERIC = frozenset({"bool", "int", "float", "decimal"})
TEMPORAL = frozenset({"date", "datetime"})
TEXTUAL = frozenset({"text", "enum"})

_KINDS = {
    "bool": "bool boolean",
    "int": "int8 int16 int32 int64 tinyint smallint mediumint int integer bigint serial year",
    "float": "float32 float64 float double real",
    "decimal": "decimal numeric dec fixed",
    "text": "char varchar text tinytext mediumtext longtext",
    "bytes": "bytes blob tinyblob mediumblob longblob bytea binary varbinary",
    "datetime": "datetime timestamp",
    "json": "json jsonb",
    "enum": "enum",
    "date": "date",
    "time": "time",
    "uuid": "uuid",
}
_KIND_OF_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_WORD = re.compile(r"\s*([A-Za-z0-9_]+)")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of SQL.

    Attributes
    ----------
    sql : str
        The text, for the target.
    kind : str
        What its value is; ``unknown`` when that cannot be told.
    literal : str or None
        The value of a string literal, or the digits of a number.
    compound : bool
        Whether it needs parentheses as an operand.
    column : str
        The type of the attribute, when the piece is nothing but an attribute.
    scalar : str
        For JSON on SQLite: the same value as a plain SQL value.
    """

    sql: str
    kind: str = "unknown"
    literal: str | None = None
    compound: bool = False
    column: str = ""
    scalar: str = ""

    @property
    def operand(self) -> str:
        """The text, in parentheses where an operator beside it could tear it apart."""
        return f"({self.sql})" if self.compound else self.sql

    @property
    def string(self) -> str | None:
        """The value, when the piece is a string literal."""
        return self.literal if self.kind == "text" else None

    @property
    def integer(self) -> int | None:
        """The value, when the piece is an integer literal."""
        return int(self.literal) if self.kind == "int" and self.literal is not None else None

    def of_kind(self, kind: str) -> Piece:
        """Return the same text, known to have another kind."""
        return replace(self, kind=kind)


def kind_of_type(type_name: str) -> str:
    """Return the kind of values of a column of a core or native type, or ``unknown``."""
    word = _WORD.match(type_name)
    return _KIND_OF_WORD.get(word.group(1).lower(), "unknown") if word else "unknown"


def leading_number(text: str) -> str:
    """Return the number that `text` starts with, or ``0``, as MySQL reads text as a number."""
    found = _NUMBER.match(text)
    return found.group(1).lstrip("+") if found else "0"
