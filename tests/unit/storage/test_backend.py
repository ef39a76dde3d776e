"""Backends: one object, folders, many objects; on folders and on a bucket in memory."""

from __future__ import annotations

import io
import json
import pickle
import threading

import pytest

from datajoint_nb.errors import BucketInaccessible, DataJointError, MissingExternalFile
from datajoint_nb.storage.adapters import ADAPTERS
from datajoint_nb.storage.backend import POOL, StorageBackend
from tests.unit.storage.stores import MemoryAdapter, MemoryStores, config_with, file_backend

ADAPTERS.add(MemoryAdapter())


@pytest.fixture(params=["file", "mem"])
def store(request, tmp_path):
    if request.param == "file":
        return file_backend(tmp_path / "root")
    return StorageBackend(MemoryStores().spec, "main")


def test_round_trip(store):
    store.put_buffer(b"owl", "a/b")
    assert store.get_buffer("a/b") == b"owl"
    assert store.get_range("a/b", 1, 3) == b"wl"
    assert store.size("a/b") == 3
    assert store.exists("a/b") and store.exists("a") and not store.exists("c")
    assert store.isdir("a") and not store.isdir("a/b")


@pytest.mark.spec("C-109")
def test_put_buffer_replaces_atomically(tmp_path):
    store = file_backend(tmp_path)
    store.put_buffer(b"old", "x")
    with (tmp_path / "x").open("rb") as reader:
        store.put_buffer(b"new text", "x")
        assert reader.read() == b"old"  # the old file was left as it was and replaced by name
    assert store.get_buffer("x") == b"new text"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_put_buffer_replaces_in_a_bucket():
    store = StorageBackend(MemoryStores().spec, "main")
    store.put_buffer(b"old", "x")
    store.put_buffer(b"new", "x")
    assert store.get_buffer("x") == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failing_write_leaves_nothing(store, error):
    with pytest.raises((DataJointError, KeyboardInterrupt)), store.create("a/x") as file:
        file.write(b"half")
        raise error
    assert not store.exists("a/x")
    assert list(store.list()) == []


def test_missing_objects(store):
    for act in (store.get_buffer, store.size, lambda p: store.get_range(p, 0, 1), store.open):
        with pytest.raises(MissingExternalFile, match="gone"):
            act("gone")
    store.remove("gone")
    store.remove_folder("gone")
    assert store.info("gone") is None


def test_list_has_size_and_time(store):
    for name in ("a/1", "a/b/2", "c"):
        store.put_buffer(b"xyz", name)
    found = sorted(store.list("a"), key=lambda file: file.path)
    assert [(file.path, file.size) for file in found] == [("a/1", 3), ("a/b/2", 3)]
    assert all(file.modified.utcoffset().total_seconds() == 0 for file in found)
    assert list(store.list("absent")) == []


@pytest.mark.spec("C-100")
def test_put_folder_writes_a_manifest_beside_it(store, tmp_path):
    source = tmp_path / "source"
    (source / "chunks").mkdir(parents=True)
    (source / "empty").mkdir()
    (source / "chunks" / "0.0").write_bytes(b"x" * 512)
    (source / "meta").write_bytes(b"abc")
    manifest = store.put_folder(source, "rows/track_1", "md5")
    assert manifest == json.loads(store.get_buffer("rows/track_1.manifest.json"))
    assert [file["path"] for file in manifest["files"]] == ["chunks/0.0", "meta"]
    assert manifest["files"][1] == {"path": "meta", "size": 3, "hash": "md5:900150983cd24fb0d6963f7d28e17f72"}
    assert (manifest["total_size"], manifest["item_count"]) == (515, 2)
    assert manifest["created"].endswith("+00:00")
    assert "hash" not in store.put_folder(source, "rows/track_2")["files"][0]
    store.remove_folder("rows/track_1")
    assert not store.exists("rows/track_1") and not store.exists("rows/track_1.manifest.json")


def test_folder_cycles_are_refused(tmp_path):
    store = file_backend(tmp_path / "root")
    source = tmp_path / "source"
    source.mkdir()
    (source / "target").write_text("owl")
    (source / "link").symlink_to(source / "target")
    assert store.put_folder(source, "ok")["item_count"] == 2
    (source / "loop").symlink_to(source)
    with pytest.raises(DataJointError, match="contains itself"):
        store.put_folder(source, "bad")


def test_links_out_of_the_store_stop_writes_and_removals(tmp_path):
    store = file_backend(tmp_path / "root")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("owl")
    (tmp_path / "root" / "way").symlink_to(outside)
    for act in (
        lambda: store.put_buffer(b"x", "way/new"),
        lambda: store.open("way/new", "wb"),
        lambda: store.remove("way/precious"),
        lambda: store.remove_folder("way"),
    ):
        with pytest.raises(DataJointError, match="symbolic link"):
            act()
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert list(store.list()) == []


def test_writing_through_a_linked_file_is_refused(tmp_path):
    store = file_backend(tmp_path / "root")
    (tmp_path / "precious").write_text("owl")
    (tmp_path / "root" / "file").symlink_to(tmp_path / "precious")
    with pytest.raises(DataJointError, match="symbolic link"):
        store.open("file", "wb")
    store.put_buffer(b"x", "file")
    assert (tmp_path / "precious").read_text() == "owl"


def test_unsafe_paths_never_reach_the_filesystem(store):
    for act in (store.get_buffer, store.exists, store.remove, store.isdir, store.full_path):
        with pytest.raises(DataJointError, match="Unsafe path"):
            act("a/../../x")


