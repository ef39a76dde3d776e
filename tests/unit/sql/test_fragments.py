"""Fragments: text for each database, names, what is refused, the path without a parser."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import timeit
from pathlib import Path
from typing import Any

import pytest

import datajoint_nb.errors
from datajoint_nb.errors import DataJointError, QuerySyntaxError, UnknownAttributeError
from datajoint_nb.sql.fragments import Target, transpile
from datajoint_nb.sql.fragments.reading import read_tree
from datajoint_nb.sql.fragments.simple import read_simple, write_simple
from datajoint_nb.sql.fragments.transpile import _WRITERS

ROOT = Path(datajoint_nb.errors.__file__).parents[1]
TARGETS: tuple[Target, ...] = ("mysql", "mariadb", "postgresql", "sqlite")
TYPES = {
    "field_id": "int32",
    "big": "int64",
    "count_native": "int unsigned",
    "region": "varchar(40)",
    "added": "date",
    "started": "datetime",
    "depth": "float64",
    "seconds": "decimal(5,2)",
    "good": "bool",
    "mode": "enum('a','b')",
    "cfg": "json",
    "code": "uuid",
    "raw": "bytes",
    "made": "expression",
    "_hidden": "varchar",
}

# fragment, target, whether a condition, text
TEXTS: tuple[tuple[str, Target, bool, str], ...] = (
    ("field_id=1", "mysql", True, "`field_id` = 1"),
    ("field_id=1", "postgresql", True, '"field_id" = 1'),
    ('region="it\'s"', "sqlite", True, "\"region\" = 'it''s'"),
    ("region='a\\\\b'", "mysql", True, "`region` = 'a\\\\b'"),
    ("region='a\\\\b'", "postgresql", True, "\"region\" = 'a\\b'"),
    ("region LIKE '50%'", "mysql", True, "`region` LIKE '50%'"),
    ("region LIKE '50%'", "postgresql", True, "\"region\" LIKE '50%'"),
    ("region LIKE '50%'", "sqlite", True, "\"region\" LIKE '50%' ESCAPE '\\'"),
    ("field_id % 2 = 1", "postgresql", True, '("field_id" % 2) = 1'),
    ("depth>2 || field_id=1", "postgresql", True, '("depth" > 2) OR ("field_id" = 1)'),
    ("good", "postgresql", True, '"good"'),
    ("good", "postgresql", False, '"good"'),
    ("good=1", "postgresql", True, 'CAST("good" AS INTEGER) = 1'),
    ("good=TRUE", "postgresql", True, '"good" = TRUE'),
    ("not good", "postgresql", True, 'NOT "good"'),
    ("good", "sqlite", True, '"good"'),
    ("field_id", "postgresql", True, '"field_id" <> 0'),
    ("made", "postgresql", True, '"made" <> 0'),
    ("NULL", "postgresql", True, "CAST(NULL AS BOOLEAN)"),
    ("TRUE", "postgresql", True, "TRUE"),
    ("TRUE", "postgresql", False, "CAST(TRUE AS INTEGER)"),
    ("depth > 2", "postgresql", False, 'CAST("depth" > 2 AS INTEGER)'),
    ("sum(good)", "postgresql", False, 'SUM(CAST("good" AS INTEGER))'),
    ("sum(depth>15)", "postgresql", False, 'SUM(CAST("depth" > 15 AS INTEGER))'),
    ("if(depth>1,1,0)=1", "postgresql", True, 'CASE WHEN "depth" > 1 THEN 1 ELSE 0 END = 1'),
    ("field_id/2", "postgresql", False, 'CAST("field_id" AS NUMERIC) / 2'),
    ("field_id/2", "sqlite", False, 'CAST("field_id" AS REAL) / 2'),
    ("field_id/2", "mysql", False, "`field_id` / 2"),
    ("big + 1", "postgresql", False, '"big" + 1'),
    ("field_id + 1", "postgresql", False, 'CAST("field_id" AS BIGINT) + 1'),
    ("count_native = '3'", "postgresql", True, '"count_native" = 3'),
    ("YEAR(added)", "sqlite", False, "CAST(STRFTIME('%Y', \"added\") AS INTEGER)"),
    ("YEAR(added)", "postgresql", False, 'CAST(EXTRACT(YEAR FROM CAST("added" AS TIMESTAMP)) AS INTEGER)'),
    ("NOW()", "sqlite", False, "DATETIME('now')"),
    ("mode='a'", "postgresql", True, "CAST(\"mode\" AS TEXT) = 'a'"),
    ("mode='a'", "mysql", True, "`mode` = 'a'"),
    ("ROUND(depth, 1)", "postgresql", False,
     'CAST(ROUND(CAST("depth" AS NUMERIC), CAST(1 AS INTEGER)) AS DOUBLE PRECISION)'),
    ("group_concat(field_id)", "mysql", False, "GROUP_CONCAT(`field_id` SEPARATOR ',')"),
    ("group_concat(field_id)", "sqlite", False, "GROUP_CONCAT(CAST(\"field_id\" AS TEXT), ',')"),
    ("group_concat(field_id)", "postgresql", False, "STRING_AGG(CAST(\"field_id\" AS TEXT), ',')"),
    ("count(distinct field_id, depth)", "mysql", False, "COUNT(DISTINCT `field_id`, `depth`)"),
    ("STRING_AGG(region, ';')", "mariadb", False, "GROUP_CONCAT(`region` SEPARATOR ';')"),
    ("ANY_VALUE(depth)", "mariadb", False, "MIN(`depth`)"),
    ("ANY_VALUE(depth)", "mysql", False, "ANY_VALUE(`depth`)"),
    ("cfg->'$.a[0]'", "mariadb", False, "JSON_EXTRACT(`cfg`, '$.a[0]')"),
    ("cfg->>'$.a'", "sqlite", False, "djnb_json_unquote(\"cfg\" -> '$.a')"),
    ("cfg->>'$.a'", "postgresql", False, "JSONB_EXTRACT_PATH(\"cfg\", 'a') #>> '{}'"),
    ("code='0F0F0F0F12344abc8def0123456789ab'", "mysql", True,
     "`code` = x'0f0f0f0f12344abc8def0123456789ab'"),
    ("code='0F0F0F0F12344abc8def0123456789ab'", "sqlite", True,
     "\"code\" = '0f0f0f0f-1234-4abc-8def-0123456789ab'"),
    ("added='2024-1-5'", "sqlite", True, "\"added\" = '2024-01-05'"),
    ("started>='2024-01-05'", "sqlite", True, "\"started\" >= '2024-01-05 00:00:00'"),
    ("my_function(depth, 1)", "postgresql", False, 'my_function("depth", 1)'),
    ("DATE_ADD(added, INTERVAL '1:30' HOUR_MINUTE)", "mysql", False,
     "`added` + INTERVAL '1:30' HOUR_MINUTE"),
    ("region ~ '^h'", "postgresql", True, "\"region\" ~* '^h'"),
    ("row_number() over (partition by region order by depth desc)", "postgresql", False,
     'row_number() OVER (PARTITION BY "region" ORDER BY "depth" DESC NULLS LAST)'),
    ("_hidden = 'x'", "sqlite", True, "\"_hidden\" = 'x'"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "target", "condition", "expected"), TEXTS)
def test_text(text: str, target: Target, condition: bool, expected: str) -> None:
    assert transpile(text, target, TYPES, condition=condition).sql == expected


@pytest.mark.parametrize(
    ("text", "names", "aggregate"),
    [
        ("1", set[str](), False),
        ("depth > 1 AND depth < 3 OR `region` = 'field_id'", {"depth", "region"}, False),
        ("TIMESTAMPDIFF(day, added, started)", {"added", "started"}, False),
        ("EXTRACT(year FROM added)", {"added"}, False),
        ("count(*)", set[str](), True),
        ("ROUND(max(depth) / 2)", {"depth"}, True),
        ("group_concat(region separator ';')", {"region"}, True),
        ("sum(depth) over (partition by region)", {"depth", "region"}, False),
        ("sum(depth) over () / sum(depth)", {"depth"}, True),
    ],
)
def test_names_and_aggregate(text: str, names: set[str], aggregate: bool) -> None:
    for target in TARGETS:
        fragment = transpile(text, target, TYPES)
        assert set(fragment.names) == names
        assert fragment.aggregate == aggregate


# fragment, a word of the reason
REFUSED = (
    ("", "empty"),
    (" \n\t", "empty"),
    ("field_id=1;", "semicolon"),
    ("field_id=1; DROP TABLE field", "semicolon"),
    ("field_id=1 -- all", "comment"),
    ("field_id=1 # all", "comment"),
    ("field_id=1 /* all */", "comment"),
    ("field_id=1 /*! OR 1 */", "comment"),
    ("/* all */ field_id=1", "comment"),
    ("field_id=1 AND (/* all */ depth=1)", "comment"),
    ("-- all", "comment"),
    ("field_id = ?", "bind marker"),
    ("field_id = :x", "bind marker"),
    ("field_id = %s", "expr"),
    ("field_id = $1", "bind marker"),
    ("field_id = @x", "variable"),
    ("@@version = 1", "variable"),
    ("@x := 1", "variable"),
    ("field_id = 1\0", "control character"),
    ("region = 'a\x1bb'", "control character"),
    ("region = 'a\\0b'", "NUL"),
    ("field.field_id = 1", "qualified"),
    ("a.b.c = 1", "qualified"),
    ("select 1", "Unexpected"),
    ("(select 1)", "subquery"),
    ("field_id IN (select field_id from x)", "subquery"),
    ("EXISTS (select 1)", "subquery"),
    ("field_id = ALL (select 1)", "subquery"),
    ("field_id = 1 UNION select 1", "Unexpected"),
    ("field_id INTO OUTFILE '/tmp/x'", "Unexpected"),
    ("field_id = 1 LIMIT 1", "Unexpected"),
    ("field_id = 1 ORDER BY depth", "Unexpected"),
    ("DROP TABLE field", "Unexpected"),
    ("REPLACE INTO field VALUES (1)", "Unexpected"),
    ("SET x = 1", "Unexpected"),
    ("field_id AS x", "Unexpected"),
    ("field_id depth", "Unexpected"),
    ("field_id, depth", "Unexpected"),
    ("*", ""),
    ("field_id = 1)", "Unexpected"),
    ("(field_id = 1", "Expecting )"),
    ("1) OR (1", "Unexpected"),
    ("region = 'halo", "cannot be read"),
    ("field_id = = 1", ""),
    ("`weird name`(depth)", "name of a function"),
    ("max(*)", "COUNT"),
    ("count(depth, region)", "COUNT"),
    ("UPPER(DISTINCT region)", "DISTINCT"),
    ("(field_id, depth)", "parentheses"),
    ("(field_id, depth) < (1, 2)", "rows"),
    ("(field_id, depth) = (1, 2, 3)", "rows"),
    ("INTERVAL 1 DAY", "INTERVAL"),
    ("added + INTERVAL 1 FORTNIGHT", ""),
    ("code = 'nope'", "UUID"),
    ("cfg->'k'", "JSON path"),
    ("cfg->'$..k'", "JSON path"),
    ("JSON_EXTRACT(cfg, region)", "JSON path"),
    ("CAST(depth AS foo)", ""),
    ("[1, 2]", ""),
    ("{'a': 1}", ""),
    ("if = 1", ""),
    ("x'1'", "hexadecimal"),
)


@pytest.mark.spec("Q-026", "Q-064")
@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refused(text: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    for target in TARGETS:
        with pytest.raises(QuerySyntaxError) as caught:
            transpile(text, target, TYPES, condition=True)
        assert reason.lower() in str(caught.value).lower()
        assert repr(text) in str(caught.value)
    assert not caplog.records


@pytest.mark.parametrize("target", TARGETS)
def test_position_is_told(target: Target) -> None:
    with pytest.raises(QuerySyntaxError, match=r"line 2, column \d"):
        transpile("field_id = 1 AND\n= 2", target, TYPES)


@pytest.mark.parametrize(
    ("text", "name", "near"),
    [
        ("nope=1", "nope", "attributes are"),
        ("NOPE=1", "NOPE", "attributes are"),
        ("Depth=1", "Depth", "`depth`"),
        ("dept=1 AND YEAR(added)=2024", "dept", "`depth`"),
        ("nope+1", "nope", "attributes are"),
        ("_nope = 1", "_nope", "attributes are"),
        ("COUNT(DISTINCT regoin)", "regoin", "`region`"),
        ("case when nope then 1 end", "nope", "attributes are"),
        ("group_concat(region order by nope)", "nope", "attributes are"),
        ("added + INTERVAL nope DAY", "nope", "attributes are"),
        ("`field id` = 1", "field id", "`field_id`"),
    ],
)
def test_unknown_name(text: str, name: str, near: str) -> None:
    for target in TARGETS:
        with pytest.raises(UnknownAttributeError) as caught:
            transpile(text, target, TYPES)
        message = str(caught.value)
        assert f"`{name}`" in message
        assert repr(text) in message
        assert near in message
        assert "_hidden" not in message


SIMPLE = (
    "field_id = 1",
    "field_id=-1",
    "field_id != 1",
    " depth<=2.50\n AND region <> 'o%k' and good=1",
    "region = 'ä''s'",
    "region = '5'",
    "region = 5",
    "field_id = '5'",
    "depth > '1e3'",
    "good = 0",
    "good = '1'",
    "mode = 'a'",
    "added >= '2024-01-05'",
    "added = '2024-1-5 10:00'",
    "started = '2024-01-05 10:00:00.5'",
    "started < 20240105",
    "code = '0f0f0f0f-1234-4abc-8def-0123456789ab'",
    "raw = 'ab'",
    "cfg = 'x'",
    "made = 1.5",
    "seconds > 6 AND seconds < 9 AND seconds <> 7",
)


@pytest.mark.parametrize("text", SIMPLE)
def test_both_ways_of_reading_agree(text: str) -> None:
    quick = read_simple(text)
    assert (quick is None) == ("''" in text)
    for target in TARGETS:
        parsed = read_tree(text, target)
        writer = _WRITERS[target](text, TYPES)
        slow = writer.write(parsed.tree)
        for condition in (True, False):
            wanted = writer.result(slow, condition)
            assert transpile(text, target, TYPES, condition=condition).sql == wanted
            if quick is not None:
                assert quick.names == parsed.names
                assert writer.result(write_simple(quick, writer), condition) == wanted


def test_words_of_the_language_are_no_names_for_either_way() -> None:
    from sqlglot.dialects.mysql import MySQL

    words = {word.lower() for word in MySQL.Tokenizer.KEYWORDS if word.isidentifier()}
    for word in sorted(words):
        if read_simple(f"{word} = 1"):
            assert read_tree(f"{word} = 1", "mysql").names == (word,)


@pytest.mark.parametrize(
    "text", ["true = 1", "a = 1 OR b = 2", "a = b", "a = 1 AND", "A = 1", "a = '\\\\'", "a = 1x", "a.b = 1"]
)
def test_whatever_is_not_simple_is_parsed(text: str) -> None:
    assert read_simple(text) is None


def test_simple_fragments_need_no_parser() -> None:
    code = (
        "import sys; from datajoint_nb.sql.fragments import transpile, order_items;"
        "transpile(\"a = 1 AND b > 'x'\", 'sqlite', {'a': 'int32', 'b': 'varchar'}, condition=True);"
        "order_items('a DESC'); sys.exit('sqlglot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


@pytest.mark.parametrize("text", ["field_id = 1 AND depth > 2", "YEAR(added) = 2024 OR good"])
def test_a_cached_call_takes_less_than_5_microseconds(text: str) -> None:
    times = timeit.repeat(lambda: transpile(text, "sqlite", TYPES, condition=True), number=1000, repeat=7)
    assert min(times) / 1000 < 5e-6


def test_the_cache_heeds_the_types() -> None:
    assert transpile("made = 1", "postgresql", {"made": "bool"}).sql == (
        'CAST(CAST("made" AS INTEGER) = 1 AS INTEGER)'
    )
    assert transpile("made = 1", "postgresql", {"made": "int32"}).sql == 'CAST("made" = 1 AS INTEGER)'


def test_long_alternatives_stay_flat_enough_for_sqlite() -> None:
    text = " OR ".join(f"field_id = {n}" for n in range(3000))
    sql = transpile(text, "sqlite", TYPES, condition=True).sql
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (field_id INTEGER)")
    connection.execute("INSERT INTO t VALUES (2999), (3000)")
    assert connection.execute(f"SELECT field_id FROM t WHERE {sql}").fetchall() == [(2999,)]
    connection.close()


@pytest.mark.parametrize("text", ["(" * 3000 + "1" + ")" * 3000, "NOT " * 3000 + "1", "1" + "+1" * 3000])
def test_deep_nesting_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        transpile(text, "sqlite", TYPES)


PIECES = [
    "field_id",
    "depth",
    "region",
    "good",
    "cfg",
    "nope",
    "1",
    "2.5",
    "'x'",
    '"y"',
    "'a\\'b'",
    "''",
    "NULL",
    "TRUE",
    "(",
    ")",
    ",",
    ";",
    ".",
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "<",
    ">",
    "<>",
    "<=>",
    "AND",
    "OR",
    "NOT",
    "||",
    "&&",
    "!",
    "~",
    "^",
    "|",
    "&",
    "LIKE",
    "IN",
    "IS",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "IF(",
    "COUNT(",
    "SUM(",
    "CAST(",
    "AS",
    "CHAR",
    "INTERVAL",
    "DAY",
    "DISTINCT",
    "->",
    "->>",
    "'$.a'",
    "@x",
    "?",
    ":a",
    "--",
    "#",
    "/*",
    "*/",
    "`",
    "`a`",
    "select",
    "from",
    "where",
    "ESCAPE",
    "COLLATE",
    "REGEXP",
    "x'",
    "0x",
    "1e",
    "{",
    "}",
    "[",
    "]",
    "\\",
    "\x00",
    "\u2028",
    "é",
    "over(",
    "separator",
    "date",
    "binary",
    "exists(",
    "union",
    ":=",
    "::",
    "$$",
    "$1",
    "%s",
]


def test_any_text_gives_a_fragment_or_an_error_of_this_library() -> None:
    chance = random.Random(20240105)
    accepted = 0
    for _ in range(3000):
        text = " ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9)))
        target = chance.choice(TARGETS)
        try:
            fragment: Any = transpile(text, target, TYPES, condition=chance.random() < 0.5)
        except DataJointError:
            continue
        accepted += 1
        assert ";" not in fragment.sql
        assert fragment.names <= set(TYPES)
    assert accepted > 20
