"""What a file tells of its schemas, in a fixed number of statements."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from datajoint_nb.backends.backend import LoadedTable, Reference, Run
from datajoint_nb.backends.columns import ColumnFacts, attribute, now_default
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import NULL, Default
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable, noted_items
from datajoint_nb.sql.statement import MARK, Statement

# names in LIKE patterns would need escapes: prefixes are compared instead
IN_SCHEMA = f"substr(m.name, 1, length({MARK}) + 1) = {MARK} || '.'"
COLUMNS = f"""
SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.pk, c.comment, t.comment, m.sql
FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p
LEFT JOIN "~comments" AS c ON c.schema_name = {MARK}
  AND c.table_name = substr(m.name, length({MARK}) + 2) AND c.attribute_name = p.name
LEFT JOIN "~comments" AS t ON t.schema_name = {MARK}
  AND t.table_name = substr(m.name, length({MARK}) + 2) AND t.attribute_name = ''
WHERE m.type = 'table' AND {IN_SCHEMA} ORDER BY m.rowid, p.cid"""
REFERENCES = """
SELECT m.name, f.id, f."table", f."from", f."to", p.name
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
LEFT JOIN pragma_table_info(f."table") AS p ON p.pk = f.seq + 1
WHERE m.type = 'table' {condition} ORDER BY m.rowid, f.id DESC, f.seq"""
INDEXES = f"""
SELECT m.name, i.name, i."unique", x.name, s.sql
FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS i JOIN pragma_index_info(i.name) AS x
LEFT JOIN sqlite_master AS s ON s.type = 'index' AND s.name = i.name
WHERE m.type = 'table' AND i.origin <> 'pk' AND {IN_SCHEMA} ORDER BY m.rowid, i.seq DESC, x.seqno"""
FRACTION_NOW = re.compile(
    r"strftime\('%Y-%m-%d %H:%M:%f', 'now'\)(?:, 1, (?P<length>\d+)\)| \|\| '(?P<zeros>0+)')?", re.IGNORECASE
)
INDEX_HEAD = re.compile(r'\bON\s+(?:"(?:[^"]|"")*"|[^\s(]+)\s*\(')
NOTE = re.compile(r"/\* (.*?) \*/", re.DOTALL)
AUTOINCREMENT = re.compile(r"\bAUTOINCREMENT\b")


def load_schema(run: Run, schema: str) -> dict[str, LoadedTable]:
    """All tables of a schema."""
    grouped: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in run(Statement(COLUMNS, (schema,) * 6)).rows:
        grouped[row[0]].append(row)
    keys = _foreign_keys(run(Statement(REFERENCES.format(condition=f"AND {IN_SCHEMA}"), (schema,) * 2)).rows)
    indexes = _indexes(run(Statement(INDEXES, (schema,) * 2)).rows)
    lineage_table = f"{schema}.~lineage"
    lineage = _lineage(run, lineage_table) if lineage_table in grouped else None
    tables: dict[str, LoadedTable] = {}
    for physical, rows in grouped.items():
        name = TableName(schema, physical[len(schema) + 1 :])
        if name.table != "~lineage":
            tables[name.table] = _table(name, rows, keys[physical], indexes[physical], lineage)
    return tables


def _table(
    name: TableName,
    rows: list[tuple[Any, ...]],
    keys: list[ForeignKey],
    indexes: list[Index],
    lineage: Mapping[str, Mapping[str, str]] | None,
) -> LoadedTable:
    origins = (lineage or {}).get(name.table, {})
    columns, unmarked = [], set()
    try:
        for row in rows:
            found, marked = attribute(_facts(row), bool(row[5]), origins)
            columns.append(found)
            if not marked:
                unmarked.add(found.name)
    except DataJointError as fault:
        return LoadedTable(StoredTable(name, ()), fault=fault)
    supports = {key.columns for key in keys}
    kept = tuple(i for i in indexes if i.unique or i.expressions or i.columns not in supports)
    stored = StoredTable(name, tuple(columns), tuple(keys), kept, rows[0][7] or "", lineage is not None)
    return LoadedTable(stored, frozenset(unmarked))


def _facts(row: tuple[Any, ...]) -> ColumnFacts:
    _, name, sql_type, not_null, default, key, comment, _, sql = row
    return ColumnFacts(
        name,
        sql_type.lower(),
        not not_null,
        None if default is None else _default(default),
        comment or "",
        autoincrement=bool(key) and bool(AUTOINCREMENT.search(sql)),
        native=_native(sql_type.lower(), bool(key) and bool(AUTOINCREMENT.search(sql))),
    )


def _native(sql_type: str, autoincrement: bool) -> str:
    return f"{sql_type} auto_increment" if autoincrement else sql_type


def _default(text: str) -> Default:
    if text.upper() == "NULL":
        return NULL
    if text.startswith("'"):
        return Default("literal", text[1:-1].replace("''", "'"), quoted=True)
    if match := FRACTION_NOW.search(text):
        # milliseconds, cut to fewer digits or filled up with zeros
        digits = int(match["length"]) - 20 if match["length"] else 3 + len(match["zeros"] or "")
        return Default("now", precision=digits)
    return now_default(text) or Default("literal", text)


def _foreign_keys(rows: list[tuple[Any, ...]]) -> dict[str, list[ForeignKey]]:
    """Foreign keys by physical name of the child, in the order of declaration."""
    found: dict[tuple[str, int], list[tuple[str, str, str]]] = defaultdict(list)
    for child, number, parent, column, parent_column, parent_key in rows:
        found[child, number].append((parent, column, parent_column or parent_key))
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    for (child, _), columns in found.items():
        names = tuple(c for _, c, _ in columns), tuple(p for _, _, p in columns)
        keys[child].append(ForeignKey(names[0], split(columns[0][0]), names[1]))
    return keys


def split(physical: str) -> TableName:
    """The full name of a physical table: schema names have no point."""
    schema, _, table = physical.partition(".")
    return TableName(schema, table)


def _indexes(rows: list[tuple[Any, ...]]) -> dict[str, list[Index]]:
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for table, name, unique, column, sql in rows:
        found[table, name].append((unique, column, sql))
    indexes: dict[str, list[Index]] = defaultdict(list)
    for (table, name), parts in found.items():
        columns = tuple(column for _, column, _ in parts if column is not None)
        has_more = len(columns) < len(parts)
        expressions = index_expressions(parts[0][2]) if has_more else ()
        items = index_items(parts[0][2]) if has_more else ()
        indexes[table].append(Index(columns, bool(parts[0][0]), expressions, name, items))
    return indexes


def index_items(sql: str) -> tuple[str, ...]:
    """The items as the definition writes them, which this library notes in the statement."""
    note = NOTE.search(sql)
    return noted_items(note[1]) if note else ()


def index_expressions(sql: str) -> tuple[str, ...]:
    """The items of a CREATE INDEX statement, as this library writes them."""
    head = INDEX_HEAD.search(sql)
    if head is None:
        return ()
    start = head.end() - 1
    note = NOTE.match(sql, head.end())
    items, depth, begin = [], 0, note.end() if note else head.end()
    quote = ""
    for place in (start, *range(begin, len(sql))):
        sign = sql[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"`":
            quote = sign
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if not quote and (depth == 0 or (depth == 1 and sign == ",")):
            items.append(sql[begin:place].strip())
            begin = place + 1
            if depth == 0:
                break
    return tuple(items)


def _lineage(run: Run, physical: str) -> dict[str, dict[str, str]]:
    statement = Statement(f'SELECT table_name, attribute_name, lineage FROM "{physical}"')
    origins: dict[str, dict[str, str]] = defaultdict(dict)
    for table, name, lineage in run(statement).rows:
        origins[table][name] = lineage
    return origins


def references(run: Run, parents_in: str | None = None) -> list[Reference]:
    """Foreign keys of the whole file, or those that lead to tables of one schema."""
    condition = ""
    params: tuple[str, ...] = ()
    if parents_in is not None:
        condition = f"AND substr(f.\"table\", 1, length({MARK}) + 1) = {MARK} || '.'"
        params = (parents_in, parents_in)
    rows = run(Statement(REFERENCES.format(condition=condition), params)).rows
    return [Reference(split(child), key) for child, keys in _foreign_keys(rows).items() for key in keys]
