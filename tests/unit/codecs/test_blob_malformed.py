"""Damaged and hostile blobs: a `DataJointError` that names the byte, quickly and in little memory."""

from __future__ import annotations

import random
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datajoint_nb.codecs import blob
from datajoint_nb.errors import DataJointError
from tests.unit.codecs.blob_vectors import VECTORS

U64 = struct.Struct("<Q").pack


def child(body):
    return U64(len(body)) + body


def array(shape, dtype_id, data=b"", flag=0, ndim=None):
    head = struct.pack(f"<Q{len(shape)}QII", len(shape) if ndim is None else ndim, *shape, dtype_id, flag)
    return b"A" + head + data


def zipped(raw, size=None, rest=b""):
    return b"ZL123\0" + U64(len(raw) if size is None else size) + zlib.compress(raw) + rest


def sparse(shape, rows, starts, dtype_id=6, flag=0):
    head = struct.pack("<QQQII", *shape, len(rows), dtype_id, flag)
    return b"P" + head + struct.pack(f"<{len(starts)}Q{len(rows)}Q", *starts, *rows) + bytes(8 * len(rows))


def records(*fields, names=None):
    names = [f"f{at}" for at in range(len(fields))] if names is None else names
    return (
        b"F" + struct.pack("<I", len(names)) + b"".join(n.encode() + b"\0" for n in names) + b"".join(fields)
    )


ONE = array((1,), 9, b"\1")

MALFORMED = {
    "unknown code": b"\x07",
    "code of nothing": b"",
    "int of wrong length": b"\x0a\x02\0\1",
    "int without length": b"\x0a\x02",
    "bool of two bytes": b"\x0b\1\1",
    "short float": b"\x0d1234567",
    "long float": b"\x0d123456789",
    "short complex": b"\x0c1234567",
    "None with a body": b"\xff\0",
    "short UUID": b"u123456789012345",
    "bad UTF-8": b"\x05" + U64(2) + b"\xc3\x28",
    "text longer than stored": b"\x05" + U64(9) + b"abc",
    "bytes shorter than stored": b"\x06" + U64(1) + b"abc",
    "bad Decimal": b"d" + U64(3) + b"1.x",
    "Decimal not ASCII": b"d" + U64(2) + "é".encode(),
    "date 0": b"t" + struct.pack("<iq", 0, -1),
    "date 20251301": b"t" + struct.pack("<iq", 20251301, -1),
    "negative date": b"t" + struct.pack("<iq", -20250101, -1),
    "hour 25": b"t" + struct.pack("<iq", -1, 250000 * 10**6),
    "negative time": b"t" + struct.pack("<iq", 20250101, -5),
    "huge time": b"t" + struct.pack("<iq", 20250101, 2**62),
    "unhashable set element": b"\x03" + U64(1) + child(b"\x02" + U64(0)),
    "array as set element": b"\x03" + U64(1) + child(ONE),
    "unhashable key": b"\x04" + U64(1) + child(b"\x04" + U64(0)) + child(b"\xff"),
    "empty child": b"\x02" + U64(1) + U64(0) + b"\xff" * 9,
    "child too long": b"\x02" + U64(1) + U64(50) + b"\xff",
    "child too short for its value": b"\x02" + U64(1) + child(b"\x0b\1\1"),
    "child of a child too long": b"\x02"
    + U64(2)
    + child(b"\x02" + U64(1) + U64(9) + b"\xff")
    + child(b"\xff"),
    "bytes after the list": b"\x02" + U64(0) + b"\xff",
    "dict without value": b"\x04" + U64(1) + child(b"\xff"),
    "array too short": array((3,), 9, b"\1\2"),
    "array too long": array((1,), 9, b"\1\2"),
    "complex bool": array((1,), 3, b"\1\1", 1),
    "complex date": array((1,), 65536, bytes(16), 1),
    "complex flag 2": array((1,), 9, b"\1\1", 2),
    "65 dimensions": array((1,) * 65, 9, b"\1"),
    "2**40 dimensions": array((), 9, ndim=2**40),
    "shape of nothing, too large": array((0, 2**63), 9),
    "cell of nothing, too large": b"C" + U64(2) + U64(0) + U64(2**63),
    "sparse of floats32": sparse((2, 1), (0,), (0, 1), dtype_id=7),
    "sparse row outside": sparse((2, 1), (2,), (0, 1)),
    "sparse row negative": sparse((2, 1), (2**63 + 1,), (0, 1)),
    "sparse columns backwards": sparse((2, 2), (0, 1), (0, 2, 1)),
    "sparse more used than stored": sparse((2, 1), (0,), (0, 2)),
    "sparse columns huge": sparse((2, 2**60), (0,), (0, 1)),
    "sparse rows huge": sparse((2**63, 1), (0,), (0, 1)),
    "struct names without end": b"S" + U64(1) + U64(1) + struct.pack("<I", 1) + b"name",
    "struct names too many": b"S" + U64(1) + U64(1) + struct.pack("<I", 2**31) + b"name\0",
    "struct names twice": b"S" + U64(1) + U64(1) + struct.pack("<I", 2) + b"a\0a\0" + child(b"\xff") * 2,
    "struct elements too many": b"S" + U64(1) + U64(2**61) + struct.pack("<I", 1) + b"a\0" + child(b"\xff"),
    "records without fields": records(),
    "records of a list": records(b"\x02" + U64(0)),
    "records of different shapes": records(ONE, array((2,), 9, b"\1\2")),
    "records with a field missing": records(ONE, names=["a", "b"]),
    "records with an element too long": records(array((1,), 5) + U64(99) + b"\xff"),
    "records with bytes left": records(ONE) + b"\0",
}


