"""The golden vectors of ``tests/spec/07-codecs-storage.md`` §3.8, and what equality means for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from scipy.sparse import csc_array

from datajoint_nb.codecs.blob import MatCell, MatStruct


@dataclass(frozen=True)
class Vector:
    """One row of the table: a value, its bytes, whether `pack` gives them, and the width of sizes."""

    name: str
    value: Any
    blob: bytes
    written: bool = True
    dims: int = 64


def _records() -> np.ndarray:
    return np.rec.fromarrays([np.array([7], "u1"), np.array([0.25], "f4")], names=["ch", "amp"])


def _objects(shape: tuple[int, ...], *items: Any) -> np.ndarray:
    array = np.empty(len(items), object)
    for at, item in enumerate(items):
        array[at] = item
    return array.reshape(shape, order="F")


def _cell() -> MatCell:
    return _objects((1, 2), np.array([[5]], "u1"), np.zeros((0, 0))).view(MatCell)


def _struct() -> MatStruct:
    struct = np.empty((1, 1), [("id", object)])
    struct["id"][0, 0] = np.array([[9]], "i2")
    return struct.view(MatStruct)


def _sparse() -> csc_array:
    return csc_array(np.array([[1.5, 0, 0], [0, 0, 0], [0, -2, 0]]))


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal, and of the same type at every depth."""
    if type(one) is not type(other):
        return False
    if isinstance(one, csc_array):
        return one.dtype == other.dtype and np.array_equal(one.toarray(), other.toarray())
    if isinstance(one, np.ndarray):
        if one.shape != other.shape or one.dtype.names != other.dtype.names:
            return False
        if one.dtype.names:
            return all(same(np.asarray(one[name]), np.asarray(other[name])) for name in one.dtype.names)
        if one.dtype.hasobject:
            return all(map(same, one.ravel("F").tolist(), other.ravel("F").tolist()))
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, np.generic):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal):
        return str(one) == str(other)
    return bool(one == other) or (one != one and other != other)


