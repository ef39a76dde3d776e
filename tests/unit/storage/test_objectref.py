"""Handles of stored files and folders."""

from __future__ import annotations

import datetime as dt
import pickle

import fsspec
import numpy as np
import pytest
import zarr

from datajoint_nb.errors import DataJointError, MissingExternalFile, StorageIntegrityError
from datajoint_nb.storage import objectref
from datajoint_nb.storage.adapters import ADAPTERS
from datajoint_nb.storage.backend import POOL, StorageBackend
from datajoint_nb.storage.objectref import ObjectRef
from tests.unit.storage.stores import MemoryAdapter, MemoryStores

ADAPTERS.add(MemoryAdapter())


@pytest.fixture(params=["file", "mem"])
def store(request, tmp_path):
    if request.param == "mem":
        return POOL.open(MemoryStores(api_key="hunter2").spec, "main")
    (tmp_path / "root").mkdir()
    return POOL.open({"protocol": "file", "location": str(tmp_path / "root")}, "main")


def file_ref(store, content=b"owl", path="rows/x_1.bin", **more):
    store.put_buffer(content, path)
    return ObjectRef.from_json({"path": path, "store": "main", "size": len(content), **more}, store)


def folder_ref(store, tmp_path, kind="md5"):
    source = tmp_path / "source"
    (source / "b").mkdir(parents=True)
    (source / "a.txt").write_text("owl")
    (source / "b" / "c.txt").write_text("wren")
    store.put_folder(source, "rows/f_1", kind)
    metadata = {"path": "rows/f_1", "store": "main", "size": 7, "is_dir": True, "item_count": 2}
    return ObjectRef.from_json(metadata, store)


def test_metadata_round_trip():
    data = {
        "path": "a/x.bin",
        "store": "main",
        "size": 3,
        "hash": None,
        "ext": ".bin",
        "is_dir": False,
        "timestamp": "2026-03-05T08:15:00.120000+00:00",
    }
    ref = ObjectRef.from_json({**data, "unknown": 1})
    assert ref.to_json() == data
    assert str(ref) == "a/x.bin"
    assert "a/x.bin" in repr(ref) and "file" in repr(ref) and "3" in repr(ref)
    zulu = ObjectRef.from_json({**data, "timestamp": "2026-03-05T08:15:00Z"})
    assert zulu.timestamp == dt.datetime(2026, 3, 5, 8, 15, tzinfo=dt.timezone.utc)


def test_without_backend_every_io_raises():
    ref = ObjectRef(path="x")
    for act in (ref.read, ref.open, ref.exists, ref.verify, ref.download, lambda: ref.store, lambda: ref.fs):
        with pytest.raises(DataJointError, match="no store"):
            act()


@pytest.mark.spec("C-102")
@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a\\..\\b", ""])
def test_unsafe_paths_of_rows_are_refused(store, path):
    with pytest.raises(DataJointError):
        ObjectRef.from_json({"path": path, "store": "main"}, store)
    with pytest.raises(DataJointError):
        ObjectRef(path=path, backend=store).read()


def test_rows_with_a_url_under_the_store(store):
    store.put_buffer(b"owl", "old/x")
    ref = ObjectRef.from_json({"url": store.get_url("old/x"), "size": 3}, store)
    assert ref.path == "old/x" and ref.read() == b"owl"
    with pytest.raises(DataJointError, match="URL"):
        ObjectRef.from_json({"url": "s3://elsewhere/x"}, store)


@pytest.mark.spec("C-039")
def test_store_knows_its_name(store):
    ref = file_ref(store)
    assert ref.store_name == "main" and ref.store == "main" and str(ref.store) == ref.store.name == "main"
    assert ref.store != "cold"
    assert ref.store == ref.store and len({ref.store, ref.store}) == 1
    assert isinstance(ref.store, fsspec.FSMap)
    assert ref.store != file_ref(store, path="rows/other.bin").store


