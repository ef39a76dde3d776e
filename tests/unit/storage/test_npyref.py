"""Handles of stored arrays."""

from __future__ import annotations

import io
import pickle
import tempfile

import numpy as np
import pytest

from datajoint_nb.errors import DataJointError, MissingExternalFile, StorageIntegrityError
from datajoint_nb.storage.adapters import ADAPTERS
from datajoint_nb.storage.backend import POOL
from datajoint_nb.storage.npyref import NpyRef, parse_dtype
from datajoint_nb.storage.objectref import ObjectRef
from tests.unit.storage.stores import MemoryAdapter, MemoryStores

ADAPTERS.add(MemoryAdapter())
A = np.arange(60, dtype="f4").reshape(20, 3)


def mem_store():
    return POOL.open(MemoryStores(api_key="hunter2").spec, "main")


def file_store(tmp_path):
    (tmp_path / "root").mkdir(exist_ok=True)
    return POOL.open({"protocol": "file", "location": str(tmp_path / "root")}, "main")


@pytest.fixture(params=["file", "mem"])
def store(request, tmp_path):
    return mem_store() if request.param == "mem" else file_store(tmp_path)


def ref_of(store, array=A, path="rows/a_1.npy", **changes):
    buffer = io.BytesIO()
    np.save(buffer, array)
    store.put_buffer(buffer.getvalue(), path)
    metadata = {"path": path, "store": "main", "dtype": str(array.dtype), "shape": list(array.shape)}
    return NpyRef.from_json({**metadata, **changes}, store)


def test_metadata_need_no_file(store):
    ref = NpyRef({"path": "x", "store": "main", "dtype": "float32", "shape": [40, 3]}, store)
    assert (ref.shape, ref.dtype, ref.ndim, ref.size, ref.nbytes) == ((40, 3), np.dtype("f4"), 2, 120, 480)
    assert (len(ref), ref.path, ref.store, ref.store_name, ref.is_loaded) == (40, "x", "main", "main", False)
    assert repr(ref) == "NpyRef(shape=(40, 3), dtype=float32, not loaded)"
    with pytest.raises(TypeError):
        len(NpyRef({"path": "x", "dtype": "f4", "shape": []}))
    with pytest.raises(MissingExternalFile):
        ref.load()


@pytest.mark.spec("C-046")
def test_a_missing_object_raises_from_read_open_download_load(store, tmp_path):
    gone = {"path": "gone", "store": "main", "dtype": "float32", "shape": [4]}
    ref, array = ObjectRef.from_json(gone, store), NpyRef(gone, store)
    for act in (
        ref.read,
        ref.open,
        lambda: ref.download(tmp_path),
        array.load,
        lambda: array.load(mmap_mode="r"),
    ):
        with pytest.raises(MissingExternalFile, match="gone"):
            act()


@pytest.mark.spec("C-047")
def test_works_as_an_array(store):
    ref = ref_of(store)
    np.testing.assert_array_equal(ref + 1, A + 1)
    np.testing.assert_array_equal(2 - ref, 2 - A)
    assert np.mean(ref) == A.mean()
    copied = np.asarray(ref, copy=True)
    copied[:] = 0
    np.testing.assert_array_equal(ref.load(), A)
    assert (ref == A).all() and (ref > 3).any() and (-ref)[0, 1] == -1
    np.testing.assert_array_equal(np.add.reduce(ref), A.sum(0))
    np.testing.assert_array_equal(ref.T, A.T)
    assert np.asarray(ref, dtype="i8").dtype == np.dtype("i8")
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(ref, dtype="i8", copy=False)
    with pytest.raises(TypeError):
        ref += 1
    assert [row[0] for row in ref][:2] == [0, 3]


@pytest.mark.spec("C-048")
def test_load_downloads_once(store, monkeypatch):
    ref = ref_of(store)
    reads = []
    for method in ("open", "get_buffer"):
        original = getattr(type(store), method)
        monkeypatch.setattr(type(store), method, lambda s, *a, o=original: reads.append(1) or o(s, *a))
    first = ref.load()
    assert ref.load() is first and ref[3, 1] == 10 and ref.is_loaded
    assert reads == [1]
    assert "loaded" in repr(ref) and "not" not in repr(ref)


