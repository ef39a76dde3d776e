"""Reading ``.npy`` objects: whole, by rows, or mapped into memory.

See ``tests/spec/07-codecs-storage.md`` §2.4 and §10.
"""

from __future__ import annotations

import hashlib
import io
import math
import operator
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from datajoint_nb.errors import DataJointError, MissingExternalFile, StorageIntegrityError
from datajoint_nb.storage.backend import StorageBackend

MAGIC = b"\x93NUMPY"
FIRST_READ = 256  # bytes, which hold nearly every header
CACHE_BYTES = 8 << 30
MMAP_MODES = ("r", "r+", "c")


@dataclass(frozen=True)
class NpyHeader:
    """The header of an ``.npy`` file; `offset` is where its data begin, in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    offset: int


def header_length(start: bytes, path: str) -> int:
    """Bytes before the data, from the first 12 bytes of the file.

    Raises
    ------
    StorageIntegrityError
        It is no ``.npy`` file.
    """
    if start[:6] != MAGIC or len(start) < 12 or start[6] not in (1, 2, 3):
        raise StorageIntegrityError(f"{path!r} is no .npy file.")
    width = 2 if start[6] == 1 else 4
    return 8 + width + int.from_bytes(start[8 : 8 + width], "little")


def parse_header(data: bytes, path: str) -> NpyHeader:
    """Shape, type and order of the array whose file begins with `data`.

    Raises
    ------
    StorageIntegrityError
        The header is malformed, or asks for pickled objects.
    DataJointError
        The header is of version 3.
    """
    if data[6:7] == b"\3":
        # field names beyond Latin-1, for which NumPy has no public reader of headers
        raise DataJointError(f"{path!r} can only be read whole.")
    offset = header_length(data, path)
    read = np.lib.format.read_array_header_1_0 if data[6] == 1 else np.lib.format.read_array_header_2_0
    skip = 10 if data[6] == 1 else 12
    text = data[skip - (2 if data[6] == 1 else 4) : offset]
    try:
        shape, fortran_order, dtype = read(io.BytesIO(text))
    except ValueError as error:
        raise StorageIntegrityError(f"{path!r} has a malformed header: {error}") from error
    if dtype.hasobject:
        raise StorageIntegrityError(f"{path!r} holds pickled objects, which are never read.")
    return NpyHeader(shape, dtype, fortran_order, offset)


def read_header(backend: StorageBackend, path: str) -> NpyHeader | None:
    """The header of a stored array, from the first few hundred bytes; None when of version 3."""
    start = backend.get_range(path, 0, FIRST_READ)
    if start[6:7] == b"\3":
        return None
    length = header_length(start, path)
    if length > len(start):
        start += backend.get_range(path, len(start), length)
    return parse_header(start, path)


def read_array(backend: StorageBackend, path: str) -> npt.NDArray[Any]:
    """The whole array of a stored file, writable.

    Raises
    ------
    MissingExternalFile, StorageIntegrityError
        The object is not there, or no complete array without pickled objects.
    """
    try:
        if backend.is_local:
            with backend.open(path) as file:
                return cast("npt.NDArray[Any]", np.load(file, allow_pickle=False))
        return array_from(backend.get_buffer(path), path)
    except (ValueError, EOFError) as error:
        raise StorageIntegrityError(f"{path!r} is no readable array: {error}") from error


def array_from(data: bytes, path: str) -> npt.NDArray[Any]:
    """The writable array of a file's content, copied once.

    Raises
    ------
    StorageIntegrityError
        The content is no complete array without pickled objects.
    """
    if data[6:7] == b"\3":
        return cast("npt.NDArray[Any]", np.load(io.BytesIO(data), allow_pickle=False))
    header = parse_header(data, path)
    order: Literal["F", "C"] = "F" if header.fortran_order else "C"
    count = math.prod(header.shape)
    needed = count * header.dtype.itemsize
    if not needed:
        return np.empty(header.shape, header.dtype, order)
    body = bytearray(memoryview(data)[header.offset : header.offset + needed])
    if len(body) < needed:
        raise StorageIntegrityError(f"{path!r} ends after {len(body)} of {needed} bytes of data.")
    return np.frombuffer(body, header.dtype).reshape(header.shape, order=order)


def read_rows(backend: StorageBackend, path: str, header: NpyHeader, key: Any) -> Any:
    """``array[key]`` for an integer or slice along the first axis, reading only the bytes between.

    Raises
    ------
    IndexError
        The integer is out of range.
    """
    length, inner = header.shape[0], header.shape[1:]
    if isinstance(key, slice):
        rows = range(*key.indices(length))
        if not rows:
            return np.empty((0, *inner), header.dtype)
        first, last = min(rows[0], rows[-1]), max(rows[0], rows[-1])
        block = _read_block(backend, path, header, first, last + 1)
        return block[:: rows.step] if rows.step > 0 else block[::-1][:: -rows.step]
    index = operator.index(key)
    if not -length <= index < length:
        raise IndexError(f"index {index} is out of bounds for axis 0 with size {length}")
    index %= length
    return _read_block(backend, path, header, index, index + 1)[0]


def _read_block(
    backend: StorageBackend, path: str, header: NpyHeader, first: int, stop: int
) -> npt.NDArray[Any]:
    inner = header.shape[1:]
    stride = header.dtype.itemsize * math.prod(inner)
    start, end = header.offset + first * stride, header.offset + stop * stride
    data = bytearray(backend.get_range(path, start, end)) if end > start else bytearray()
    if len(data) != end - start:
        raise StorageIntegrityError(f"{path!r} ends after {len(data)} of the {end - start} bytes asked for.")
    if not data:
        return np.empty((stop - first, *inner), header.dtype)
    return np.frombuffer(data, header.dtype).reshape(stop - first, *inner)


def map_array(backend: StorageBackend, path: str, mode: str) -> npt.NDArray[Any]:
    """The stored array mapped into memory; one in a bucket is copied to the temporary folder first.

    Raises
    ------
    DataJointError
        The mode is not known, or ``r+`` on an object that is not a local file.
    """
    if mode not in MMAP_MODES:
        raise DataJointError(f"mmap_mode {mode!r} is unknown: choose one of {', '.join(MMAP_MODES)}.")
    if not backend.is_local and mode == "r+":
        raise DataJointError(f"mmap_mode 'r+' would lose changes to {path!r}: use 'c', and store the result.")
    local = Path(backend.full_path(path)) if backend.is_local else _cached_copy(backend, path)
    if not local.exists():
        raise MissingExternalFile(f"{path!r} is not in store {backend.name!r}.")
    try:
        chosen = cast("Literal['r', 'r+', 'c']", mode)
        return cast("npt.NDArray[Any]", np.load(local, mmap_mode=chosen, allow_pickle=False))
    except (ValueError, EOFError) as error:
        raise StorageIntegrityError(f"{path!r} is no readable array: {error}") from error


def _cached_copy(backend: StorageBackend, path: str) -> Path:
    folder = Path(tempfile.gettempdir()) / "datajoint_mmap"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.md5(backend.get_url(path).encode(), usedforsecurity=False).hexdigest()[:12]
    target = folder / f"{name}.npy"
    size = backend.size(path)
    if not target.exists() or target.stat().st_size != size:
        _make_room(folder, size)
        backend.get_file(path, target)
    return target


def _make_room(folder: Path, size: int) -> None:
    """Remove the files used longest ago until `size` more bytes stay below the limit."""
    files = sorted(((file.stat(), file) for file in folder.glob("*.npy")), key=lambda item: item[0].st_atime)
    total = sum(status.st_size for status, _ in files)
    for status, file in files:
        if total + size <= CACHE_BYTES:
            return
        file.unlink(missing_ok=True)  # a map that is open keeps its data
        total -= status.st_size
