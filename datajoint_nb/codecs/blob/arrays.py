"""Arrays of numbers, dates and MATLAB characters (code A): written, and beside it read.

Arrays of objects share the header; their elements are children, left to `encode` and `decode`.

See ``tests/spec/07-codecs-storage.md`` §3.2, §3.3 and §3.5.
"""

from __future__ import annotations

import math
from struct import Struct
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import CodecTypeError
from .layout import (
    ARRAY,
    CHAR_ID,
    DATETIME_ID,
    DTYPE_IDS,
    DTYPES,
    LOGICAL_ID,
    MAX_NDIM,
    OBJECT_ID,
)
from .matlab import MatCell, MatStruct
from .source import Source

_SMALL: Final = 4096  # bytes; below, copying is quicker than making a view
_HEADERS: Final = tuple(Struct(f"<BQ{ndim}QII") for ndim in range(MAX_NDIM + 1))
_AS_IT_IS: Final = {dtype: number for number, dtype in DTYPES.items()}
"""Ids of dtypes whose elements are written as they lie in memory."""
_ALTERNATIVES: Final = {
    "f": "use astype('float64')",
    "c": "use astype('complex128')",
    "m": "store the counts, astype('int64'), and their unit beside them",
    "M": "give it a unit, such as astype('datetime64[us]')",
    "V": "use tobytes()",
}


def header(shape: tuple[int, ...], dtype_id: int, is_complex: int = 0) -> bytes:
    """Return code and header of an array, up to where its data begin."""
    if len(shape) > MAX_NDIM:
        raise CodecTypeError(
            f"an array of {len(shape)} dimensions cannot be packed, at most {MAX_NDIM}; reshape it"
        )
    return _HEADERS[len(shape)].pack(ARRAY, len(shape), *shape, dtype_id, is_complex)


def plain(array: NDArray[Any]) -> tuple[bytes, tuple[NDArray[Any], ...]]:
    """Return the header of an array without objects, and its data as contiguous arrays.

    Nothing is copied when `array` is Fortran-contiguous, little-endian and real.

    Raises
    ------
    CodecTypeError
        The format has no name for the dtype; the message tells what to use instead.
    """
    if array.dtype.char == "c":
        units = np.ascontiguousarray(array.T).view(np.uint8).astype("<u2")
        return header(array.shape, CHAR_ID), (units,)
    dtype_id, is_complex = _dtype_id(array.dtype)
    head = header(array.shape, dtype_id, is_complex)
    if is_complex:
        return head, (_column_major(array.real), _column_major(array.imag))
    return head, (_column_major(array),)


def _dtype_id(dtype: np.dtype[Any]) -> tuple[int, int]:
    known = DTYPE_IDS.get(dtype.str[1:])
    if known is None and dtype.kind == "M":
        known = DTYPE_IDS.get(f"M8[{np.datetime_data(dtype)[0]}]")
    if known is None:
        hint = _ALTERNATIVES.get(dtype.kind, "convert it with astype(...)")
        raise CodecTypeError(
            f"an array of {dtype} cannot be packed: {hint}, or keep it in a <npy@> attribute"
        )
    return known


def _column_major(array: NDArray[Any]) -> NDArray[Any]:
    """Return the elements in the order of writing, as contiguous little-endian bytes' owner."""
    dtype = array.dtype
    if dtype.kind == "M":
        array = array.astype(f"<M8[{np.datetime_data(dtype)[0]}]", copy=False).view("<i8")
    elif dtype.str[0] == ">":
        array = array.astype(dtype.newbyteorder("<"))
    return np.ascontiguousarray(array.T)


def write_array(out: bytearray, array: NDArray[Any]) -> None:
    """Append code and body of an array without objects."""
    dtype_id = _AS_IT_IS.get(array.dtype)
    if dtype_id is not None and array.nbytes <= _SMALL:
        out += header(array.shape, dtype_id)
        out += array.tobytes("F")
        return
    head, parts = plain(array)
    out += head
    for part in parts:
        out += part.data


def sized_scalar(value: np.generic) -> bytes:
    """Return the sized child of a NumPy number, bool or date: an array without dimensions."""
    out = bytearray(8)
    write_array(out, np.asarray(value))
    out[:8] = (len(out) - 8).to_bytes(8, "little")
    return bytes(out)


class ArrayHeader(NamedTuple):
    """What the header of an array says: shape, number of elements, dtype, where the data begin."""

    shape: tuple[int, ...]
    size: int
    dtype_id: int
    is_complex: bool
    at: int

    @property
    def itemsize(self) -> int:
        """Bytes of one element, real and imaginary part together."""
        if self.dtype_id == CHAR_ID:
            return 2
        size = DTYPES[self.dtype_id].itemsize if self.dtype_id in DTYPES else 1
        return size * 2 if self.is_complex else size


