"""Aggregates that SQLite lacks."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from operator import and_, or_, xor
from typing import ClassVar

from datajoint_nb.backends.sqlite.functions_text import number_of, text_of

__all__ = ["AGGREGATES"]


class _Spread:
    """Variance or standard deviation, by Welford's method."""

    sample: ClassVar[bool] = False
    root: ClassVar[bool] = False

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def step(self, value: object) -> None:
        if value is None:
            return
        number = float(number_of(value))
        self.count += 1
        delta = number - self.mean
        self.mean += delta / self.count
        self.squares += delta * (number - self.mean)

    def finalize(self) -> float | None:
        divisor = self.count - 1 if self.sample else self.count
        if divisor < 1:
            return None
        variance = self.squares / divisor
        return math.sqrt(variance) if self.root else variance


class _VarPop(_Spread):
    """Variance of a population."""


class _VarSamp(_Spread):
    """Variance of a sample."""

    sample = True


class _StddevPop(_Spread):
    """Standard deviation of a population."""

    root = True


class _StddevSamp(_Spread):
    """Standard deviation of a sample."""

    sample = root = True


class _Bits:
    """Bits of all values; without a value, what changes none."""

    operation: ClassVar[Callable[[int, int], int]] = or_
    neutral: ClassVar[int] = 0

    def __init__(self) -> None:
        self.values: list[int] = []

    def step(self, value: object) -> None:
        if value is not None:
            self.values.append(int(number_of(value)))

    def finalize(self) -> int:
        return reduce(type(self).operation, self.values, self.neutral)


class _BitOr(_Bits):
    """Bits that are set in any value."""


class _BitAnd(_Bits):
    """Bits that are set in all values."""

    operation, neutral = and_, -1


class _BitXor(_Bits):
    """Bits that are set in an odd number of values."""

    operation = xor


class _GroupConcat:
    """Arguments: separator, whether distinct, text, then pairs of a sort key and whether it descends."""

    def __init__(self) -> None:
        self.separator = ","
        self.distinct = False
        self.descending: tuple[bool, ...] = ()
        self.rows: list[tuple[str, tuple[object, ...]]] = []

    def step(self, separator: object, distinct: int, value: object, *keys: object) -> None:
        if value is None:
            return
        self.separator, self.distinct = text_of(separator), bool(distinct)
        self.descending = tuple(bool(flag) for flag in keys[1::2])
        self.rows.append((text_of(value), keys[::2]))

    def finalize(self) -> str | None:
        if not self.rows:
            return None
        rows = self.rows
        # the last key first: sorting is stable
        for place in reversed(range(len(self.descending))):
            rows = sorted(rows, key=lambda row: _rank(row[1][place]), reverse=self.descending[place])
        texts = [text for text, _ in rows]
        return self.separator.join(dict.fromkeys(texts) if self.distinct else texts)


def _rank(value: object) -> tuple[int, object]:
    """Return a key by which values of any kind sort as in SQLite: NULL, numbers, text, bytes."""
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2 if isinstance(value, str) else 3, value)


AGGREGATES: tuple[tuple[str, int, type], ...] = (
    ("bit_and", 1, _BitAnd),
    ("bit_or", 1, _BitOr),
    ("bit_xor", 1, _BitXor),
    ("group_concat", -1, _GroupConcat),
    ("stddev_pop", 1, _StddevPop),
    ("stddev_samp", 1, _StddevSamp),
    ("var_pop", 1, _VarPop),
    ("var_samp", 1, _VarSamp),
)
