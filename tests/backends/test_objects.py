"""Objects beside the database, through tables: ``07-codecs-storage.md`` §7, §10."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import datajoint_nb as dj
from datajoint_nb.storage.backend import StorageBackend


def test_equal_contents_are_stored_and_read_once(
    schema: dj.Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    config = schema.connection.config
    config["stores.default"] = "main"
    config["stores.main.protocol"] = "file"
    config["stores.main.location"] = str(store)

    @schema
    class Trace(dj.Manual):
        definition = """
        trace : int32
        ---
        data=null : <blob@>
        """

    contents = [np.full(2000, n % 3) for n in range(30)]
    Trace.insert({"trace": n, "data": data} for n, data in enumerate(contents))
    Trace.insert1({"trace": 30})
    assert sum(path.is_file() for path in store.rglob("*")) == 3

    reads: Counter[str] = Counter()
    read = StorageBackend.get_buffer

    def counted(self: StorageBackend, path: str) -> Any:
        reads[path] += 1
        return read(self, path)

    monkeypatch.setattr(StorageBackend, "get_buffer", counted)
    rows = Trace.to_dicts(order_by="KEY")
    assert all(np.array_equal(row["data"], data) for row, data in zip(rows, contents, strict=False))
    assert rows[30]["data"] is None
    assert sorted(reads.values()) == [1, 1, 1]
