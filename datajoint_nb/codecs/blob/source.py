"""The bytes of a blob while it is read, and the error for what is wrong in them.

See ``tests/spec/07-codecs-storage.md`` §3.7.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from ...errors import DataJointError
from .layout import ARRAY_HEADERS, DIMS, MAX_NDIM

Buffer = bytes | bytearray


def malformed(offset: int, fault: str) -> DataJointError:
    """Return the error for a `fault` at byte `offset` of a blob."""
    return DataJointError(
        f"Malformed blob at byte {offset}: {fault}. It was damaged or not written by `pack`; "
        "restore the value, or insert it again"
    )


class Source:
    """A decompressed blob with what is needed to walk through it.

    Attributes
    ----------
    data : bytes or bytearray
        The blob, its protocol at `base`.
    base : int
        Bytes before the protocol that are not part of the blob.
    squeeze : bool
        Whether arrays lose singleton axes.
    width : int
        Bytes of a size: 8, or 4 in blobs of 32-bit mYm.
    size, child : Struct
        A size alone; the size of a sized child and its code.
    """

    __slots__ = ("array_headers", "base", "child", "data", "dims", "size", "squeeze", "width")

    _SIZE: Final = {64: Struct("<Q"), 32: Struct("<I")}
    _CHILD: Final = {64: Struct("<QB"), 32: Struct("<IB")}

    def __init__(self, data: Buffer, base: int, squeeze: bool, dims: int):
        self.data = data
        self.base = base
        self.squeeze = squeeze
        self.width = dims // 8
        self.size = self._SIZE[dims]
        self.child = self._CHILD[dims]
        self.dims = DIMS[dims]
        self.array_headers = ARRAY_HEADERS[dims]

    def fault(self, at: int, text: str) -> DataJointError:
        """Return the error for a fault at position `at` of `data`."""
        return malformed(at - self.base, text)

    def count(self, at: int, end: int, each: int, what: str) -> tuple[int, int]:
        """Return the number at `at` and the position after it.

        The number counts `what`, of at least `each` bytes, and must fit before `end`.
        """
        number: int = self.size.unpack_from(self.data, at)[0]
        start = at + self.width
        if number * each > end - start:
            raise self.fault(at, f"{number} {what} do not fit in the remaining {max(end - start, 0)} bytes")
        return number, start

    def shape(self, at: int, end: int) -> tuple[tuple[int, ...], int]:
        """Return the dimensions at `at` and the position after them."""
        ndim, start = self.count(at, end, self.width, "dimensions")
        if ndim > MAX_NDIM:
            raise self.fault(at, f"{ndim} dimensions, at most {MAX_NDIM} are allowed")
        return self.dims[ndim].unpack_from(self.data, start), start + self.width * ndim

    def names(self, at: int, end: int) -> tuple[list[str], int]:
        """Return the field names counted and listed at `at`, and the position after them."""
        number = int.from_bytes(self.data[at : at + 4], "little")
        start = at + 4
        if number > end - start:
            raise self.fault(at, f"{number} field names do not fit in the remaining bytes")
        names = []
        for _ in range(number):
            stop = self.data.find(b"\0", start, end)
            if stop < 0:
                raise self.fault(start, "a field name has no end")
            names.append(self.text(start, stop))
            start = stop + 1
        if len(set(names)) < number:
            raise self.fault(at, "two fields have the same name")
        return names, start

    def text(self, at: int, stop: int) -> str:
        """Return the UTF-8 text between two positions."""
        try:
            return self.data[at:stop].decode()
        except UnicodeDecodeError as error:
            raise self.fault(at + error.start, "text is not UTF-8") from error
