"""What `peek` sees in the first bytes."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from datajoint_nb.codecs import blob
from datajoint_nb.codecs.blob import MatCell, MatStruct
from tests.unit.codecs.blob_vectors import VECTORS

NOISE = np.random.default_rng(3)


def first(value, compress=True):
    packed = blob.pack(value, compress)
    return blob.peek(packed[: blob.PREFIX_BYTES], len(packed))


@pytest.mark.spec("C-083")
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.zeros((400, 30), "f4"), "float32"),
        (np.zeros((2,) * 14), "float64"),
        (NOISE.integers(0, 50, (70, 80)), "int64"),
        (np.zeros((50, 50), "c8"), "complex64"),
        (np.zeros((50, 50), "c16"), "complex128"),
        (np.zeros(4000, "M8[s]"), "datetime64[s]"),
        (np.zeros(4000, bool), "bool"),
        (np.full(900, "wren", object), "object"),
        (np.full(900, b"w").view("c"), "char"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_arrays(array, dtype, compress):
    seen = first(array, compress)
    assert (seen.dtype, seen.shape, seen.count, seen.kind) == (dtype, array.shape, array.size, "array")
    assert seen.compressed is compress
    assert seen.raw_size == len(blob.pack(array, compress=False))
    assert seen.stored_size == len(blob.pack(array, compress))


SEEN = [
    (None, {"kind": "none", "code": 0xFF, "value": None}),
    (True, {"kind": "bool", "value": True}),
    (-7, {"kind": "int", "value": -7}),
    (2.5, {"kind": "float", "value": 2.5}),
    (2j, {"kind": "complex", "value": 2j}),
    (np.float32(2), {"kind": "array", "shape": (), "dtype": "float32", "value": np.float32(2)}),
    ("wren", {"kind": "str", "count": 4, "value": "wren"}),
    ("w" * 5000, {"kind": "str", "count": 5000, "value": None}),
    (b"abc", {"kind": "bytes", "count": 3, "value": None}),
    ([1] * 2000, {"kind": "list", "count": 2000}),
    ((1, 2), {"kind": "tuple", "count": 2}),
    ({1, 2}, {"kind": "set", "count": 2}),
    ({"a": 1}, {"kind": "dict", "count": 1, "protocol": "dj0"}),
    (
        np.zeros((2, 3), [("a", "i4"), ("b", "f8")]),
        {"kind": "records", "fields": ("a", "b"), "shape": (2, 3)},
    ),
    (np.zeros(4, [("a", [("b", "i4")])]), {"kind": "records", "fields": ("a",), "shape": (4,)}),
    (np.empty((2, 3), object).view(MatCell), {"kind": "cell", "shape": (2, 3), "count": 6}),
    (
        np.empty((1, 2), [("x", object)]).view(MatStruct),
        {"kind": "struct", "fields": ("x",), "shape": (1, 2)},
    ),
]


@pytest.mark.parametrize(("value", "facts"), SEEN)
def test_kinds(value, facts):
    seen = first(value)
    assert {name: getattr(seen, name) for name in facts} == facts


def test_sparse():
    seen = blob.peek(VECTORS[-1].blob)
    assert (seen.kind, seen.protocol, seen.shape, seen.count, seen.dtype) == (
        "sparse",
        "mYm",
        (3, 3),
        2,
        "float64",
    )


@pytest.mark.spec("C-084")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
def test_never_raises_on_any_prefix(vector):
    for length in range(len(vector.blob) + 1):
        for size in (None, len(vector.blob)):
            seen = blob.peek(vector.blob[:length], size, vector.dims)
            assert seen.stored_size == size
    assert seen.kind is not None


@pytest.mark.spec("C-084")
def test_never_raises_on_damaged_bytes():
    chance = random.Random(84)
    kinds = set()
    for _ in range(20_000):
        damaged = bytearray(chance.choice(VECTORS).blob)
        damaged[chance.randrange(len(damaged))] ^= chance.randrange(1, 256)
        kinds.add(blob.peek(bytes(damaged), chance.choice([None, 3, len(damaged)])).kind)
    assert len(kinds) > 10


@pytest.mark.spec("C-085")
def test_one_kilobyte_of_100_megabytes_is_enough():
    head = b"mYm\0A" + struct.pack("<QQQII", 2, 12_500, 1000, 6, 0)
    prefix = (head + NOISE.bytes(1024))[: blob.PREFIX_BYTES]
    seen = blob.peek(prefix, 100_000_037)
    assert (seen.shape, seen.dtype, seen.raw_size) == ((12_500, 1000), "float64", 100_000_037)
    assert 10 * blob.PREFIX_BYTES < 64_000


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_buffer(kind):
    assert blob.peek(kind(VECTORS[2].blob)).value == 128
