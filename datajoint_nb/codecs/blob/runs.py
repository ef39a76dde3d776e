"""Long runs of ints or of floats in one go, as NumPy columns instead of one at a time.

A list of n floats is n records of 17 bytes. A list of ints is n records of 12 bytes or
more, each with its own length; they are written as the rows of a table whose surplus
columns are masked out, and read by finding every place that looks like a record and
proving that each begins where the one before it ends.

See ``tests/spec/07-codecs-storage.md`` §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .layout import FLOAT, INT
from .source import Source

SHORTEST: Final = 24
"""Below this number of values the loop over them is faster."""

_HEAD: Final = 11  # u64 size, code, u16 length
_WIDEST: Final = 8  # bytes of the longest int that a run may hold
_LIMITS: Final = np.array([1 << (8 * k - 1) for k in range(1, 9)], np.uint64)
_FLOATS: Final = np.dtype([("size", "<u8"), ("code", "u1"), ("value", "<f8")])


def write_run(out: bytearray, values: Sequence[Any]) -> bool:
    """Append the sized children of `values`; False, with nothing written, when it is no run."""
    kinds = set(map(type, values))
    if kinds == {float}:
        records = np.empty(len(values), _FLOATS)
        records["size"], records["code"], records["value"] = 9, FLOAT, values
        out += records.tobytes()
        return True
    return kinds == {int} and _write_ints(out, values)


def _write_ints(out: bytearray, values: Sequence[int]) -> bool:
    try:
        numbers = np.array(values, "<i8")
    except OverflowError:
        return False
    size = np.abs(numbers).view(np.uint64)  # the least int64 keeps its bits, and is 2**63 as unsigned
    width = np.searchsorted(_LIMITS, size, side="right") + 1
    widest = int(width.max())
    if widest > _WIDEST:
        return False
    table = np.empty((len(values), _HEAD + widest), np.uint8)
    table[:, :_HEAD] = np.frombuffer(bytes((0, 0, 0, 0, 0, 0, 0, 0, INT, 0, 0)), np.uint8)
    table[:, 0] = width + 3
    table[:, 9] = width
    table[:, _HEAD:] = numbers.view(np.uint8).reshape(-1, 8)[:, :widest]
    if int(width.min()) == widest:
        out += table.tobytes()
    else:
        out += table[np.arange(_HEAD + widest) < (width + _HEAD)[:, None]].tobytes()
    return True


def read_run(source: Source, at: int, end: int, count: int) -> list[Any] | None:
    """Return the `count` values between two positions, or None when they are no run."""
    code = source.data[at + source.width]
    if source.width != 8:
        return None
    if code == FLOAT and end - at == count * _FLOATS.itemsize:
        return _read_floats(source, at, count)
    if code == INT and count * (_HEAD + 1) <= end - at <= count * (_HEAD + _WIDEST):
        return _read_ints(source, at, end, count)
    return None


def _read_floats(source: Source, at: int, count: int) -> list[Any] | None:
    records = np.frombuffer(source.data, _FLOATS, count, at)
    if not (records["size"] == 9).all() or not (records["code"] == FLOAT).all():
        return None
    values: list[Any] = records["value"].tolist()
    return values


def _read_ints(source: Source, at: int, end: int, count: int) -> list[Any] | None:
    raw = np.frombuffer(source.data, np.uint8, end - at, at)
    # a record begins 8 bytes before its code, and is at least 12 long
    starts = np.flatnonzero(raw[8:-3] == INT)
    starts = starts[_words(source, at, raw.size)[starts] == raw[starts + 9].astype(np.uint64) + 3]
    if starts.size != count:
        return None
    width = raw[starts + 9].astype(np.int64)
    stops = starts + width + _HEAD
    proven = starts[0] == 0 and stops[-1] == raw.size and bool((starts[1:] == stops[:-1]).all())
    if not proven or raw[starts + 10].any() or int(width.max()) > _WIDEST or int(width.min()) < 1:
        return None
    padded = np.zeros(raw.size + 8, np.uint8)
    padded[: raw.size] = raw
    shift = 64 - 8 * width
    values: list[Any] = (
        (_words(padded, 0, padded.size)[starts + _HEAD].view(np.int64) << shift) >> shift
    ).tolist()
    return values


def _words(data: Source | NDArray[np.uint8], at: int, size: int) -> NDArray[np.uint64]:
    """Return the u64 that begins at each byte, as overlapping views without a copy."""
    buffer = data.data if isinstance(data, Source) else data
    return np.ndarray((size - 7,), "<u8", buffer, at, (1,))
