"""Changing one row: ``05`` §3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query import algebra
from datajoint_nb.sql import insert as sql_insert
from datajoint_nb.storage import writelog
from datajoint_nb.tables import encode

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table


def update(table: Table, row: Any) -> None:
    """Change one stored row, found by its primary key."""
    if not isinstance(row, Mapping):
        raise DataJointError(f"update1 takes a mapping, not {type(row).__name__}")
    if table._restricted():
        raise DataJointError("update1 works on an unrestricted table; the key stands in the row")
    stored = table.stored
    heading = stored.heading
    unknown = [str(name) for name in row if name not in heading]
    if unknown:
        raise algebra.unknown(unknown, heading, "update1")
    missing = [name for name in heading.primary_key if row.get(name) is None]
    if missing:
        raise DataJointError(f"update1 needs the whole primary key; missing: {', '.join(missing)}")
    connection = table._require_connection()
    with writelog.recording() as log:
        try:
            count = _send_update(table, stored, row)
        except BaseException:
            log.remove()
            raise
        if count != 1:
            log.remove()
            raise DataJointError(f"update1: no row of {table.name} has the given key")
        connection.after_rollback(log.remove)


def _send_update(table: Table, stored: StoredTable, row: Mapping[str, Any]) -> int:
    connection = table._require_connection()
    heading = stored.heading
    encoded = encode.encode_update(row, heading, table.name, connection)
    names = [attribute.name for attribute in encoded.attributes]
    values = dict(zip(names, encoded.rows[0], strict=True)) if names else {}
    key = [(name, values[name]) for name in heading.primary_key]
    changed = [heading[name] for name in names if not heading[name].in_key]
    if not changed:
        return len(table.restrict({name: row[name] for name in heading.primary_key}))
    statement = sql_insert.update(
        stored.name, changed, [values[a.name] for a in changed], key, connection.dialect
    )
    return int(connection.execute(statement, write=True).rowcount)