@pytest.mark.spec("C-075", "C-081", "C-082")
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("kind", ["plain", "compressed", "in a list"])
def test_malformed_values(body, kind):
    if kind == "in a list":
        body = b"\x02" + U64(1) + child(body)
    packed = b"dj0\0" + body
    with pytest.raises(DataJointError, match=r"at byte \d+: "):
        blob.unpack(zipped(packed) if kind == "compressed" else packed)


VALID = b"dj0\0\x0b\1"
ENVELOPES = {
    "empty": b"",
    "short": b"dj",
    "unknown protocol": b"abc\0\xff",
    "pickle": b"\x80\x05N.",
    "only a protocol": b"mYm\0",
    "only an envelope": b"ZL123\0",
    "envelope in envelope": zipped(zipped(VALID)),
    "no zlib stream": b"ZL123\0" + U64(5) + b"hello",
    "truncated stream": zipped(VALID)[:-3],
    "wrong checksum": zipped(VALID)[:-1] + b"\0",
    "bytes after the stream": zipped(VALID, rest=b"\0"),
    "many bytes after the stream": zipped(VALID, rest=bytes(100_000)),
    "declared too small": zipped(VALID, size=5),
    "declared too large": zipped(VALID, size=7),
    "declared absurd": zipped(VALID, size=2**62),
    "bytes after the value": VALID + b"\0",
}


@pytest.mark.spec("C-075", "C-081")
@pytest.mark.parametrize("packed", ENVELOPES.values(), ids=ENVELOPES)
def test_malformed_envelopes(packed):
    with pytest.raises(DataJointError, match=r"at byte \d+: "):
        blob.unpack(packed)


@pytest.mark.spec("C-075")
def test_random_bytes():
    chance = random.Random(5)
    for _ in range(500):
        with pytest.raises(DataJointError):
            blob.unpack(chance.randbytes(chance.randrange(60)))


def test_offset_is_that_of_the_fault():
    packed = b"dj0\0\x02" + U64(2) + child(b"\xff") + child(b"\x07")
    with pytest.raises(DataJointError, match="at byte 30: no value has the code 0x07"):
        blob.unpack(packed)
    with pytest.raises(DataJointError, match="at byte 30: "):
        blob.unpack(zipped(packed))


def test_what_is_no_bytes_is_refused():
    with pytest.raises(DataJointError, match="str"):
        blob.unpack("646a3000ff")
    with pytest.raises(DataJointError, match="32 or 64"):
        blob.unpack(VALID, dims=16)


@pytest.mark.spec("C-076")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
def test_every_truncation(vector):
    for length in range(len(vector.blob)):
        with pytest.raises(DataJointError, match=r"at byte \d+: "):
            blob.unpack(vector.blob[:length], dims=vector.dims)


def decodes(packed, dims=64):
    """Return whether a blob has a value; anything but a DataJointError escapes."""
    try:
        blob.unpack(packed, dims=dims)
    except DataJointError:
        return False
    return True


@pytest.mark.spec("C-077")
def test_100_000_byte_flips():
    chance = random.Random(77)
    good = 0
    for _ in range(100_000):
        vector = chance.choice(VECTORS)
        damaged = bytearray(vector.blob)
        damaged[chance.randrange(len(damaged))] ^= chance.randrange(1, 256)
        good += decodes(bytes(damaged), vector.dims)
    assert 0 < good < 100_000


RICH = blob.pack(
    {
        "numbers": [*range(-300, 300, 7)],
        "floats": [0.5] * 40,
        "array": np.arange(30.0).reshape(5, 6),
        "objects": np.array([1, "a", None, {3}], object),
        "records": np.zeros(3, [("a", "i4"), ("b", object), ("c", [("d", "f4")])]),
        "cell": np.array([["a", 2.5]], object).view(blob.MatCell),
        "texts": ["wren", ("owl", b"x")],
    },
    compress=False,
)


