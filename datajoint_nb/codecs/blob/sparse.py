"""MATLAB sparse matrices (code P), which are read and never written.

See ``tests/spec/07-codecs-storage.md`` §3.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import ArrayHeader, read_data
from .layout import LOGICAL_ID, U32
from .matlab import MatSparse
from .source import Source


def read_sparse(source: Source, at: int, end: int) -> Any:
    """Return a ``scipy.sparse.csc_array``, or a `MatSparse` where SciPy is not installed."""
    rows, columns, stored = source.dims[3].unpack_from(source.data, at)
    start = at + 3 * source.width
    dtype_id, is_complex = (U32.unpack_from(source.data, start + offset)[0] for offset in (0, 4))
    if dtype_id not in (6, LOGICAL_ID) or is_complex > (dtype_id != LOGICAL_ID):
        raise source.fault(start, f"a sparse matrix of dtype id {dtype_id} and complex flag {is_complex}")
    head = ArrayHeader((stored,), stored, dtype_id, bool(is_complex), 0)
    start += 8
    if (columns + 1 + stored) * source.width + stored * head.itemsize != end - start:
        raise source.fault(
            at, f"a {rows} × {columns} matrix of {stored} values does not fit its {end - at} bytes"
        )
    indptr = _positions(source, start, columns + 1)
    indices = _positions(source, start + (columns + 1) * source.width, stored)
    head = ArrayHeader((stored,), stored, dtype_id, bool(is_complex), end - stored * head.itemsize)
    data = read_data(source, head, end)
    used = int(indptr[-1])
    if indptr[0] != 0 or used > stored or (np.diff(indptr) < 0).any():
        raise source.fault(start, "the columns of a sparse matrix do not follow each other")
    matrix = MatSparse((rows, columns), indptr, indices[:used], data[:used])
    if rows >= 2**63 or (matrix.indices < 0).any() or (matrix.indices >= rows).any():
        raise source.fault(start, f"a value of a sparse matrix lies outside its {rows} rows")
    return _compressed(matrix)


def _positions(source: Source, at: int, count: int) -> NDArray[np.int64]:
    """Return `count` sizes; those of 2**63 and more turn negative, and are refused by the caller."""
    if not count:
        return np.empty(0, np.int64)
    return np.frombuffer(source.data, f"<u{source.width}", count, at).astype(np.int64)


def _compressed(matrix: MatSparse) -> Any:
    try:
        from scipy.sparse import csc_array  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return matrix
    return csc_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
