"""From the bytes of a blob to the value: one frame of the stack for each level of nesting.

See ``tests/spec/07-codecs-storage.md`` §3.2 and §3.7.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ...errors import DataJointError
from .arrays import read_data, read_header, reshaped, squeezed
from .envelope import Blob, opened
from .layout import ARRAY, CELL, DICT, KINDS, LIST, MAX_DEPTH, OBJECT_ID, RECORDS, SET, SPARSE, STRUCT, TUPLE
from .matlab import MatCell, MatStruct
from .runs import SHORTEST, read_run
from .scalars import READERS
from .source import Source
from .sparse import read_sparse

Reader = Callable[[Source, int, int], Any]
Build = Callable[[list[Any]], Any]
Opened = tuple[int, int, Build]

_NESTED: Final = object()


def decoded(blob: Blob, squeeze: bool, dims: int) -> Any:
    """Return the value of a blob whose sizes are `dims` bits wide.

    Raises
    ------
    DataJointError
        The blob is malformed; the message names the byte.
    """
    source, at = opened(blob, squeeze, dims)
    end = len(source.data)
    try:
        return read_value(source, at, end, 1)
    except (struct.error, IndexError) as error:
        raise source.fault(end, "the blob ends too early") from error
    except RecursionError as error:
        raise DataJointError(
            "The blob is nested too deeply for the Python stack that is left; unpack it from a shallower call"
        ) from error


def read_value(source: Source, at: int, end: int, depth: int, keep_axes: bool = False) -> Any:
    """Return the value whose code is at `at` and whose body reaches exactly to `end`."""
    code = source.data[at]
    reader = _READERS[code]
    value = reader(source, at + 1, end) if reader and not keep_axes else _NESTED
    return read_nested(source, at, end, depth, keep_axes) if value is _NESTED else value


def read_nested(source: Source, at: int, end: int, depth: int, keep_axes: bool = False) -> Any:
    """Return the container whose code is at `at`, its children read in a loop."""
    data, code = source.data, source.data[at]
    if depth > MAX_DEPTH:
        raise source.fault(at, f"containers are nested more than {MAX_DEPTH} deep")
    if code == RECORDS:
        records, stop = read_records(source, at + 1, end, depth)
        return _finished(source, records, stop, end, keep_axes)
    count, pos, build = _OPENERS[code](source, at + 1, end)
    children = read_run(source, pos, end, count) if count >= SHORTEST else None
    if children is None:
        children = []
        add, child, width, readers = children.append, source.child.unpack_from, source.width, _READERS
        for _ in range(count):
            size, code = child(data, pos)
            start = pos + width
            pos = start + size
            if pos > end or not size:
                raise source.fault(
                    start - width, f"a child of {size} bytes where {max(end - start, 0)} are left"
                )
            reader = readers[code]
            value = reader(source, start + 1, pos) if reader else _NESTED
            add(read_nested(source, start, pos, depth + 1) if value is _NESTED else value)
    else:
        pos = end
    try:
        value = build(children)
    except TypeError as error:
        raise source.fault(at, f"{KINDS[data[at]]} holds an unhashable value") from error
    if pos != end or source.squeeze:
        return _finished(source, value, pos, end, keep_axes)
    return value


def _finished(source: Source, value: Any, stop: int, end: int, keep_axes: bool) -> Any:
    if stop != end:
        raise source.fault(stop, f"{end - stop} bytes are left over after the value")
    return squeezed(value) if source.squeeze and not keep_axes and isinstance(value, np.ndarray) else value


def _open_sequence(build: Build) -> Callable[[Source, int, int], Opened]:
    def open_sequence(source: Source, at: int, end: int) -> Opened:
        return *source.count(at, end, source.width + 1, "children"), build

    return open_sequence


def _open_dict(source: Source, at: int, end: int) -> Opened:
    count, start = source.count(at, end, 2 * source.width + 2, "keys and values")
    return 2 * count, start, _dict


def _dict(children: list[Any]) -> dict[Any, Any]:
    pairs = iter(children)
    return dict(zip(pairs, pairs, strict=True))


def _open_objects(source: Source, at: int, end: int) -> Opened:
    head = read_header(source, at, end)
    _check_room(source, head.size, head.at, end)
    return head.size, head.at, lambda items: reshaped(source, _objects(items), head.shape, at)


def _open_cell(source: Source, at: int, end: int) -> Opened:
    shape, start = source.shape(at, end)
    count = math.prod(shape)
    _check_room(source, count, start, end)
    return count, start, lambda items: reshaped(source, _objects(items), shape, at).view(MatCell)


def _open_struct(source: Source, at: int, end: int) -> Opened:
    shape, start = source.shape(at, end)
    names, stop = source.names(start, end)
    count = math.prod(shape)
    if not names:
        return 0, stop, lambda items: np.array(None, dtype=object)
    _check_room(source, count * len(names), stop, end)

    def build(items: list[Any]) -> Any:
        flat = np.empty(count, [(name, object) for name in names])
        for column, name in enumerate(flat.dtype.names or ()):
            flat[name] = _objects(items[column :: len(names)])
        return reshaped(source, flat, shape, at).view(MatStruct)

    return count * len(names), stop, build


def _check_room(source: Source, count: int, at: int, end: int) -> None:
    if count * (source.width + 1) > end - at:
        raise source.fault(at, f"{count} elements do not fit in the remaining {max(end - at, 0)} bytes")


def _objects(items: list[Any]) -> np.ndarray[Any, Any]:
    # numpy.array would merge equal-shaped arrays into one of more dimensions
    return np.fromiter(items, dtype=object, count=len(items))


def read_records(source: Source, at: int, end: int, depth: int) -> tuple[Any, int]:
    """Return the record array whose body begins at `at`, and the position after it."""
    if depth > MAX_DEPTH:
        raise source.fault(at, f"records are nested more than {MAX_DEPTH} deep")
    names, pos = source.names(at, end)
    columns = []
    for _ in names:
        column, pos = _column(source, pos, end, depth)
        columns.append(column)
    if len({column.shape for column in columns}) != 1:
        raise source.fault(at, "the fields of records differ in shape, or there are none")
    shape = columns[0].shape
    dtype = np.dtype([(name, column.dtype) for name, column in zip(names, columns, strict=True)])
    records = np.empty(shape, dtype, order="F")
    for name, column in zip(dtype.names or (), columns, strict=True):
        records[name] = column
    record_array = records.view(np.recarray)
    return (record_array if shape else record_array[()]), pos


def _column(source: Source, at: int, end: int, depth: int) -> tuple[np.ndarray[Any, Any], int]:
    """Return one field of records, an array or again records, and the position after it."""
    if at >= end or source.data[at] not in (ARRAY, RECORDS):
        raise source.fault(at, "a field of records is neither an array nor records")
    if source.data[at] == RECORDS:
        records, stop = read_records(source, at + 1, end, depth + 1)
        return np.asarray(records), stop
    head = read_header(source, at + 1, end)
    if head.dtype_id != OBJECT_ID:
        stop = head.at + head.size * head.itemsize
        if stop > end:
            raise source.fault(head.at, f"an array of {stop - head.at} bytes where {end - head.at} are there")
        return read_data(source, head, stop), stop
    _check_room(source, head.size, head.at, end)
    stop = head.at
    for _ in range(head.size):
        stop += source.width + source.size.unpack_from(source.data, stop)[0]
        if stop > end:
            raise source.fault(stop, "an element reaches beyond the records")
    return read_value(source, at, stop, depth + 1, keep_axes=True), stop


def _read_array(source: Source, at: int, end: int) -> Any:
    head = read_header(source, at, end)
    if head.dtype_id == OBJECT_ID:
        return _NESTED
    array = read_data(source, head, end)
    if source.squeeze:
        return squeezed(array)
    return array if head.shape else array[()]


def _unknown(source: Source, at: int, end: int) -> Any:
    raise source.fault(at - 1, f"no value has the code {source.data[at - 1]:#04x}")


_OPENERS: Final[dict[int, Callable[[Source, int, int], Opened]]] = {
    TUPLE: _open_sequence(tuple),
    LIST: _open_sequence(list),
    SET: _open_sequence(set),
    DICT: _open_dict,
    CELL: _open_cell,
    STRUCT: _open_struct,
    ARRAY: _open_objects,
}

_READERS: Final[tuple[Reader | None, ...]] = tuple(
    {**READERS, ARRAY: _read_array, SPARSE: read_sparse}.get(code)
    if code in READERS or code in (ARRAY, SPARSE)
    else None
    if code in _OPENERS or code == RECORDS
    else _unknown
    for code in range(256)
)
"""How the body of each code is read; None for containers."""
