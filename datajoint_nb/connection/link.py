"""Sends statements, each over the session of its thread; reconnects where that is safe.

See ``tests/spec/06-connection-settings.md`` §4 and §5.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from datajoint_nb.backends import Backend, ConnectionSpec, Result, Session
from datajoint_nb.connection.threads import Hook, Threads, ThreadState, Transaction
from datajoint_nb.errors import AccessError, DataJointError, LockError, LostConnectionError, QueryError
from datajoint_nb.sql.dialect import Dialect

logger = logging.getLogger("datajoint_nb")

READS = re.compile(r"\s*(?:select|show|describe|desc|explain|values|table|with)\b", re.IGNORECASE)
WRITES = re.compile(
    r"\b(?:insert|update|delete|replace|merge|truncate|into|call|nextval|setval|analyze|lock|get_lock"
    r"|sleep|pg_\w*advisory\w*)\b",
    re.IGNORECASE,
)
LOST_INSIDE = "Connection was lost during a transaction."
MEMORY = ":memory:"
Sent = TypeVar("Sent")


def advised(error: DataJointError, spec: ConnectionSpec) -> DataJointError:
    """The error of a failed connection with the way out."""
    if isinstance(error, LostConnectionError):
        advice = f"Check host and port ({spec.address}), and that the server is running"
    elif isinstance(error, AccessError) and spec.backend != "sqlite":
        advice = "Check user and password: arguments, DJ_USER and DJ_PASS, datajoint.json, .secrets"
    else:
        return error
    error.args = (f"{error.args[0]}. {advice}", *error.args[1:])
    return error


def reads_only(sql: str) -> bool:
    """Whether the statement can be sent twice without harm."""
    return READS.match(sql) is not None and WRITES.search(sql) is None


class Link:
    """The sessions of one connection.

    Parameters
    ----------
    observe : callable
        Called with the text of each statement that any session sends.
    may_reconnect : callable
        Whether to reconnect after a loss, asked each time.
    """

    def __init__(
        self,
        backend: Backend,
        spec: ConnectionSpec,
        observe: Callable[[str], None],
        may_reconnect: Callable[[], bool],
    ):
        self.backend = backend
        self.spec = spec
        self._observe = observe
        self._may_reconnect = may_reconnect
        self.threads = Threads(spec.path == MEMORY, 30.0 if spec.lock_timeout is None else spec.lock_timeout)
        self._dialect: Dialect | None = None
        self._closed = False

    # -- sessions ----------------------------------------------------------------------------

    @property
    def dialect(self) -> Dialect:
        """The dialect of the server, which the first session finds out."""
        if self._dialect is None:
            self.session()
        assert self._dialect is not None
        return self._dialect

    def session(self, reconnect: bool | None = None) -> Session:
        """The thread's session, opened if it is not.

        Raises
        ------
        LostConnectionError
            When the server cannot be reached, or was lost and reconnecting is off.
        AccessError
            When it refuses the credentials.
        """
        state = self.threads.current()
        with self.threads.turn():
            session = state.session
            if session is not None and session.is_open:
                return session
            allowed = self._may_reconnect() if reconnect is None else reconnect
            if (state.lost or self._closed) and not allowed:
                raise LostConnectionError("The connection is closed, and reconnecting is off; call connect()")
            return self.connect()

    def connect(self) -> Session:
        """Open the thread's session anew, closing a former one."""
        state = self.threads.current()
        with self.threads.turn():
            state.holder.close()
            state.session = self.open()
            state.lost = self._closed = False
            return state.session

    def open(self) -> Session:
        """A new session that belongs to nobody yet."""
        try:
            session = self.backend.open(self.spec, self._observe)
        except self.backend.errors() as error:
            # the driver's frames hold the password, and a traceback may be printed with variables
            raise advised(self.backend.translate(error, None), self.spec) from error.with_traceback(None)
        self._dialect = self.backend.dialect_of(session)
        return session

    def close(self) -> None:
        """Close the sessions of all threads; open transactions are rolled back by the server."""
        state = self.threads.current()
        if state.transaction is not None:
            self._doom(state, LostConnectionError("The connection was closed during a transaction."))
        self._closed = True
        self.threads.close_all()

    def ping(self) -> None:
        """Ask the server; nothing is reconnected.

        Raises
        ------
        LostConnectionError
            When the session is closed or the server gone.
        """
        state = self.threads.current()
        with self.threads.turn():
            session = state.session
            if session is None or not session.is_open:
                raise LostConnectionError("The connection is closed")
            try:
                session.ping()
            except self.backend.errors() as error:
                self._drop(state)
                if state.transaction is not None:
                    self._doom(state, LostConnectionError(LOST_INSIDE))
                raise LostConnectionError(f"The server does not answer: {error}") from error

    # -- statements --------------------------------------------------------------------------

    def execute(
        self,
        sql: str,
        params: tuple[Any, ...] | None,
        *,
        write: bool = False,
        guarded: bool = True,
        reconnect: bool | None = None,
    ) -> Result:
        """Send one statement, and read all its rows.

        Parameters
        ----------
        write : bool
            Whether it changes anything: begins a transaction that waits for the first write.
        guarded : bool
            Whether a transaction shall survive its failure.
        reconnect : bool or None
            None for what is configured.
        """
        state = self.threads.current()
        transaction = state.transaction
        if transaction is None:
            with self.threads.turn():
                return self._outside(state, sql, params, write, reconnect)
        self.check(transaction)
        if transaction.waiting:
            if not write:
                return self._outside(state, sql, params, write, reconnect)
            self._start(state, transaction)
        session = state.session
        if session is None or not session.is_open:
            self._lose(state, None)
        send = session.execute_guarded if guarded and transaction.guarded else session.execute
        return self._inside(state, session, lambda: send(sql, params), sql)

    def _outside(
        self,
        state: ThreadState,
        sql: str,
        params: tuple[Any, ...] | None,
        write: bool,
        reconnect: bool | None,
    ) -> Result:
        """Send a statement that commits by itself."""
        session = self._ready(state, reconnect)
        try:
            return session.execute(sql, params)
        except self.backend.errors() as error:
            found = self.backend.translate(error, sql)
            if not isinstance(found, LostConnectionError) and session.is_open:
                raise found from error
            self._drop(state)
            safe = session.nothing_sent(error) or (not write and reads_only(sql))
            allowed = self._may_reconnect() if reconnect is None else reconnect
            if not allowed or not safe:
                raise self._lost(found, safe) from error
        except BaseException:
            self._forget_broken(state)
            raise
        logger.warning("Reconnecting to database server.")
        session = self.session(reconnect)
        try:
            return session.execute(sql, params)
        except self.backend.errors() as error:
            raise self.backend.translate(error, sql) from error

    def _lost(self, found: DataJointError, safe: bool) -> LostConnectionError:
        outcome = "" if safe else "; whether the statement took effect is unknown, and it was not sent again"
        return LostConnectionError(f"Connection to the database was lost{outcome}: {found}")

    def _ready(self, state: ThreadState, reconnect: bool | None) -> Session:
        """The session, reopened if the server has hung up since the last statement."""
        session = state.session
        if session is not None and session.is_open and session.peer_closed():
            allowed = self._may_reconnect() if reconnect is None else reconnect
            self._drop(state)
            if not allowed:
                raise LostConnectionError("Connection to the database was lost, and reconnecting is off")
            logger.warning("Reconnecting to database server.")
        return self.session(reconnect)

    def _inside(self, state: ThreadState, session: Session, send: Callable[[], Sent], sql: str) -> Sent:
        """Send a statement of the thread's transaction; what is lost here is lost for the block."""
        try:
            return send()
        except self.backend.errors() as error:
            found = self.backend.translate(error, sql)
            if isinstance(found, LostConnectionError) or not session.is_open:
                self._lose(state, error)
            if self._is_gone(state, session, error):
                self._doom(state, found)
            raise found from error
        except BaseException:
            self._forget_broken(state)
            raise

    def stream(self, sql: str, params: tuple[Any, ...] | None, size: int) -> Iterator[list[Any]]:
        """Rows in pieces; memory is bounded by a piece, and other statements may run meanwhile."""
        state = self.threads.current()
        inside = state.transaction is not None and not state.transaction.waiting
        if inside or self.spec.path == MEMORY:
            yield from self._stream_here(state, sql, params, size)
            return
        session, state.holder.spare = state.holder.spare, None
        if session is None or not session.is_open or session.peer_closed():
            session = self.open()
        finished = False
        try:
            yield from session.stream(sql, params, size, False)
            finished = True
        except self.backend.errors() as error:
            raise self.backend.translate(error, sql) from error
        finally:
            # a stream that was left early may have rows under way
            if finished and state.holder.spare is None and not self._closed:
                state.holder.spare = session
            else:
                session.close()

    def _stream_here(
        self, state: ThreadState, sql: str, params: tuple[Any, ...] | None, size: int
    ) -> Iterator[list[Any]]:
        """Rows as the transaction sees them; from memory when the database is there."""
        if state.transaction is not None:
            self.check(state.transaction)
        session = self.session()
        if self.spec.path == MEMORY:
            rows = self.execute(sql, params).rows
            yield from (rows[start : start + size] for start in range(0, len(rows), size))
            return
        try:
            yield from session.stream(sql, params, size, True)
        except self.backend.errors() as error:
            found = self.backend.translate(error, sql)
            if isinstance(found, LostConnectionError) or not session.is_open:
                self._lose(state, error)
            if self._is_gone(state, session, error):
                self._doom(state, found)
            raise found from error

    # -- transactions ------------------------------------------------------------------------

    def check(self, transaction: Transaction) -> None:
        """Raise when the transaction is doomed."""
        if transaction.doomed is not None:
            raise transaction.doomed.suggest() from transaction.doomed

    def begin(self, wait_for_write: bool = False, guarded: bool = True) -> None:
        """Start a transaction of this thread.

        Parameters
        ----------
        guarded : bool
            Whether it shall survive errors of its statements.

        Raises
        ------
        DataJointError
            When the thread has one already, which is left as it is.
        """
        state = self.threads.current()
        if state.transaction is not None:
            raise DataJointError("Nested transactions are not supported; the one under way goes on")
        self.threads.take()
        try:
            transaction = Transaction(waiting=wait_for_write, guarded=guarded)
            if not wait_for_write:
                self._start(state, transaction)
            state.transaction = transaction
        except BaseException:
            self.threads.give_back()
            raise

    def _start(self, state: ThreadState, transaction: Transaction) -> None:
        session = self._ready(state, None)
        try:
            session.begin()
        except self.backend.errors() as error:
            found = self.backend.translate(error, session.begin_sql)
            if not isinstance(found, LostConnectionError):
                raise found from error
            # nothing was done in it yet: a new session can start it as well
            self._drop(state)
            if not self._may_reconnect():
                raise self._lost(found, True) from error
            logger.warning("Reconnecting to database server.")
            self._begin_again()
        transaction.waiting = False

    def _begin_again(self) -> None:
        session = self.session()
        try:
            session.begin()
        except self.backend.errors() as error:
            raise self.backend.translate(error, session.begin_sql) from error

    def commit(self) -> None:
        """Commit the thread's transaction; does nothing without one.

        Raises
        ------
        LostConnectionError, LockError
            When the transaction was doomed, or lost while it was being committed: then whether
            it was committed is unknown.
        """
        state = self.threads.current()
        transaction = state.transaction
        if transaction is None:
            return
        try:
            self.check(transaction)
            if not transaction.waiting:
                self._commit(state)
        except BaseException:
            # after a COMMIT without an answer neither is known to have happened
            if transaction.doomed is not None:
                self._undo(state, transaction)
                self._end(state, transaction.after_rollback)
            else:
                self._end(state, [])
            raise
        self._end(state, transaction.after_commit)

    def _commit(self, state: ThreadState) -> None:
        session = state.session
        if session is None or not session.is_open:
            self._lose(state, None)
        try:
            session.commit()
        except self.backend.errors() as error:
            found = self.backend.translate(error, "COMMIT")
            if isinstance(found, LostConnectionError) or not session.is_open:
                self._drop(state)
                raise LostConnectionError(
                    "Connection was lost while committing; whether the transaction took effect is unknown"
                ) from error
            self._doom(state, found)
            raise found from error
        except BaseException:
            # interrupted: nobody knows how far it came
            self._drop(state)
            raise

    def rollback(self) -> None:
        """Roll back the thread's transaction; does nothing without one, and never fails for a lost one."""
        state = self.threads.current()
        transaction = state.transaction
        if transaction is None:
            return
        try:
            self._undo(state, transaction)
        finally:
            self._forget_broken(state)
            self._end(state, transaction.after_rollback)

    def _undo(self, state: ThreadState, transaction: Transaction) -> None:
        """Tell the server, if it is still there; a transaction that is lost needs no rollback."""
        session = state.session
        if session is None or not session.is_open or transaction.waiting:
            return
        try:
            with contextlib.suppress(*self.backend.errors()):
                session.rollback()
        except BaseException:
            self._drop(state)
            raise

    def _end(self, state: ThreadState, hooks: list[Hook]) -> None:
        state.transaction = None
        self.threads.give_back()
        for hook in hooks:
            hook()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the thread's transaction that is undone as a whole if it fails."""
        state = self.threads.current()
        transaction = state.transaction
        if transaction is None:
            raise DataJointError("A savepoint needs a transaction")
        self.check(transaction)
        if transaction.waiting:
            self._start(state, transaction)
        session = self.session()
        transaction.savepoints += 1
        name = f"djnb_{transaction.savepoints}"
        try:
            self._inside(state, session, lambda: session.savepoint(name), "SAVEPOINT")
            try:
                yield
                self.check(transaction)
                self._inside(state, session, lambda: session.release(name), "RELEASE SAVEPOINT")
            except BaseException:
                if transaction.doomed is None and session.is_open:
                    self._inside(state, session, lambda: session.rollback_to(name), "ROLLBACK TO SAVEPOINT")
                raise
        finally:
            transaction.savepoints -= 1

    # -- losses ------------------------------------------------------------------------------

    def _drop(self, state: ThreadState) -> None:
        """Give up a session that is of no use any more."""
        session, state.session = state.session, None
        state.lost = True
        if session is not None:
            session.close()

    def _forget_broken(self, state: ThreadState) -> None:
        """After an interrupt: the driver may have closed the session in the middle of an answer."""
        session = state.session
        if session is not None and not session.is_open:
            state.session = None
            if state.transaction is not None and state.transaction.doomed is None:
                self._doom(state, LostConnectionError(LOST_INSIDE))

    def _is_gone(self, state: ThreadState, session: Session, error: Exception) -> bool:
        """Whether nothing of the transaction can be saved, not even by going back to a savepoint."""
        inside = state.transaction is not None and state.transaction.savepoints > 0
        return session.transaction_gone(error, inside_savepoint=inside)

    def _doom(self, state: ThreadState, error: DataJointError) -> None:
        if state.transaction is not None and state.transaction.doomed is None:
            if not isinstance(error, (LostConnectionError, LockError)):
                error = QueryError(f"The database rolled back the transaction: {error}")
            state.transaction.doomed = error

    def _lose(self, state: ThreadState, cause: Exception | None) -> NoReturn:
        self._drop(state)
        error = LostConnectionError(LOST_INSIDE)
        self._doom(state, error)
        raise error from cause
