"""Compression: when, how well, and that others can read it."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from datajoint_nb.codecs import blob

NOISE = np.random.default_rng(0)
OVERHEAD = len(blob.pack(b""))


@pytest.mark.spec("C-056")
def test_compressed_from_1001_bytes_on():
    assert blob.pack(bytes(1000 - OVERHEAD))[:4] == b"dj0\0"
    assert len(blob.pack(bytes(1000 - OVERHEAD))) == 1000
    assert blob.pack(bytes(1001 - OVERHEAD))[:6] == b"ZL123\0"
    assert blob.pack(bytes(1001 - OVERHEAD), compress=False)[:4] == b"dj0\0"


@pytest.mark.spec("C-056")
@pytest.mark.parametrize("size", [1001, 5000, 100_000, 3_000_000])
def test_incompressible_data_stay_plain(size):
    packed = blob.pack(NOISE.bytes(size))
    assert packed[:4] == b"dj0\0" and len(packed) == size + OVERHEAD


SEGMENTED = {
    "zeros": np.zeros(400_000),
    "counting": np.arange(300_000),
    "small ints": NOISE.integers(0, 100, 300_000),
    "small bytes": NOISE.integers(0, 9, 1_500_000).astype("u1"),
    "measured": np.round(NOISE.standard_normal(200_000), 2),
    "list": list(range(50_000)),
    "noise, then zeros": [NOISE.bytes(1_300_000), bytes(1_300_000)],
}


@pytest.mark.parametrize("value", SEGMENTED.values(), ids=SEGMENTED)
def test_large_values_are_one_zlib_stream_about_as_short_as_the_default(value):
    plain, packed = blob.pack(value, compress=False), blob.pack(value)
    assert packed[:6] == b"ZL123\0" and int.from_bytes(packed[6:14], "little") == len(plain)
    assert zlib.decompress(packed[14:]) == plain
    assert len(packed) < 1.1 * len(zlib.compress(plain)) + 1000
    assert blob.pack(blob.unpack(packed), compress=False) == plain


def test_compression_is_repeatable():
    value = SEGMENTED["small ints"]
    assert blob.pack(value) == blob.pack(value.copy())


def test_uncompressed_array_is_the_same_with_and_without_shortcut():
    value = np.arange(20.0).reshape(4, 5)
    assert blob.pack(value, compress=False) == blob.pack(value)
    assert blob.pack(value.astype("M8[s]"), compress=False) == blob.pack(value.astype("M8[s]"))
