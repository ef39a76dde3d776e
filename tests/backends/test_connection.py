"""Connections to every database: queries, cursors, life, threads."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datajoint_nb import Connection
from datajoint_nb.connection.connection import logger
from datajoint_nb.errors import AccessError, DataJointError, LostConnectionError
from datajoint_nb.settings import new_config
from datajoint_nb.sql.statement import Statement
from tests.backends.tables_by_hand import rows, simple_table
from tests.servers import Server


@pytest.mark.spec("S-010")
@pytest.mark.parametrize(
    ("sql", "args", "row"),
    [
        ("SELECT %s AS a, %s AS b", (1, "x"), {"a": 1, "b": "x"}),
        ("SELECT %(b)s AS a, %(a)s AS b", {"a": "x", "b": 1}, {"a": 1, "b": "x"}),
        ("SELECT %s AS a, '7%%' AS b", (1,), {"a": 1, "b": "7%"}),
        ("SELECT 1 AS a, 'x' AS b", (), {"a": 1, "b": "x"}),
    ],
)
def test_query_binds_values_alike(connection: Connection, sql: str, args: Any, row: dict[str, Any]) -> None:
    assert connection.query(sql, args, as_dict=True).fetchall() == [row]
    assert connection.query(sql, args).fetchone() == tuple(row.values())


@pytest.mark.spec("S-011")
@pytest.mark.parametrize("literal", ["50%", "50%%", "a % b"])
def test_percent_signs_need_no_care_without_values(connection: Connection, literal: str) -> None:
    found = connection.query(f"SELECT '{literal}'").fetchone()[0]
    assert found == literal.replace("%%", "%")


@pytest.mark.spec("S-012")
def test_cursors_interleave(connection: Connection) -> None:
    numbers = " UNION ALL ".join(f"SELECT {n}" for n in range(3))
    first, second = connection.query(numbers), connection.query(numbers)
    seen = [(first.fetchone(), second.fetchone()) for _ in range(3)]
    assert seen == [((n,), (n,)) for n in range(3)]
    assert first.fetchone() is None
    assert first.rowcount == 3


def test_rows_found_are_counted_although_unchanged(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    name = simple_table(connection, schema_name())
    connection.query(f"INSERT INTO {name} (id, note) VALUES (1, 'a'), (2, 'a')")
    assert connection.query(f"UPDATE {name} SET note = 'a'").rowcount == 2


@pytest.mark.spec("S-007")
def test_connections_are_told_apart(connection_settings: dict[str, Any]) -> None:
    with Connection(**connection_settings) as first, Connection(**connection_settings) as second:
        assert first != second
        assert len({first, second}) == 2
        assert first.connection_id != second.connection_id


@pytest.mark.spec("S-009")
def test_block_closes_after_an_exception(connection_settings: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="mine"), Connection(**connection_settings) as connection:
        raise KeyError("mine")
    assert not connection.is_connected
    with pytest.raises(LostConnectionError):
        connection.ping()


@pytest.mark.spec("S-008")
@pytest.mark.backends("mysql", "postgresql")
def test_password_is_in_no_repr(connection: Connection, server: Server) -> None:
    texts = [repr(connection), repr(connection.conn_info), repr(connection.spec), repr(vars(connection))]
    assert not [text for text in texts if server.password in text]
    assert "(connected)" in texts[0]
    assert connection.conn_info["passwd"] == server.password


@pytest.mark.spec("S-027")
def test_query_after_close_connects_again(connection: Connection) -> None:
    former = connection.connection_id
    connection.close()
    assert connection.query("SELECT 1").fetchone() == (1,)
    assert connection.connection_id != former
    connection.close()
    assert connection.query("SELECT 1", reconnect=True).fetchone() == (1,)


def test_query_after_close_respects_reconnect_off(connection: Connection) -> None:
    connection.close()
    with pytest.raises(LostConnectionError, match="connect"):
        connection.query("SELECT 1", reconnect=False)
    connection.connect()
    assert connection.query("SELECT 1", reconnect=False).fetchone() == (1,)


@pytest.mark.spec("S-006")
@pytest.mark.backends("mysql", "postgresql")
def test_wrong_password_is_an_access_error(connection_settings: dict[str, Any]) -> None:
    with pytest.raises(AccessError) as caught:
        Connection(**{**connection_settings, "password": "wrong"})
    assert type(caught.value.__cause__).__module__.startswith(("pymysql", "psycopg"))


@pytest.mark.spec("S-006")
@pytest.mark.backends("mysql", "postgresql")
def test_closed_port_is_a_lost_connection(connection_settings: dict[str, Any]) -> None:
    with pytest.raises(LostConnectionError) as caught:
        Connection(**{**connection_settings, "port": 1})
    assert caught.value.__cause__ is not None


@pytest.mark.spec("S-015")
@pytest.mark.backends("mysql", "postgresql")
@pytest.mark.parametrize("name", ["user", "password"])
def test_servers_need_user_and_password(connection_settings: dict[str, Any], name: str) -> None:
    with pytest.raises(DataJointError, match=f"needs a {name}"):
        Connection(**{**connection_settings, name: None})


@pytest.mark.spec("S-005")
@pytest.mark.backends("mysql", "postgresql")
def test_host_may_hold_the_port(connection_settings: dict[str, Any]) -> None:
    host, port = connection_settings["host"], connection_settings["port"]
    with Connection(**{**connection_settings, "host": f"{host}:{port}", "port": 1}) as connection:
        assert connection.conn_info["port"] == port


@pytest.mark.backends("mysql", "postgresql")
def test_url_names_everything(connection_settings: dict[str, Any], backend: str) -> None:
    host, port, user = (connection_settings[name] for name in ("host", "port", "user"))
    url = f"{backend}://{user}@{host}:{port}/" + ("postgres" if backend == "postgresql" else "")
    with Connection(url, password=connection_settings["password"]) as connection:
        assert connection.query("SELECT 1").fetchone() == (1,)
        assert connection.spec.backend == backend


@pytest.mark.spec("S-031")
@pytest.mark.backends("mysql", "postgresql")
def test_tls_that_is_asked_for_is_required(connection_settings: dict[str, Any]) -> None:
    with pytest.raises(DataJointError) as caught:
        Connection(**connection_settings, use_tls=True)
    assert isinstance(caught.value, LostConnectionError)


@pytest.mark.spec("S-031")
@pytest.mark.backends("mysql", "postgresql")
def test_plain_text_on_this_machine_is_warned_of(
    connection_settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", logger=logger.name), Connection(**connection_settings):
        pass
    assert "not encrypted" in caplog.text
    caplog.clear()
    with Connection(**connection_settings, use_tls=False):
        pass
    assert not caplog.records


@pytest.mark.spec("S-031")
@pytest.mark.backends("mysql", "postgresql")
def test_plain_text_to_other_machines_is_refused(
    connection_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    module = {"mysql": "mysql", "postgresql": "postgres"}[backend]
    monkeypatch.setattr(f"datajoint_nb.backends.{module}.session.is_local", lambda host: False)
    with pytest.raises(LostConnectionError, match="use_tls=False"):
        Connection(**connection_settings)
    with Connection(**connection_settings, use_tls=False) as connection:
        assert connection.is_connected


@pytest.mark.spec("S-032")
@pytest.mark.backends("mysql", "postgresql")
def test_wrong_password_is_tried_once(
    connection_settings: dict[str, Any], server: Server, backend: str
) -> None:
    log = server.directory / "server.log"
    words = {"mysql": "Access denied", "postgresql": "password authentication failed"}[backend]
    if backend == "mysql":
        server.execute("SET GLOBAL log_warnings = 2")
    before = log.read_text(errors="replace").count(words)
    with pytest.raises(AccessError):
        Connection(**{**connection_settings, "password": "wrong"})
    assert log.read_text(errors="replace").count(words) == before + 1


def test_connecting_sends_one_statement(connection_settings: dict[str, Any], backend: str) -> None:
    with Connection(**connection_settings) as connection, connection.statements() as sent:
        connection.connect()
    assert len(sent) == (0 if backend == "sqlite" else 1)


def test_init_function_is_sent_to_each_session(connection_settings: dict[str, Any]) -> None:
    config = new_config()
    config["connection.init_function"] = "SELECT 42"
    with Connection(**connection_settings, config_override=config) as connection:
        with connection.statements() as sent:
            connection.connect()
        assert sent[-1] == "SELECT 42"


@pytest.mark.spec("S-088")
def test_in_transaction_asks_nobody(connection: Connection) -> None:
    with connection.statements() as sent:
        assert not connection.in_transaction
    with connection.transaction, connection.statements() as sent_inside:
        assert connection.in_transaction
    assert sent == sent_inside == []


def test_user_is_known(connection: Connection, backend: str) -> None:
    wanted = {"sqlite": getpass.getuser(), "mysql": "djtest@127.0.0.1", "postgresql": "djtest"}[backend]
    assert connection.get_user() == wanted


@pytest.mark.spec("S-029", "R-015")
def test_threads_get_their_own_answers(connection: Connection) -> None:
    wrong: list[Any] = []

    def ask(thread: int) -> None:
        for number in range(200):
            value = thread * 1000 + number
            found = connection.query("SELECT %s + 0", (value,)).fetchone()
            if found != (value,):
                wrong.append((value, found))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_session_ends_with_its_thread(connection: Connection) -> None:
    seen: list[Any] = []

    def work() -> None:
        connection.query("SELECT 1")
        seen.append(connection._link.threads.current().holder)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen[0].session is None


@pytest.mark.spec("S-030")
def test_forked_child_has_its_own_session(connection: Connection, schema_name: Callable[[], str]) -> None:
    name = simple_table(connection, schema_name())
    connection.start_transaction()
    connection.query(f"SELECT COUNT(*) FROM {name}")
    identity = connection.connection_id
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        inherited = connection.in_transaction
        other = connection.connection_id
        answer = connection.query("SELECT 42").fetchone()
        connection.close()
        os.write(writing, repr((inherited, other != identity, answer)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reading, 100).decode()
    os.close(reading), os.close(writing)
    assert told == "(False, True, (42,))"
    connection.query(f"INSERT INTO {name} (id) VALUES (1)")
    connection.commit_transaction()
    assert connection.connection_id == identity
    assert rows(connection, name) == [(1, None)]


def test_stream_gives_all_rows_in_pieces(connection: Connection, schema_name: Callable[[], str]) -> None:
    name = simple_table(connection, schema_name())
    values = ", ".join(f"({n}, NULL)" for n in range(25))
    connection.query(f"INSERT INTO {name} (id, note) VALUES {values}")
    text = connection.backend.localize(connection.execute, f"SELECT id FROM {name} ORDER BY id")
    pieces = []
    for piece in connection.stream(Statement(text), 10):
        pieces.append(piece)
        # other statements run between the pieces
        connection.query(f"UPDATE {name} SET note = 'seen' WHERE id = %s", (piece[0][0],))
    assert [len(piece) for piece in pieces] == [10, 10, 5]
    assert [row for piece in pieces for row in piece] == [(n,) for n in range(25)]
    with connection.transaction:
        connection.query(f"DELETE FROM {name} WHERE id >= 3")
        assert list(connection.stream(Statement(text), 2)) == [[(0,), (1,)], [(2,)]]


def test_stream_may_be_left_early(connection: Connection, schema_name: Callable[[], str]) -> None:
    name = simple_table(connection, schema_name())
    connection.query(f"INSERT INTO {name} (id, note) VALUES (1, 'a'), (2, 'b')")
    text = connection.backend.localize(connection.execute, f"SELECT id FROM {name} ORDER BY id")
    stream = connection.stream(Statement(text), 1)
    assert next(stream) == [(1,)]
    stream.close()
    assert connection.query("SELECT 1").fetchone() == (1,)


def test_values_of_many_kinds_can_be_bound(connection: Connection) -> None:
    moment = dt.datetime(2025, 6, 1, 4, 30, 15)
    found = connection.query("SELECT %s, %s, %s", (np.int64(3), np.float64(1.5), str(moment))).fetchone()
    assert found == (3, 1.5, str(moment))


@pytest.mark.parametrize(
    ("sql", "args"), [("SELECT %s", (1, 2)), ("SELECT %s, %s", (1,)), ("SELECT %(a)s", {"b": 1})]
)
def test_places_and_values_must_match(connection: Connection, sql: str, args: Any) -> None:
    with pytest.raises(DataJointError, match="the statement has|The statement has"):
        connection.query(sql, args)


@pytest.mark.spec("S-033")
def test_query_cache(
    connection_settings: dict[str, Any], tmp_path: Path, schema_name: Callable[[], str]
) -> None:
    config = new_config()
    config["query_cache"] = str(tmp_path / "cache")
    with Connection(**connection_settings, config_override=config) as connection:
        name = simple_table(connection, schema_name())
        connection.query(f"INSERT INTO {name} (id) VALUES (1)")
        connection.set_query_cache("main")
        select = f"SELECT COUNT(*) FROM {name}"
        assert connection.query(select).fetchone() == (1,)
        connection.set_query_cache(None)
        connection.query(f"INSERT INTO {name} (id) VALUES (2)")
        connection.set_query_cache("main")
        stored = connection.query(select)
        assert stored.fetchone() == (1,)
        assert stored.fetchone() is None
        with pytest.raises(DataJointError, match="Only SELECT"):
            connection.query(f"INSERT INTO {name} (id) VALUES (3)")
        connection.purge_query_cache()
        assert list((tmp_path / "cache").iterdir()) == []
        assert connection.query(select).fetchone() == (2,)
        connection.set_query_cache(None)


@pytest.mark.backends("mysql", "postgresql")
def test_failed_connections_name_the_way_out(connection_settings: dict[str, Any]) -> None:
    with pytest.raises(AccessError, match="Check user and password"):
        Connection(**{**connection_settings, "password": "wrong"})
    with pytest.raises(LostConnectionError, match="Check host and port"):
        Connection(**{**connection_settings, "port": 1})
