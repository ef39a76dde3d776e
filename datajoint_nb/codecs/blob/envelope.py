"""The outside of a blob: its protocol, and the compressed envelope around it.

See ``tests/spec/07-codecs-storage.md`` §3.1 and §3.7.
"""

from __future__ import annotations

import zlib
from typing import Final

from .deflate import deflated
from .layout import COMPRESS_ABOVE, DJ0, MYM, U64, ZL123
from .source import Buffer, Source, malformed

Blob = bytes | bytearray | memoryview

_PIECE: Final = 16384  # a thousand times as much may come out of each piece
_EXPANSION: Final = 1100  # deflate cannot do better than 1032
_SHIFT: Final = 3  # puts the data of an outermost array, 21 + 8·ndim bytes in, on a multiple of 8


def wrapped(body: bytearray, compress: bool) -> bytes:
    """Return the blob of a `body` that starts with its protocol, compressed where that pays."""
    if not compress or len(body) <= COMPRESS_ABOVE:
        return bytes(body)
    stream = deflated(body)
    if stream is None or len(ZL123) + 8 + len(stream) >= len(body):
        return bytes(body)
    return b"".join((ZL123, U64.pack(len(body)), stream))


def opened(blob: Blob, squeeze: bool, dims: int) -> tuple[Source, int]:
    """Return the decompressed blob and the position of its first code."""
    data = _whole(blob) if isinstance(blob, memoryview) else blob
    base = 0
    if data.startswith(ZL123):
        data, base = inflated(data, dims // 8), _SHIFT
    start = base + len(MYM)
    if data[base:start] not in (MYM, DJ0):
        name = bytes(data[base : base + 6])
        raise malformed(0, f"{name!r} is the start of no protocol that a blob may use here")
    return Source(data, base, squeeze, dims), start


def _whole(view: memoryview) -> Buffer:
    """Return the object behind a view of all of its bytes, else a copy."""
    if isinstance(view.obj, (bytes, bytearray)) and view.contiguous and view.nbytes == len(view.obj):
        return view.obj
    return view.tobytes()


def inflated(blob: Buffer, width: int) -> bytearray:
    """Return what is inside a compressed envelope, after 3 bytes of padding.

    It is written piece by piece into one buffer of the declared size, so that arrays can be
    views of it, and nothing beyond the declared size is ever inflated.
    """
    head = len(ZL123) + width
    size = int.from_bytes(blob[len(ZL123) : head], "little")
    if len(blob) < head or size > _EXPANSION * (len(blob) - head) + 1024:
        raise malformed(len(ZL123), f"{len(blob)} bytes cannot hold {size} compressed ones")
    out = bytearray(_SHIFT + size)
    engine = zlib.decompressobj()
    at, pos = _SHIFT, head
    with memoryview(out) as target, memoryview(blob) as stream:
        while not engine.eof:
            if pos >= len(blob):
                raise malformed(len(blob), "the compressed stream ends too early")
            try:
                part = engine.decompress(stream[pos : pos + _PIECE], len(out) - at + 1)
            except zlib.error as error:
                raise malformed(pos, f"the compressed stream is damaged ({error})") from error
            if at + len(part) > len(out):
                raise malformed(pos, f"more than the declared {size} bytes are compressed here")
            target[at : at + len(part)] = part
            at += len(part)
            pos += _PIECE
    rest = len(engine.unused_data) + max(len(blob) - pos, 0)
    if rest:
        raise malformed(len(blob) - rest, f"{rest} bytes are left over after the compressed stream")
    if at != len(out):
        raise malformed(len(ZL123), f"{size} bytes are declared, {at - _SHIFT} are compressed here")
    return out