def mutated(chance, packed):
    damaged = bytearray(packed)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(damaged))
        match chance.randrange(5):
            case 0:
                damaged[at] = chance.randrange(256)
            case 1:
                damaged[at : at + 8] = struct.pack(
                    "<Q", chance.choice([0, 1, 2**31, 2**32, 2**62, 2**64 - 1])
                )
            case 2:
                del damaged[at : at + chance.randrange(1, 20)]
            case 3:
                damaged[at:at] = chance.randbytes(chance.randrange(1, 20))
            case 4:
                other = chance.randrange(len(packed))
                damaged[at:at] = packed[other : other + 40]
        damaged = damaged or bytearray(b"\0")
    return bytes(damaged)


@pytest.mark.spec("R-032")
def test_10_000_mutated_blobs_take_little_time_and_memory():
    chance = random.Random(32)
    sources = [*(vector.blob for vector in VECTORS), RICH, zipped(RICH), blob.pack(np.zeros(50_000))]
    slowest = 0.0
    tracemalloc.start()
    try:
        for _ in range(10_000):
            damaged = mutated(chance, chance.choice(sources))
            started = time.perf_counter()
            decodes(damaged)
            slowest = max(slowest, time.perf_counter() - started)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert slowest < 1
    assert peak < 64e6


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=80), st.sampled_from([b"dj0\0", b"mYm\0", b"dj0\0\x02" + U64(1), b"dj0\0F\1\0\0\0a\0"])
)
def test_arbitrary_bodies(body, start):
    decodes(start + body)


def peak_of(packed):
    tracemalloc.start()
    try:
        with pytest.raises(DataJointError):
            blob.unpack(packed)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.spec("C-078")
@pytest.mark.parametrize(
    "body",
    [
        b"\x02" + U64(2**62),
        b"\x04" + U64(2**62),
        array((2**50,), 6),
        array((2**32, 2**32, 2**32), 6),
        array((2**50,), 5),
        array((2**50,), 4),
        b"C" + U64(1) + U64(2**50),
        b"S" + U64(1) + U64(2**50) + b"\1\0\0\0a\0",
        b"P" + struct.pack("<QQQII", 2, 2**50, 2**50, 6, 0),
        b"\x06" + U64(2**62),
        b"\x0a\xff\xff",
        b"F\xff\xff\xff\xffa\0",
    ],
)
def test_absurd_counts_allocate_nothing(body):
    assert peak_of(b"dj0\0" + body) < 200_000


@pytest.mark.spec("C-079")
def test_a_bomb_is_not_inflated():
    bomb = zipped(bytes(50_000_000), size=5)
    assert len(bomb) < 60_000
    assert peak_of(bomb) < 1_000_000


def nested(depth, wrap, inner=b"\xff"):
    for _ in range(depth):
        inner = wrap(inner)
    return b"dj0\0" + inner


WRAPS = {
    "list": lambda inner: b"\x02" + U64(1) + child(inner),
    "tuple": lambda inner: b"\x01" + U64(1) + child(inner),
    "dict": lambda inner: b"\x04" + U64(1) + child(b"\xff") + child(inner),
    "objects": lambda inner: array((1,), 5, child(inner)),
    "cell": lambda inner: b"C" + U64(1) + U64(1) + child(inner),
    "struct": lambda inner: b"S" + U64(1) + U64(1) + b"\1\0\0\0a\0" + child(inner),
}


@pytest.mark.spec("C-080")
@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_nesting_is_bounded(wrap):
    blob.unpack(nested(512, wrap))
    with pytest.raises(DataJointError, match=r"at byte \d+: .*512"):
        blob.unpack(nested(513, wrap))
    with pytest.raises(DataJointError):
        blob.unpack(nested(3000, wrap))


@pytest.mark.spec("C-080")
def test_what_is_packed_can_be_unpacked():
    value: list = []
    for _ in range(511):
        value = [value]
    assert blob.pack(blob.unpack(blob.pack(value))) == blob.pack(value)
    with pytest.raises(DataJointError, match="512"):
        blob.pack([value])


def test_nested_records_are_bounded():
    packed = b"dj0\0" + b"F\1\0\0\0a\0" * 5000 + ONE
    with pytest.raises(DataJointError):
        blob.unpack(packed)


def test_a_nearly_used_up_stack_gives_an_error_of_ours():
    packed = nested(512, WRAPS["list"])

    def deep(levels):
        return deep(levels - 1) if levels else blob.unpack(packed)

    with pytest.raises(DataJointError, match="shallower"):
        deep(500)


@pytest.mark.spec("C-082")
@pytest.mark.parametrize("dtype_id", [0, 1, 2, 16, 17, 65535, 65549, 2**32 - 1])
def test_ids_of_no_dtype(dtype_id):
    with pytest.raises(DataJointError, match=f"at byte 21: no dtype has the id {dtype_id}"):
        blob.unpack(b"mYm\0" + array((1,), dtype_id, bytes(8)))


@pytest.mark.parametrize("byte", [1, 2, 255])
def test_any_byte_but_zero_is_true(byte):
    back = blob.unpack(b"mYm\0" + array((2,), 3, bytes([byte, 0])))
    assert back.tolist() == [True, False] and back.view("u1").tolist() == [1, 0]
