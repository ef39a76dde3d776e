"""What MySQL and MariaDB tell of a schema, in a fixed number of statements."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from datajoint_nb.backends.backend import LoadedTable, Reference, Run
from datajoint_nb.backends.columns import ColumnFacts, attribute, now_default, without_width
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.definition import NULL, Default
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable, noted_items
from datajoint_nb.sql.ddl import LINEAGE, Surroundings
from datajoint_nb.sql.statement import MARK, Statement

COLUMNS = f"""
SELECT c.table_name, c.column_name, c.column_type, c.is_nullable, c.column_default, c.column_key,
  c.extra, c.column_comment, t.table_comment, VERSION()
FROM information_schema.columns AS c JOIN information_schema.tables AS t
  ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_schema = {MARK} AND t.table_schema = {MARK} AND t.table_type = 'BASE TABLE'
ORDER BY t.create_time, c.table_name, c.ordinal_position"""
KEYS = f"""
SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema,
  k.referenced_table_name, k.referenced_column_name, NULL AS non_unique, k.ordinal_position AS place
FROM information_schema.key_column_usage AS k
WHERE k.table_schema = {MARK} AND k.referenced_table_name IS NOT NULL
UNION ALL
SELECT s.table_name, s.index_name, s.column_name, s.index_comment, NULL, {{expression}}, s.non_unique,
  s.seq_in_index
FROM information_schema.statistics AS s
WHERE s.table_schema = {MARK} AND s.index_name <> 'PRIMARY'
ORDER BY 1, 2, 8"""
REFERENCES = """
SELECT k.table_schema, k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema,
  k.referenced_table_name, k.referenced_column_name
FROM information_schema.key_column_usage AS k
WHERE k.referenced_table_name IS NOT NULL {condition}
ORDER BY 1, 2, 3, k.ordinal_position"""

UNHEX = re.compile(r"unhex\(.*?'([0-9a-f]{32})", re.IGNORECASE)


def load_schema(run: Run, schema: str) -> dict[str, LoadedTable]:
    """All tables of a schema."""
    grouped: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in run(Statement(COLUMNS, (schema, schema))).rows:
        grouped[row[0]].append(row)
    if not grouped:
        return {}
    maria = "mariadb" in next(iter(grouped.values()))[0][9].lower()
    text = KEYS.format(expression="NULL" if maria else "s.expression")
    keys, indexes = _keys(run(Statement(text, (schema, schema))).rows)
    lineage = _lineage(run, schema) if LINEAGE in grouped else None
    return {
        table: _table(TableName(schema, table), rows, keys[table], indexes[table], lineage, maria)
        for table, rows in grouped.items()
        if table != LINEAGE
    }


def _table(
    name: TableName,
    rows: list[tuple[Any, ...]],
    keys: list[ForeignKey],
    indexes: list[Index],
    lineage: Mapping[str, Mapping[str, str]] | None,
    maria: bool,
) -> LoadedTable:
    origins = (lineage or {}).get(name.table, {})
    columns, unmarked = [], set()
    try:
        for row in rows:
            found, marked = attribute(_facts(row, maria), row[5] == "PRI", origins)
            columns.append(found)
            if not marked:
                unmarked.add(found.name)
    except DataJointError as fault:
        return LoadedTable(StoredTable(name, ()), fault=fault)
    # the server makes an index for each foreign key that has none
    supports = {key.columns for key in keys}
    kept = tuple(i for i in indexes if i.unique or i.expressions or i.columns not in supports)
    stored = StoredTable(name, tuple(columns), tuple(keys), kept, rows[0][8] or "", lineage is not None)
    return LoadedTable(stored, frozenset(unmarked))


def _facts(row: tuple[Any, ...], maria: bool) -> ColumnFacts:
    _, name, sql_type, nullable, default, _, extra, comment, *_ = row
    text = without_width(_text(sql_type))
    numbered = "auto_increment" in extra.lower()
    found = _default(_text(default), extra, maria) if default is not None else None
    native = f"{text} auto_increment" if numbered else text
    return ColumnFacts(name, text, nullable == "YES", found, comment, numbered, native)


def _text(value: str | bytes) -> str:
    """MySQL gives some descriptions as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _default(text: str, extra: str, maria: bool) -> Default | None:
    """MariaDB writes defaults as SQL, MySQL as bare text."""
    if match := UNHEX.search(text):
        return Default("literal", str(uuid.UUID(match[1])))
    if maria:
        if text == "NULL":
            return NULL
        if text.startswith("'"):
            return Default("literal", _unquoted(text[1:-1]), quoted=True)
        return now_default(text) or Default("literal", text)
    if "DEFAULT_GENERATED" in extra.upper() or now_default(text):
        return now_default(text) or Default("literal", text)
    return Default("literal", text)


