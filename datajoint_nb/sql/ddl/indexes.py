"""Secondary indexes, and those that foreign keys need: ``tests/spec/01-definitions.md`` §1.5, §3.4."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import IndexItem
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.stored import Index, StoredTable
from datajoint_nb.query.conditions import JsonPath
from datajoint_nb.sql import json_paths
from datajoint_nb.sql.dialect import Dialect
from datajoint_nb.sql.fragments import transpile
from datajoint_nb.sql.statement import Statement

LONGEST = 30


def inline(table: StoredTable, dialect: Dialect) -> list[str]:
    """Index clauses of MySQL's CREATE TABLE; the server finds the names."""
    return [
        f"{'UNIQUE ' if i.unique else ''}INDEX ({_items(i, dialect)}){_inline_note(i, dialect)}"
        for i in table.indexes
    ]


def _inline_note(index: Index, dialect: Dialect) -> str:
    kept = index.note and len(index.note) <= (dialect.comment_limit or 0)
    return f" COMMENT {dialect.literal(index.note)}" if kept else ""


def statements(table: StoredTable, dialect: Dialect, taken: frozenset[str]) -> list[Statement]:
    """CREATE INDEX for each index of the table, and for each foreign key without one.

    Parameters
    ----------
    taken : frozenset of str
        Names that other indexes have; PostgreSQL's of the schema, SQLite's of the file.
    """
    used = set(taken)
    found = []
    for index in (*table.indexes, *support_indexes(table)):
        name = _name(table, index, dialect, used)
        used.add(name)
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        where = f"{dialect.table(table.name)} ({_items(index, dialect)})"
        found.append(Statement(f"CREATE {kind} {dialect.quote(name)} ON {where}"))
        if index.note and dialect.name == "postgresql":
            found.append(note(table, replace(index, name=name), dialect))
    return found


def note(table: StoredTable, index: Index, dialect: Dialect) -> Statement:
    """PostgreSQL: keep the items of a named index as the definition writes them."""
    full = f"{dialect.quote(table.name.schema)}.{dialect.quote(index.name)}"
    return Statement(f"COMMENT ON INDEX {full} IS {dialect.literal(index.note)}")


def _items(index: Index, dialect: Dialect) -> str:
    if not index.expressions:
        return dialect.names(index.columns)
    # SQLite keeps the text of the statement, comments included
    noted = dialect.name == "sqlite" and "*/" not in index.note
    return (f"/* {index.note} */ " if noted else "") + ", ".join(index.expressions)


def _name(table: StoredTable, index: Index, dialect: Dialect, used: set[str]) -> str:
    """``idx_<table>_<columns>``; a hash is added where the name is taken or too long."""
    columns = "_".join(index.columns or ("expression",))[:LONGEST]
    prefix = f"{table.name.schema}." if dialect.name == "sqlite" else ""
    name = f"{prefix}idx_{table.name.table}_{columns}"
    limit = None if dialect.name == "sqlite" else dialect.table_limit
    if name not in used and (limit is None or len(name.encode()) <= limit):
        return name
    source = f"{table.name}|{index.columns}|{index.expressions}|{index.unique}"
    digest = hashlib.md5(source.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{name[: (limit or len(name)) - 9]}_{digest}"


def support_indexes(table: StoredTable) -> Iterator[Index]:
    """Indexes that make looking up children quick, where nothing else does.

    MySQL makes them by itself. A foreign key is covered when its columns are a left prefix of
    the primary key, of a declared index or of the columns of a longer foreign key.
    """
    plain = [index.columns for index in table.indexes if not index.expressions]
    wanted = list(dict.fromkeys(key.columns for key in table.foreign_keys))
    for columns in wanted:
        longer = [other for other in wanted if len(other) > len(columns)]
        if not any(other[: len(columns)] == columns for other in (table.primary_key, *plain, *longer)):
            yield Index(columns)


def index_items(
    items: Sequence[IndexItem], columns: Mapping[str, Attribute], dialect: Dialect
) -> tuple[str, ...]:
    """The items of an index with expressions, each as SQL.

    Raises
    ------
    DataJointError
        On MariaDB, which has no such indexes, and for expressions that are not understood.
    """
    if dialect.name == "mariadb":
        raise DataJointError(
            "MariaDB has no indexes on expressions or JSON paths; index an attribute of its own instead"
        )
    types = {name: a.core.text if a.core.kind == "native" else a.core.name for name, a in columns.items()}
    return tuple(_index_item(item, types, dialect) for item in items)


def _index_item(item: IndexItem, types: Mapping[str, str], dialect: Dialect) -> str:
    if item.expression is not None:
        return f"({transpile(item.expression, dialect.name, types).sql})"
    name = str(item.attribute)
    if item.path is None:
        return dialect.quote(name)
    text = json_paths.extract(JsonPath(name, f".{item.path}", item.cast), dialect)
    # MySQL indexes no text of unlimited length
    return f"(CAST({text} AS CHAR(255)))" if dialect.name == "mysql" and item.cast is None else f"({text})"