@pytest.mark.spec("C-049")
def test_mmap(store, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mapped = ref_of(store).load(mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, A)
    again = ref_of(store).load(mmap_mode="c")
    again[0] = 7
    np.testing.assert_array_equal(ref_of(store).load(), A)


def test_mmap_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(DataJointError, match="lose changes"):
        ref_of(mem_store()).load(mmap_mode="r+")
    with pytest.raises(DataJointError, match="'w\\+' is unknown"):
        ref_of(mem_store()).load(mmap_mode="w+")
    ref = ref_of(file_store(tmp_path))
    mapped = ref.load(mmap_mode="r+")
    mapped[0] = 7
    mapped.flush()
    assert ref.load()[0, 0] == 7


def test_mmap_cache_tells_stores_apart_and_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("datajoint_nb.storage.npyfile.CACHE_BYTES", 800)
    one, two = mem_store(), mem_store()
    np.testing.assert_array_equal(ref_of(one, A).load(mmap_mode="r"), A)
    np.testing.assert_array_equal(ref_of(two, A + 1).load(mmap_mode="r"), A + 1)
    ref_of(two, A + 2, "rows/b_1.npy").load(mmap_mode="r")
    assert sum(path.stat().st_size for path in (tmp_path / "datajoint_mmap").iterdir()) <= 800


@pytest.mark.spec("C-050")
def test_slices_of_a_bucket_read_a_part():
    store = mem_store()
    array = np.arange(30_000, dtype="f8").reshape(1000, 30)
    ref = ref_of(store, array)
    store.fs.reads.clear()
    np.testing.assert_array_equal(ref[10:20], array[10:20])
    assert sum(store.fs.reads) < 10 * 240 + 1000 < array.nbytes
    assert not ref.is_loaded


KEYS = [
    0,
    5,
    -1,
    np.int64(3),
    slice(10, 20),
    slice(None, None, 3),
    slice(15, 2, -4),
    slice(5, 5),
    slice(-3, None),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("array", [A, A[:, 0].copy(), np.arange(20, dtype=">i4"), np.zeros((20, 0))])
def test_rows_equal_numpy(key, array):
    ref = ref_of(mem_store(), array)
    np.testing.assert_array_equal(ref[key], array[key])
    assert np.asarray(ref[key]).dtype == np.asarray(array[key]).dtype
    assert not ref.is_loaded


@pytest.mark.parametrize("key", [(2, 1), [1, 2], ..., True, None])
def test_other_keys_load(key):
    ref = ref_of(mem_store())
    np.testing.assert_array_equal(ref[key], A[key])
    assert ref.is_loaded


def test_fortran_order_and_bounds():
    ref = ref_of(mem_store(), np.asfortranarray(A))
    np.testing.assert_array_equal(ref[2:4], A[2:4])
    with pytest.raises(IndexError):
        ref_of(mem_store())[20]


@pytest.mark.parametrize("changes", [{"shape": [3, 20]}, {"dtype": "float64"}])
def test_a_file_of_another_shape_or_type(store, changes):
    ref = ref_of(store, **changes)
    with pytest.raises(StorageIntegrityError, match="the row says"):
        ref.load()
    with pytest.raises(StorageIntegrityError):
        ref[0:2]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\x10\x00nonsense........",
        b"no array",
        b"\x93NUMPY\x03\x00" + b"x" * 20,
    ],
)
def test_malformed_files(store, content):
    ref = ref_of(store)
    store.put_buffer(content, ref.path)
    for act in (ref.load, lambda: ref[0:2]):
        with pytest.raises(StorageIntegrityError):
            act()


def test_objects_are_never_unpickled(store):
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    store.put_buffer(buffer.getvalue(), "rows/o.npy")
    ref = NpyRef({"path": "rows/o.npy", "dtype": "object", "shape": [1]}, store)
    for act in (ref.load, lambda: ref[0]):
        with pytest.raises(StorageIntegrityError):
            act()


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype("f4"),
        np.dtype(">f8"),
        np.dtype("<U5"),
        np.dtype("S3"),
        np.dtype("M8[ns]"),
        np.dtype([("a", ">i4"), ("b", "f8", (2, 3))]),
        np.dtype([("é", "i4"), ("n", [("x", "u1")])]),
        np.dtype({"names": ["a", "b"], "formats": ["u1", "f8"], "offsets": [0, 8], "itemsize": 24}),
        np.dtype([("a", "u1"), ("b", "f8")], align=True),
    ],
)
def test_dtypes_from_text(dtype):
    assert parse_dtype(str(dtype)) == dtype


def test_unicode_field_names_in_a_bucket():
    array = np.zeros(9, dtype=[("жук", "i4")])
    with pytest.warns(UserWarning, match="format 3.0"):
        ref = ref_of(mem_store(), array)
    assert ref[2:5].shape == (3,)
    assert ref.load().dtype == array.dtype


@pytest.mark.spec("C-051")
def test_pickled_refs_hold_no_credentials(store):
    store.put_buffer(b"owl", "x")
    for ref in (ref_of(store), ObjectRef.from_json({"path": "x", "store": "main"}, store)):
        pickled = pickle.dumps(ref)
        assert b"hunter2" not in pickled
        copy = pickle.loads(pickled)
        assert copy.store_name == "main"
        np.testing.assert_array_equal(copy.load(), A) if isinstance(copy, NpyRef) else copy.read()
