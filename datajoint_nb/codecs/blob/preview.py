"""What the first kilobyte of a blob tells about it, without fetching or inflating the rest.

See ``tests/spec/07-codecs-storage.md`` §3.6.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ...errors import DataJointError
from .layout import (
    ARRAY,
    BYTES,
    CELL,
    CHAR_ID,
    DICT,
    DJ0,
    DTYPES,
    KINDS,
    LIST,
    LOGICAL_ID,
    MYM,
    OBJECT_ID,
    RECORDS,
    SET,
    SPARSE,
    STRUCT,
    TEXT,
    TUPLE,
    U32,
    ZL123,
)
from .scalars import READERS
from .source import Source

PREFIX_BYTES: Final = 1024
"""So many first bytes of a blob always hold its header, compressed or not."""

_INFLATE: Final = 4096
_SHORT: Final = 80  # characters of text, digits of numbers that are shown as a value


@dataclass(frozen=True)
class Glimpse:
    """What is known of a blob; None where its first bytes do not tell.

    Attributes
    ----------
    protocol : str or None
        ``"mYm"`` or ``"dj0"``.
    code : int or None
        The code byte of the value.
    kind : str or None
        Its kind in words: ``"array"``, ``"dict"``, ``"str"``, …
    dtype : str or None
        Dtype of an array or sparse matrix, such as ``"float32"``, ``"object"``, ``"char"``.
    shape : tuple of int or None
        Shape of an array, sparse matrix, cell, struct or record array.
    count : int or None
        Number of elements or items; of a str or bytes, its length in bytes.
    fields : tuple of str or None
        Field names of a struct or record array.
    raw_size, stored_size : int or None
        Bytes before compression, protocol included, and bytes as stored.
    compressed : bool or None
        Whether it is in a compressed envelope.
    value : object or None
        The value of a scalar or a short text.
    """

    protocol: str | None = None
    code: int | None = None
    kind: str | None = None
    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    count: int | None = None
    fields: tuple[str, ...] | None = None
    raw_size: int | None = None
    stored_size: int | None = None
    compressed: bool | None = None
    value: Any = None


def glimpse(prefix: bytes, stored_size: int | None, dims: int) -> Glimpse:
    """Return what the first bytes of a blob with sizes of `dims` bits tell; never raises."""
    seen = Glimpse(stored_size=stored_size)
    head, width = len(ZL123), dims // 8
    if prefix.startswith(ZL123):
        seen = replace(seen, compressed=True)
        if len(prefix) >= head + width:
            seen = replace(seen, raw_size=int.from_bytes(prefix[head : head + width], "little"))
        prefix = _inflated(prefix[head + width :])
    elif prefix.startswith((MYM, DJ0)):
        seen = replace(seen, compressed=False, raw_size=stored_size)
    if not prefix.startswith((MYM, DJ0)):
        return seen
    seen = replace(seen, protocol=prefix[:3].decode())
    if len(prefix) == len(MYM) or prefix[4] not in KINDS:
        return seen
    code = prefix[4]
    seen = replace(seen, code=code, kind=KINDS[code])
    # an end beyond every possible size: only what is read must be there, not what is counted
    facts = _FACTS.get(code, _scalar)
    try:
        return facts(Source(prefix, 0, False, dims), 5, seen)
    except (struct.error, IndexError, DataJointError, ArithmeticError, ValueError):
        return seen


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, _INFLATE)
    except zlib.error:
        return b""


def _scalar(source: Source, at: int, seen: Glimpse) -> Glimpse:
    if len(source.data) - at > _SHORT or seen.raw_size not in (None, len(source.data)):
        return seen
    return replace(seen, value=READERS[source.data[4]](source, at, len(source.data)))


def _counted(source: Source, at: int, seen: Glimpse) -> Glimpse:
    return replace(seen, count=source.size.unpack_from(source.data, at)[0])


def _text(source: Source, at: int, seen: Glimpse) -> Glimpse:
    seen = _counted(source, at, seen)
    start = at + source.width
    if (
        seen.code == BYTES
        or seen.count is None
        or not seen.count <= min(len(source.data) - start, 4 * _SHORT)
    ):
        return seen
    text = source.text(start, start + seen.count)
    return replace(seen, value=text) if len(text) <= _SHORT else seen


def _shape(source: Source, at: int) -> tuple[tuple[int, ...], int]:
    ndim = source.size.unpack_from(source.data, at)[0]
    start = at + source.width
    return source.dims[ndim].unpack_from(source.data, start), start + source.width * ndim


def _array(source: Source, at: int, seen: Glimpse) -> Glimpse:
    shape, stop = _shape(source, at)
    dtype_id, is_complex = struct.unpack_from("<II", source.data, stop)
    seen = replace(seen, shape=shape, count=math.prod(shape), dtype=dtype_name(dtype_id, is_complex))
    data = source.data[stop + 8 :]
    dtype = DTYPES.get(dtype_id)
    if shape or dtype is None or is_complex or len(data) < dtype.itemsize:
        return seen
    return replace(seen, value=np.frombuffer(data, dtype, 1)[0])


def dtype_name(dtype_id: int, is_complex: int) -> str | None:
    """Return the dtype of an id in words, None for one that no array may have."""
    if dtype_id in (CHAR_ID, OBJECT_ID):
        return "char" if dtype_id == CHAR_ID else "object"
    dtype = DTYPES.get(dtype_id)
    if dtype is None or not is_complex or dtype_id == LOGICAL_ID:
        return None if dtype is None else str(dtype)
    return "complex64" if dtype.str == "<f4" else "complex128"


def _sparse(source: Source, at: int, seen: Glimpse) -> Glimpse:
    rows, columns, stored = source.dims[3].unpack_from(source.data, at)
    seen = replace(seen, shape=(rows, columns), count=stored)
    dtype_id, is_complex = struct.unpack_from("<II", source.data, at + 3 * source.width)
    return replace(seen, dtype=dtype_name(dtype_id, is_complex))


def _cell(source: Source, at: int, seen: Glimpse) -> Glimpse:
    shape, _ = _shape(source, at)
    return replace(seen, shape=shape, count=math.prod(shape))


def _struct(source: Source, at: int, seen: Glimpse) -> Glimpse:
    shape, stop = _shape(source, at)
    seen = replace(seen, shape=shape, count=math.prod(shape))
    fields = _names(source, stop)
    return seen if fields is None else replace(seen, fields=fields[0])


def _records(source: Source, at: int, seen: Glimpse) -> Glimpse:
    fields = _names(source, at)
    if fields is None:
        return seen
    seen = replace(seen, fields=fields[0])
    try:
        while source.data[fields[1]] == RECORDS:
            inner = _names(source, fields[1] + 1)
            if inner is None:
                return seen
            fields = inner
        shape, _ = _shape(source, fields[1] + 1)
    except (struct.error, IndexError):
        return seen
    return replace(seen, shape=shape, count=math.prod(shape))


def _names(source: Source, at: int) -> tuple[tuple[str, ...], int] | None:
    U32.unpack_from(source.data, at)
    try:
        names, stop = source.names(at, len(source.data))
    except DataJointError:
        return None
    return tuple(names), stop


_FACTS: Final[dict[int, Callable[[Source, int, Glimpse], Glimpse]]] = {
    ARRAY: _array,
    SPARSE: _sparse,
    CELL: _cell,
    STRUCT: _struct,
    RECORDS: _records,
    TUPLE: _counted,
    LIST: _counted,
    SET: _counted,
    DICT: _counted,
    TEXT: _text,
    BYTES: _text,
}
"""What is read of each kind beyond its code; everything else is a scalar."""
