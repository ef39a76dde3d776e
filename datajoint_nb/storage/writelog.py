"""What an insert has written to stores so far, so that it can be taken back when the insert fails.

Schema-addressed paths carry a random token, so no other row can refer to them; hash-addressed
objects may be shared and are left to garbage collection.

See ``tests/spec/07-codecs-storage.md`` §7.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Protocol

logger = logging.getLogger("datajoint_nb")


class Removable(Protocol):
    """The part of a backend that removal needs."""

    def remove(self, path: str) -> None:
        """Remove an object; silent when it is absent."""
        ...

    def remove_folder(self, path: str) -> None:
        """Remove a folder and its manifest; silent when absent."""
        ...


class WriteLog:
    """Schema-addressed paths created since the log was opened; safe to use from several threads.

    Attributes
    ----------
    created : list of (backend, path, is_dir)
        In the order of writing.
    """

    def __init__(self) -> None:
        self.created: list[tuple[Removable, str, bool]] = []
        self._lock = Lock()
        self._done: dict[Hashable, Future[object]] = {}

    def record(self, backend: Removable, path: str, is_dir: bool = False) -> None:
        """Note a path that is about to be written."""
        with self._lock:
            self.created.append((backend, path, is_dir))

    def absorb(self, other: WriteLog) -> None:
        """Take over what another log created."""
        with self._lock:
            self.created.extend(other.created)

    def once(self, key: Hashable, action: Callable[[], object]) -> None:
        """Run `action` for the first caller with this key; the others wait for it, and share its failure."""
        with self._lock:
            first = key not in self._done
            future = self._done.setdefault(key, Future())
        if not first:
            future.result()
            return
        try:
            future.set_result(action())
        except BaseException as error:
            with self._lock:
                del self._done[key]
            future.set_exception(error)
            raise

    def remove(self) -> list[str]:
        """Remove everything created, latest first; return the paths that could not be removed.

        Failures are logged and do not stop the rest: this runs while another error is on its way.
        """
        with self._lock:
            created, self.created = self.created, []
        failed = []
        for backend, path, is_dir in reversed(created):
            try:
                (backend.remove_folder if is_dir else backend.remove)(path)
            except Exception as error:
                logger.warning("Could not remove %s after a failed insert: %s", path, error)
                failed.append(path)
        return failed


_current: ContextVar[WriteLog | None] = ContextVar("datajoint_nb_write_log", default=None)


def current_log() -> WriteLog | None:
    """The innermost open log of this context, or None."""
    return _current.get()


@contextmanager
def recording() -> Iterator[WriteLog]:
    """Open a log for the objects that are written inside the block.

    What the log still holds at the end is handed to the enclosing log, if there is one, so that
    a transaction's log knows the writes of its inserts. Worker threads see the log only when
    started with ``contextvars.copy_context().run``.

    Examples
    --------
    >>> with recording() as log:
    ...     current_log() is log
    True
    """
    log, outer = WriteLog(), _current.get()
    token = _current.set(log)
    try:
        yield log
    finally:
        _current.reset(token)
        if outer is not None:
            outer.absorb(log)


def record(backend: Removable, path: str, is_dir: bool = False) -> None:
    """Note a schema-addressed path in the open log, if any, before writing it."""
    log = _current.get()
    if log is not None:
        log.record(backend, path, is_dir)
