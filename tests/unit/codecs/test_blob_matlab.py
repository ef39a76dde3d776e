"""Cells, structs, characters and sparse matrices as MATLAB writes them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from scipy.sparse import csc_array

from datajoint_nb.codecs import blob
from datajoint_nb.codecs.blob import MatCell, MatStruct
from tests.unit.codecs.blob_vectors import same


def array_blob(shape, dtype_id, data, is_complex=0):
    return b"mYm\0A" + struct.pack(f"<Q{len(shape)}QII", len(shape), *shape, dtype_id, is_complex) + data


def chars(text, shape):
    units = text.encode("utf-16-le")
    return array_blob(shape, 4, units)


@pytest.mark.spec("C-062")
@pytest.mark.parametrize("text", ["Zaunkönig", "ж", "🦉 owl", ""])
def test_non_ascii_text(text):
    length = len(text.encode("utf-16-le")) // 2
    for shape in ((1, length), (length,)):
        assert blob.unpack(chars(text, shape)).tolist() == [text]
        assert blob.unpack(chars(text, shape), squeeze=True) == text


@pytest.mark.spec("C-063")
def test_matrices_of_characters():
    back = blob.unpack(chars("aébc", (2, 2)))
    assert back.dtype == "<U1" and back.tolist() == [["a", "b"], ["é", "c"]]
    assert blob.unpack(chars("abc", (1, 3))).tolist() == ["abc"]
    empty = blob.unpack(chars("", (0, 0)))
    assert empty.dtype == "<U1" and empty.shape == (0, 0)


def test_halves_of_surrogate_pairs_are_replaced():
    assert blob.unpack(array_blob((1, 2), 4, b"\x00\xd8a\x00")).tolist() == ["\ufffda"]
    assert blob.unpack(array_blob((2, 1), 4, b"\x00\xd8a\x00")).tolist() == [["\ufffd"], ["a"]]


def sparse_blob(dtype_id, is_complex, data, rows=(0, 2), starts=(0, 1, 2, 2), shape=(3, 3)):
    head = struct.pack("<QQQII", *shape, len(rows), dtype_id, is_complex)
    return b"mYm\0P" + head + struct.pack(f"<{len(starts)}Q{len(rows)}Q", *starts, *rows) + data


@pytest.mark.spec("C-064")
@pytest.mark.parametrize(
    ("packed", "values"),
    [
        (sparse_blob(3, 0, b"\1\1"), [True, True]),
        (sparse_blob(6, 1, struct.pack("<4d", 1.5, -2, 3, 4)), [1.5 + 3j, -2 + 4j]),
        (sparse_blob(6, 0, struct.pack("<3d", 1.5, -2, 9), rows=(0, 2, 0)), [1.5, -2.0]),
    ],
    ids=["logical", "complex", "spare room"],
)
def test_kinds_of_sparse_matrices(packed, values):
    matrix = blob.unpack(packed)
    assert isinstance(matrix, csc_array) and matrix.shape == (3, 3)
    full = matrix.toarray()
    assert [full[0, 0], full[2, 1]] == values and np.count_nonzero(full) == 2
    assert full.dtype == np.array(values).dtype


@pytest.mark.spec("C-064")
def test_empty_sparse_matrices():
    assert blob.unpack(sparse_blob(6, 0, b"", (), (0, 0), (4, 1))).shape == (4, 1)
    assert blob.unpack(sparse_blob(6, 0, b"", (), (0,), (4, 0))).shape == (4, 0)


@pytest.mark.spec("C-065")
@pytest.mark.parametrize("shape", [(1, 0), (0, 0), (0, 3)])
def test_empty_cells_keep_their_shape(shape):
    back = blob.unpack(blob.pack(np.empty(shape, object).view(MatCell)))
    assert type(back) is MatCell and back.shape == shape


def make_struct(shape, **fields):
    made = np.empty(shape, [(name, object) for name in fields])
    for name, items in fields.items():
        for at, item in zip(np.ndindex(shape), items, strict=True):
            made[name][at] = item
    return made.view(MatStruct)


@pytest.mark.spec("C-065")
def test_struct_arrays_keep_field_and_element_order():
    made = make_struct((1, 3), zeta=[1, 2, 3], alpha=["a", "b", "c"], mid=[np.eye(2)] * 3)
    back = blob.unpack(blob.pack(made))
    assert type(back) is MatStruct and back.dtype.names == ("zeta", "alpha", "mid")
    assert back.zeta.tolist() == [[1, 2, 3]] and back["alpha"][0, 2] == "c" and back.mid[0, 1].shape == (2, 2)


def test_struct_without_fields():
    packed = b"mYm\0S" + struct.pack("<QQQI", 2, 1, 1, 0)
    assert same(blob.unpack(packed), np.array(None, object))


@pytest.mark.spec("C-066")
def test_cell_in_struct_in_cell_is_mym():
    inner = np.empty((1, 2), object)
    inner[0, 0], inner[0, 1] = np.array([[1.0]]), np.zeros((0, 0))
    outer = np.empty((2, 1), object)
    outer[0, 0] = make_struct((1, 1), c=[inner.view(MatCell)])
    outer[1, 0] = np.array([[1 + 2j]])
    packed = blob.pack(outer.view(MatCell))
    assert packed[:4] == b"mYm\0"
    assert same(blob.unpack(packed), outer.view(MatCell))
    squeezed = blob.unpack(packed, squeeze=True)
    assert squeezed.shape == (2,) and squeezed[1] == 1 + 2j
    assert squeezed[0]["c"][()][0] == 1.0


@pytest.mark.parametrize("item", ["text", 1, np.float64(1), np.array(["a"], object), np.array([1], "M8[s]")])
def test_cells_of_other_things_are_dj0(item):
    cell = np.empty((1, 30), object)
    cell[0, :] = [item] * 30
    packed = blob.pack(cell.view(MatCell), compress=False)
    assert packed[:4] == b"dj0\0"
    assert same(blob.unpack(packed), cell.view(MatCell))
