"""Transactions: what is kept, what is undone, and what happens when the server goes away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from datajoint_nb import Connection
from datajoint_nb.errors import DataJointError, DuplicateError, LockError, LostConnectionError
from datajoint_nb.settings import new_config
from datajoint_nb.sql.statement import MARK, Statement
from tests.backends.tables_by_hand import rows, simple_table
from tests.servers import Server


@pytest.fixture
def session(connection: Connection, schema_name: Callable[[], str]) -> str:
    """The full name of an empty table."""
    return simple_table(connection, schema_name())


def insert(connection: Connection, name: str, *numbers: int) -> None:
    for number in numbers:
        connection.query(f"INSERT INTO {name} (id) VALUES (%s)", (number,))


def ids(connection: Connection, name: str) -> list[int]:
    return [number for number, _ in rows(connection, name)]


def kill(connection: Connection, server: Server) -> None:
    """End the connection's session on the server, from outside."""
    number = connection.connection_id
    if server.backend == "mysql":
        server.execute(f"KILL {number}")
    else:
        server.execute(f"SELECT pg_terminate_backend({number}, 5000)")


def test_block_commits(connection: Connection, session: str) -> None:
    with connection.transaction as yielded:
        assert yielded is connection
        insert(connection, session, 1, 2)
    assert ids(connection, session) == [1, 2]


@pytest.mark.spec("S-020")
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_exception_restores_all_tables(
    connection: Connection, session: str, schema_name: Callable[[], str], error: type[BaseException]
) -> None:
    other = simple_table(connection, schema_name())
    insert(connection, session, 1)
    with pytest.raises(error), connection.transaction:
        insert(connection, session, 2)
        insert(connection, other, 3)
        connection.query(f"DELETE FROM {session} WHERE id = 1")
        raise error
    assert (ids(connection, session), ids(connection, other)) == ([1], [])
    assert not connection.in_transaction


@pytest.mark.spec("S-021", "R-012")
def test_nested_block_leaves_the_outer_whole(connection: Connection, session: str) -> None:
    with connection.transaction:
        insert(connection, session, 1)
        with pytest.raises(DataJointError, match="Nested"), connection.transaction:
            pytest.fail("the inner block must not run")
        insert(connection, session, 2)
        assert connection.in_transaction
    assert ids(connection, session) == [1, 2]


@pytest.mark.spec("S-022", "R-011")
def test_error_caught_inside_undoes_its_statement_only(connection: Connection, session: str) -> None:
    with connection.transaction:
        insert(connection, session, 1)
        with pytest.raises(DuplicateError):
            insert(connection, session, 1)
        with pytest.raises(DataJointError):
            connection.query("SELECT nothing_of_that_name")
        with pytest.raises(DataJointError):
            connection.execute(Statement(f"SELECT {MARK} FROM nowhere_at_all", (1,)))
        insert(connection, session, 2)
    assert ids(connection, session) == [1, 2]


def test_commit_and_cancel_without_transaction_do_nothing(connection: Connection) -> None:
    connection.commit_transaction()
    connection.cancel_transaction()
    assert not connection.in_transaction


def test_joined_block_is_undone_alone(connection: Connection, session: str) -> None:
    with connection.transaction:
        insert(connection, session, 1)
        with pytest.raises(ValueError, match="mine"), connection.joined_transaction():
            insert(connection, session, 2)
            raise ValueError("mine")
        with connection.joined_transaction(), connection.joined_transaction():
            insert(connection, session, 3)
    with connection.joined_transaction():
        assert connection.in_transaction
        insert(connection, session, 4)
    assert ids(connection, session) == [1, 3, 4]


@pytest.mark.parametrize("inside", [False, True])
def test_several_statements_are_one(connection: Connection, session: str, inside: bool) -> None:
    table = connection.backend.localize(connection.execute, session)
    good, bad = (
        [Statement(f"INSERT INTO {table} (id) VALUES ({MARK})", (n,)) for n in numbers]
        for numbers in ((1, 2, 3), (4, 5, 1))
    )
    if inside:
        connection.start_transaction()
    assert connection.execute_all(iter(good)) == 3
    with pytest.raises(DuplicateError):
        connection.execute_all(iter(bad))
    connection.commit_transaction()
    assert ids(connection, session) == [1, 2, 3]


def test_hooks_run_at_the_end(connection: Connection) -> None:
    called: list[str] = []

    def hooks(name: str) -> None:
        connection.after_commit(lambda: called.append(f"{name} committed"))
        connection.after_rollback(lambda: called.append(f"{name} undone"))

    with connection.transaction:
        hooks("first")
        assert called == []
    with pytest.raises(ValueError, match="x"), connection.transaction:
        hooks("second")
        raise ValueError("x")
    hooks("none")
    assert called == ["first committed", "second undone", "none committed"]


def test_transaction_belongs_to_its_thread(connection: Connection, session: str, backend: str) -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.append(connection.in_transaction)
        seen.append(ids(connection, session))

    with connection.transaction:
        insert(connection, session, 1)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [False, []]


@pytest.mark.backends("sqlite")
def test_memory_is_shared_by_threads_one_transaction_at_a_time(schema_name: Callable[[], str]) -> None:
    config = new_config()
    config["database.lock_timeout"] = 0.2
    with Connection(backend="sqlite", path=":memory:", config_override=config) as connection:
        name = simple_table(connection, schema_name())
        found: list[Any] = []

        def look() -> None:
            try:
                found.append(ids(connection, name))
            except LockError as error:
                found.append(type(error))

        def in_thread() -> None:
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()

        with connection.transaction:
            insert(connection, name, 1)
            in_thread()
        in_thread()
        assert found == [LockError, [1]]


