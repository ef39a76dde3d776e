"""The built-in codecs on stores: metadata, values accepted and refused, round trips."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pytest

from datajoint_nb.codecs import attach, chain_of, decode, encode, hash
from datajoint_nb.errors import (
    CodecTypeError,
    CodecValueError,
    DataJointError,
    SourceFileError,
    StorageIntegrityError,
)
from datajoint_nb.storage.adapters import ADAPTERS
from datajoint_nb.storage.npyref import NpyRef
from datajoint_nb.storage.objectref import ObjectRef
from datajoint_nb.storage.stores import open_store
from datajoint_nb.storage.writelog import recording
from tests.unit.storage.stores import MemoryAdapter, MemoryStores, file_config

ADAPTERS.add(MemoryAdapter())
KEY = {"site": "dune", "nr": 4}


@pytest.fixture
def config(tmp_path):
    return file_config(tmp_path)


@pytest.fixture(params=["file", "mem"])
def either(request, tmp_path):
    return MemoryStores() if request.param == "mem" else file_config(tmp_path)


def put(config, codec, value, schema="ornis", key=KEY, field="track"):
    context = {"schema": schema, "table": "_flight", "field": field, "config": config}
    return encode(chain_of(codec), value, key=key, context=context)


def get(config, codec, stored):
    context = {"schema": "ornis", "table": "_flight", "field": "track", "config": config}
    return decode(chain_of(codec), stored, key=KEY, context=context)


def files(config, store=None):
    return sorted(file.path for file in open_store(config, store).list())


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "song.zarr"
    (source / "b").mkdir(parents=True)
    (source / "a").write_text("owl")
    (source / "b" / "c").write_text("wren")
    return source


@pytest.mark.spec("C-023")
def test_hash_metadata(either):
    abc = "saavbgb42jh3bvuwh56sryl7oi"
    stored = put(either, "<hash@>", b"abc")
    assert stored == {
        "hash": abc,
        "path": f"_hash/ornis/{abc}",
        "schema": "ornis",
        "store": "main",
        "size": 3,
    }
    assert get(either, "<hash@>", stored) == b"abc"


OBJECT = {"path", "store", "size", "ext", "is_dir", "item_count", "timestamp"}


@pytest.mark.spec("C-024")
@pytest.mark.parametrize("content_hash, extra", [("md5", {"hash"}), ("sha256", {"hash"}), ("none", set())])
def test_metadata_keys(config, folder, content_hash, extra):
    config["storage.content_hash"] = content_hash
    file, many = put(config, "<object@>", b"abc"), put(config, "<object@>", folder)
    npy = put(config, "<npy@>", np.zeros((40, 3), "f4"))
    (Path(open_store(config).root) / "own").mkdir()
    (Path(open_store(config).root) / "own" / "x").write_text("owl")
    config["stores.filepath_default"] = "main"
    paths = [put(config, "<filepath@>", value) for value in ("own/x", "own")]
    assert set(file) == OBJECT | extra and set(many) == OBJECT
    assert (file["size"], file["ext"], file["is_dir"], file["item_count"]) == (3, None, False, None)
    assert (many["size"], many["ext"], many["is_dir"], many["item_count"]) == (7, ".zarr", True, 2)
    assert set(npy) == {"path", "store", "dtype", "shape"} | extra
    assert (npy["dtype"], npy["shape"]) == ("float32", [40, 3])
    for stored, size in zip(paths, (3, None), strict=True):
        assert set(stored) == {"path", "store", "size", "is_dir", "timestamp"}
        assert (stored["size"], stored["is_dir"]) == (size, size is None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", file["timestamp"])


@pytest.mark.spec("C-025")
@pytest.mark.parametrize("text, store", [("@", "main"), ("@cold", "cold")])
def test_store_is_always_the_resolved_name(config, text, store):
    (Path(open_store(config, store).root) / "x").write_text("owl")
    config["stores.filepath_default"] = "main"
    values = {
        "hash": b"x",
        "blob": 1,
        "object": b"x",
        "npy": np.zeros(2),
        "filepath": "x",
        "attach": __file__,
    }
    for name, value in values.items():
        assert put(config, f"<{name}{text}>", value)["store"] == store


@pytest.mark.spec("C-026")
@pytest.mark.parametrize("recorded", [None, ""])
def test_rows_without_store_are_read_from_the_default(config, recorded):
    for codec, value in (("<hash@>", b"owl"), ("<object@>", b"owl"), ("<npy@>", np.arange(3))):
        stored = {**put(config, codec, value), "store": recorded}
        found = get(config, codec, stored)
        assert (found.read() if isinstance(found, ObjectRef) else bytes(np.asarray(found))) == (
            value if isinstance(value, bytes) else value.tobytes()
        )


def test_hash_metadata_without_path_and_with_hex(config):
    stored = put(config, "<hash@>", b"abc")
    bare = {key: value for key, value in stored.items() if key != "path"}
    assert get(config, "<hash@>", bare) == b"abc"
    assert get(config, "<hash@>", {**bare, "hash": "900150983cd24fb0d6963f7d28e17f72"}) == b"abc"
    with pytest.raises(DataJointError, match="neither path nor hash"):
        get(config, "<hash@>", {"store": "main"})


@pytest.mark.spec("C-032")
def test_hash_takes_bytes_only(config):
    with pytest.raises(CodecTypeError, match="str"):
        put(config, "<hash@>", "text")
    for value in (bytearray(b"abc"), memoryview(b"abc")):
        assert put(config, "<hash@>", value)["size"] == 3


@pytest.mark.spec("C-090")
def test_equal_content_is_stored_once_for_each_schema(either):
    for schema in ("ornis", "ornis", "fauna"):
        put(either, "<blob@>", [1, 2], schema)
    assert len(files(either)) == 2


@pytest.mark.spec("C-091")
def test_layout_may_change(config):
    stored = {name: put(config, name, value) for name, value in (("<hash@>", b"owl"), ("<object@>", b"owl"))}
    for key, value in (
        ("subfolding", [2, 2]),
        ("hash_prefix", "h"),
        ("schema_prefix", "s"),
        ("partition_pattern", "site"),
    ):
        config[f"stores.main.{key}"] = value
    assert get(config, "<hash@>", stored["<hash@>"]) == b"owl"
    assert get(config, "<object@>", stored["<object@>"]).read() == b"owl"
    assert put(config, "<hash@>", b"new")["path"].startswith("h/ornis/")
    assert put(config, "<object@>", b"new")["path"].startswith("s/site=dune/ornis/_flight/nr=4/track_")


@pytest.mark.spec("C-092")
def test_corrupted_content(either):
    for codec, value in (("<hash@>", b"owl"), ("<blob@>", "owl"), ("<attach@>", __file__)):
        stored = put(either, codec, value)
        store = open_store(either)
        data = bytearray(store.get_buffer(stored["path"]))
        data[-1] ^= 1
        store.put_buffer(data, stored["path"])
        with pytest.raises(StorageIntegrityError, match=r"track.*another hash"):
            get(either, codec, stored)


@pytest.mark.spec("C-093")
def test_truncated_content_is_uploaded_again(either):
    stored = put(either, "<hash@>", b"owl")
    open_store(either).put_buffer(b"ow", stored["path"])
    put(either, "<hash@>", b"owl")
    assert get(either, "<hash@>", stored) == b"owl"


def test_a_reused_old_object_becomes_young(config):
    stored = put(config, "<hash@>", b"owl")
    path = Path(open_store(config).full_path(stored["path"]))
    os.utime(path, (0, 0))
    put(config, "<hash@>", b"owl")
    assert not hash.is_ageing(open_store(config).info(stored["path"]))


def test_one_check_for_equal_values_of_an_insert():
    config = MemoryStores()
    fs = open_store(config).fs
    with recording() as log:
        for _ in range(50):
            put(config, "<blob@>", "same")
        assert fs.checks == 1 and len(files(config)) == 1
    assert log.created == []


@pytest.mark.parametrize("codec", ["<attach>", "<attach@>"])
def test_attachments_round_trip(config, tmp_path, codec):
    config["download_path"] = str(tmp_path / "down" / "loads")
    source = tmp_path / "notes é.txt"
    source.write_bytes(b"a\0b")
    stored = put(config, codec, source)
    assert codec == "<attach@>" or stored == "notes é.txt".encode() + b"\0a\0b"
    local = get(config, codec, stored)
    assert local == str(tmp_path / "down" / "loads" / "notes é.txt")
    assert Path(local).read_bytes() == b"a\0b"


@pytest.mark.spec("C-030")
def test_equal_names_with_other_content(config, tmp_path):
    config["download_path"] = str(tmp_path / "down")
    contents = [b"one", b"two", b"one", b"three!", b"two"]
    names = [Path(get(config, "<attach>", b"n.txt\0" + content)).name for content in contents]
    assert names == ["n.txt", "n_1.txt", "n.txt", "n_2.txt", "n_1.txt"]
    assert {p.name: p.read_bytes() for p in (tmp_path / "down").iterdir()} == {
        "n.txt": b"one",
        "n_1.txt": b"two",
        "n_2.txt": b"three!",
    }


@pytest.mark.spec("C-031")
def test_attachment_names_stay_inside(config, tmp_path):
    config["download_path"] = str(tmp_path / "down")
    assert get(config, "<attach>", b"../../x\0owl") == str(tmp_path / "down" / "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cold", "down", "main"]


@pytest.mark.parametrize(
    "stored, safe",
    [
        ("/etc/passwd", "passwd"),
        ("a\\b", "b"),
        ("a\nb:c", "abc"),
        ("", "_"),
        ("..", "_.."),
        (".", "_."),
        ("NUL.txt", "_NUL.txt"),
        ("com1", "_com1"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_safe_attachment_names(stored, safe):
    assert attach.safe_name(stored) == safe


@pytest.mark.parametrize("payload", [b"", b"no nul", b"\xff\xfe\0x"])
def test_malformed_attachments(config, payload):
    with pytest.raises(DataJointError, match="Malformed attachment"):
        get(config, "<attach>", payload)


def test_attachment_sources(config, tmp_path):
    with pytest.raises(SourceFileError, match="does not exist"):
        put(config, "<attach>", str(tmp_path / "gone"))
    with pytest.raises(IsADirectoryError) as caught:
        put(config, "<attach>", tmp_path)
    assert isinstance(caught.value, DataJointError)
    with pytest.raises(CodecTypeError):
        put(config, "<attach>", b"bytes")


@pytest.mark.spec("C-033")
def test_object_sources(either, folder, tmp_path):
    (tmp_path / "x.csv").write_bytes(b"owl")
    values = [
        b"owl",
        tmp_path / "x.csv",
        str(tmp_path / "x.csv"),
        ("csv", b"owl"),
        (".csv", io.BytesIO(b"owl")),
    ]
    for value in values:
        ref = get(either, "<object@>", put(either, "<object@>", value))
        assert ref.read() == b"owl" and ref.size == 3 and ref.verify()
    with (tmp_path / "x.csv").open("rb") as file:
        assert get(either, "<object@>", put(either, "<object@>", ("csv", file))).read() == b"owl"
    many = get(either, "<object@>", put(either, "<object@>", folder))
    with many.open("b/c") as file:
        assert file.read() == b"wren"
    assert many.verify(strict=True)


@pytest.mark.spec("C-034")
def test_extensions(config, folder, tmp_path):
    (tmp_path / "x.csv").write_bytes(b"owl")
    for value, ext in (
        (b"x", None),
        (tmp_path / "x.csv", ".csv"),
        (("csv", b"x"), ".csv"),
        ((".csv", b"x"), ".csv"),
        (folder, ".zarr"),
    ):
        stored = put(config, "<object@>", value)
        assert stored["ext"] == ext
        assert Path(stored["path"]).suffix == (ext or "")


def test_urls_are_sources(config, folder):
    assert put(config, "<object@>", f"file://{folder}/a")["size"] == 3
    assert put(config, "<object@>", f"file://{folder}")["item_count"] == 2


@pytest.mark.parametrize(
    "value, error",
    [
        ("/no/such/file", DataJointError),
        ("ftp://h/x", DataJointError),
        (3, TypeError),
        (("csv", "text"), TypeError),
        (("a",), TypeError),
        ({}, DataJointError),
        (("a/b", b""), DataJointError),
    ],
)
def test_bad_object_values(config, value, error):
    with pytest.raises(error) as caught:
        put(config, "<object@>", value)
    assert isinstance(caught.value, DataJointError)
    assert files(config) == []


@pytest.mark.spec("C-035")
@pytest.mark.parametrize("target", ["<object@>", "<object@cold>"])
def test_inserting_a_ref_copies(config, folder, target):
    for value in (("csv", b"owl"), folder):
        ref = get(config, "<object@>", put(config, "<object@>", value))
        copied = put(config, target, ref, key={"site": "dune", "nr": 5})
        assert "/nr=5/" in copied["path"] and copied["ext"] == ref.ext
        other = get(config, target, copied)
        assert other.path != ref.path and other.exists() and other.verify() and ref.verify()
        assert other.size == ref.size


def test_a_rescanned_ref_of_the_same_attribute_stays(config, folder):
    ref = get(config, "<object@>", put(config, "<object@>", folder))
    ref.store["new"] = b"robin"
    stored = put(config, "<object@>", ref.rescan())
    assert stored["path"] == ref.path and stored["size"] == 12
    assert put(config, "<object@>", ref.rescan(), field="other")["path"] != ref.path


def test_metadata_as_value(config):
    stored = put(config, "<object@>", ("csv", b"owl"))
    assert put(config, "<object@>", stored) == stored
    assert put(config, "<object@>", {"path": stored["path"]})["size"] == 3
    for bad in ({"path": "gone"}, {"path": "../x"}, {**stored, "store": "cold"}, {"path": "_hash/ornis/x"}):
        with pytest.raises(DataJointError):
            put(config, "<object@>", bad)


@pytest.mark.spec("C-036")
@pytest.mark.parametrize("value", [[1, 2], np.array([{}]), np.zeros(2, dtype=[("a", "i4"), ("o", "O")]), 3.5])
def test_npy_refuses(config, value):
    with pytest.raises(CodecTypeError):
        put(config, "<npy@>", value)
    assert files(config) == []


def test_npy_refuses_masks(config):
    with pytest.raises(CodecTypeError, match="mask"):
        put(config, "<npy@>", np.ma.masked_array([1, 2], [0, 1]))


@pytest.mark.spec("C-037")
@pytest.mark.parametrize(
    "array",
    [
        np.array([(1, [2.0, 3.0])], dtype=[("a", ">i2"), ("b", "f8", (2,))]),
        np.arange(6, dtype=">f8").reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.array(7, dtype="i2"),
        np.zeros((0, 3)),
        np.array(["owl", "öwl"]),
        np.arange(10)[::3],
    ],
)
def test_npy_round_trip(either, array):
    stored = put(either, "<npy@>", array)
    ref = get(either, "<npy@>", stored)
    assert (ref.shape, ref.dtype) == (array.shape, array.dtype)
    loaded = ref.load()
    assert loaded.dtype == array.dtype and loaded.shape == array.shape
    assert (
        loaded.flags.f_contiguous == array.flags.f_contiguous or array.ndim == 0 or not array.flags.contiguous
    )
    np.testing.assert_array_equal(loaded, array)
    assert ObjectRef.from_json(stored, open_store(either)).verify()


def test_npy_refs_are_copied(config):
    ref = get(config, "<npy@>", put(config, "<npy@>", np.arange(3)))
    for text in ("<npy@>", "<npy@cold>"):
        stored = put(config, text, ref, key={"site": "dune", "nr": 5})
        assert "/nr=5/" in stored["path"]
        np.testing.assert_array_equal(get(config, text, stored).load(), np.arange(3))


@pytest.mark.spec("C-040")
def test_fetching_handles_does_no_io():
    config = MemoryStores()
    array = put(config, "<npy@>", np.zeros((40, 3), "f4"))
    file = put(config, "<object@>", b"owl")
    fs = open_store(config).fs
    fs.store.clear()
    fs.checks, fs.reads = 0, []
    ref = get(config, "<npy@>", array)
    assert (ref.shape, ref.dtype, ref.nbytes, len(ref)) == ((40, 3), np.dtype("f4"), 480, 40)
    assert repr(ref) == "NpyRef(shape=(40, 3), dtype=float32, not loaded)"
    assert get(config, "<object@>", file).size == 3
    assert (fs.checks, fs.reads) == (0, [])


@pytest.fixture
def own(config):
    config["stores.filepath_default"] = "cold"
    root = Path(open_store(config, "cold").root)
    for name in ("raw/x", "other/y", "_hash/z", "_schema/z"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("owl")
    return root


@pytest.mark.spec("C-052")
def test_filepath_refusals(config, own, tmp_path):
    (tmp_path / "outside").write_text("owl")
    for value in (
        "_hash/z",
        "raw/../_hash/z",
        "./_hash//z",
        "_schema/z",
        "../outside",
        str(tmp_path / "outside"),
    ):
        with pytest.raises(DataJointError):
            put(config, "<filepath@>", value)
    for value in ("_hash/z", "./_schema//z"):
        with pytest.raises(ValueError):
            put(config, "<filepath@>", value)
    with pytest.raises(FileNotFoundError) as caught:
        put(config, "<filepath@>", "raw/gone")
    assert isinstance(caught.value, SourceFileError)
    for value in ("raw/x", "./raw//x", Path("raw/x"), str(own / "raw" / "x"), f"file://{own}/raw/x"):
        assert put(config, "<filepath@>", value)["path"] == "raw/x"
    with pytest.raises(DataJointError, match="URL"):
        put(config, "<filepath@>", "s3://bucket/raw/x")


@pytest.mark.spec("C-053")
def test_filepath_prefix_and_default_store(config, own):
    config["stores.cold.filepath_prefix"] = "raw"
    with pytest.raises(CodecValueError, match="outside of the section 'raw'"):
        put(config, "<filepath@>", "other/y")
    stored = put(config, "<filepath@>", "raw/x")
    assert stored["store"] == "cold"
    assert get(config, "<filepath@>", stored).read() == b"owl"
    assert get(config, "<filepath@>", {**stored, "store": None}).read() == b"owl"
    assert files(config, "main") == []


def test_filepath_follows_links_inside(config, own):
    (own / "link").symlink_to(own / "raw")
    assert get(config, "<filepath@>", put(config, "<filepath@>", "link/x")).read() == b"owl"


@pytest.mark.parametrize(
    "codec, value", [("<object@>", b"owl"), ("<npy@>", np.arange(3)), ("<object@>", "folder")]
)
def test_schema_addressed_writes_are_recorded(either, folder, codec, value):
    with recording() as log:
        put(either, codec, folder if isinstance(value, str) else value)
        put(either, "<hash@>", b"kept")
    assert len(log.created) == 1
    assert log.remove() == []
    assert files(either) == ["_hash/ornis/" + put(either, "<hash@>", b"kept")["hash"]]


def test_a_failing_upload_is_recorded_and_leaves_nothing(config, folder):
    (folder / "loop").symlink_to(folder)
    with pytest.raises(DataJointError, match="contains itself"), recording() as log:
        put(config, "<object@>", folder)
    assert log.remove() == []
    assert files(config) == []


def test_handles_of_foreign_types_are_told_apart(config):
    ref = get(config, "<npy@>", put(config, "<npy@>", np.arange(3)))
    assert isinstance(ref, NpyRef)
    with pytest.raises(CodecTypeError, match="NpyRef"):
        put(config, "<object@>", ref)
