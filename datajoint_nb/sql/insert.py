"""INSERT and UPDATE statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from datajoint_nb.model.definition import Default
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.model.values import converter
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.statement import MARK, Statement

Duplicates = Literal["error", "skip", "replace"]

# room for the largest default packet of MySQL and MariaDB, 16 MiB, with its overhead
PACKET = 8_000_000
ROWS = 20_000


class UseDefault:
    """Stands for a value that the declared default fills in."""


DEFAULT = UseDefault()


def default_value(attribute: Attribute, dialect: Dialect) -> Any:
    """The driver value of a declared default, for statements that cannot say DEFAULT."""
    default = attribute.default_value
    if attribute.nullable or default is None:
        return None
    writer = dialect.writer(attribute.core)
    value = _literal(default, attribute)
    return value if writer is None else writer(value)


def _literal(default: Default, attribute: Attribute) -> Any:
    convert = converter(attribute.core)
    if default.kind == "now":
        return convert(dt.datetime.now(dt.timezone.utc).replace(tzinfo=None))
    return convert(default.text)


def insert(
    table: TableName,
    attributes: Sequence[Attribute],
    rows: Sequence[Sequence[Any]],
    dialect: Dialect,
    duplicates: Duplicates = "error",
    key: Sequence[str] = (),
) -> Iterator[Statement]:
    """One statement, or several where the rows exceed what the server takes at once.

    Parameters
    ----------
    attributes : sequence of Attribute
        The columns that the rows give, in order.
    rows : sequence of sequences
        Driver values, or `DEFAULT`.
    duplicates : {"error", "skip", "replace"}
        What happens to rows whose key is stored already.
    key : sequence of str
        The primary key, hidden columns included.
    """
    if not attributes:
        for _ in rows:
            yield Statement(f"INSERT INTO {dialect.table(table)} {dialect.insert_defaults}")
        return
    names = [attribute.name for attribute in attributes]
    head = f"INSERT INTO {dialect.table(table)} ({dialect.names(names)}) VALUES "
    tail = _on_duplicate(table, names, dialect, duplicates, key)
    if not dialect.default_keyword:
        substitutes = [default_value(attribute, dialect) for attribute in attributes]
        rows = [
            [s if v is DEFAULT else v for v, s in zip(row, substitutes, strict=True)]
            if DEFAULT in row
            else row
            for row in rows
        ]
    for chunk in chunks(rows, len(names), dialect):
        yield _values(head, chunk, tail, len(names))


def _values(head: str, rows: Sequence[Sequence[Any]], tail: str, width: int) -> Statement:
    full = "(" + ", ".join([MARK] * width) + ")"
    if not any(DEFAULT in row for row in rows):
        params = [value for row in rows for value in row]
        return Statement(head + ", ".join([full] * len(rows)) + tail, tuple(params))
    texts: list[str] = []
    values: list[Any] = []
    for row in rows:
        texts.append("(" + ", ".join(["DEFAULT" if v is DEFAULT else MARK for v in row]) + ")")
        values.extend(v for v in row if v is not DEFAULT)
    return Statement(head + ", ".join(texts) + tail, tuple(values))


def _on_duplicate(
    table: TableName, names: Sequence[str], dialect: Dialect, duplicates: Duplicates, key: Sequence[str]
) -> str:
    if duplicates == "error":
        return ""
    others = [name for name in names if name not in key]
    if dialect.family == "mysql":
        first = dialect.quote(key[0])
        if duplicates == "skip" or not others:
            # qualified, because a query that is inserted may have a column of that name
            return f" ON DUPLICATE KEY UPDATE {first} = {dialect.table(table)}.{first}"
        sets = ", ".join(f"{dialect.quote(n)} = VALUES({dialect.quote(n)})" for n in others)
        return f" ON DUPLICATE KEY UPDATE {sets}"
    target = f" ON CONFLICT ({dialect.names(key)}) DO "
    if duplicates == "skip" or not others:
        return target + "NOTHING"
    return (
        target
        + "UPDATE SET "
        + ", ".join(f"{dialect.quote(n)} = excluded.{dialect.quote(n)}" for n in others)
    )


def chunks(rows: Sequence[Sequence[Any]], width: int, dialect: Dialect) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows in pieces that fit one statement."""
    most = max(1, min(ROWS, dialect.max_bind // width))
    start = 0
    while start < len(rows):
        piece = rows[start : start + most]
        if dialect.family == "mysql":
            piece = piece[: _fitting(piece)]
        yield piece
        start += len(piece)


def _fitting(rows: Sequence[Sequence[Any]]) -> int:
    """How many of the first rows fit one packet; at least one."""
    size = 0
    for index, row in enumerate(rows):
        # escaping can double binary content
        size += sum([2 * len(v) if isinstance(v, (str, bytes)) else 24 for v in row])
        if size > PACKET and index:
            return index
    return len(rows)


def from_query(
    stored: StoredTable, names: Sequence[str], query: Statement, dialect: Dialect, duplicates: Duplicates
) -> Statement:
    """``INSERT … SELECT``: the attributes `names` of a query, copied inside the server.

    A row that is replaced gets the declared defaults of all other attributes.
    """
    key = stored.primary_key
    others = [a for n, a in stored.heading.items() if n not in names] if duplicates == "replace" else []
    columns = [*names, *(attribute.name for attribute in others)]
    tail = _on_duplicate(stored.name, columns, dialect, duplicates, key)
    head = f"INSERT INTO {dialect.table(stored.name)} ({dialect.names(columns)}) "
    if not tail:
        return Statement(head + query.sql, query.params)
    values = ", ".join([dialect.names(names), *(_typed_mark(a, dialect) for a in others)])
    # SQLite would read the ON of an upsert as that of a join without a WHERE before it
    body = f"SELECT {values} FROM ({query.sql}) AS source WHERE TRUE"
    params = (*(default_value(attribute, dialect) for attribute in others), *query.params)
    return Statement(head + body + tail, params)


def _typed_mark(attribute: Attribute, dialect: Dialect) -> str:
    """A bound value of the attribute's type; PostgreSQL takes untyped ones for text."""
    if dialect.name != "postgresql":
        return MARK
    return f"CAST({MARK} AS {attribute.sql_type or dialect.column_type(attribute.core)})"


def update(
    table: TableName,
    attributes: Sequence[Attribute],
    values: Sequence[Any],
    key: Sequence[tuple[str, Any]],
    dialect: Dialect,
) -> Statement:
    """The UPDATE of one row, found by its key of driver values."""
    sets: list[str] = []
    params: list[Any] = []
    for attribute, value in zip(attributes, values, strict=True):
        if value is DEFAULT and dialect.default_keyword:
            sets.append(f"{dialect.quote(attribute.name)} = DEFAULT")
            continue
        sets.append(f"{dialect.quote(attribute.name)} = {MARK}")
        params.append(default_value(attribute, dialect) if value is DEFAULT else value)
    where = " AND ".join(f"{dialect.quote(name)} = {MARK}" for name, _ in key)
    params.extend(value for _, value in key)
    return Statement(
        f"UPDATE {dialect.table(table)} SET {', '.join(sets)}" + (f" WHERE {where}" if key else ""),
        tuple(params),
    )
