"""What the pipelines of a notebook hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.notebook.inventory import schemas_of, take_inventory


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[dj.Schema]:
    dj.config["stores.default"] = "main"
    dj.config["stores.main.protocol"] = "file"
    dj.config["stores.main.location"] = str(tmp_path)
    with dj.Connection(path=":memory:", backend="sqlite") as connection:
        yield dj.Schema("lab", connection=connection)


@pytest.fixture
def recordings(schema: dj.Schema) -> dj.Schema:
    """Two recordings, of which one has a sound, and a part without rows."""

    @schema
    class Recording(dj.Manual):
        definition = """
        recording : int32
        ---
        sound=null : <object@>
        """

        class Segment(dj.Part):
            definition = """
            -> master
            segment : int32
            """

    Recording.insert([{"recording": 1, "sound": b"12345"}, {"recording": 2}])
    return schema


def test_tables_are_listed_with_tier_and_rows(recordings: dj.Schema) -> None:
    assert take_inventory([recordings])["tables"] == [
        {"schema": "lab", "name": "Recording", "tier": "manual", "rows": 2},
        {"schema": "lab", "name": "Recording.Segment", "tier": "part", "rows": 0},
    ]


def test_objects_are_counted(recordings: dj.Schema) -> None:
    assert take_inventory([recordings])["objects"] == [
        {"table": "Recording", "attribute": "sound", "store": "main", "count": 1, "files": 1, "bytes": 5}
    ]


def test_databases_are_named_once(recordings: dj.Schema) -> None:
    assert len(take_inventory([recordings, recordings])["databases"]) == 1


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b")])
def test_schemas_among_variables_are_found_once(schema: dj.Schema, names: tuple[str, ...]) -> None:
    namespace: dict[str, Any] = dict.fromkeys(names, schema) | {"x": 1, "unused": dj.Schema()}
    assert schemas_of(namespace) == [schema][: len(names)]
