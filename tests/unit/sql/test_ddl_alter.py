"""The statements that alter tables: ``01-definitions.md`` §6."""

from __future__ import annotations

from dataclasses import replace

import pytest

from datajoint_nb.model.changes import Alteration, compare
from datajoint_nb.model.names import TableName
from datajoint_nb.sql.ddl import NOTHING_KNOWN, Surroundings, alter_table
from datajoint_nb.sql.literals import written_out
from tests.unit.offline import OfflineConnection, build

NAME = TableName("lab", "thing")
KEY = "thing : int32  # number\n---\n"
BEFORE = KEY + "a : varchar(20)\nb=5 : int32  # a number\ne='x' : enum('x','y')\n"
ADDED = BEFORE + "c=null : float64  # new\n"
RENAMED = KEY + "a : varchar(20)\ncount=5 : int64  # {b} a number\ne='x' : enum('x','y')\n"


def alteration(dialect: str, before: str, after: str) -> Alteration:
    connection = OfflineConnection(dialect)
    old, new = (build(connection, NAME, text) for text in (before, after))
    return compare(new, old, connection.dialect.moves_columns)


def statements(
    dialect: str, after: str, before: str = BEFORE, surroundings: Surroundings = NOTHING_KNOWN
) -> list[str]:
    connection = OfflineConnection(dialect)
    found = alter_table(alteration(dialect, before, after), connection.dialect, surroundings)
    return [written_out(statement, connection.dialect) for statement in found]


@pytest.mark.parametrize(
    ("after", "clauses"),
    [
        (ADDED, ["ADD COLUMN `c` double DEFAULT NULL COMMENT ':float64:new' AFTER `e`"]),
        (KEY + "a : varchar(20)\nb=5 : int32  # a number\n", ["DROP COLUMN `e`"]),
        (
            RENAMED,
            ["CHANGE COLUMN `b` `count` bigint NOT NULL DEFAULT '5' COMMENT ':int64:a number'"],
        ),
        (
            KEY + "e='x' : enum('x','y')\na : varchar(20)\nb=5 : int32  # a number\n",
            [
                "MODIFY COLUMN `e` enum('x', 'y') NOT NULL DEFAULT 'x' "
                "COMMENT ':enum(''x'',''y''):' AFTER `thing`"
            ],
        ),
        ("# 100%\n" + BEFORE.replace("number\n-", "its number\n-"),
         ["MODIFY COLUMN `thing` int NOT NULL COMMENT ':int32:its number'", "COMMENT = '100%'"]),
    ],
)  # fmt: skip
def test_mysql_has_one_statement(after: str, clauses: list[str]) -> None:
    assert statements("mysql", after) == ["ALTER TABLE `lab`.`thing`\n  " + ",\n  ".join(clauses)]


def test_mysql_keeps_the_collation_of_texts() -> None:
    known = Surroundings(collations={("lab", "thing", "a"): ("latin1", "latin1_bin")})
    after = BEFORE.replace("varchar(20)", "varchar(30)").replace("int32  # a", "int64  # a")
    (sql,) = statements("mysql", after, surroundings=known)
    assert "`a` varchar(30) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL" in sql
    assert "`b` bigint NOT NULL" in sql


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            ADDED,
            [
                'ALTER TABLE "lab"."thing"\n  ADD COLUMN "c" double precision DEFAULT NULL',
                'COMMENT ON COLUMN "lab"."thing"."c" IS \':float64:new\'',
            ],
        ),
        (
            RENAMED,
            [
                'ALTER TABLE "lab"."thing" RENAME COLUMN "b" TO "count"',
                'ALTER TABLE "lab"."thing"\n  ALTER COLUMN "count" DROP DEFAULT,\n'
                '  ALTER COLUMN "count" TYPE bigint,\n  ALTER COLUMN "count" SET DEFAULT \'5\'',
                'COMMENT ON COLUMN "lab"."thing"."count" IS \':int64:a number\'',
            ],
        ),
        (
            BEFORE.replace("a : varchar(20)", "a=null : varchar(20)").replace("b=5", "b"),
            [
                'ALTER TABLE "lab"."thing"\n  ALTER COLUMN "a" DROP NOT NULL,\n'
                '  ALTER COLUMN "b" DROP DEFAULT',
            ],
        ),
        (
            "# 100%\n" + BEFORE.replace("number\n-", "its number\n-"),
            [
                'COMMENT ON TABLE "lab"."thing" IS \'100%\'',
                'COMMENT ON COLUMN "lab"."thing"."thing" IS \':int32:its number\'',
            ],
        ),
        (KEY + "e='x' : enum('x','y')\na : varchar(20)\nb=5 : int32  # a number\n", []),
    ],
)
def test_postgresql_alters_in_place(after: str, expected: list[str]) -> None:
    assert statements("postgresql", after) == expected