@pytest.mark.spec("C-038")
def test_zarr_opens_the_store(store):
    array = zarr.create_array(store.get_fsmap("rows/z_1.zarr"), shape=(6, 4), chunks=(3, 4), dtype="i4")
    array[:] = np.arange(24).reshape(6, 4)
    ref = ObjectRef.from_json({"path": "rows/z_1.zarr", "is_dir": True}, store)
    for mapping in (ref.store, ref.fsmap):
        np.testing.assert_array_equal(zarr.open(mapping, mode="r")[:], np.arange(24).reshape(6, 4))
    assert ref.fsmap == ref.store and dict(ref.fsmap) == dict(ref.store)


@pytest.mark.spec("C-041")
def test_methods_of_the_other_kind_raise(store, tmp_path):
    with pytest.raises(DataJointError, match="folder"):
        folder_ref(store, tmp_path).read()
    for act in (file_ref(store).listdir, file_ref(store).walk, lambda: file_ref(store).open("x")):
        with pytest.raises(DataJointError, match="it is a file"):
            act()


def test_reading(store, tmp_path):
    assert file_ref(store).read() == b"owl"
    with file_ref(store).open(mode="r") as file:
        assert file.read() == "owl"
    folder = folder_ref(store, tmp_path)
    assert folder.listdir() == ["a.txt", "b"] and folder.listdir("b") == ["c.txt"]
    assert list(folder.walk()) == [("", ["b"], ["a.txt"]), ("b", [], ["c.txt"])]
    with folder.open("b/c.txt") as file:
        assert file.read() == b"wren"
    assert folder.exists("b/c.txt") and not folder.exists("b/d.txt")


@pytest.mark.spec("C-042")
def test_full_path_in_a_bucket():
    spec = {"protocol": "s3", "bucket": "birds", "location": "lab/raw"}
    ref = ObjectRef(path="rows/x", backend=StorageBackend(spec, "main"))
    assert ref.full_path == "s3://birds/lab/raw/rows/x"


def test_full_path_of_a_file(tmp_path):
    backend = StorageBackend({"protocol": "file", "location": str(tmp_path)}, "main")
    assert ObjectRef(path="a/x", backend=backend).full_path == str(tmp_path / "a" / "x")


@pytest.mark.spec("C-043")
def test_download_returns_what_was_written(store, tmp_path):
    ref, folder = file_ref(store), folder_ref(store, tmp_path)
    target = tmp_path / "target"
    target.mkdir()
    assert ref.download(target) == target / "x_1.bin"
    assert ref.download(target / "deep" / "new.bin") == target / "deep" / "new.bin"
    assert (target / "x_1.bin").read_bytes() == (target / "deep" / "new.bin").read_bytes() == b"owl"
    assert folder.download(target) == target / "f_1"
    assert folder.download(target / "fresh") == target / "fresh"
    for written in (target / "f_1", target / "fresh"):
        assert (written / "b" / "c.txt").read_text() == "wren"
    assert folder.download(target, "b/c.txt") == target / "c.txt"
    assert folder.download(target, "b") == target / "b"
    assert not list(target.rglob("*.saving"))


def test_download_path_is_the_default(store, tmp_path):
    store.put_buffer(b"owl", "x")
    ref = ObjectRef.from_json({"path": "x"}, store, str(tmp_path / "down"))
    assert ref.download() == tmp_path / "down" / "x"


def test_a_failing_download_leaves_nothing(store, tmp_path, monkeypatch):
    folder = folder_ref(store, tmp_path)
    get_file = type(store).get_file

    def failing(self, path, local):
        get_file(self, path, local)
        raise KeyboardInterrupt

    monkeypatch.setattr(type(store), "get_file", failing)
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(KeyboardInterrupt):
        folder.download(target)
    assert list(target.iterdir()) == []


@pytest.mark.spec("C-044")
def test_subpaths_stay_inside(store, tmp_path):
    folder = folder_ref(store, tmp_path)
    for act in (folder.open, lambda p: folder.download(tmp_path, p), folder.listdir, folder.exists):
        with pytest.raises(DataJointError, match="Unsafe path"):
            act("../x")