VECTORS = (
    Vector(
        "None",
        None,
        bytes.fromhex("646a3000ff"),
    ),
    Vector(
        "True",
        True,
        bytes.fromhex("646a30000b01"),
    ),
    Vector(
        "128",
        128,
        bytes.fromhex("646a30000a02008000"),
    ),
    Vector(
        "-70000",
        -70000,
        bytes.fromhex("646a30000a030090eefe"),
    ),
    Vector(
        "2j",
        2j,
        bytes.fromhex("646a30000c00000000000000000000000000000040"),
    ),
    Vector(
        "'é'",
        "é",
        bytes.fromhex("646a3000050200000000000000c3a9"),
    ),
    Vector(
        "Decimal('12.340')",
        Decimal("12.340"),
        bytes.fromhex("646a300064060000000000000031322e333430"),
    ),
    Vector(
        "datetime(2025,6,1,4,30,15,250)",
        dt.datetime(2025, 6, 1, 4, 30, 15, 250),
        bytes.fromhex("646a300074e9ff3401bad0e4030a000000"),
    ),
    Vector(
        "date(1999,12,31)",
        dt.date(1999, 12, 31),
        bytes.fromhex("646a300074bf0a3101ffffffffffffffff"),
    ),
    Vector(
        "time(23,59,59)",
        dt.time(23, 59, 59),
        bytes.fromhex("646a300074ffffffffc09b40f036000000"),
    ),
    Vector(
        "UUID('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')",
        UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        bytes.fromhex("646a300075a0eebc999c0b4ef8bb6d6bb9bd380a11"),
    ),
    Vector(
        "(True, None)",
        (True, None),
        bytes.fromhex("646a300001020000000000000002000000000000000b010100000000000000ff"),
    ),
    Vector(
        "[0.5, 'ж']",
        [0.5, "ж"],
        bytes.fromhex(
            "646a300002020000000000000009000000000000000d000000000000e03f0b0000000000000005020000"
            "0000000000d0b6"
        ),
    ),
    Vector(
        "{b'\\x01\\x02'}",
        {b"\x01\x02"},
        bytes.fromhex("646a30000301000000000000000b000000000000000602000000000000000102"),
    ),
    Vector(
        "{'bird': 'wren', 'n': 3}",
        {"bird": "wren", "n": 3},
        bytes.fromhex(
            "646a30000402000000000000000d00000000000000050400000000000000626972640d00000000000000"
            "0504000000000000007772656e0a000000000000000501000000000000006e04000000000000000a0100"
            "03"
        ),
    ),
    Vector(
        "[[1,2,3],[4,5,6]] uint16",
        np.array([[1, 2, 3], [4, 5, 6]], np.uint16),
        bytes.fromhex(
            "6d596d00410200000000000000020000000000000003000000000000000b000000000000000100040002"
            "00050003000600"
        ),
    ),
    Vector(
        "arange(3) int64",
        np.arange(3),
        bytes.fromhex(
            "6d596d0041010000000000000003000000000000000e0000000000000000000000000000000100000000"
            "0000000200000000000000"
        ),
    ),
    Vector(
        "[1+2j, 3] complex64",
        np.array([1 + 2j, 3], np.complex64),
        bytes.fromhex(
            "6d596d00410100000000000000020000000000000007000000010000000000803f000040400000004000000000"
        ),
    ),
    Vector(
        "[[True],[False]]",
        np.array([[True], [False]]),
        bytes.fromhex("6d596d004102000000000000000200000000000000010000000000000003000000000000000100"),
    ),
    Vector(
        "zeros((0,3))",
        np.zeros((0, 3)),
        bytes.fromhex("6d596d00410200000000000000000000000000000003000000000000000600000000000000"),
    ),
    Vector(
        "float32(-2)",
        np.float32(-2),
        bytes.fromhex("646a30004100000000000000000700000000000000000000c0"),
    ),
    Vector(
        "['owl',''] <U3",
        np.array(["owl", ""], object),
        bytes.fromhex(
            "646a3000410100000000000000020000000000000005000000000000000c000000000000000503000000"
            "000000006f776c0900000000000000050000000000000000"
        ),
    ),
    Vector(
        "datetime64[s] 2025-01-01T00:00:01, shape (1,)",
        np.array(["2025-01-01T00:00:01"], "datetime64[s]"),
        bytes.fromhex("646a3000410100000000000000010000000000000006000100000000008185746700000000"),
    ),
    Vector(
        "recarray ch uint8 7, amp float32 0.25",
        _records(),
        bytes.fromhex(
            "646a30004602000000636800616d70004101000000000000000100000000000000090000000000000007"
            "410100000000000000010000000000000007000000000000000000803e"
        ),
    ),
    Vector(
        "MatCell 1×2: uint8 [[5]], 0×0 double",
        _cell(),
        bytes.fromhex(
            "6d596d004302000000000000000100000000000000020000000000000022000000000000004102000000"
            "000000000100000000000000010000000000000009000000000000000521000000000000004102000000"
            "00000000000000000000000000000000000000000600000000000000"
        ),
    ),
    Vector(
        "MatStruct 1×1, id = int16 [[9]]",
        _struct(),
        bytes.fromhex(
            "6d596d005302000000000000000100000000000000010000000000000001000000696400230000000000"
            "0000410200000000000000010000000000000001000000000000000a000000000000000900"
        ),
    ),
    Vector(
        "zeros(1000), compressed",
        np.zeros(1000),
        bytes.fromhex(
            "5a4c313233005d1f000000000000789cedc5410d00200c04b02324f8420622e61b193c165cb49fd6a9ec"
            "917667bf02000000000000007c0f4e240267"
        ),
        written=False,
    ),
    Vector(
        "'a'*2000, compressed",
        "a" * 2000,
        bytes.fromhex(
            "5a4c31323300dd07000000000000789c4bc9326060bdc0ce000689a360148c8251300a46c12818f20000efbff7c9"
        ),
        written=False,
    ),
    Vector(
        "MATLAB char 'Owl' (built by layout)",
        np.array(["Owl"]),
        bytes.fromhex(
            "6d596d004102000000000000000100000000000000030000000000000004000000000000004f0077006c00"
        ),
        written=False,
    ),
    Vector(
        "32-bit dims, double [[1,2]] (built by layout)",
        np.array([[1.0, 2.0]]),
        bytes.fromhex("6d596d00410200000001000000020000000600000000000000000000000000f03f0000000000000040"),
        written=False,
        dims=32,
    ),
    Vector(
        "sparse 3×3, (0,0)=1.5, (2,1)=−2 (built by layout)",
        _sparse(),
        bytes.fromhex(
            "6d596d005003000000000000000300000000000000020000000000000006000000000000000000000000"
            "000000010000000000000002000000000000000200000000000000000000000000000002000000000000"
            "00000000000000f83f00000000000000c0"
        ),
        written=False,
    ),
)

SPARSE = VECTORS[-1]
DIMS32 = VECTORS[-2]
