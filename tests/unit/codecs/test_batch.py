"""Many values at once: order, one transfer for each object, errors, memory."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from datajoint_nb.codecs import chain_of
from datajoint_nb.codecs.batch import decode_many, encode_many
from datajoint_nb.codecs.chain import prepare
from datajoint_nb.errors import DataJointError, MissingExternalFile
from datajoint_nb.storage.adapters import ADAPTERS
from datajoint_nb.storage.objects import ObjectStorage
from datajoint_nb.storage.stores import open_store
from datajoint_nb.storage.writelog import recording
from tests.unit.storage.stores import MemoryAdapter, MemoryStores, file_config

ADAPTERS.add(MemoryAdapter())


def encoded(config, text, values):
    context = {"schema": "ornis", "table": "flight", "field": "track", "config": config}
    keys = [{"nr": number} for number in range(len(values))]
    ready = [
        prepare(chain_of(text), value, key=key, context=context)
        for value, key in zip(values, keys, strict=True)
    ]
    return list(encode_many(ready, keys, context)), keys, context


def round_trip(config, text, values):
    stored, keys, context = encoded(config, text, values)
    return list(decode_many(chain_of(text), stored, keys, context))


@pytest.mark.parametrize("text", ["<blob>", "<blob@>", "<hash@>"])
def test_order_and_nulls(tmp_path, text):
    values = [b"%d" % (number % 7) if number % 5 else None for number in range(60)]
    assert round_trip(file_config(tmp_path), text, values) == values


def test_each_object_is_checked_written_and_read_once():
    config = MemoryStores()
    fs = open_store(config).fs
    with recording():
        stored, keys, context = encoded(config, "<blob@>", ["same", "other"] * 500)
    assert fs.checks == 2
    assert len(list(open_store(config).list())) == 2
    fs.reads.clear()
    assert list(decode_many(chain_of("<blob@>"), stored, keys, context)) == ["same", "other"] * 500
    assert len(fs.reads) == 2


def test_rows_of_one_object_do_not_share_values(tmp_path):
    first, second = round_trip(file_config(tmp_path), "<blob@>", [np.zeros(3), np.zeros(3)])
    first[0] = 1
    assert second[0] == 0


def test_downloads_overlap(tmp_path, monkeypatch):
    config = file_config(tmp_path)
    stored, keys, context = encoded(config, "<hash@>", [b"%d" % number for number in range(8)])
    barrier = threading.Barrier(4, timeout=10)
    original = ObjectStorage.get_buffer

    def together(self, path):
        barrier.wait()  # passes only when four are under way
        return original(self, path)

    monkeypatch.setattr(ObjectStorage, "get_buffer", together)
    assert list(decode_many(chain_of("<hash@>"), stored, keys, context)) == [b"%d" % n for n in range(8)]


def test_the_first_error_names_its_row(tmp_path):
    config = file_config(tmp_path)
    stored, keys, context = encoded(config, "<blob@>", list(range(10)))
    open_store(config).remove(stored[4]["path"])
    with pytest.raises(MissingExternalFile, match=r"`flight`\.track \(nr=4\)"):
        list(decode_many(chain_of("<blob@>"), stored, keys, context))


def test_uploads_are_recorded_from_threads(tmp_path):
    config = file_config(tmp_path)
    with recording() as log:
        encoded(config, "<npy@>", [np.full(3, number) for number in range(12)])
    assert len(log.created) == 12
    assert log.remove() == []
    assert list(open_store(config).list()) == []


def test_a_failing_upload_stops(tmp_path):
    config = file_config(tmp_path)
    with recording() as log, pytest.raises(DataJointError, match="nr=1"):
        encoded(config, "<object@>", [b"x", tmp_path / "absent", b"y"])
    log.remove()
    assert list(open_store(config).list()) == []


def test_attachments_keep_the_order_of_rows(tmp_path):
    config = file_config(tmp_path)
    config["download_path"] = str(tmp_path / "down")
    sources = []
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "n.txt").write_text(str(number))
        sources.append(folder / "n.txt")
    names = [name.rpartition("/")[2] for name in round_trip(config, "<attach@>", sources)]
    assert names == ["n.txt", *(f"n_{number}.txt" for number in range(1, 6))]
