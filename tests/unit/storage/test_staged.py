"""Objects written to their final place before the row."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
import zarr

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.adapters import ADAPTERS
from datajoint_nb.storage.objectref import ObjectRef
from datajoint_nb.storage.staged import StagedObjects
from datajoint_nb.storage.stores import open_store
from datajoint_nb.storage.writelog import recording
from tests.unit.storage.stores import MemoryAdapter, MemoryStores, file_config

ADAPTERS.add(MemoryAdapter())
FIELDS = {"movie": "", "table": None}


@pytest.fixture(params=["file", "mem"])
def config(request, tmp_path):
    return MemoryStores() if request.param == "mem" else file_config(tmp_path)


def stage(config, rec=None, **options):
    row = {"site": "dune", "nr": 4} if rec is None else rec
    return StagedObjects(config, "ornis", "_flight", ("site", "nr"), FIELDS, row, **options)


def files(config):
    return sorted(file.path for file in open_store(config).list())


def ref_of(config, metadata):
    return ObjectRef.from_json(metadata, open_store(config))


def save_zarr(store):
    zarr.save(store, np.arange(12).reshape(3, 4))


def save_group(store):
    group = zarr.open_group(store, mode="w")
    group.create_array("a", data=np.arange(12).reshape(3, 4), chunks=(2, 2))


def save_xarray(store):
    xr.Dataset({"a": (("x", "y"), np.arange(12).reshape(3, 4))}).to_zarr(store, consolidated=False)


@pytest.mark.spec("C-120")
@pytest.mark.parametrize("save", [save_zarr, save_group, save_xarray])
@pytest.mark.parametrize("kind", ["none", "md5"])
def test_zarr_folders_have_a_manifest_and_verify(config, save, kind):
    staged = stage(config, hash=kind)
    save(staged.store("movie", ".zarr"))
    metadata = staged.finish()["movie"]
    assert set(metadata) == {"path", "store", "size", "ext", "is_dir", "item_count", "timestamp"}
    assert metadata["path"].startswith("_schema/ornis/_flight/site=dune/nr=4/movie_")
    assert (metadata["ext"], metadata["is_dir"], metadata["store"]) == (".zarr", True, "main")
    ref = ref_of(config, metadata)
    assert ref.verify(strict=True)
    entries = open_store(config).get_manifest(ref.path)
    assert (len(entries), sum(entry.size for entry in entries)) == (ref.item_count, ref.size)
    assert all((entry.hash is None) == (kind == "none") for entry in entries)
    found = zarr.open(ref.store, mode="r")
    data = found["a"] if hasattr(found, "keys") else found
    np.testing.assert_array_equal(data[:], np.arange(12).reshape(3, 4))


@pytest.mark.parametrize("kind", ["none", "md5"])
def test_files_are_closed_before_measuring(config, kind):
    staged = stage(config, hash=kind)
    staged.open("table", "csv").write(b"a,b\n" * 5)
    metadata = staged.finish()["table"]
    assert (metadata["size"], metadata["ext"], metadata["is_dir"], metadata["item_count"]) == (
        20,
        ".csv",
        False,
        None,
    )
    assert ("hash" in metadata) == (kind == "md5")
    assert ref_of(config, metadata).verify()


def test_the_same_path_again(config):
    staged = stage(config)
    first = staged.store("movie", "zarr")
    assert staged.store("movie", ".zarr").root == first.root
    with pytest.raises(DataJointError, match="extension"):
        staged.store("movie", ".other")
    with staged.open("table", mode="w") as file:
        file.write("text")
    first["x"] = b"1"
    assert set(staged.finish()) == {"movie", "table"}
    assert staged.fs is open_store(config).fs


@pytest.mark.spec("C-119")
def test_refusals(config):
    with pytest.raises(DataJointError, match="missing: site, nr"):
        stage(config, {}).open("movie")
    with pytest.raises(DataJointError, match="missing: nr"):
        stage(config, {"site": "dune", "nr": None}).store("movie")
    for field in ("blob_attribute", "nosuch"):  # another codec, and no attribute at all
        with pytest.raises(DataJointError, match=f"'{field}'.*<object@>"):
            stage(config).store(field)
    staged = stage(config)
    staged.open("movie").close()
    staged.rec["nr"] = 5
    for act in (staged.finish, lambda: staged.open("table")):
        with pytest.raises(DataJointError, match="key was changed.*nr"):
            act()
    staged = stage(config)
    staged.store("movie")
    with pytest.raises(DataJointError, match="Nothing was written.*'movie'"):
        staged.finish()


def test_staged_attributes_take_no_value(config):
    staged = stage(config)
    staged.open("table").write(b"x")
    staged.rec["table"] = b"y"
    with pytest.raises(DataJointError, match="no value of their own: table"):
        staged.finish()
    staged.discard()
    assert files(config) == []


@pytest.mark.parametrize("finished", [False, True])
def test_discard_removes_its_own_only(config, finished):
    other, staged = stage(config), stage(config)
    other.open("table").write(b"x")
    kept = other.finish()["table"]["path"]
    save_zarr(staged.store("movie", ".zarr"))
    staged.open("table").write(b"x")
    if finished:
        staged.finish()
    staged.discard()
    assert files(config) == [kept]


def test_a_rollback_removes_what_was_finished(config):
    with recording() as log:
        staged = stage(config)
        save_zarr(staged.store("movie", ".zarr"))
        staged.open("table").write(b"x")
        staged.finish()
    assert files(config)
    log.remove()
    assert files(config) == []


def test_key_values_are_converted(config):
    staged = stage(config, convert_key=lambda key: {**key, "nr": 99})
    staged.open("table").write(b"x")
    assert "/nr=99/" in staged.finish()["table"]["path"]


def test_unconfigured_store(tmp_path):
    config = file_config(tmp_path)
    staged = StagedObjects(config, "ornis", "flight", ("n",), {"movie": "nosuch"}, {"n": 1})
    with pytest.raises(DataJointError, match="nosuch"):
        staged.store("movie")
