"""The golden vectors, both directions."""

from __future__ import annotations

import sys
import zlib

import numpy as np
import pytest

from datajoint_nb.codecs import blob
from datajoint_nb.errors import CodecTypeError
from tests.unit.codecs.blob_vectors import DIMS32, SPARSE, VECTORS, same


@pytest.mark.spec("C-054")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v.name)
def test_vector_decodes_to_its_value_and_type(vector):
    assert same(blob.unpack(vector.blob, dims=vector.dims), vector.value)


@pytest.mark.spec("C-055")
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.written], ids=lambda v: v.name)
def test_vector_is_written_byte_for_byte(vector):
    assert blob.pack(vector.value) == vector.blob


def test_fixed_width_text_is_written_as_objects():
    assert blob.pack(np.array(["owl", ""], "<U3")) == blob.pack(np.array(["owl", ""], object))


def test_none_in_place_of_a_blob_is_none():
    assert blob.unpack(None) is None


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_buffer_is_read(kind):
    for vector in VECTORS:
        assert same(blob.unpack(kind(vector.blob), dims=vector.dims), vector.value)


def test_part_of_a_buffer_is_read():
    assert blob.unpack(memoryview(b"xx" + VECTORS[2].blob + b"yy")[2:-2]) == 128


@pytest.mark.spec("C-068")
def test_32_bit_sizes(monkeypatch):
    assert blob.unpack(DIMS32.blob, dims=32).tolist() == [[1.0, 2.0]]
    packed = b"ZL123\0" + len(DIMS32.blob).to_bytes(4, "little") + zlib.compress(DIMS32.blob)
    assert blob.unpack(packed, dims=32).tolist() == [[1.0, 2.0]]
    assert blob.peek(packed, dims=32).shape == (1, 2)
    monkeypatch.setattr(blob, "use_32bit_dims", True)
    assert blob.unpack(packed).tolist() == [[1.0, 2.0]]
    assert blob.peek(DIMS32.blob).shape == (1, 2)


@pytest.mark.spec("C-068")
def test_32_bit_containers():
    def child(body):
        return len(body).to_bytes(4, "little") + body

    four = (4).to_bytes(4, "little")
    one = (1).to_bytes(4, "little")
    text = child(b"\x05" + four + b"wren")
    assert blob.unpack(b"dj0\0\x02" + one + text, dims=32) == ["wren"]
    assert blob.unpack(b"dj0\0\x04" + one + text + text, dims=32) == {"wren": "wren"}
    numbers = b"".join(child(b"\x0a\x01\0" + bytes([n])) for n in range(40))
    assert blob.unpack(b"dj0\0\x01" + (40).to_bytes(4, "little") + numbers, dims=32) == tuple(range(40))


@pytest.mark.spec("C-064")
def test_sparse_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    matrix = blob.unpack(SPARSE.blob)
    assert type(matrix) is blob.MatSparse
    assert matrix.toarray().tolist() == [[1.5, 0, 0], [0, 0, 0], [0, -2, 0]]
    with pytest.raises(CodecTypeError, match="toarray"):
        blob.pack(matrix)
