"""The numbers of the blob format: protocols, codes, dtype ids, limits, packed headers.

See ``tests/spec/07-codecs-storage.md`` §3.1–§3.3.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Final

import numpy as np

MYM: Final = b"mYm\0"
DJ0: Final = b"dj0\0"
ZL123: Final = b"ZL123\0"

ARRAY: Final = 0x41
SPARSE: Final = 0x50
STRUCT: Final = 0x53
CELL: Final = 0x43
RECORDS: Final = 0x46
NONE: Final = 0xFF
TUPLE: Final = 0x01
LIST: Final = 0x02
SET: Final = 0x03
DICT: Final = 0x04
TEXT: Final = 0x05
BYTES: Final = 0x06
INT: Final = 0x0A
BOOL: Final = 0x0B
COMPLEX: Final = 0x0C
FLOAT: Final = 0x0D
DECIMAL: Final = 0x64
TIME: Final = 0x74
UUID: Final = 0x75

KINDS: Final[dict[int, str]] = {
    ARRAY: "array",
    SPARSE: "sparse",
    STRUCT: "struct",
    CELL: "cell",
    RECORDS: "records",
    NONE: "none",
    TUPLE: "tuple",
    LIST: "list",
    SET: "set",
    DICT: "dict",
    TEXT: "str",
    BYTES: "bytes",
    INT: "int",
    BOOL: "bool",
    COMPLEX: "complex",
    FLOAT: "float",
    DECIMAL: "decimal",
    TIME: "datetime",
    UUID: "uuid",
}

MAX_DEPTH: Final = 512
"""Containers within containers, the outermost counted as 1."""
MAX_NDIM: Final = 64
MAX_INT_BYTES: Final = 65535
COMPRESS_ABOVE: Final = 1000
"""Blobs of at most this many bytes, protocol included, are not worth compressing."""

LOGICAL_ID: Final = 3
CHAR_ID: Final = 4
OBJECT_ID: Final = 5
DATETIME_ID: Final = 65536
DATETIME_UNITS: Final = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")

_NUMBERS: Final = {
    LOGICAL_ID: "|b1",
    6: "<f8",
    7: "<f4",
    8: "|i1",
    9: "|u1",
    10: "<i2",
    11: "<u2",
    12: "<i4",
    13: "<u4",
    14: "<i8",
    15: "<u8",
}

DTYPES: Final[dict[int, np.dtype[Any]]] = {
    **{number: np.dtype(text) for number, text in _NUMBERS.items()},
    **{DATETIME_ID + at: np.dtype(f"<M8[{unit}]") for at, unit in enumerate(DATETIME_UNITS)},
}
"""Dtype of one (real) element for each id, except char and objects."""

DTYPE_IDS: Final[dict[str, tuple[int, int]]] = {
    **{dtype.str[1:]: (number, 0) for number, dtype in DTYPES.items()},
    "c16": (6, 1),
    "c8": (7, 1),
}
"""Id and complex flag for each dtype text without its byte order."""

U16: Final = Struct("<H")
U32: Final = Struct("<I")
U64: Final = Struct("<Q")
F64: Final = Struct("<d")
F64_PAIR: Final = Struct("<dd")
DATE_TIME: Final = Struct("<iq")

DIMS: Final[dict[int, tuple[Struct, ...]]] = {
    64: tuple(Struct(f"<{ndim}Q") for ndim in range(MAX_NDIM + 1)),
    32: tuple(Struct(f"<{ndim}I") for ndim in range(MAX_NDIM + 1)),
}
ARRAY_HEADERS: Final[dict[int, tuple[Struct, ...]]] = {
    64: tuple(Struct(f"<{ndim}QII") for ndim in range(MAX_NDIM + 1)),
    32: tuple(Struct(f"<{ndim}III") for ndim in range(MAX_NDIM + 1)),
}
"""Shape, dtype id and complex flag, by width of the dimensions and by ndim."""
