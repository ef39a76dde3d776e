"""Who may insert into auto-populated tables: only ``make``, while it runs.

The permission lives in a context variable, so that another thread never gains it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import TableName


@dataclass
class Making:
    """One running call of ``make``: its table, connection and key, and the rows it inserted."""

    table: TableName
    connection: Any
    key: dict[str, Any]
    # not while the three-part form fetches and computes: that is outside of the transaction
    may_insert: bool = True
    inserted: int = 0


_making: ContextVar[Making | None] = ContextVar("datajoint_nb_making", default=None)


def current() -> Making | None:
    """The running ``make`` of this thread, None outside of one."""
    return _making.get()


@contextmanager
def making(call: Making) -> Iterator[Making]:
    """Permit inserts into the call's table inside the block."""
    token = _making.set(call)
    try:
        yield call
    finally:
        _making.reset(token)


def check_insert(table: TableName, connection: Any, allow: bool | None) -> None:
    """Refuse a direct insert into an auto-populated table."""
    call = _making.get()
    own = call is not None and call.table == table and call.connection is connection
    if allow or (call is not None and own and call.may_insert):
        return
    raise DataJointError(
        f"Rows of {table} come from make(): call populate(), or insert with allow_direct_insert=True"
    )


def note_query(table: TableName, connection: Any, query: Any) -> None:
    """As `note_insert`, for rows that are copied inside the server.

    Raises
    ------
    DataJointError
        When the query has rows of another key than the one being made.
    """
    call = _making.get()
    if call is None or call.table != table or call.connection is not connection:
        return
    key = {name: value for name, value in call.key.items() if name in query.heading}
    if query - key:
        raise DataJointError(
            f"make() of {table} for {call.key} tried to insert rows of another key from a query"
        )


def note_insert(table: TableName, connection: Any, rows: list[dict[str, Any]]) -> None:
    """Let the running ``make`` know of rows inserted into its own table.

    Raises
    ------
    DataJointError
        When a row belongs to another key than the one being made.
    """
    call = _making.get()
    if call is None or call.table != table or call.connection is not connection:
        return
    for row in rows:
        for name, value in call.key.items():
            if name in row and row[name] != value:
                raise DataJointError(
                    f"make() of {table} for {call.key} tried to insert a row of another key: "
                    f"`{name}` = {row[name]!r}"
                )
    call.inserted += len(rows)
