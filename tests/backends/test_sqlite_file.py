"""The SQLite file: whose it is, who may use it at once, and where it lies."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from datajoint_nb import Connection
from datajoint_nb.errors import DataJointError
from datajoint_nb.settings import new_config
from tests.backends.tables_by_hand import rows, simple_table

pytestmark = pytest.mark.backends("sqlite")


@pytest.fixture
def file(backend: str, tmp_path: Path) -> Path:
    return tmp_path / "lab.db"


def write_foreign(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as other:
        for statement in statements:
            other.execute(statement)
        other.commit()


@pytest.mark.spec("S-035")
@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE theirs (a)",),
        ("PRAGMA application_id = 77",),
        ("PRAGMA user_version = 3",),
        (f"PRAGMA application_id = {0x444A4E42}", "PRAGMA user_version = 99", "CREATE TABLE later (a)"),
    ],
)
def test_foreign_file_is_refused_unchanged(file: Path, statements: tuple[str, ...]) -> None:
    write_foreign(file, *statements)
    before = file.read_bytes()
    with pytest.raises(DataJointError, match=r"belongs to another application|newer version"):
        Connection(backend="sqlite", path=file)
    assert file.read_bytes() == before
    assert sorted(file.parent.iterdir()) == [file]


def test_file_that_is_no_database_is_refused(file: Path) -> None:
    file.write_bytes(b"surely no database" * 100)
    with pytest.raises(DataJointError, match="not an SQLite database"):
        Connection(backend="sqlite", path=file)
    assert file.read_bytes() == b"surely no database" * 100


def test_empty_file_is_taken(file: Path) -> None:
    file.touch()
    with Connection(backend="sqlite", path=file) as connection:
        assert connection.list_schemas() == []
        numbers = [connection.query(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version")]
    assert numbers == [0x444A4E42, 1]


def test_folder_must_exist(file: Path) -> None:
    with pytest.raises(DataJointError, match="no folder"):
        Connection(backend="sqlite", path=file / "below" / "lab.db")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 30_000)],
)
def test_sessions_are_set_up(file: Path, pragma: str, value: Any) -> None:
    with Connection(backend="sqlite", path=file) as connection:
        assert connection.query(f"PRAGMA {pragma}").fetchone()[0] == value
        connection.close()
        assert connection.query(f"PRAGMA {pragma}").fetchone()[0] == value


def test_journal_mode_can_be_chosen(file: Path) -> None:
    config = new_config()
    config["database.journal_mode"] = "delete"
    config["database.synchronous"] = "normal"
    with Connection(backend="sqlite", path=file, config_override=config) as connection:
        found = [connection.query(f"PRAGMA {p}").fetchone()[0] for p in ("journal_mode", "synchronous")]
    assert found == ["delete", 1]


@pytest.mark.spec("S-040")
def test_memory_is_private(backend: str) -> None:
    with Connection(path=":memory:") as first, Connection(path=":memory:") as second:
        simple_table(first, "lab")
        assert (first.list_schemas(), second.list_schemas()) == (["lab"], [])


def test_path_is_absolute_afterwards(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Connection() as connection:
        simple_table(connection, "lab")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        connection.close()
        assert connection.list_schemas() == ["lab"]
        assert connection.conn_info["path"] == str(tmp_path / "datajoint.db")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ('SELECT COUNT(*) FROM "lab"."session"', 1),
        ("SELECT COUNT(*) FROM `lab`.`session`", 1),
        ("SELECT COUNT(*) FROM lab.session", 1),
        ('SELECT "lab"."session"."id" FROM "lab"."session"', 7),
        ('SELECT s.id FROM "lab"."session" AS s WHERE \'"lab"."session"\' <> s.note', 7),
        ('SELECT COUNT(*) /* "lab"."nothing" */ FROM "lab"."session" -- "lab"."nothing"', 1),
    ],
)
def test_full_names_in_users_sql(file: Path, sql: str, found: int) -> None:
    with Connection(backend="sqlite", path=file) as connection:
        simple_table(connection, "lab")
        connection.query('INSERT INTO "lab"."session" (id, note) VALUES (7, \'x\')')
        assert connection.query(sql).fetchone() == (found,)


def write_many(path: str, start: Any, first: int) -> None:
    """Work of one of several processes that write the same table."""
    with Connection(backend="sqlite", path=path) as connection:
        start.wait()
        for number in range(first, first + 25):
            with connection.transaction:
                connection.query('INSERT INTO "lab"."session" (id) VALUES (%s)', (number,))
                connection.query("SELECT 1")


@pytest.mark.spec("S-036")
def test_processes_wait_for_each_other(file: Path) -> None:
    with Connection(backend="sqlite", path=file) as connection:
        name = simple_table(connection, "lab")
        context = multiprocessing.get_context("fork")
        start = context.Barrier(3)
        workers = [
            context.Process(target=write_many, args=(str(file), start, first)) for first in (0, 100, 200)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0, 0]
        assert len(rows(connection, name)) == 75
