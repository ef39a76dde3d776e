"""Sending rows: one statement where possible, duplicates as asked. ``05`` §1.5-§1.7."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import DataJointError, DuplicateError
from datajoint_nb.model.names import Tier
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query import algebra
from datajoint_nb.query.conditions import InRows
from datajoint_nb.query.nodes import Base
from datajoint_nb.sql import insert as sql_insert
from datajoint_nb.sql import select as sql_select
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import Statement
from datajoint_nb.storage import writelog
from datajoint_nb.tables import encode, permission

if TYPE_CHECKING:
    from datajoint_nb.tables.table import Table


def check_tier(table: Table, allow: bool | None) -> None:
    """Refuse a direct insert into a class that ``make`` fills."""
    # only classes guard their table: FreeTable is the way around
    tier = getattr(type(table), "tier", None)
    if tier in (Tier.IMPORTED, Tier.COMPUTED):
        permission.check_insert(table.name, table._require_connection(), allow)


def chunks(rows: Iterator[Any], size: int | None) -> Iterator[list[Any]]:
    """Rows in lists of `size`; all in one list when it is None."""
    if size is None:
        everything = list(rows)
        if everything:
            yield everything
        return
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise DataJointError(f"chunk_size must be a positive integer, not {size!r}")
    while chunk := list(islice(rows, size)):
        yield chunk


def insert_rows(
    table: Table, rows: Iterable[Any], mode: sql_insert.Duplicates, ignore_extra_fields: bool
) -> None:
    """Check, encode and send rows; objects written for rows that are not stored are removed."""
    connection = table._require_connection()
    stored = table.stored
    with writelog.recording() as log:
        try:
            encoded = encode.encode(
                rows,
                stored.heading,
                table.name,
                connection,
                ignore_extra_fields,
                everything=mode != "error",
            )
            _note(table, encoded)
            send(table, stored, encoded, mode)
        except BaseException:
            log.remove()
            raise
        connection.after_rollback(log.remove)


def _note(table: Table, encoded: encode.Encoded) -> None:
    if permission.current() is None:
        return
    connection = table._require_connection()
    reads = [connection.dialect.reader(a.core) for a in encoded.attributes]
    rows = []
    for row in encoded.rows:
        rows.append(
            {
                a.name: v if r is None or v is None else r(v)
                for a, v, r in zip(encoded.attributes, row, reads, strict=True)
                if a.in_key and v is not sql_insert.DEFAULT
            }
        )
    permission.note_insert(table.name, connection, rows)


def send(table: Table, stored: StoredTable, encoded: encode.Encoded, mode: sql_insert.Duplicates) -> None:
    """Send encoded rows: all of them, or none."""
    connection = table._require_connection()
    dialect = connection.dialect
    if mode != "error" and encoded.attributes:
        encoded = _deduplicated(encoded, stored, first=mode == "skip")
        if dialect.family == "mysql" and any(stored.unique_indexes()):
            _send_apart(table, stored, encoded, mode)
            return
    key = stored.primary_key
    if stored.is_singleton:
        encoded = _with_singleton(encoded, stored)
    try:
        connection.execute_all(
            sql_insert.insert(stored.name, encoded.attributes, encoded.rows, dialect, mode, key)
        )
    except DuplicateError as error:
        if mode == "error":
            raise error.suggest(
                "To leave out rows that are stored already, insert with skip_duplicates=True"
            ) from error
        raise


def _with_singleton(encoded: encode.Encoded, stored: StoredTable) -> encode.Encoded:
    # said in so many words, because SQLite would number the rows of a single integer key
    hidden = stored.by_name["_singleton"]
    return encode.Encoded([*encoded.attributes, hidden], [(*row, sql_insert.DEFAULT) for row in encoded.rows])


def _deduplicated(encoded: encode.Encoded, stored: StoredTable, first: bool) -> encode.Encoded:
    """Each key once: PostgreSQL refuses to touch a row twice, and order must not decide."""
    names = [attribute.name for attribute in encoded.attributes]
    places = [names.index(name) for name in stored.primary_key if name in names]
    if len(places) < len(stored.heading.primary_key):
        return encoded
    chosen: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in encoded.rows:
        key = tuple([row[place] for place in places])
        if not (first and key in chosen):
            chosen[key] = row
    return encode.Encoded(encoded.attributes, list(chosen.values()))


def _send_apart(
    table: Table, stored: StoredTable, encoded: encode.Encoded, mode: sql_insert.Duplicates
) -> None:
    """MySQL cannot tell the primary key from other unique indexes: look the keys up first."""
    connection = table._require_connection()
    dialect = connection.dialect
    names = [attribute.name for attribute in encoded.attributes]
    places = [names.index(name) for name in stored.heading.primary_key]
    encoded = _with_key_values(encoded, places, dialect)
    with connection.joined_transaction():
        present = _present(table, stored, encoded, places)
        fresh = [row for row in encoded.rows if tuple([row[p] for p in places]) not in present]
        statements: list[Statement] = []
        if mode == "replace":
            others = [i for i in range(len(names)) if i not in places]
            for row in encoded.rows:
                key = tuple([row[place] for place in places])
                if key in present and others:
                    attributes = [encoded.attributes[i] for i in others]
                    pairs = list(zip(stored.heading.primary_key, key, strict=True))
                    values = [row[i] for i in others]
                    statements.append(sql_insert.update(stored.name, attributes, values, pairs, dialect))
        statements += sql_insert.insert(stored.name, encoded.attributes, fresh, dialect) if fresh else ()
        connection.execute_all(statements)


def _with_key_values(encoded: encode.Encoded, places: Sequence[int], dialect: Dialect) -> encode.Encoded:
    """Rows whose keys can be looked up: defaults written out."""
    if not any(row[place] is sql_insert.DEFAULT for row in encoded.rows for place in places):
        return encoded
    values = {place: sql_insert.default_value(encoded.attributes[place], dialect) for place in places}
    rows = [
        tuple([values[i] if v is sql_insert.DEFAULT and i in values else v for i, v in enumerate(row)])
        for row in encoded.rows
    ]
    return encode.Encoded(encoded.attributes, rows)


def _present(table: Table, stored: StoredTable, encoded: encode.Encoded, places: Sequence[int]) -> set[Any]:
    heading = stored.heading
    key = [heading[name] for name in heading.primary_key]
    connection = table._require_connection()
    if not key:
        found = connection.execute(sql_select.exists(Base(stored.name, heading), connection.dialect))
        return {()} if found.rows[0][0] else set()
    reads = [connection.dialect.reader(attribute.core) for attribute in key]
    rows = [
        tuple([v if r is None else r(v) for v, r in zip([row[p] for p in places], reads, strict=True)])
        for row in encoded.rows
    ]
    condition = InRows(tuple(a.name for a in key), tuple(a.core for a in key), rows)
    node = algebra.restrict(Base(stored.name, heading), condition)
    statement = sql_select.select(node, connection.dialect, [a.name for a in key])
    return {tuple(row) for row in connection.execute(statement).rows}
