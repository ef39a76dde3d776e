"""SQL that users write themselves: ``connection.query("SELECT … WHERE a = %s", args)``."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.values import json_text, to_json
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement

PLACE = re.compile(r"%(?:%|s|\((\w+)\)s)")


def statement(sql: str, args: Sequence[Any] | Mapping[str, Any] | Any, dialect: Dialect) -> Statement:
    """A statement with its values; ``%s`` and ``%(name)s`` stand for them on every database.

    Without values each ``%%`` and each lone ``%`` is a percent sign.

    Raises
    ------
    DataJointError
        When places and values do not match.
    """
    if MARK in sql:
        raise DataJointError("SQL must not hold the control character \\x1f")
    if not isinstance(args, Mapping) and (isinstance(args, (str, bytes)) or not isinstance(args, Sequence)):
        args = (args,)  # as drivers do
    if not args:
        return Statement(sql.replace("%%", "%"))
    return _named(sql, args, dialect) if isinstance(args, Mapping) else _positional(sql, args, dialect)


def _positional(sql: str, args: Sequence[Any], dialect: Dialect) -> Statement:
    places = sum(1 for match in PLACE.finditer(sql) if match[0] == "%s")
    if places != len(args):
        raise DataJointError(f"The statement has {places} places `%s`, but {len(args)} values were given")
    text = PLACE.sub(lambda match: {"%%": "%", "%s": MARK}.get(match[0], match[0]), sql)
    return Statement(text, tuple(bound(value, dialect) for value in args))


def _named(sql: str, args: Mapping[str, Any], dialect: Dialect) -> Statement:
    params: list[Any] = []

    def place(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%" if match[0] == "%%" else match[0]
        if match[1] not in args:
            raise DataJointError(f"The statement has a place `%({match[1]})s`, but no such value was given")
        params.append(bound(args[match[1]], dialect))
        return MARK

    text = PLACE.sub(place, sql)
    return Statement(text, tuple(params))


def bound(value: Any, dialect: Dialect) -> Any:
    """A Python value as the driver takes it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return json_text(to_json(value))
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if dialect.family == "mysql":
        return value.bytes if isinstance(value, uuid.UUID) else value
    return _for_sqlite(value) if dialect.name == "sqlite" else value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return str(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, dt.timedelta)):
        return str(value)
    return float(value) if isinstance(value, Decimal) else value
