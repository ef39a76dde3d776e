"""Places inside JSON attributes, as SQL: ``tests/spec/03-queries.md`` §3.5."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from datajoint_nb.model.values import json_text
from datajoint_nb.query.conditions import JsonPath
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK

STEP = re.compile(r"\.(\w+|\*)|\[(\d+)\]")
CASTS = {
    "mysql": {
        "signed": "SIGNED", "int": "SIGNED", "unsigned": "UNSIGNED", "float": "DOUBLE",
        "double": "DOUBLE", "char": "CHAR", "date": "DATE", "datetime": "DATETIME",
    },
    "postgresql": {
        "signed": "BIGINT", "int": "BIGINT", "unsigned": "BIGINT", "float": "DOUBLE PRECISION",
        "double": "DOUBLE PRECISION", "char": "TEXT", "date": "DATE", "datetime": "TIMESTAMP",
    },
    "sqlite": {
        "signed": "INTEGER", "int": "INTEGER", "unsigned": "INTEGER", "float": "REAL",
        "double": "REAL", "char": "TEXT", "date": "TEXT", "datetime": "TEXT", "decimal": "REAL",
    },
}  # fmt: skip


def _steps(place: JsonPath) -> list[str]:
    return [match[1] if match[1] is not None else f"[{match[2]}]" for match in STEP.finditer(place.path)]


def _dollar(place: JsonPath, dialect: Dialect) -> str:
    steps = "".join(s if s.startswith("[") else ".*" if s == "*" else f'."{s}"' for s in _steps(place))
    return dialect.literal("$" + steps)


def _text(place: JsonPath, dialect: Dialect) -> str:
    """The value at the place as text, NULL for an absent one and for JSON null."""
    name = dialect.quote(place.name)
    if dialect.name == "postgresql":
        steps = ", ".join(dialect.literal(s.strip("[]")) for s in _steps(place))
        return f"jsonb_extract_path_text({name}, {steps})" if steps else f"({name} #>> '{{}}')"
    if dialect.name == "sqlite":
        return f"CAST(json_extract({name}, {_dollar(place, dialect)}) AS TEXT)"
    # JSON_VALUE would be shorter, but gives NULL for objects and arrays
    return f"NULLIF(JSON_UNQUOTE(JSON_EXTRACT({name}, {_dollar(place, dialect)})), 'null')"


def _json(place: JsonPath, dialect: Dialect) -> str:
    """The value at the place as JSON."""
    name = dialect.quote(place.name)
    if dialect.name == "postgresql":
        steps = ", ".join(dialect.literal(s.strip("[]")) for s in _steps(place))
        return f"jsonb_extract_path({name}, {steps})" if steps else name
    if dialect.name == "sqlite":
        return f"({name} -> {_dollar(place, dialect)})"
    return f"JSON_EXTRACT({name}, {_dollar(place, dialect)})"


def _cast_type(cast: str, dialect: Dialect) -> str:
    kind = re.match(r"[a-z]+", cast)
    name = kind[0] if kind else cast
    table = CASTS[dialect.family]
    if name == "decimal" and name not in table:
        return cast.upper() if dialect.family == "mysql" else cast.replace("decimal", "NUMERIC")
    return table.get(name, "CHAR" if dialect.family == "mysql" else "TEXT")


def extract(place: JsonPath, dialect: Dialect) -> str:
    """The place as a computed attribute: text, or cast to the written type."""
    text = _text(place, dialect)
    return text if place.cast is None else f"CAST({text} AS {_cast_type(place.cast, dialect)})"


def equals(place: JsonPath, value: Any, dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
    """The condition that the place holds `value`, compared by the value's type."""
    if value is None:
        return f"({_text(place, dialect)}) IS NULL", ()
    if place.cast is not None:
        return f"{extract(place, dialect)} = {MARK}", (_bound(value, dialect),)
    if isinstance(value, bool):
        return _equals_bool(place, value, dialect)
    if isinstance(value, (dict, list)):
        return _equals_document(place, value, dialect)
    if isinstance(value, str):
        return f"{_text(place, dialect)} = {MARK}", (value,)
    return _equals_number(place, value, dialect)


def _bound(value: Any, dialect: Dialect) -> Any:
    return float(value) if isinstance(value, Decimal) and dialect.name == "sqlite" else value


def _equals_number(place: JsonPath, value: Any, dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
    value = _bound(value, dialect)
    if dialect.name == "postgresql":
        # a guard inside CASE, because AND does not promise to look at the type first
        kind = f"jsonb_typeof({_json(place, dialect)}) = 'number'"
        return f"CASE WHEN {kind} THEN CAST({_text(place, dialect)} AS NUMERIC) = {MARK} ELSE FALSE END", (
            value,
        )
    if dialect.name == "sqlite":
        kind = f"json_type({dialect.quote(place.name)}, {_dollar(place, dialect)})"
        number = f"json_extract({dialect.quote(place.name)}, {_dollar(place, dialect)})"
        return f"({kind} IN ('integer', 'real') AND {number} = {MARK})", (value,)
    kind = f"JSON_TYPE({_json(place, dialect)}) IN ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER')"
    return f"({kind} AND {_text(place, dialect)} + 0 = {MARK})", (value,)


def _equals_bool(place: JsonPath, value: bool, dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
    word = "true" if value else "false"
    if dialect.name == "postgresql":
        return f"{_json(place, dialect)} = CAST({MARK} AS jsonb)", (word,)
    if dialect.name == "sqlite":
        return f"json_type({dialect.quote(place.name)}, {_dollar(place, dialect)}) = {MARK}", (word,)
    return f"(JSON_TYPE({_json(place, dialect)}) = 'BOOLEAN' AND {_text(place, dialect)} = {MARK})", (word,)


def _equals_document(place: JsonPath, value: Any, dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
    text = json_text(value)
    if dialect.name == "postgresql":
        return f"{_json(place, dialect)} = CAST({MARK} AS jsonb)", (text,)
    if dialect.name == "sqlite":
        return f"djnb_json_equal({_json(place, dialect)}, {MARK})", (text,)
    if dialect.name == "mariadb":
        # JSON_EQUALS of NULL is true there
        found = _json(place, dialect)
        return f"({found} IS NOT NULL AND JSON_EQUALS({found}, {MARK}))", (text,)
    return f"{_json(place, dialect)} = CAST({MARK} AS JSON)", (text,)