def test_copy(store):
    store.put_buffer(b"1", "a/x")
    store.put_buffer(b"2", "a/b/y")
    store.copy("a", "c")
    store.copy("a/x", "z")
    assert {file.path for file in store.list()} == {"a/x", "a/b/y", "c/x", "c/b/y", "z"}


def test_many(store):
    store.put_many((f"n/{i}", bytes([i])) for i in range(40))
    wanted = [f"n/{i}" for i in (7, 3, 7, 39)]
    assert list(store.get_many(wanted)) == [("n/7", b"\7"), ("n/3", b"\3"), ("n/39", b"\x27")]
    assert store.exists_many(["n/1", "n/40"]) == {"n/1": True, "n/40": False}
    with pytest.raises(MissingExternalFile, match="n/40"):
        list(store.get_many(["n/1", "n/40", "n/2"]))


def test_read_ahead_is_bounded(tmp_path):
    store = file_backend(tmp_path)
    store.put_many((f"{i}", b"x" * 10) for i in range(50))
    held = 0
    peak = 0
    lock = threading.Lock()
    read = store.get_buffer

    def counted(path):
        nonlocal held, peak
        with lock:
            held += 10
            peak = max(peak, held)
        return read(path)

    store.get_buffer = counted
    for _ in store.get_many([str(i) for i in range(50)], 16, {str(i): 10 for i in range(50)}, 35):
        with lock:
            held -= 10
    assert peak <= 40


def test_file_root_must_exist(tmp_path):
    store = StorageBackend({"protocol": "file", "location": str(tmp_path / "absent")}, "main")
    for act in (lambda: store.put_buffer(b"", "x"), lambda: store.get_buffer("x"), lambda: store.fs):
        with pytest.raises(DataJointError, match="root folder of store 'main'"):
            act()
    assert not (tmp_path / "absent").exists()


def test_errors_of_drivers_are_translated():
    store = StorageBackend(MemoryStores().spec, "main")

    def refuse(path):
        raise ConnectionError("https://key:secret@host refused")

    store.fs.cat_file = refuse
    with pytest.raises(BucketInaccessible, match="ConnectionError") as caught:
        store.get_buffer("x")
    assert "secret" not in str(caught.value)


def test_one_backend_for_each_specification(tmp_path):
    spec = {"protocol": "file", "location": str(tmp_path)}
    assert POOL.open(spec, "main") is POOL.open(dict(spec), "main")
    assert POOL.open(spec, "main") is not POOL.open({**spec, "token_length": 5}, "main")


def test_a_fork_gets_a_filesystem_of_its_own():
    store = StorageBackend(MemoryStores().spec, "main")
    before = store.fs
    assert store.fs is before
    store._process -= 1  # as seen by a child
    assert store.fs is not before


def test_no_secret_in_repr_or_pickle():
    store = POOL.open(MemoryStores(api_key="hunter2").spec, "main")
    assert "hunter2" not in repr(store)
    pickled = pickle.dumps(store)
    assert b"hunter2" not in pickled
    assert pickle.loads(pickled) is store


def test_sources(tmp_path):
    store = file_backend(tmp_path / "root")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.txt").write_text("owl")
    file = str(tmp_path / "folder" / "x.txt")
    assert store.source_exists(file) and store.get_source_size(f"file://{file}") == 3
    assert store.source_is_directory(str(tmp_path / "folder"))
    assert store.copy_from_url(f"file://{file}", "one") is None
    assert store.copy_from_url(str(tmp_path / "folder"), "many")["item_count"] == 1
    assert store.get_buffer("one") == store.get_buffer("many/x.txt") == b"owl"
    with pytest.raises(DataJointError, match="scheme 'ftp'"):
        store.source_exists("ftp://host/x")


def test_text_mode_and_streams(store):
    with store.open("a/t", "w") as file:
        file.write("öwl")
    with store.open("a/t", "r") as file:
        assert file.read() == "öwl"
    assert b"".join(store.chunks("a/t")) == "öwl".encode()
    with store.create("s") as file:
        file.write(io.BytesIO(b"xyz").read())
    assert store.names("a") == ["t"]


def test_an_unpickled_backend_takes_credentials_from_the_configuration(monkeypatch):
    place = {"protocol": "s3", "bucket": "birds", "location": "lab"}
    keys = {"access_key": "AKIA", "secret_key": "hunter2"}
    pickled = pickle.dumps(StorageBackend({**place, **keys}, "far"))
    assert b"AKIA" not in pickled and b"hunter2" not in pickled
    assert "access_key" not in pickle.loads(pickled).spec  # nothing configured: those of the environment
    monkeypatch.setattr(POOL, "_backends", {})
    monkeypatch.setattr(
        "datajoint_nb.storage.backend.default_config", lambda: config_with(far={**place, **keys})
    )
    assert pickle.loads(pickled).spec["secret_key"] == "hunter2"
    monkeypatch.setattr(POOL, "_backends", {})
    elsewhere = config_with(far={**place, **keys, "bucket": "other"})
    monkeypatch.setattr("datajoint_nb.storage.backend.default_config", lambda: elsewhere)
    assert "secret_key" not in pickle.loads(pickled).spec


@pytest.mark.parametrize(
    "endpoint, shown", [("https://user:pw@host:9000", "https://host:9000"), ("host:9000", "host:9000")]
)
def test_passwords_in_endpoints_are_cut_out(endpoint, shown):
    spec = {"protocol": "s3", "bucket": "b", "location": "", "endpoint": endpoint}
    assert StorageBackend(spec, "x").public_spec["endpoint"] == shown