def read_header(source: Source, at: int, end: int) -> ArrayHeader:
    """Read the header of an array whose body begins at `at`."""
    ndim, start = source.count(at, end, source.width, "dimensions")
    if ndim > MAX_NDIM:
        raise source.fault(at, f"{ndim} dimensions, at most {MAX_NDIM} are allowed")
    *shape, dtype_id, flag = source.array_headers[ndim].unpack_from(source.data, start)
    stop = start + source.width * ndim + 8
    if dtype_id not in DTYPES and dtype_id not in (CHAR_ID, OBJECT_ID):
        raise source.fault(stop - 8, f"no dtype has the id {dtype_id}")
    if flag and (flag > 1 or not LOGICAL_ID < dtype_id < DATETIME_ID or dtype_id in (CHAR_ID, OBJECT_ID)):
        raise source.fault(stop - 4, f"complex flag {flag} with dtype id {dtype_id}")
    return ArrayHeader(tuple(shape), math.prod(shape), dtype_id, bool(flag), stop)


def read_data(source: Source, head: ArrayHeader, end: int) -> NDArray[Any]:
    """Return the writable, Fortran-ordered array whose data reach exactly to `end`."""
    length = head.size * head.itemsize
    if head.at + length != end:
        raise source.fault(head.at, f"an array of {length} bytes where {max(end - head.at, 0)} are there")
    if head.dtype_id == CHAR_ID:
        return _characters(source, head, end)
    dtype = DTYPES[head.dtype_id]
    if not head.is_complex:
        return reshaped(source, _elements(source, dtype, head.size, head.at), head.shape, head.at)
    array = np.empty(head.size, np.complex64 if dtype.str == "<f4" else np.complex128)
    array.real = _elements(source, dtype, head.size, head.at)
    array.imag = _elements(source, dtype, head.size, head.at + length // 2)
    return reshaped(source, array, head.shape, head.at)


def _elements(source: Source, dtype: np.dtype[Any], count: int, at: int) -> NDArray[Any]:
    """Return `count` elements at `at`, writable and aligned.

    They are a view of the blob when it may be written to and mostly consists of them, so
    that a small array never keeps a large blob in memory; else they are copied.
    """
    if not count:
        return np.empty(0, dtype)
    if dtype.kind == "b":  # any byte but 0 is true; a NumPy bool of another byte misbehaves
        truth: NDArray[Any] = np.frombuffer(source.data, np.uint8, count, at) != 0
        return truth
    view = np.frombuffer(source.data, dtype, count, at)
    flags = view.flags
    if flags.writeable and flags.aligned and view.nbytes * 2 > len(source.data):
        return view
    return view.copy()


def reshaped(source: Source, flat: NDArray[Any], shape: tuple[int, ...], at: int) -> NDArray[Any]:
    """Return `flat` in column-major `shape`."""
    if len(shape) == 1:
        return flat
    try:
        return flat.reshape(shape, order="F")
    except (ValueError, OverflowError) as error:
        raise source.fault(at, f"NumPy has no array of shape {shape}: {error}") from error


def _characters(source: Source, head: ArrayHeader, end: int) -> NDArray[Any]:
    """Return MATLAB text: one string for a row, single characters for a matrix."""
    shape = head.shape
    units = _elements(source, np.dtype("<u2"), head.size, head.at)
    if len(shape) < 2 or (len(shape) == 2 and shape[0] == 1):
        return np.array([_utf16(units)])
    if not units.size:
        return reshaped(source, np.empty(0, "<U1"), shape, head.at)
    if ((units >= 0xD800) & (units < 0xE000)).any():
        # half of a surrogate pair is no character, and a pair does not fit in one element
        units = np.where((units >= 0xD800) & (units < 0xE000), np.uint16(0xFFFD), units)
    return reshaped(source, units.astype("<u4").view("<U1"), shape, head.at)


def _utf16(units: NDArray[Any]) -> str:
    # MATLAB allows halves of surrogate pairs, Unicode text does not
    return units.tobytes().decode("utf-16-le", "replace")


def squeezed(array: NDArray[Any]) -> Any:
    """Return the array without singleton axes; a single element as a Python value.

    Structs and cells stay arrays; a date stays a ``numpy.datetime64``, which alone keeps its
    precision, and a record stays a record.
    """
    array = array.squeeze()
    if array.ndim or isinstance(array, (MatCell, MatStruct)):
        return array
    return array[()] if array.dtype.kind in "MV" else array.item()
