"""The binary format of ``<blob>``: Python values, NumPy arrays, MATLAB classes as bytes.

Everything that is written here is read by DataJoint 2.3 and by ``mYm`` in MATLAB as far as
MATLAB has the type; everything that these have written is read here.

See ``tests/spec/07-codecs-storage.md`` §3.
"""

from __future__ import annotations

from typing import Any, overload

from ...errors import DataJointError
from .decode import decoded
from .encode import array_parts, encoded
from .envelope import Blob, wrapped
from .matlab import MatCell, MatSparse, MatStruct
from .preview import PREFIX_BYTES, Glimpse, glimpse

__all__ = [
    "PREFIX_BYTES",
    "Glimpse",
    "MatCell",
    "MatSparse",
    "MatStruct",
    "pack",
    "peek",
    "unpack",
    "use_32bit_dims",
]

use_32bit_dims: bool = False
"""Set True to read blobs of 32-bit mYm, whose sizes are u32, wherever `dims` cannot be passed."""


def pack(obj: Any, compress: bool = True) -> bytes:
    r"""Return `obj` as a blob.

    Parameters
    ----------
    obj
        None, bool, int, float, complex, str, bytes, Decimal, date, time, datetime, UUID, NumPy
        scalar, array or structured array, MatCell, MatStruct, or a mapping, sequence or set of
        these. A datetime with a zone is converted to UTC.
    compress
        Whether a blob of more than 1000 bytes is compressed when that makes it shorter.

    Raises
    ------
    CodecTypeError, CodecValueError
        Something in `obj` has no form in the format, or would be changed by it: masked arrays,
        data frames, timedelta, float16, fields with a shape, ints of over 65535 bytes, text
        with lone surrogates. Both are DataJointErrors; the message says where, and the way out.
    DataJointError
        `obj` is nested more than 512 deep, or contains itself.

    Examples
    --------
    >>> pack({"bird": "wren", "n": 3})[:5]
    b'dj0\x00\x04'
    >>> unpack(pack({"bird": "wren", "n": 3}))
    {'bird': 'wren', 'n': 3}
    """
    if not compress:
        parts = array_parts(obj)
        if parts is not None:
            return b"".join(parts)
    return wrapped(encoded(obj), compress)


@overload
def unpack(blob: None, squeeze: bool = False, dims: int = 64) -> None: ...
@overload
def unpack(blob: Blob, squeeze: bool = False, dims: int = 64) -> Any: ...
def unpack(blob: Blob | None, squeeze: bool = False, dims: int = 64) -> Any:
    """Return the value of a blob; None for None.

    Arrays are writable, aligned and Fortran-ordered. Those of a compressed blob may be views of
    the inflated bytes; those of a bytearray may be views of it.

    Parameters
    ----------
    blob
        The bytes as stored, compressed or not.
    squeeze
        Whether every array, struct and cell, at any depth, loses its singleton axes; a number
        in an array of one element becomes a Python scalar.
    dims
        Bits of the sizes inside: 64, or 32 for blobs of 32-bit mYm. The flag `use_32bit_dims`
        of this module makes it 32 everywhere.

    Raises
    ------
    DataJointError
        The blob is malformed; the message names the byte. Nothing larger than about a thousand
        times the blob is ever allocated.
    """
    if blob is None:
        return None
    if not isinstance(blob, (bytes, bytearray, memoryview)):
        raise DataJointError(f"A blob is bytes, not {type(blob).__name__}: pass the value as stored")
    return decoded(blob, squeeze, _width(dims))


def peek(prefix: bytes, stored_size: int | None = None, dims: int = 64) -> Glimpse:
    """Return what the first bytes of a blob tell about it; never raises.

    Parameters
    ----------
    prefix
        The first `PREFIX_BYTES` bytes, or fewer when the blob is shorter. Fewer of a longer
        blob tell less.
    stored_size
        Bytes of the whole blob, when known.
    dims
        As for `unpack`.

    Examples
    --------
    >>> import numpy as np
    >>> seen = peek(pack(np.zeros((40, 3), "float32"))[:1024])
    >>> seen.dtype, seen.shape
    ('float32', (40, 3))
    """
    return glimpse(bytes(prefix), stored_size, 32 if use_32bit_dims or dims == 32 else 64)


def _width(dims: int) -> int:
    if dims not in (32, 64):
        raise DataJointError(f"Sizes in a blob have 32 or 64 bits, not {dims!r}")
    return 32 if use_32bit_dims else dims
