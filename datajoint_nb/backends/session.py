"""One connection of a database driver, and what a statement gives back."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

Params = tuple[Any, ...] | None
Observe = Callable[[str], None]


class Result:
    """The rows of one statement, all of them, independent of the session that fetched them.

    Attributes
    ----------
    columns : list of str
        Names of the columns; empty for statements without rows.
    rows : list
        All rows, as tuples.
    rowcount : int
        Rows returned, or rows changed (found, where the new values equal the old).
    lastrowid : int or None
        The number that the server gave to an inserted row.
    """

    __slots__ = ("_next", "columns", "lastrowid", "rowcount", "rows")

    def __init__(self, columns: list[str], rows: list[Any], rowcount: int = 0, lastrowid: int | None = None):
        self.columns = columns
        self.rows = rows
        self.rowcount = rowcount
        self.lastrowid = lastrowid
        self._next = 0

    def fetchone(self) -> Any:
        """The next row, None past the end."""
        if self._next >= len(self.rows):
            return None
        self._next += 1
        return self.rows[self._next - 1]

    def fetchmany(self, size: int = 1) -> list[Any]:
        """The next `size` rows, fewer at the end."""
        start, self._next = self._next, min(self._next + size, len(self.rows))
        return self.rows[start : self._next]

    def fetchall(self) -> list[Any]:
        """The rows not yet taken."""
        return self.fetchmany(len(self.rows))

    def __iter__(self) -> Iterator[Any]:
        while self._next < len(self.rows):
            self._next += 1
            yield self.rows[self._next - 1]

    def __len__(self) -> int:
        return len(self.rows)

    def as_dicts(self) -> Result:
        """The same rows as dicts by column name."""
        columns = self.columns
        rows = [dict(zip(columns, row, strict=True)) for row in self.rows]
        return Result(columns, rows, self.rowcount, self.lastrowid)


class Session(ABC):
    """One driver connection, used by one thread at a time.

    Exceptions of the driver pass through; whoever calls translates them.

    Attributes
    ----------
    connection_id : int
        The server's number of the session.
    server_version : str
        As the server tells it when the session begins.
    is_encrypted : bool or None
        None for databases without a network.
    """

    begin_sql: ClassVar[str] = "BEGIN"
    connection_id: int
    server_version: str
    is_encrypted: bool | None = None

    def __init__(self, observe: Observe):
        self.observe = observe
        self.process = os.getpid()

    @abstractmethod
    def execute(self, sql: str, params: Params = None) -> Result:
        """Send one statement, with the driver's own placeholders, and read all its rows."""

    def execute_guarded(self, sql: str, params: Params = None) -> Result:
        """As `execute` inside a transaction, which survives an error of the statement."""
        return self.execute(sql, params)

    @abstractmethod
    def stream(self, sql: str, params: Params, size: int, in_transaction: bool) -> Iterator[list[Any]]:
        """Rows in pieces of `size`, not all in memory at once."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether the driver believes that the session can be used; sends nothing."""

    @abstractmethod
    def peer_closed(self) -> bool:
        """Whether the server has hung up; asks the socket, not the server."""

    @abstractmethod
    def ping(self) -> None:
        """Ask the server; raises the driver's error when it is gone."""

    @abstractmethod
    def close(self) -> None:
        """End the session; never raises."""

    def nothing_sent(self, error: Exception) -> bool:
        """Whether the statement that failed with `error` surely never reached the server."""
        return False

    def transaction_gone(self, error: Exception, inside_savepoint: bool) -> bool:
        """Whether the database has rolled back the whole transaction because of `error`."""
        return False

    def begin(self) -> None:
        """Start a transaction."""
        self.execute(self.begin_sql)

    def commit(self) -> None:
        """Commit; raises when the transaction was not committed."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back."""
        self.execute("ROLLBACK")

    def savepoint(self, name: str) -> None:
        """Mark a point to come back to."""
        self.execute(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        """Forget a savepoint, keeping what was done since."""
        self.execute(f"RELEASE SAVEPOINT {name}")

    def rollback_to(self, name: str) -> None:
        """Undo what was done since a savepoint, and forget the savepoint."""
        self.execute(f"ROLLBACK TO SAVEPOINT {name}")
        self.release(name)