def _unquoted(text: str) -> str:
    escapes = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "b": "\b", "Z": "\x1a"}
    pattern = re.compile(r"''|\\(.)", re.DOTALL)
    return pattern.sub(lambda m: "'" if m[1] is None else escapes.get(m[1], m[1]), text)


def _keys(rows: list[tuple[Any, ...]]) -> tuple[dict[str, list[ForeignKey]], dict[str, list[Index]]]:
    grouped: dict[tuple[str, str, bool], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        grouped[row[0], row[1], row[4] is not None].append(row)
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    indexes: dict[str, list[Index]] = defaultdict(list)
    for (table, name, is_reference), parts in sorted(grouped.items(), key=lambda item: _order(item[0])):
        columns = tuple(part[2] for part in parts if part[2] is not None)
        if is_reference:
            parent = TableName(parts[0][3], parts[0][4])
            keys[table].append(ForeignKey(columns, parent, tuple(part[5] for part in parts)))
            continue
        expressions: tuple[str, ...] = ()
        if len(columns) < len(parts):
            expressions = tuple(f"`{p[2]}`" if p[2] is not None else f"({_text(p[5])})" for p in parts)
        items = noted_items(parts[0][3]) if expressions else ()
        indexes[table].append(Index(columns, not parts[0][6], expressions, name, items))
    return keys, indexes


def _order(group: tuple[str, str, bool]) -> tuple[Any, ...]:
    """Constraints in the order of declaration: their names end in a number."""
    number = re.search(r"_(\d+)$", group[1])
    return group[0], int(number[1]) if number else 0, group[1]


def _lineage(run: Run, schema: str) -> dict[str, dict[str, str]]:
    origins: dict[str, dict[str, str]] = defaultdict(dict)
    full = f"`{schema.replace('`', '``')}`.`{LINEAGE}`"
    for table, name, lineage in run(
        Statement(f"SELECT table_name, attribute_name, lineage FROM {full}")
    ).rows:
        origins[table][name] = lineage
    return origins


def references(run: Run, parents_in: str | None = None) -> list[Reference]:
    """Foreign keys of the server, or those that lead to tables of one schema."""
    condition = "" if parents_in is None else f"AND k.referenced_table_schema = {MARK}"
    params = () if parents_in is None else (parents_in,)
    grouped: dict[tuple[str, str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in run(Statement(REFERENCES.format(condition=condition), params)).rows:
        grouped[row[0], row[1], row[2]].append(row)
    return [
        Reference(
            TableName(schema, table),
            ForeignKey(
                tuple(part[3] for part in parts),
                TableName(parts[0][4], parts[0][5]),
                tuple(part[6] for part in parts),
            ),
        )
        for (schema, table, _), parts in sorted(
            grouped.items(), key=lambda item: (item[0][0], *_order((item[0][1], item[0][2], True)))
        )
    ]


def surroundings(run: Run, table: StoredTable) -> Surroundings:
    """Collations of the texts that a new table references, and of its schema: one statement."""
    wanted = {
        (key.parent.schema, key.parent.table, parent)
        for key in table.foreign_keys
        for name, parent in key.attr_map.items()
        if table.by_name[name].core.is_text
    }
    parts = [
        f"SELECT '', '', default_character_set_name, default_collation_name "
        f"FROM information_schema.schemata WHERE schema_name = {MARK}",
        "SELECT 'table', table_name, '', '' FROM information_schema.tables "
        f"WHERE table_schema = {MARK} AND table_name IN ({MARK}, {MARK})",
    ]
    params: list[str] = [table.name.schema, table.name.schema, LINEAGE, table.name.table]
    order = sorted(wanted)
    for number, place in enumerate(order):
        parts.append(
            f"SELECT '{number}', '', character_set_name, collation_name FROM information_schema.columns "
            f"WHERE table_schema = {MARK} AND table_name = {MARK} AND column_name = {MARK}"
        )
        params += place
    rows = run(Statement(" UNION ALL ".join(parts), tuple(params))).rows
    collations = {}
    present = set()
    for tag, name, charset, collation in rows:
        if tag == "table":
            present.add(name)
        else:
            place = (table.name.schema, "", "") if tag == "" else order[int(tag)]
            collations[place] = (charset, collation)
    return Surroundings(
        collations=collations, exists=table.name.table in present, has_lineage=LINEAGE in present
    )


def before_alteration(run: Run, alteration: Alteration) -> Surroundings:
    """Collations of texts that differ from their table's: one statement."""
    name = alteration.before.name
    text = (
        "SELECT c.column_name, c.character_set_name, c.collation_name FROM information_schema.columns AS c "
        "JOIN information_schema.tables AS t "
        "ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
        f"WHERE t.table_schema = {MARK} AND t.table_name = {MARK} AND c.collation_name <> t.table_collation"
    )
    rows = run(Statement(text, (name.schema, name.table))).rows
    return Surroundings(
        collations={
            (name.schema, name.table, column): (charset, collation) for column, charset, collation in rows
        }
    )
