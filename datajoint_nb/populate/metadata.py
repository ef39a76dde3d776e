"""The hidden columns that tell when, how long and by which code a row was computed: ``08`` §5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from datajoint_nb.sql import insert as sql_insert
from datajoint_nb.tables.encode import conversion

START, DURATION, VERSION = "_job_start_time", "_job_duration", "_job_version"


def is_kept(table: Any) -> bool:
    """Whether the table has the columns."""
    return START in table.stored.by_name


def record(table: Any, key: Mapping[str, Any], begin: dt.datetime, version: str) -> None:
    """Fill the columns of a key's row; part of the transaction that inserted it.

    Parameters
    ----------
    begin : datetime
        When the computation began, by the client's clock, aware.
    """
    if not is_kept(table):
        return
    stored, connection = table.stored, table._require_connection()
    dialect = connection.dialect
    by_name = stored.by_name
    seconds = (dt.datetime.now(dt.timezone.utc) - begin).total_seconds()
    values = {START: begin, DURATION: seconds, VERSION: version}
    columns = [by_name[name] for name in values if name in by_name]

    def written(name: str, value: Any) -> Any:
        return conversion(by_name[name].core, dialect.name)(value)

    pairs = [(name, written(name, key[name])) for name in stored.heading.primary_key if name in key]
    given = [written(column.name, values[column.name]) for column in columns]
    connection.execute(sql_insert.update(stored.name, columns, given, pairs, dialect), write=True)
