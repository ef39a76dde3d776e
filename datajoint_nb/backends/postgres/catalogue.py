"""What PostgreSQL tells of a schema, in a fixed number of statements."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from datajoint_nb.backends.backend import LoadedTable, Reference, Run
from datajoint_nb.backends.columns import ColumnFacts, attribute, now_default
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.changes import Alteration
from datajoint_nb.model.definition import NULL, Default
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable, noted_items
from datajoint_nb.model.types import enum_text
from datajoint_nb.sql.ddl import LINEAGE, Surroundings
from datajoint_nb.sql.dialect import POSTGRESQL
from datajoint_nb.sql.statement import MARK, Statement

LOCK = f"SELECT pg_advisory_xact_lock(hashtextextended('datajoint_nb:' || {MARK}, 0))"
COLUMNS = f"""
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
  pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '' AS numbered,
  EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary
          AND a.attnum = ANY (i.indkey)),
  col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class'),
  (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum AS e
   WHERE e.enumtypid = a.atttypid)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = {MARK} AND c.relkind IN ('r', 'p') ORDER BY c.oid, a.attnum"""
FOREIGN_KEYS = """
SELECT n.nspname, c.relname, rn.nspname, rc.relname,
  (SELECT array_agg(a.attname::text ORDER BY k.place)
   FROM unnest(f.conkey) WITH ORDINALITY AS k(number, place)
   JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number),
  (SELECT array_agg(a.attname::text ORDER BY k.place)
   FROM unnest(f.confkey) WITH ORDINALITY AS k(number, place)
   JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number){more}
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS rc ON rc.oid = f.confrelid JOIN pg_namespace AS rn ON rn.oid = rc.relnamespace
WHERE f.contype = 'f' {condition}"""
INDEXES = f"""
SELECT n.nspname, c.relname, ic.relname, obj_description(ic.oid, 'pg_class'),
  (SELECT array_agg(a.attname::text ORDER BY k.place)
   FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
   JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
   WHERE k.place <= i.indnkeyatts),
  CASE WHEN 0 = ANY (i.indkey) THEN
    (SELECT array_agg(pg_get_indexdef(i.indexrelid, s.place, true) ORDER BY s.place)
     FROM generate_series(1, i.indnkeyatts) AS s(place)) END, i.indisunique, i.indexrelid
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_class AS ic ON ic.oid = i.indexrelid
WHERE n.nspname = {MARK} AND NOT i.indisprimary"""
KEYS = (
    FOREIGN_KEYS.format(more=", NULL::boolean, f.oid", condition=f"AND n.nspname = {MARK}")
    + f" UNION ALL {INDEXES} ORDER BY 8"
)
CAST = re.compile(r"^(.*?)(?:::[\w .\"]+(?:\([\d,]+\))?(?:\[\])?)+$", re.DOTALL)
STRING = re.compile(r"^E?'((?:[^']|'')*)'$", re.DOTALL)
NAMES = {
    "character varying": "varchar",
    "character": "char",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
}
TYPE = re.compile(r"(character varying|character|timestamp|time)(\(\d+\))?( with(?:out)? time zone)?")


def load_schema(run: Run, schema: str) -> dict[str, LoadedTable]:
    """All tables of a schema."""
    grouped: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in run(Statement(COLUMNS, (schema,))).rows:
        grouped[row[0]].append(row)
    if not grouped:
        return {}
    keys, indexes = _keys(run(Statement(KEYS, (schema, schema))).rows)
    lineage = _lineage(run, schema) if LINEAGE in grouped else None
    return {
        table: _table(TableName(schema, table), rows, keys[table], indexes[table], lineage)
        for table, rows in grouped.items()
        if table != LINEAGE
    }


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
            found, marked = attribute(_facts(row), bool(row[6]), origins)
            columns.append(found)
            if not marked:
                unmarked.add(found.name)
    except DataJointError as fault:
        return LoadedTable(StoredTable(name, ()), fault=fault)
    supports = {key.columns for key in keys}
    kept = tuple(i for i in indexes if i.unique or i.expressions or i.columns not in supports)
    stored = StoredTable(name, tuple(columns), tuple(keys), kept, rows[0][8] or "", lineage is not None)
    return LoadedTable(stored, frozenset(unmarked))


def _facts(row: tuple[Any, ...]) -> ColumnFacts:
    _, name, sql_type, nullable, default, identity, _, comment, _, labels = row
    numbered = bool(identity) or (default or "").startswith("nextval(")
    found = None if default is None or numbered else _default(default)
    native = enum_text(tuple(labels)) if labels else spelled(sql_type)
    if numbered:
        native = "serial" if native == "integer" else native
    return ColumnFacts(name, spelled(sql_type), nullable, found, comment or "", numbered, native)


def spelled(sql_type: str) -> str:
    """``character varying(12)`` -> ``varchar(12)``; zones of time as one word."""
    match = TYPE.fullmatch(sql_type)
    if match is None:
        return sql_type
    name = NAMES.get(f"{match[1]}{match[3] or ''}", match[1])
    return f"{name}{match[2] or ''}"


def _default(text: str) -> Default:
    """A default as the server writes it, with casts: ``'woodland'::lab.enum_1ec5a777``."""
    match = CAST.match(text)
    bare = match[1] if match else text
    bare = bare.strip("()") if re.fullmatch(r"\(-?[\d.]+\)", bare) else bare
    if bare.upper() == "NULL":
        return NULL
    if string := STRING.match(bare):
        return Default("literal", string[1].replace("''", "'"), quoted=True)
    if bare in {"true", "false"}:
        return Default("literal", "1" if bare == "true" else "0")
    return now_default(bare) or Default("literal", bare)


def _keys(rows: list[tuple[Any, ...]]) -> tuple[dict[str, list[ForeignKey]], dict[str, list[Index]]]:
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    indexes: dict[str, list[Index]] = defaultdict(list)
    for _, table, first, second, columns, others, unique, _ in rows:
        if unique is None:
            keys[table].append(ForeignKey(tuple(columns), TableName(first, second), tuple(others)))
        else:
            expressions = tuple(_expression(item) for item in others or ())
            items = noted_items(second) if expressions else ()
            indexes[table].append(Index(tuple(columns or ()), unique, expressions, first, items))
    return keys, indexes


def _expression(item: str) -> str:
    """An index item as it can be written again: anything but a name needs parentheses."""
    return item if re.fullmatch(r'[a-z_]\w*|"(?:[^"]|"")+"|\(.*\)', item, re.DOTALL) else f"({item})"


def _lineage(run: Run, schema: str) -> dict[str, dict[str, str]]:
    origins: dict[str, dict[str, str]] = defaultdict(dict)
    full = POSTGRESQL.table(TableName(schema, LINEAGE))
    for table, name, lineage in run(
        Statement(f"SELECT table_name, attribute_name, lineage FROM {full}")
    ).rows:
        origins[table][name] = lineage
    return origins


def references(run: Run, parents_in: str | None = None) -> list[Reference]:
    """Foreign keys of the database, or those that lead to tables of one schema."""
    condition = "" if parents_in is None else f"AND rn.nspname = {MARK}"
    text = FOREIGN_KEYS.format(more="", condition=condition) + " ORDER BY f.oid"
    rows = run(Statement(text, () if parents_in is None else (parents_in,))).rows
    return [
        Reference(TableName(a, b), ForeignKey(tuple(columns), TableName(c, d), tuple(others)))
        for a, b, c, d, columns, others in rows
    ]


def surroundings(run: Run, table: StoredTable) -> Surroundings:
    """Enumerations, index names and tables of a schema: one statement."""
    text = f"""
    SELECT 'enum', t.typname::text, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    JOIN pg_enum AS e ON e.enumtypid = t.oid
    WHERE n.nspname = {MARK} GROUP BY t.typname
    UNION ALL SELECT c.relkind::text, c.relname::text, NULL FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = {MARK} AND (c.relkind = 'i' OR c.relname IN ({MARK}, '{LINEAGE}'))"""
    schema = table.name.schema
    rows = run(Statement(text, (schema, schema, table.name.table))).rows
    tables = {name for kind, name, _ in rows if kind in {"r", "p"}}
    return Surroundings(
        enums={(schema, name): tuple(labels) for kind, name, labels in rows if kind == "enum"},
        index_names=frozenset(name for kind, name, _ in rows if kind == "i"),
        exists=table.name.table in tables,
        has_lineage=LINEAGE in tables,
    )


def before_alteration(run: Run, alteration: Alteration) -> Surroundings:
    """Enumerations of the schema, and those that are without a column afterwards: one statement."""
    retyped = (change.before for change in alteration.changed if change.retyped)
    names = [attribute.name for attribute in (*alteration.dropped, *retyped)]
    mine = f"a.attrelid = CAST({MARK} AS regclass) AND a.attname = ANY ({MARK})"
    text = f"""
    SELECT t.typname::text, array_agg(e.enumlabel::text ORDER BY e.enumsortorder),
      left(t.typname, 5) = 'enum_' AND EXISTS (
        SELECT 1 FROM pg_attribute AS a WHERE a.atttypid = t.oid AND NOT a.attisdropped AND {mine})
      AND NOT EXISTS (
        SELECT 1 FROM pg_attribute AS a WHERE a.atttypid = t.oid AND NOT a.attisdropped AND NOT ({mine}))
    FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    JOIN pg_enum AS e ON e.enumtypid = t.oid
    WHERE n.nspname = {MARK} GROUP BY t.oid, t.typname"""
    schema, full = alteration.before.name.schema, POSTGRESQL.table(alteration.before.name)
    rows = run(Statement(text, (full, names, full, names, schema))).rows
    quote = POSTGRESQL.quote
    return Surroundings(
        enums={(schema, name): tuple(labels) for name, labels, _ in rows},
        leaving=frozenset(f"{quote(schema)}.{quote(name)}" for name, _, leaves in rows if leaves),
    )


def unused_types(run: Run, schema: str) -> list[Statement]:
    """DROP TYPE for each enumeration of the schema that no column has."""
    text = f"""
    SELECT t.typname FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
    WHERE n.nspname = {MARK} AND t.typtype = 'e' AND left(t.typname, 5) = 'enum_' AND NOT EXISTS (
      SELECT 1 FROM pg_attribute AS a WHERE a.atttypid = t.oid AND NOT a.attisdropped)"""
    return [
        Statement(f"DROP TYPE {POSTGRESQL.quote(schema)}.{POSTGRESQL.quote(name)}")
        for (name,) in run(Statement(text, (schema,))).rows
    ]
