"""From a table in the database back to its definition: ``01-definitions.md`` §5."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from datajoint_nb.definition.index import read_index
from datajoint_nb.definition.print import print_definition
from datajoint_nb.definition.scan import LineFault
from datajoint_nb.model.definition import (
    AttributeLine,
    ForeignKeyLine,
    IndexItem,
    IndexLine,
    Line,
    TableDefinition,
)
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable
from datajoint_nb.tables.references import is_table_class

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

DEPTH = 3


def definition_text(
    stored: StoredTable, connection: Connection, context: Mapping[str, Any] | None = None
) -> str:
    """The definition of a stored table; referenced tables by the names they have in `context`."""
    return print_definition(definition_of(stored, connection, context or {}))


def definition_of(stored: StoredTable, connection: Connection, context: Mapping[str, Any]) -> TableDefinition:
    """The definition of a stored table, typed."""
    names = class_paths(context, {key.parent for key in stored.foreign_keys})

    def path(table: TableName) -> str:
        if table == stored.name.master:
            return "master"
        return names.get(table) or connection.dialect.full_name(table)

    return TableDefinition(stored.comment, tuple(_lines(stored, path)))


def _lines(stored: StoredTable, path: Any) -> list[Line]:
    """Attributes and foreign keys in the order of columns, then indexes."""
    lines: list[tuple[bool, Line]] = []
    done: set[ForeignKey] = set()
    printed: set[str] = set()
    options = _options(stored)
    for column in stored.columns:
        if column.is_hidden:
            continue
        printed.add(column.name)
        if column.name in stored.native:
            lines.append((column.in_key, _attribute(column)))
        for key in stored.foreign_keys:
            if key not in done and set(key.columns) <= printed:
                done.add(key)
                lines.append((stored.is_in_key(key), _foreign_key(stored, key, path, options)))
    ordered = [line for in_key, line in lines if in_key] + [line for in_key, line in lines if not in_key]
    used = {key.columns for key in done if key.columns in options}
    return [*ordered, *(_index(i) for i in sorted(stored.indexes, key=_order) if not _is_option(i, used))]


def _order(index: Index) -> tuple[Any, ...]:
    return index.columns, index.items, index.unique


def _options(stored: StoredTable) -> dict[tuple[str, ...], bool]:
    """Columns of unique indexes that equal those of a foreign key."""
    return {
        key.columns: True
        for key in stored.foreign_keys
        if any(i.unique and i.columns == key.columns and not i.expressions for i in stored.indexes)
    }


def _is_option(index: Index, used: set[tuple[str, ...]]) -> bool:
    return index.unique and not index.expressions and index.columns in used


def _attribute(column: Attribute) -> AttributeLine:
    return AttributeLine(column.name, column.spec, column.default_value, column.comment, column.in_key)


def _foreign_key(
    stored: StoredTable, key: ForeignKey, path: Any, options: Mapping[tuple[str, ...], bool]
) -> ForeignKeyLine:
    renames = tuple((new, old) for new, old in key.attr_map.items() if new != old)
    return ForeignKeyLine(
        path(key.parent),
        renames,
        nullable=any(stored.by_name[name].nullable for name in key.columns),
        unique=key.columns in options,
        in_key=stored.is_in_key(key),
    )


def _index(index: Index) -> IndexLine:
    if index.items:
        return IndexLine(tuple(map(_index_item, index.items)), index.unique)
    return IndexLine(tuple(IndexItem(attribute=name) for name in index.columns), index.unique)


def _index_item(text: str) -> IndexItem:
    """An item as a definition writes it, or as a server does: then names may be in quotes."""
    if name := re.fullmatch(r"[\"`]([a-z][a-z0-9_]*)[\"`]", text):
        return IndexItem(attribute=name[1])
    try:
        return read_index(f"index({text})", 1).items[0]
    except LineFault:
        return IndexItem(expression=text[1:-1] if text.startswith("(") else text)


def class_paths(context: Mapping[str, Any], wanted: set[TableName]) -> dict[TableName, str]:
    """How the tables `wanted` are called in `context`: ``Station``, ``lab.Station``, ``Master.Part``.

    Breadth first, into modules to a depth of 3, so that the shortest path wins.
    """
    found: dict[TableName, str] = {}
    queue: deque[tuple[str, Any, int]] = deque(
        (name, value, 1) for name, value in list(context.items()) if re.fullmatch(r"[A-Za-z]\w*", name)
    )
    seen: set[int] = set()
    while queue and wanted - found.keys():
        path, value, depth = queue.popleft()
        if is_table_class(value):
            name = _bound_name(value)
            if name in wanted:
                found.setdefault(name, path)
            children = vars(value).items() if depth <= DEPTH else ()
            queue.extend((f"{path}.{n}", v, depth + 1) for n, v in children if is_table_class(v))
        elif isinstance(value, ModuleType) and depth < DEPTH and id(value) not in seen:
            seen.add(id(value))
            queue.extend((f"{path}.{n}", v, depth + 1) for n, v in list(vars(value).items()) if _worth(n, v))
    return found


def _worth(name: str, value: Any) -> bool:
    return not name.startswith("_") and (is_table_class(value) or isinstance(value, ModuleType))


def _bound_name(table_class: Any) -> TableName | None:
    if table_class.database is None or not isinstance(table_class.table_name, str):
        return None
    return TableName(table_class.database, table_class.table_name)
