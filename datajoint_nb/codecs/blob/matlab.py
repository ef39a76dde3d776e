"""The MATLAB classes that Python and NumPy have no word for.

See ``tests/spec/07-codecs-storage.md`` §3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


class MatCell(np.ndarray[Any, Any]):
    """A MATLAB cell array: an object array that is packed as a cell, not as Python objects.

    Make one from any object array with ``array.view(MatCell)``.
    """


class MatStruct(np.recarray[Any, Any]):
    """A MATLAB struct array: a record array whose fields hold objects.

    Make one from any structured array with ``array.view(MatStruct)``; ``s.name`` and
    ``s["name"]`` are the values of a field, in the shape of the struct array.
    """


@dataclass(frozen=True, eq=False)
class MatSparse:
    """A MATLAB sparse matrix by compressed columns, read where SciPy is not installed.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    indptr : ndarray of int64, length columns + 1
        Where each column starts in `indices` and `data`.
    indices : ndarray of int64
        Row of each stored value.
    data : ndarray of float64, complex128 or bool
        Stored values, column by column.
    """

    shape: tuple[int, int]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    data: NDArray[Any]

    def toarray(self) -> NDArray[Any]:
        """Return the full matrix, Fortran-ordered, absent values as zero."""
        full = np.zeros(self.shape, self.data.dtype, order="F")
        columns = np.repeat(np.arange(self.shape[1]), np.diff(self.indptr))
        full[self.indices, columns] = self.data
        return full
