"""Functions, aggregates and collations that each SQLite session needs.

SQLite lacks many functions of MySQL, in which users' fragments are written. They are registered
under names that start with ``djnb_``. A NULL argument gives NULL, unless said otherwise.

See ``tests/spec/03-queries.md`` §13.2, ``tests/spec/02-types.md`` §1.
"""

from __future__ import annotations

import random
import sqlite3
from decimal import Decimal, InvalidOperation

from datajoint_nb.backends.sqlite.functions_aggregate import AGGREGATES
from datajoint_nb.backends.sqlite.functions_date import DATE_FUNCTIONS
from datajoint_nb.backends.sqlite.functions_json import JSON_FUNCTIONS
from datajoint_nb.backends.sqlite.functions_number import NUMBER_FUNCTIONS
from datajoint_nb.backends.sqlite.functions_text import TEXT_FUNCTIONS

__all__ = ["register"]


def register(connection: sqlite3.Connection) -> None:
    """Create the functions, aggregates and collations in a session."""
    for functions in (DATE_FUNCTIONS, JSON_FUNCTIONS, NUMBER_FUNCTIONS, TEXT_FUNCTIONS):
        for name, arity, function in functions:
            connection.create_function(f"djnb_{name}", arity, function, deterministic=True)
    connection.create_function("djnb_rand", 0, random.random)
    for name, arity, aggregate in AGGREGATES:
        connection.create_aggregate(f"djnb_{name}", arity, aggregate)
    connection.create_collation("djnb_decimal", compare_decimals)


def compare_decimals(left: str, right: str) -> int:
    """Return the order of two texts as numbers; what is not a number comes after all numbers."""
    a, b = _order(left), _order(right)
    return (a > b) - (a < b)


def _order(text: str) -> tuple[bool, Decimal, str]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return True, Decimal(0), text
    return (True, Decimal(0), text) if number.is_nan() else (False, number, "")