@pytest.mark.spec("C-045")
@pytest.mark.parametrize(
    "change, words",
    [
        (lambda s: s.remove("rows/f_1/a.txt"), "missing"),
        (lambda s: s.put_buffer(b"o", "rows/f_1/a.txt"), "1 bytes instead of 3"),
        (lambda s: s.put_buffer(b"OWL", "rows/f_1/a.txt"), "another hash"),
        (lambda s: s.put_buffer(b"x", "rows/f_1/new"), "not in the manifest"),
        (lambda s: s.remove_folder("rows/f_1"), "missing"),
    ],
)
def test_verify_folder(store, tmp_path, change, words):
    folder = folder_ref(store, tmp_path)
    assert folder.verify() is True
    change(store)
    with pytest.raises(StorageIntegrityError, match=words):
        folder.verify()


@pytest.mark.spec("C-045")
@pytest.mark.parametrize("spelling", ["qr5bk4xzqkzmlmtqaof55hzryi", "sha256:..."])
def test_verify_file(store, spelling):
    from datajoint_nb.storage.content_hash import hash_of

    kind = "sha256" if spelling.startswith("sha") else "md5"
    ref = file_ref(store, hash=hash_of([b"owl"], kind).object_text)
    assert ref.verify() is True
    for content, words in ((b"OWL", "another hash"), (b"ow", "2 bytes")):
        store.put_buffer(content, ref.path)
        with pytest.raises(objectref.IntegrityError, match=words):
            ref.verify()
    store.remove(ref.path)
    with pytest.raises(StorageIntegrityError, match="missing"):
        ref.verify()


def test_all_problems_are_listed_and_strict_needs_a_manifest(store, tmp_path):
    folder = folder_ref(store, tmp_path)
    store.remove("rows/f_1/a.txt")
    store.put_buffer(b"W", "rows/f_1/b/c.txt")
    with pytest.raises(StorageIntegrityError, match=r"a\.txt.*c\.txt"):
        folder.verify()
    store.remove("rows/f_1.manifest.json")
    assert folder.verify() is True
    with pytest.raises(StorageIntegrityError, match="no manifest"):
        folder.verify(strict=True)


@pytest.mark.parametrize("kind", ["none", "md5", "sha256"])
def test_rescan_of_a_folder(store, tmp_path, kind):
    folder = folder_ref(store, tmp_path, kind)
    folder.store["new"] = b"robin"
    with pytest.raises(StorageIntegrityError):
        folder.verify()
    fresh = folder.rescan()
    assert (fresh.size, fresh.item_count, fresh.in_place) == (12, 3, True)
    assert fresh.verify(strict=True)
    hashes = [entry.hash for entry in store.get_manifest(folder.path)]
    assert all(text is None if kind == "none" else text.startswith(kind + ":") for text in hashes)


def test_rescan_of_a_file(store):
    ref = file_ref(store, hash="saavbgb42jh3bvuwh56sryl7oi")
    with ref.open(mode="wb") as file:
        file.write(b"abc")
    assert ref.rescan().hash == "saavbgb42jh3bvuwh56sryl7oi"
    assert ref.rescan().verify()


def test_missing_objects(store, tmp_path):
    ref = ObjectRef.from_json({"path": "gone"}, store)
    folder = ObjectRef.from_json({"path": "gone", "is_dir": True}, store)
    for act in (ref.read, ref.open, lambda: ref.download(tmp_path), folder.walk, lambda: folder.open("x")):
        with pytest.raises(MissingExternalFile):
            act()
    with pytest.raises(MissingExternalFile):
        folder.download(tmp_path)
    assert not ref.exists()


def test_pickled_refs_hold_no_credentials(store):
    ref = file_ref(store)
    for value in (ref, ref.store):
        pickled = pickle.dumps(value)
        assert b"hunter2" not in pickled
    assert pickle.loads(pickle.dumps(ref)).read() == b"owl"
    assert pickle.loads(pickle.dumps(ref.store)) == "main"
