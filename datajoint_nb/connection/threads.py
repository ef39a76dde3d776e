"""One session for each thread, and what each thread has under way."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from datajoint_nb.backends import Session
from datajoint_nb.errors import DataJointError, LockError

Hook = Callable[[], Any]


@dataclass
class Transaction:
    """A transaction under way.

    Attributes
    ----------
    doomed : DataJointError or None
        Why nothing of it can be committed any more.
    waiting : bool
        Whether it starts on the server only with the first write.
    guarded : bool
        Whether it shall survive errors of single statements, as transactions of users do.
    savepoints : int
        How many are open.
    """

    doomed: DataJointError | None = None
    waiting: bool = False
    guarded: bool = True
    savepoints: int = 0
    after_commit: list[Hook] = field(default_factory=list)
    after_rollback: list[Hook] = field(default_factory=list)


class Holder:
    """Keeps a session apart from its owner, so that it can be closed when the owner is gone."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.spare: Session | None = None

    def close(self) -> None:
        """Close the sessions of this process.

        A forked child lets go of its parent's without a word: closing would speak on the
        parent's socket.
        """
        sessions = (self.session, self.spare)
        self.session = self.spare = None
        for session in sessions:
            if session is not None and session.process == os.getpid():
                session.close()


class ThreadState:
    """What one thread has under way on a connection."""

    def __init__(self, holder: Holder | None = None):
        self.process = os.getpid()
        self.holder = holder or Holder()
        self.transaction: Transaction | None = None
        # set when the session was lost while reconnecting is off
        self.lost = False
        if holder is None:
            weakref.finalize(self, self.holder.close)

    @property
    def session(self) -> Session | None:
        """The thread's session, None before the first statement and after a loss."""
        return self.holder.session

    @session.setter
    def session(self, session: Session | None) -> None:
        self.holder.session = session


class Threads:
    """The states of all threads that use a connection.

    Parameters
    ----------
    shared : bool
        Whether all threads share one session behind a lock, as ``:memory:`` needs it.
    timeout : float
        How many seconds to wait for that lock.
    """

    def __init__(self, shared: bool, timeout: float):
        self._shared = shared
        self._timeout = timeout
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._local = threading.local()
        self._states: weakref.WeakSet[ThreadState] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._lock = threading.RLock()
        self._holder = Holder() if self._shared else None
        if self._holder is not None:
            weakref.finalize(self, self._holder.close)

    def current(self) -> ThreadState:
        """The calling thread's state; new in a forked child, where nothing is inherited."""
        if self._process != os.getpid():
            # keep the parent's sessions alive: their end would close the parent's sockets
            self._inherited = (self._local, getattr(self, "_inherited", None))
            self._reset()
        state: ThreadState | None = getattr(self._local, "state", None)
        if state is None:
            state = ThreadState(self._holder)
            self._local.state = state
            with self._guard:
                self._states.add(state)
        return state

    def peek(self) -> ThreadState | None:
        """The calling thread's state if it has any."""
        return self.current() if self._process == os.getpid() and hasattr(self._local, "state") else None

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The right to use the session; at once, unless it is shared.

        Raises
        ------
        LockError
            When another thread does not let go of it in time.
        """
        if not self._shared:
            yield
            return
        self.take()
        try:
            yield
        finally:
            self.give_back()

    def take(self) -> None:
        """Wait for the shared session; as often as it is taken it has to be given back."""
        if self._shared and not self._lock.acquire(timeout=self._timeout):
            raise LockError(
                f"Another thread has held a transaction on the in-memory database for {self._timeout:g} s"
            )

    def give_back(self) -> None:
        """Let another thread have the shared session."""
        if self._shared:
            self._lock.release()

    def close_all(self) -> None:
        """Close the sessions of every thread."""
        self.current()
        with self._guard:
            states = list(self._states)
        for state in states:
            state.holder.close()
