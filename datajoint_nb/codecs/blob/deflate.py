"""One zlib stream, made with the cheapest search that compresses about as well as the default.

The default search for repetitions takes most of the time and finds nothing in noise, such
as the mantissas of measured numbers. A sample of each megabyte decides. The choice depends
on the bytes alone: equal values give equal blobs.

See ``tests/spec/07-codecs-storage.md`` §3.1 and §10.
"""

from __future__ import annotations

import zlib
from typing import Final

_WHOLE: Final = 16384  # up to this size the plain default is quick enough
_SEGMENT: Final = 1 << 20
_WORTHWHILE: Final = 1.1  # mYm in MATLAB, too, leaves alone what compression would not shorten by this
_TOLERANCE: Final = 1.05
_HEADER: Final = b"\x78\x9c"  # window of 32 kB, default level

Search = tuple[int, int]

_DEFAULT: Final[Search] = (zlib.Z_DEFAULT_COMPRESSION, zlib.Z_DEFAULT_STRATEGY)
_STORED: Final[Search] = (0, zlib.Z_DEFAULT_STRATEGY)
_CHEAPER: Final[tuple[Search, ...]] = (
    (zlib.Z_DEFAULT_COMPRESSION, zlib.Z_RLE),
    (1, zlib.Z_DEFAULT_STRATEGY),
    (3, zlib.Z_DEFAULT_STRATEGY),
)
"""Level and strategy, quickest first."""


def deflated(body: bytes | bytearray) -> bytes | None:
    """Return `body` as one zlib stream, compressed about as well as by the default level.

    None when all of it is noise, which the default level would not shorten by a tenth.
    """
    if len(body) <= _WHOLE:
        return zlib.compress(body)
    with memoryview(body) as view:
        segments = [view[start : start + _SEGMENT] for start in range(0, len(view), _SEGMENT)]
        searches = [_search(segment) for segment in segments]
        if set(searches) == {_STORED}:
            return None
        parts = [_HEADER]
        # a flushed segment ends on a byte and refers to nothing before it: they just follow each other
        ends = [zlib.Z_SYNC_FLUSH] * (len(segments) - 1) + [zlib.Z_FINISH]
        for segment, search, end in zip(segments, searches, ends, strict=True):
            parts.extend(_raw(segment, search, end))
            segment.release()
    parts.append(zlib.adler32(body).to_bytes(4, "big"))
    return b"".join(parts)


def _search(segment: memoryview) -> Search:
    """Return the level and strategy for a segment, by the compressed length of its middle."""
    size = min(max(len(segment) // 32, 4096), len(segment))
    start = (len(segment) - size) // 2
    sample = segment[start : start + size]
    best = _length(sample, _DEFAULT)
    if len(sample) < _WORTHWHILE * best:
        return _STORED
    return next((search for search in _CHEAPER if _length(sample, search) <= _TOLERANCE * best), _DEFAULT)


def _length(sample: memoryview, search: Search) -> int:
    return sum(map(len, _raw(sample, search, zlib.Z_FINISH)))


def _raw(segment: memoryview, search: Search, end: int) -> tuple[bytes, bytes]:
    level, strategy = search
    engine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return engine.compress(segment), engine.flush(end)
