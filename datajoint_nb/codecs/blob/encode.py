"""From a value to the bytes of a blob: one growing buffer, one frame of the stack for each level.

The length in front of a container is filled in when its end is known.

See ``tests/spec/07-codecs-storage.md`` §3.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableSequence, Sequence, Set
from itertools import chain
from operator import length_hint
from typing import Any, Final

import numpy as np

from ...errors import CodecTypeError, CodecValueError, DataJointError
from .arrays import header, plain, write_array
from .kinds import FORMS, is_foreign, refused, sized_for
from .layout import (
    CELL,
    DICT,
    DIMS,
    DJ0,
    LIST,
    MAX_DEPTH,
    MYM,
    OBJECT_ID,
    RECORDS,
    SET,
    STRUCT,
    TUPLE,
    U32,
    U64,
)
from .matlab import MatCell, MatStruct
from .runs import SHORTEST, write_run

Children = list[Any] | tuple[Any, ...]

_EIGHT: Final = bytes(8)
_DONE: Final[tuple[Any, ...]] = ()
_PLAIN_KEYS: Final = {str, int}


class Writer:
    """The blob as far as it is written.

    Attributes
    ----------
    out : bytearray
        Protocol and body.
    extended : bool
        Whether anything in it needs the protocol ``dj0``.
    """

    __slots__ = ("extended", "out")

    def __init__(self) -> None:
        self.out = bytearray(MYM)
        self.extended = False


def encoded(value: Any) -> bytearray:
    """Return protocol and body of `value`, not compressed.

    Raises
    ------
    CodecTypeError, CodecValueError
        Something in `value` cannot be packed; the message says where in it, and what to do.
    DataJointError
        It is nested too deeply, or contains itself.
    """
    writer = Writer()
    try:
        sized = sized_for(value)
        if sized is not None:
            writer.extended = True
            writer.out += memoryview(sized(value))[8:]
        else:
            write_nested(writer, value, 1)
    except RecursionError as error:
        raise DataJointError(
            "The value is nested too deeply for the Python stack that is left; flatten it, "
            "or pack it from a shallower call"
        ) from error
    if writer.extended:
        writer.out[:4] = DJ0
    return writer.out


def array_parts(array: np.ndarray[Any, Any]) -> tuple[bytes | memoryview, ...] | None:
    """Return the pieces of the blob of one array without objects, its data not copied; else None."""
    if type(array) is not np.ndarray or not array.ndim or array.dtype.kind in "OUSV":
        return None
    head, parts = plain(array)
    protocol = DJ0 if array.dtype.kind == "M" else MYM
    return protocol, head, *(part.data for part in parts)


def write_nested(writer: Writer, value: Any, depth: int) -> None:
    """Append code and body of an array or a container."""
    if depth > MAX_DEPTH:
        raise DataJointError(
            f"The value is nested more than {MAX_DEPTH} deep, or contains itself; flatten it before packing"
        )
    children = _open(writer, value, depth)
    out, forms = writer.out, FORMS
    if len(children) >= SHORTEST and write_run(out, children):
        writer.extended = True
        return
    rest = iter(children)
    try:
        for child in rest:
            kind = type(child)
            sized = forms[kind] if kind in forms else sized_for(child)
            if sized is not None:
                out += sized(child)
                writer.extended = True
                continue
            start = len(out)
            out += _EIGHT
            write_nested(writer, child, depth + 1)
            U64.pack_into(out, start, len(out) - start - 8)
    except (CodecTypeError, CodecValueError) as error:
        at = len(children) - 1 - length_hint(rest)
        raise _located(error, value, at) from error.__cause__


def _located(error: DataJointError, value: Any, at: int) -> DataJointError:
    """Return the error with the step into `value` in front of the path to the fault."""
    step = f"[{at}]"
    if isinstance(value, Mapping):
        key = next(iter(list(value)[at // 2 :]), None)
        step = f"[{key!r}]" if at % 2 else f" key {key!r}"
    elif isinstance(value, MatStruct):
        step = f".{(value.dtype.names or ('',))[at % max(len(value.dtype.names or ()), 1)]}"
    elif isinstance(value, Set):
        step = " element"
    former, _, text = (
        str(error).partition(": ") if str(error).startswith("In value") else ("In value", "", str(error))
    )
    return type(error)(f"In value{step}{former[len('In value') :]}: {text}")


def _open(writer: Writer, value: Any, depth: int) -> Children:
    """Append what comes before the children of a container, and return them."""
    opener = _OPENERS.get(type(value))
    if opener is None and not is_foreign(value):
        opener = next((opener for kind, opener in _BY_PROTOCOL if isinstance(value, kind)), None)
    if opener is None:
        raise refused(value)
    return opener(writer, value, depth)


def _counted(code: int) -> Callable[[Writer, Any, int], Children]:
    prefix = bytes((code,))

    def open_sequence(writer: Writer, value: Any, depth: int) -> Children:
        writer.extended = True
        items = value if isinstance(value, (list, tuple)) else list(value)
        writer.out += prefix + U64.pack(len(items))
        return items

    return open_sequence


def _open_dict(writer: Writer, value: Mapping[Any, Any], depth: int) -> Children:
    writer.extended = True
    writer.out += bytes((DICT,)) + U64.pack(len(value))
    if set(map(type, value)) - _PLAIN_KEYS:
        for key in value:
            _check_hashable(key)
    return tuple(chain.from_iterable(value.items()))


def _write_set(writer: Writer, value: Set[Any], depth: int) -> Children:
    """Append a set, its elements in the order of their bytes, so that equal sets give equal blobs."""
    writer.extended = True
    children = []
    for element in value:
        try:
            children.append(_element(element, depth + 1))
        except (CodecTypeError, CodecValueError) as error:
            raise _located(error, value, 0) from error.__cause__
    children.sort()
    out = writer.out
    out += bytes((SET,)) + U64.pack(len(children))
    for child in children:
        out += U64.pack(len(child))
        out += child
    return _DONE


def _element(element: Any, depth: int) -> bytes:
    """Return code and body of one element of a set."""
    _check_hashable(element)
    sized = sized_for(element)
    if sized is not None:
        return sized(element)[8:]
    single = Writer()
    write_nested(single, element, depth)
    return bytes(memoryview(single.out)[4:])


def _check_hashable(key: Any) -> None:
    """Refuse what would come back as something that is no key and no element of a set."""
    if isinstance(key, (Set, Mapping, MutableSequence)):
        raise CodecTypeError(
            f"{type(key).__name__} in a set or as a key would come back unhashable: use a tuple instead"
        )
    if isinstance(key, tuple):
        for part in key:
            _check_hashable(part)


def _open_array(writer: Writer, array: np.ndarray[Any, Any], depth: int) -> Children:
    if type(array) is not np.ndarray and isinstance(array, np.ma.MaskedArray):
        raise CodecTypeError(
            "a masked array cannot be packed: use filled(...), or pack data and mask separately"
        )
    if array.dtype.names:
        return _write_records(writer, np.asarray(array), depth)
    kind = array.dtype.kind
    if kind in "OUS" and array.dtype.char != "c":
        writer.extended = True
        writer.out += header(array.shape, OBJECT_ID)
        items: list[Any] = array.astype(object, copy=False).ravel(order="F").tolist()
        return items
    writer.extended |= kind == "M" or not array.ndim
    write_array(writer.out, array)
    return _DONE


def _write_records(writer: Writer, records: np.ndarray[Any, Any], depth: int) -> Children:
    """Append a structured array: the names of its fields, then each field as an array."""
    writer.extended = True
    names = records.dtype.names or ()
    writer.out += bytes((RECORDS,)) + _names(names)
    for name in names:
        if records.dtype[name].subdtype:
            raise CodecTypeError(
                f"the field {name!r} has a shape of its own: store it as an array beside the others"
            )
        try:
            write_nested(writer, records[name], depth + 1)
        except (CodecTypeError, CodecValueError) as error:
            raise type(error)(f"field {name!r}: {error}") from error.__cause__
    return _DONE


def _open_void(writer: Writer, value: np.void, depth: int) -> Children:
    return _open_array(writer, np.asarray(value), depth)


def _open_cell(writer: Writer, cell: MatCell, depth: int) -> Children:
    writer.extended |= not cell.ndim
    writer.out += bytes((CELL,)) + _shape(cell)
    items: list[Any] = np.asarray(cell).astype(object, copy=False).ravel(order="F").tolist()
    return items


def _open_struct(writer: Writer, struct: MatStruct, depth: int) -> Children:
    writer.extended |= not struct.ndim
    names = struct.dtype.names or ()
    writer.out += bytes((STRUCT,)) + _shape(struct) + _names(names)
    flat = np.asarray(struct).ravel(order="F")
    # iteration, unlike tolist, keeps numbers as NumPy scalars with their dtype
    return tuple(chain.from_iterable(zip(*(flat[name] for name in names), strict=True)))


def _shape(array: np.ndarray[Any, Any]) -> bytes:
    return U64.pack(array.ndim) + DIMS[64][array.ndim].pack(*array.shape)


def _names(names: Iterable[str]) -> bytes:
    listed = list(names)
    for name in listed:
        if "\0" in name:
            raise CodecValueError(
                f"the field name {name!r} contains NUL, which ends a name: rename the field"
            )
    return U32.pack(len(listed)) + b"".join(name.encode() + b"\0" for name in listed)


_BY_PROTOCOL: Final[tuple[tuple[Any, Callable[[Writer, Any, int], Children]], ...]] = (
    (MatCell, _open_cell),
    (MatStruct, _open_struct),
    (np.ndarray, _open_array),
    (np.void, _open_void),
    (Mapping, _open_dict),
    (MutableSequence, _counted(LIST)),
    (Sequence, _counted(TUPLE)),
    (Set, _write_set),
)
"""Openers by kind of container; the first match wins."""

_OPENERS: Final[dict[type, Callable[[Writer, Any, int], Children]]] = {
    kind: next(opener for base, opener in _BY_PROTOCOL if issubclass(kind, base))
    for kind in (np.ndarray, MatCell, MatStruct, dict, list, tuple, set, frozenset)
}
