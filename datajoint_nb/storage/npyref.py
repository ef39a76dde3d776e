"""The handle of a stored NumPy array: shape and type at once, data when they are used.

See ``tests/spec/07-codecs-storage.md`` §2.4.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

from datajoint_nb.errors import DataJointError, StorageIntegrityError
from datajoint_nb.storage.backend import StorageBackend
from datajoint_nb.storage.npyfile import NpyHeader, map_array, read_array, read_header, read_rows
from datajoint_nb.storage.paths import safe_path


class NpyRef(NDArrayOperatorsMixin):
    """An array in a store, as ``<npy@>`` returns it.

    Shape, dtype, size, `len` and `repr` come from the row. Data are loaded, once, by `load`, by
    arithmetic and comparison, and by NumPy functions; an integer or slice along the first axis of
    an array in a bucket reads only those bytes.

    Parameters
    ----------
    metadata : mapping
        Column metadata with ``path``, ``dtype``, ``shape``, and ``store``.
    backend : StorageBackend, optional
        What reads the object.

    Raises
    ------
    DataJointError
        Metadata are incomplete, or the path is not safe.
    """

    def __init__(self, metadata: Mapping[str, Any], backend: StorageBackend | None = None):
        self._metadata = dict(metadata)
        self._backend = backend
        try:
            path = metadata["path"]
            self.shape: tuple[int, ...] = tuple(int(n) for n in metadata["shape"])
            self.dtype: np.dtype[Any] = parse_dtype(metadata["dtype"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataJointError(f"Metadata of an array are not complete: {error!r}.") from error
        self.path: str = safe_path(path) if backend is None else backend.safe(path)
        self._loaded: npt.NDArray[Any] | None = None
        self._header: NpyHeader | None = None
        self._lock = Lock()

    @classmethod
    def from_json(cls, json_data: Mapping[str, Any] | str, backend: StorageBackend | None = None) -> NpyRef:
        """The handle for column metadata."""
        return cls(json.loads(json_data) if isinstance(json_data, str) else json_data, backend)

    def to_json(self) -> dict[str, Any]:
        """Column metadata of the array."""
        return dict(self._metadata)

    def __reduce__(self) -> tuple[Any, ...]:
        return NpyRef, (self._metadata, self._backend)

    def __repr__(self) -> str:
        state = "loaded" if self.is_loaded else "not loaded"
        return f"NpyRef(shape={self.shape}, dtype={self.dtype}, {state})"

    @property
    def store_name(self) -> str | None:
        """Plain name of the store."""
        return self._metadata.get("store") or (self._backend.name if self._backend else None)

    @property
    def store(self) -> str | None:
        """The same as `store_name`."""
        return self.store_name

    @property
    def backend(self) -> StorageBackend:
        """What reads the object.

        Raises
        ------
        DataJointError
            The handle was made without one.
        """
        if self._backend is None:
            raise DataJointError(f"{self!r} has no store: fetch it from a table, or give a backend.")
        return self._backend

    @property
    def is_loaded(self) -> bool:
        """Whether the data are in memory."""
        return self._loaded is not None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def nbytes(self) -> int:
        """Bytes of the data."""
        return self.size * self.dtype.itemsize

    @property
    def T(self) -> npt.NDArray[Any]:  # noqa: N802 - NumPy's name
        """The transposed array; loads."""
        return self.load().T

    def load(self, mmap_mode: str | None = None) -> npt.NDArray[Any]:
        """The array, downloaded once and kept.

        Parameters
        ----------
        mmap_mode : {None, 'r', 'r+', 'c'}
            Map the file into memory instead. Objects in buckets are first copied to the temporary
            folder, where ``r+`` is refused because changes would be lost.

        Raises
        ------
        MissingExternalFile
            The object is not in the store.
        StorageIntegrityError
            The file is no array, or not one of this shape and type.
        """
        if mmap_mode is not None:
            return self._checked(map_array(self.backend, self.path, mmap_mode))
        with self._lock:
            if self._loaded is None:
                self._loaded = self._checked(read_array(self.backend, self.path))
            return self._loaded

    def _checked(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if array.shape != self.shape or array.dtype != self.dtype:
            raise StorageIntegrityError(
                f"{self.path!r} holds shape {array.shape} of {array.dtype}, "
                f"the row says {self.shape} of {self.dtype}."
            )
        return array

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without axes")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.load())

    def __getitem__(self, key: Any) -> Any:
        if self.is_loaded or self._backend is None or self._backend.is_local or not self._is_row_key(key):
            return self.load()[key]
        header = self._header or read_header(self.backend, self.path)
        self._header = header
        if header is None or header.fortran_order:
            return self.load()[key]
        if (header.shape, header.dtype) != (self.shape, self.dtype):
            raise StorageIntegrityError(f"{self.path!r} holds shape {header.shape} of {header.dtype}.")
        return read_rows(self.backend, self.path, header, key)

    def _is_row_key(self, key: Any) -> bool:
        if not self.shape or isinstance(key, (bool, np.bool_)):
            return False
        return isinstance(key, (int, np.integer, slice))

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        array = self.load()
        wanted = array.dtype if dtype is None else np.dtype(dtype)
        if copy:
            return np.array(array, dtype=wanted, copy=True)
        if copy is False and wanted != array.dtype:
            raise ValueError(f"{self!r} cannot become {wanted} without a copy")
        return array.astype(wanted, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(out, NpyRef) for out in options.get("out", ())):
            return NotImplemented  # a stored array is not written to
        arrays = [item.load() if isinstance(item, NpyRef) else item for item in inputs]
        return getattr(ufunc, method)(*arrays, **options)


def parse_dtype(text: str) -> np.dtype[Any]:
    """The dtype whose ``str()`` is `text`, structured ones included."""
    return np.dtype(ast.literal_eval(text) if text[:1] in ("[", "{", "(") else text)
