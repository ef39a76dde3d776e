"""Objects in a shared file store, written by one library and fetched by the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.interop.conftest import Here, Pair
from tests.interop.reference import Reference
from tests.servers import Server

pytestmark = pytest.mark.backends("mysql", "postgresql")

CONFIGURE = """
dj.config["stores"] = stores
dj.config["download_path"] = downloads
"""
MAKE = """
schema = Schema(name)
@schema
class Recording(dj.Manual):
    definition = "site : varchar(9)\\nn : int16\\n---\\n" + lines
"""
PUT = 'VirtualModule("m", name).Recording.insert1(dict(site="a/b", n=n, **row))'
# `v` is the fetched value
LOOK = """
from pathlib import Path
def read(subpath):
    with v.open(subpath) as file:
        return file.read()
v = (VirtualModule("m", name).Recording & dict(n=n)).fetch1(column)
eval(look)
"""


@dataclass(frozen=True)
class Shared:
    """A folder with a store, sources of objects, and a place for attachments."""

    root: Path

    @property
    def stores(self) -> dict[str, Any]:
        main = {"protocol": "file", "location": str(self.root / "store")}
        folded = {
            **main,
            "location": str(self.root / "folded"),
            "subfolding": [2, 2],
            "partition_pattern": "{site}",
            "token_length": 12,
        }
        return {"default": "main", "filepath_default": "main", "main": main, "folded": folded}

    def values(self) -> dict[str, Any]:
        """What is stored, by name of the case."""
        return {
            "blob": {"x": [1, 2.5, "a"], "y": (None, b"b")},
            "attach": str(self.root / "tern song.txt"),
            "bytes": b"abc",
            "folder": str(self.root / "song.zarr"),
            "file": str(self.root / "tern song.txt"),
            "typed": (".wav", b"RIFF"),
            "array": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
            "filepath": "files/a.bin",
        }


@dataclass(frozen=True)
class Case:
    """A codec type, one of the values of `Shared`, and what is looked at in the fetched one."""

    type: str
    value: str
    look: str
    expected: Any

    @property
    def id(self) -> str:
        return f"{self.type} {self.value}"


CASES = [
    Case("<blob@main>", "blob", "v", {"x": [1, 2.5, "a"], "y": (None, b"b")}),
    Case("<blob@folded>", "blob", "v", {"x": [1, 2.5, "a"], "y": (None, b"b")}),
    Case("<attach>", "attach", "[Path(v).name, Path(v).read_bytes()]", ["tern song.txt", b"kirr"]),
    Case("<attach@main>", "attach", "[Path(v).name, Path(v).read_bytes()]", ["tern song.txt", b"kirr"]),
    Case("<hash@main>", "bytes", "v", b"abc"),
    Case("<hash@folded>", "bytes", "v", b"abc"),
    Case("<object@main>", "bytes", "[v.read(), v.size, v.is_dir, v.verify()]", [b"abc", 3, False, True]),
    Case("<object@main>", "file", "[v.read(), v.ext, v.verify()]", [b"kirr", ".txt", True]),
    Case("<object@folded>", "typed", "[v.read(), Path(v.path).suffix, v.verify()]", [b"RIFF", ".wav", True]),
    Case(
        "<object@main>",
        "folder",
        "[sorted(v.listdir()), read('sub/y'), v.size, v.item_count, v.is_dir, v.verify()]",
        [["sub", "x"], b"12345", 9, 2, True, True],
    ),
    Case("<object@folded>", "folder", "[v.exists('sub/y'), v.verify()]", [True, True]),
    Case(
        "<npy@main>",
        "array",
        "[v.load().tolist(), list(v.shape), str(v.dtype), v.ndim]",
        [[[0, 1, 2], [3, 4, 5]], [2, 3], ">i4", 2],
    ),
    Case("<npy@folded>", "array", "np.asarray(v).tolist()", [[0, 1, 2], [3, 4, 5]]),
    Case("<filepath@main>", "filepath", "[v.read(), v.path, v.size, v.verify()]",
         [b"abcdef", "files/a.bin", 6, True]),
]  # fmt: skip
BARE = [
    Case("<blob@>", "blob", "v", {"x": [1, 2.5, "a"], "y": (None, b"b")}),
    Case("<hash@>", "bytes", "v", b"abc"),
    Case("<object@>", "folder", "[read('sub/y'), v.verify()]", [b"12345", True]),
    Case("<npy@>", "array", "v.load().tolist()", [[0, 1, 2], [3, 4, 5]]),
    Case("<filepath@>", "filepath", "v.read()", b"abcdef"),
]
# codecs over other codecs end in a mapping that the reference hands to MariaDB's driver
UNWRITABLE = ("<blob@main>", "<blob@folded>", "<attach@main>")
UNREADABLE_ON_POSTGRESQL = ("<attach>",)


@pytest.fixture
def shared(tmp_path: Path, here: Here, reference: Reference) -> Shared:
    """Stores that both libraries know, and sources beside them."""
    found = Shared(tmp_path)
    for folder in ("store/files", "folded", "song.zarr/sub", "here", "there"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "store/files/a.bin").write_bytes(b"abcdef")
    (tmp_path / "tern song.txt").write_bytes(b"kirr")
    (tmp_path / "song.zarr/x").write_bytes(b"1234")
    (tmp_path / "song.zarr/sub/y").write_bytes(b"12345")
    here.run(CONFIGURE, stores=found.stores, downloads=str(tmp_path / "here"))
    reference.run(CONFIGURE, stores=found.stores, downloads=str(tmp_path / "there"))
    return found


def lines(cases: list[Case]) -> str:
    return "".join(f"c{n}=null : {case.type}\n" for n, case in enumerate(cases))


def look(library: Any, name: str, case: Case, number: int) -> Any:
    return library.run(LOOK, name=name, n=number, column=f"c{number}", look=case.look)


@pytest.mark.spec("C-028")
@pytest.mark.parametrize("cases", [CASES, BARE], ids=["named stores", "default store"])
def test_the_reference_fetches_what_is_written_here(
    here: Here,
    reference: Reference,
    shared: Shared,
    backend: str,
    schema_name: Callable[[], str],
    cases: list[Case],
) -> None:
    name = schema_name()
    here.run(MAKE, name=name, lines=lines(cases))
    values = shared.values()
    for number, case in enumerate(cases):
        here.run(PUT, name=name, n=number, row={f"c{number}": values[case.value]})
        if backend == "postgresql" and case.type in UNREADABLE_ON_POSTGRESQL:
            fetch = 'VirtualModule("m", name).Recording.to_dicts()'
            assert "memoryview" in reference.error(fetch, name=name).message
        else:
            assert look(reference, name, case, number) == case.expected, case.id
        assert look(here, name, case, number) == case.expected, case.id


@pytest.mark.spec("C-027")
def test_what_the_reference_writes_is_fetched_here(
    here: Here,
    reference: Reference,
    shared: Shared,
    server: Server,
    backend: str,
    schema_name: Callable[[], str],
) -> None:
    name = schema_name()
    reference.run(MAKE, name=name, lines=lines(CASES))
    values = shared.values()
    for number, case in enumerate(CASES):
        row = {f"c{number}": values[case.value]}
        if backend == "mysql" and case.type in UNWRITABLE:
            refused = reference.error(PUT, name=name, n=number, row=row)
            assert (refused.kind, refused.message) == ("TypeError", "dict can not be used as parameter")
        else:
            reference.run(PUT, name=name, n=number, row=row)
            assert look(here, name, case, number) == case.expected, case.id


@pytest.mark.backends("mysql")
@pytest.mark.spec("C-027")
def test_chained_objects_as_the_reference_writes_them_where_columns_are_json(
    here: Here, reference: Reference, shared: Shared, server: Server, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    reference.run(MAKE, name=name, lines="h : <hash@main>\nc1=null : <blob@main>\nc2=null : <attach@main>\n")
    # the payload of both codecs is stored as that of <hash@>, with the same metadata
    pack = "from datajoint.blob import pack\npack(value)"
    payloads = [reference.run(pack, value=shared.values()["blob"]), b"tern song.txt\0kirr"]
    for number, payload in enumerate(payloads, 1):
        reference.run(PUT, name=name, n=number, row={"h": payload})
        server.execute(f"UPDATE {name}.recording SET c{number} = h WHERE n = {number}")
    blob, attach = (next(case for case in CASES if case.type == text) for text in UNWRITABLE[::2])
    assert look(here, name, blob, 1) == blob.expected
    assert look(here, name, attach, 2) == attach.expected


@pytest.mark.parametrize("case", [BARE[1], BARE[3]], ids=lambda case: case.type)
def test_the_reference_cannot_write_to_the_default_store(
    here: Here, reference: Reference, shared: Shared, schema_name: Callable[[], str], case: Case
) -> None:
    name = schema_name()
    here.run(MAKE, name=name, lines=lines([case]))
    refused = reference.error(PUT, name=name, n=0, row={"c0": shared.values()[case.value]})
    assert refused.kind == "DataJointError" and "store" in refused.message.lower()


@pytest.mark.spec("C-028")
def test_equal_contents_are_stored_once_by_both(
    pair: Pair, shared: Shared, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    pair.maker.run(MAKE, name=name, lines="c0 : <hash@folded>")
    pair.maker.run(PUT, name=name, n=1, row={"c0": b"abc"})
    pair.reader.run(PUT, name=name, n=2, row={"c0": b"abc"})
    files = [path for path in (shared.root / "folded").rglob("*") if path.is_file()]
    digest = "saavbgb42jh3bvuwh56sryl7oi"
    assert files == [shared.root / "folded/_hash" / name / "sa/av" / digest]


@pytest.mark.spec("C-101")
def test_the_reference_verifies_hashes_written_here(
    here: Here, reference: Reference, shared: Shared, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    here.run('dj.config["storage.content_hash"] = "md5"')
    here.run(MAKE, name=name, lines="c0 : <object@main>")
    here.run(PUT, name=name, n=0, row={"c0": b"abc"})
    case = Case("<object@main>", "bytes", "[v.hash, v.verify()]", ["saavbgb42jh3bvuwh56sryl7oi", True])
    assert look(reference, name, case, 0) == case.expected
    (stored,) = [path for path in (shared.root / "store/_schema").rglob("*") if path.is_file()]
    stored.write_bytes(b"abd")
    damaged = reference.error(LOOK, name=name, n=0, column="c0", look="v.verify()")
    assert damaged.kind == "IntegrityError"
    assert "hash" in damaged.message.lower()


@pytest.mark.spec("C-028")
def test_the_reference_verifies_the_manifest_of_a_folder_written_here(
    here: Here, reference: Reference, shared: Shared, schema_name: Callable[[], str]
) -> None:
    name = schema_name()
    here.run(MAKE, name=name, lines="c0 : <object@main>")
    here.run(PUT, name=name, n=0, row={"c0": shared.values()["folder"]})
    (stored,) = (shared.root / "store/_schema").rglob("sub/y")
    stored.unlink()
    damaged = reference.error(LOOK, name=name, n=0, column="c0", look="v.verify()")
    assert damaged.kind == "IntegrityError" and "sub/y" in damaged.message
