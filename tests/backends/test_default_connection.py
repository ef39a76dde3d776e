"""The one default connection."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import datajoint_nb
from datajoint_nb.connection import default
from datajoint_nb.errors import ThreadSafetyError


@pytest.fixture(autouse=True)
def no_default(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No default connection before and after the test."""
    fresh = default._Default()
    monkeypatch.setattr(sys.modules["datajoint_nb.connection.default"], "_default", fresh)
    yield
    if fresh.connection is not None:
        fresh.connection.close()


@pytest.mark.spec("S-013")
def test_there_is_one(tmp_path: Path) -> None:
    first = datajoint_nb.conn(path=tmp_path / "one.db")
    assert datajoint_nb.conn() is first
    assert datajoint_nb.conn(path=tmp_path / "one.db") is first
    with pytest.warns(UserWarning, match="one.db is open already"):
        assert datajoint_nb.conn(path=tmp_path / "two.db") is first
    with pytest.warns(UserWarning, match="open already"):
        assert datajoint_nb.conn(host="other", user="me", password="pw") is first


@pytest.mark.spec("S-014")
def test_reset_makes_another(tmp_path: Path) -> None:
    first = datajoint_nb.conn(path=tmp_path / "one.db")
    first.create_schema("lab")
    schema = datajoint_nb.Schema("lab", connection=first)

    @schema
    class Session(datajoint_nb.Manual):
        definition = "id : int32"

    second = datajoint_nb.conn(path=tmp_path / "two.db", reset=True)
    assert second is not first
    assert datajoint_nb.conn() is second
    Session.insert1({"id": 1})
    assert len(Session()) == 1
    assert second.list_schemas() == []
    first.close()


def test_thread_safe_mode_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJ_THREAD_SAFE", "1")
    with pytest.raises(ThreadSafetyError):
        datajoint_nb.conn()