def test_postgresql_casts_to_a_new_enumeration() -> None:
    known = Surroundings(
        enums={("lab", "enum_5bc48ab4"): ("x", "y")}, leaving=frozenset({'"lab"."enum_5bc48ab4"'})
    )
    created, altered, comment, dropped = statements(
        "postgresql", BEFORE.replace("('x','y')", "('x','y','z')"), surroundings=known
    )
    assert created.startswith('CREATE TYPE "lab"."enum_') and created.endswith("AS ENUM ('x', 'y', 'z')")
    name = created.split()[2]
    assert f'ALTER COLUMN "e" TYPE {name} USING "e"::text::{name}' in altered
    assert altered.index("DROP DEFAULT") < altered.index("TYPE") < altered.index("SET DEFAULT 'x'")
    assert ":enum(''x'',''y'',''z''):" in comment
    assert dropped == 'DROP TYPE "lab"."enum_5bc48ab4"'


def test_sqlite_rebuilds_the_table() -> None:
    known = Surroundings(triggers=("CREATE TRIGGER t …",))
    sent = statements("sqlite", RENAMED + "index(a)\n", BEFORE + "index(a)\n", known)
    heads = [" ".join(sql.split()[:3]) for sql in sent]
    assert heads == [
        "CREATE TABLE IF", "INSERT INTO \"lab.~altered_thing\"", 'DROP TABLE "lab.thing"',
        'ALTER TABLE "lab.~altered_thing"', 'CREATE INDEX "lab.idx_thing_a"', "CREATE TRIGGER t",
        'DELETE FROM "~comments"', "INSERT OR REPLACE",
    ]  # fmt: skip
    assert sent[1].endswith('SELECT "thing", "a", "b", "e" FROM "lab.thing" ORDER BY rowid')


def test_sqlite_needs_no_new_table_for_comments() -> None:
    sent = statements("sqlite", "# things\n" + BEFORE)
    assert len(sent) == 2 and all('"~comments"' in sql for sql in sent)


@pytest.mark.spec("D-109")
@pytest.mark.parametrize("dialect", ["mysql", "mariadb", "postgresql", "sqlite"])
def test_no_change_no_statement(dialect: str) -> None:
    assert not alteration(dialect, BEFORE, BEFORE)
    assert statements(dialect, BEFORE) == []


@pytest.mark.parametrize(
    ("order", "moved"),
    [("abcd", ""), ("dabc", "d"), ("bcda", "a"), ("badc", {"bd", "bc", "ad", "ac"}), ("dcba", 3)],
)
def test_the_fewest_attributes_move(order: str, moved: str | set[str] | int) -> None:
    old, new = (KEY + "".join(f"{n} : int8\n" for n in names) for names in ("abcd", order))
    found = "".join(alteration("sqlite", old, new).moved)
    if isinstance(moved, int):
        assert len(found) == moved
    else:
        assert "".join(sorted(found)) in (
            {"".join(sorted(m)) for m in moved} if isinstance(moved, set) else {moved}
        )


def test_hidden_columns_stay_where_they_are() -> None:
    connection = OfflineConnection("mysql")
    old = build(connection, NAME, KEY + "a : int8\nb : int8\n")
    hidden = replace(old.by_name["b"], name="_first"), replace(old.by_name["b"], name="_last")
    old = replace(old, columns=(hidden[0], *old.columns, hidden[1]))
    found = compare(build(connection, NAME, KEY + "c : int8\nb : int8\na : int8\nd : int8\n"), old, True)
    assert [column.name for column in found.after.columns] == ["_first", "thing", "c", "b", "a", "d", "_last"]
    assert not found.dropped
    (sql,) = alter_table(found, connection.dialect)
    assert "_last" not in sql.sql and "AFTER `thing`" in sql.sql
