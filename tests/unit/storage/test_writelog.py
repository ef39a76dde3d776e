"""The record of what an insert has written."""

from __future__ import annotations

import threading

import pytest

from datajoint_nb.storage.writelog import current_log, record, recording
from tests.unit.storage.stores import file_backend


def test_created_paths_are_removed(tmp_path):
    backend = file_backend(tmp_path)
    backend.put_buffer(b"x", "kept")
    with recording() as log:
        record(backend, "a/file")
        backend.put_buffer(b"x", "a/file")
        record(backend, "a/folder", is_dir=True)
        backend.put_buffer(b"x", "a/folder/1")
        backend.put_buffer(b"x", "a/folder.manifest.json")
        record(backend, "never/written")
    assert log.remove() == []
    assert [file.path for file in backend.list()] == ["kept"]
    assert log.created == []


def test_an_enclosing_log_takes_over(tmp_path):
    backend = file_backend(tmp_path)
    with recording() as outer:
        with recording() as inner:
            record(backend, "x")
        assert current_log() is outer
        with pytest.raises(KeyError), recording():
            record(backend, "y")
            raise KeyError
    assert [path for _, path, _ in outer.created] == ["x", "y"]
    assert [path for _, path, _ in inner.created] == ["x"]
    assert current_log() is None


def test_removal_goes_on_after_a_failure(tmp_path, caplog):
    backend = file_backend(tmp_path / "root")
    (tmp_path / "root" / "way").symlink_to(tmp_path)
    backend.put_buffer(b"x", "x")
    with recording() as log:
        record(backend, "x")
        record(backend, "way/x")
    assert log.remove() == ["way/x"]
    assert not backend.exists("x")
    assert "way/x" in caplog.text


def test_once_runs_once_and_shares_failure():
    with recording() as log:
        calls = []
        barrier = threading.Barrier(4)

        def act():
            barrier.wait()
            log.once("key", lambda: calls.append(1))

        threads = [threading.Thread(target=act) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert calls == [1]
        with pytest.raises(ZeroDivisionError):
            log.once("other", lambda: 1 / 0)
        log.once("other", lambda: calls.append(2))
        assert calls == [1, 2]
