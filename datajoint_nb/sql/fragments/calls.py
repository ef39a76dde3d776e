"""Calls of functions: the kinds of their results, and templates that write them.

A table of calls maps a function's MySQL name to its *forms*: a template for each number of
arguments, or a function that builds the text. In a template ``{0:text}`` is the first
argument, coerced by the writer's method ``text``; ``{0}`` is the argument as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from datajoint_nb.sql.fragments.piece import Piece

__all__ = ["AGGREGATES", "Calls", "Form", "Unifier", "expand", "forms", "result_kind"]


class Unifier(Protocol):
    """The part of a writer that calls need."""

    def unify(self, pieces: Sequence[Piece]) -> tuple[list[Piece], str]:
        """Return the pieces brought to one kind, and that kind."""


Form: TypeAlias = "Mapping[int, str] | Callable[..., Piece | str]"
Calls: TypeAlias = Mapping[str, Form]

_AGGREGATE_NAMES = """
ANY_VALUE ARRAY_AGG AVG BIT_AND BIT_OR BIT_XOR BOOL_AND BOOL_OR COUNT EVERY GROUP_CONCAT JSON_AGG
JSONB_AGG JSON_ARRAYAGG JSON_GROUP_ARRAY JSON_GROUP_OBJECT JSON_OBJECTAGG JSON_OBJECT_AGG JSONB_OBJECT_AGG
MAX MIN STD STDDEV STDDEV_POP STDDEV_SAMP STRING_AGG SUM TOTAL VARIANCE VAR_POP VAR_SAMP
"""
AGGREGATES = frozenset(_AGGREGATE_NAMES.split())

_KINDS = {
    "bool": "ISNULL JSON_CONTAINS JSON_VALID",
    "int": """
        ASCII BIT_AND BIT_COUNT BIT_OR BIT_XOR CEIL CEILING CHARACTER_LENGTH CHAR_LENGTH COUNT DATEDIFF DAY
        DAYOFMONTH DAYOFWEEK DAYOFYEAR DENSE_RANK FIELD FIND_IN_SET FLOOR HOUR INSTR JSON_LENGTH LENGTH
        LOCATE MICROSECOND MINUTE MONTH NTILE OCTET_LENGTH POSITION QUARTER RANK ROW_NUMBER SECOND SIGN
        TIMESTAMPDIFF TO_DAYS WEEKDAY YEAR
        """,
    "float": """
        ACOS ASIN ATAN ATAN2 COS COT DEGREES EXP LN LOG LOG10 LOG2 PI POW POWER RADIANS RAND SIN SQRT STD
        STDDEV STDDEV_POP STDDEV_SAMP TAN VARIANCE VAR_POP VAR_SAMP
        """,
    "text": """
        CONCAT CONCAT_WS DATE_FORMAT DAYNAME FORMAT GROUP_CONCAT HEX JSON_UNQUOTE JSON_VALUE LCASE LEFT
        LOWER LPAD LTRIM MD5 MID MONTHNAME REPEAT REPLACE REVERSE RIGHT RPAD RTRIM STRING_AGG SUBSTR
        SUBSTRING SUBSTRING_INDEX TRIM UCASE UPPER
        """,
    "bytes": "UNHEX",
    "date": "CURDATE CURRENT_DATE DATE LAST_DAY MAKEDATE",
    "datetime": """
        CURRENT_TIMESTAMP FROM_UNIXTIME LOCALTIME LOCALTIMESTAMP NOW SYSDATE TIMESTAMP UTC_TIMESTAMP
        """,
    "time": "CURRENT_TIME CURTIME TIME",
    "json": "JSON_ARRAY JSON_ARRAYAGG JSON_EXTRACT JSON_OBJECT JSON_OBJECTAGG",
}
_RESULTS = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_OF_ALL = frozenset(["ANY_VALUE", "COALESCE", "GREATEST", "IFNULL", "LEAST", "MAX", "MIN"])
_OF_FIRST = frozenset(["ABS", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NULLIF", "ROUND", "TRUNCATE"])
_PLACE = re.compile(r"\{(\d+)")


def result_kind(name: str, arguments: Sequence[Piece], writer: Unifier) -> str:
    """Return the kind of the result of a call, or ``unknown``."""
    if name in _OF_ALL and arguments:
        return writer.unify(arguments)[1]
    if name in _OF_FIRST and arguments:
        return "int" if arguments[0].kind == "bool" else arguments[0].kind
    if name in {"SUM", "AVG"} and arguments:
        return _of_sum(name, arguments[0].kind)
    if name == "UNIX_TIMESTAMP":
        return "int" if not arguments or arguments[0].kind == "date" else "decimal"
    return _RESULTS.get(name, "unknown")


def _of_sum(name: str, kind: str) -> str:
    if kind in {"bool", "int"}:
        return "int" if name == "SUM" else "decimal"
    return "float" if kind in {"text", "enum", "json"} else kind


def forms(*templates: str) -> Form:
    """Return the forms of a function: each template serves as many arguments as it names."""
    counts = (max((int(n) + 1 for n in _PLACE.findall(template)), default=0) for template in templates)
    return dict(zip(counts, templates, strict=True))


@dataclass(frozen=True, slots=True)
class _Argument:
    writer: object
    piece: Piece

    def __format__(self, coercion: str) -> str:
        coerced: Piece = getattr(self.writer, coercion)(self.piece) if coercion else self.piece
        return coerced.operand


def expand(template: str, writer: object, arguments: Sequence[Piece]) -> str:
    """Return `template` with the arguments in their places, each coerced as the place says."""
    return template.format(*(_Argument(writer, piece) for piece in arguments))