@pytest.mark.spec("S-023", "R-013")
@pytest.mark.backends("mysql", "postgresql")
@pytest.mark.parametrize("writes", [False, True])
def test_killed_while_idle(connection: Connection, session: str, server: Server, writes: bool) -> None:
    former = connection.connection_id
    kill(connection, server)
    if writes:
        insert(connection, session, 1)
    assert ids(connection, session) == ([1] if writes else [])
    assert connection.connection_id != former


@pytest.mark.backends("mysql", "postgresql")
def test_killed_while_idle_before_a_transaction(connection: Connection, session: str, server: Server) -> None:
    kill(connection, server)
    with connection.transaction:
        insert(connection, session, 1)
    assert ids(connection, session) == [1]


@pytest.mark.spec("S-024", "S-025", "R-010")
@pytest.mark.backends("mysql", "postgresql")
def test_killed_inside_a_block(connection: Connection, session: str, server: Server) -> None:
    lost = pytest.raises(LostConnectionError, match="lost during a transaction")
    with lost, connection.transaction:
        insert(connection, session, 1)
        kill(connection, server)
        for _ in range(3):
            with pytest.raises(LostConnectionError, match="lost during a transaction"):
                insert(connection, session, 2)
        with pytest.raises(LostConnectionError):
            ids(connection, session)
    assert not connection.in_transaction
    assert ids(connection, session) == []
    insert(connection, session, 3)
    assert ids(connection, session) == [3]


@pytest.mark.backends("mysql", "postgresql")
def test_killed_before_the_commit(connection: Connection, session: str, server: Server) -> None:
    called: list[str] = []
    with pytest.raises(LostConnectionError), connection.transaction:
        connection.after_commit(lambda: called.append("committed"))
        insert(connection, session, 1)
        kill(connection, server)
    assert called == []
    assert ids(connection, session) == []


@pytest.mark.spec("S-026")
@pytest.mark.backends("mysql", "postgresql")
@pytest.mark.parametrize("by_setting", [False, True])
def test_no_reconnecting(connection_settings: dict[str, Any], server: Server, by_setting: bool) -> None:
    config = new_config()
    config["database.reconnect"] = not by_setting
    argument = None if by_setting else False
    with Connection(**connection_settings, config_override=config) as connection:
        kill(connection, server)
        for _ in range(2):
            with pytest.raises(LostConnectionError):
                connection.query("SELECT 1", reconnect=argument)
        connection.connect()
        assert connection.query("SELECT 1", reconnect=argument).fetchone() == (1,)


@pytest.mark.backends("mysql", "postgresql")
def test_is_connected_tells_of_a_killed_session(connection: Connection, server: Server) -> None:
    assert connection.is_connected
    kill(connection, server)
    assert not connection.is_connected


@pytest.mark.spec("R-016")
@pytest.mark.backends("mysql", "postgresql")
def test_deadlock_is_a_retriable_lock_error(
    connection_settings: dict[str, Any], connection: Connection, session: str, backend: str
) -> None:
    insert(connection, session, 1, 2)
    ready, errors = threading.Barrier(2), []

    def change(first: int, second: int) -> None:
        update = f"UPDATE {session} SET note = 'x' WHERE id = %s"
        try:
            with connection.transaction:
                connection.query(update, (first,))
                ready.wait(10)
                try:
                    connection.query(update, (second,))
                except LockError as error:
                    errors.append(error)
                    if backend == "mysql":
                        # the server has undone the block: nothing more is done in it
                        with pytest.raises(LockError):
                            connection.query("SELECT 1")
                    raise
        except LockError:
            assert not connection.in_transaction

    threads = [threading.Thread(target=change, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [error.retriable for error in errors] == [True]
    assert [note for _, note in rows(connection, session)] == ["x", "x"]


@pytest.mark.spec("S-036")
def test_waiting_for_a_lock_ends(
    connection_settings: dict[str, Any], connection: Connection, session: str
) -> None:
    insert(connection, session, 1)
    config = new_config()
    config["database.lock_timeout"] = 1
    update = f"UPDATE {session} SET note = 'x'"
    with Connection(**connection_settings, config_override=config) as other:
        with connection.transaction:
            connection.query(update)
            with pytest.raises(LockError):
                other.query(update)
        other.query(update)


@pytest.mark.backends("sqlite")
def test_deferred_transaction_begins_with_the_first_write(
    connection_settings: dict[str, Any], connection: Connection, session: str
) -> None:
    with Connection(**connection_settings) as other:
        with connection.in_block(deferred=True):
            assert ids(connection, session) == []
            insert(other, session, 1)
            assert ids(connection, session) == [1]
            insert(connection, session, 2)
            assert ids(other, session) == [1]
        assert ids(other, session) == [1, 2]
        with pytest.raises(ValueError, match="x"), connection.in_block(deferred=True):
            insert(connection, session, 3)
            raise ValueError("x")
        assert ids(other, session) == [1, 2]


@pytest.mark.backends("sqlite")
def test_stream_holds_up_no_writer(
    connection_settings: dict[str, Any], connection: Connection, session: str
) -> None:
    insert(connection, session, 1, 2)
    table = connection.backend.localize(connection.execute, session)
    with Connection(**connection_settings) as other:
        for piece in connection.stream(Statement(f"SELECT id FROM {table}"), 1):
            insert(other, session, piece[0][0] + 10)
            # a session that reads an old state may not write
            insert(connection, session, piece[0][0] + 20)
    assert ids(connection, session) == [1, 2, 11, 12, 21, 22]
