"""CREATE and DROP statements of every dialect."""

from __future__ import annotations

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import NULL, Default, IndexItem
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable
from datajoint_nb.model.types import parse_type
from datajoint_nb.sql import ddl
from datajoint_nb.sql.dialect import DIALECTS, MARIADB, MYSQL, POSTGRESQL, SQLITE
from datajoint_nb.sql.statement import MARK


def attribute(name: str, kind: str, default: Default | str | None = None, key: bool = False) -> Attribute:
    given = Default("literal", default) if isinstance(default, str) else default
    spec = parse_type(kind)
    return Attribute(
        name, spec, in_key=key, nullable=given == NULL, default_value=given,
        autoincrement=spec.is_autoincrement,
        storage=parse_type("bytes") if spec.kind == "codec" else None,
    )  # fmt: skip


def table(*columns: Attribute, name: str = "session", comment: str = "", **parts: tuple) -> StoredTable:
    return StoredTable(TableName("lab", name), columns, comment=comment, **parts)


def column_lines(dialect: str, *columns: Attribute) -> list[str]:
    stored = table(attribute("id", "int32", key=True), *columns)
    create = [s.sql for s in ddl.create_table(stored, DIALECTS[dialect]) if s.sql.startswith("CREATE TABLE")]
    lines = [line.strip().rstrip(",") for line in create[0].splitlines()[2:-2]]
    return [line for line in lines if line[0] in '`"']


TYPES = [
    ("int8", "tinyint", "smallint", 'INTEGER NOT NULL CONSTRAINT "x" CHECK ("x" BETWEEN -128 AND 127)'),
    ("int16", "smallint", "smallint", 'INTEGER NOT NULL CONSTRAINT "x" CHECK ("x" BETWEEN -32768 AND 32767)'),
    ("int64", "bigint", "bigint", "INTEGER NOT NULL"),
    ("float32", "float", "real", "REAL NOT NULL"),
    ("float64", "double", "double precision", "REAL NOT NULL"),
    ("decimal(8,3)", "decimal(8,3)", "numeric(8,3)", "REAL NOT NULL"),
    ("decimal(30,2)", "decimal(30,2)", "numeric(30,2)", "TEXT COLLATE djnb_decimal NOT NULL"),
    ("bool", "tinyint", "boolean", 'INTEGER NOT NULL CONSTRAINT "x" CHECK ("x" IN (0, 1))'),
    ("char(4)", "char(4)", "char(4)", 'TEXT NOT NULL CONSTRAINT "x" CHECK (length("x") <= 4)'),
    ("varchar(4)", "varchar(4)", "varchar(4)", 'TEXT NOT NULL CONSTRAINT "x" CHECK (length("x") <= 4)'),
    ("date", "date", "date", "TEXT NOT NULL"),
    ("datetime", "datetime", "timestamp", "TEXT NOT NULL"),
    ("datetime(3)", "datetime(3)", "timestamp(3)", "TEXT NOT NULL"),
    ("uuid", "binary(16)", "uuid", "TEXT NOT NULL"),
    (
        "json",
        "json",
        "jsonb",
        'TEXT NOT NULL CONSTRAINT "x" CHECK ("x" IS NULL OR json_valid("x"))',
    ),
    ("bytes", "longblob", "bytea", "BLOB NOT NULL"),
    ("<blob>", "longblob", "bytea", "BLOB NOT NULL"),
]


@pytest.mark.spec("T-001")
@pytest.mark.parametrize(("kind", "mysql", "postgresql", "sqlite"), TYPES)
def test_core_types(kind: str, mysql: str, postgresql: str, sqlite: str) -> None:
    column = attribute("x", kind)
    marker = f":{kind}:"
    assert column_lines("mysql", column) == [f"`x` {mysql} NOT NULL COMMENT '{marker}'"]
    assert column_lines("mariadb", column) == column_lines("mysql", column)
    assert column_lines("postgresql", column) == [f'"x" {postgresql} NOT NULL']
    assert column_lines("sqlite", column) == [f'"x" {sqlite}']


DEFAULTS = [
    ("int32", "-3", "DEFAULT '-3'", "DEFAULT '-3'", "DEFAULT -3"),
    ("int32", "007", "DEFAULT '7'", "DEFAULT '7'", "DEFAULT 7"),
    ("float64", "1.5", "DEFAULT '1.5'", "DEFAULT '1.5'", "DEFAULT 1.5"),
    ("bool", "true", "DEFAULT 1", "DEFAULT TRUE", "DEFAULT 1"),
    ("bool", "FALSE", "DEFAULT 0", "DEFAULT FALSE", "DEFAULT 0"),
    ("varchar(40)", "it's \\n 100%",
     "DEFAULT 'it''s \\\\n 100%'", "DEFAULT 'it''s \\n 100%'", "DEFAULT 'it''s \\n 100%'"),
    ("varchar(40)", "", "DEFAULT ''", "DEFAULT ''", "DEFAULT ''"),
    ("datetime", Default("now"),
     "DEFAULT CURRENT_TIMESTAMP", "DEFAULT CURRENT_TIMESTAMP(0)", "DEFAULT CURRENT_TIMESTAMP"),
    (
        "datetime(3)",
        Default("now"),
        "DEFAULT CURRENT_TIMESTAMP(3)",
        "DEFAULT CURRENT_TIMESTAMP(3)",
        "DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))",
    ),
    ("float64", NULL, "DEFAULT NULL", "DEFAULT NULL", "DEFAULT NULL"),
    (
        "uuid",
        "12345678-1234-5678-1234-567812345678",
        "DEFAULT (UNHEX('12345678123456781234567812345678'))",
        "DEFAULT '12345678-1234-5678-1234-567812345678'",
        "DEFAULT '12345678-1234-5678-1234-567812345678'",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "default", "mysql", "postgresql", "sqlite"), DEFAULTS)
def test_defaults(kind: str, default: Default | str, mysql: str, postgresql: str, sqlite: str) -> None:
    column = attribute("x", kind, default)
    for dialect, clause in (("mysql", mysql), ("postgresql", postgresql), ("sqlite", sqlite)):
        line = column_lines(dialect, column)[0]
        assert clause in line
        assert ("NOT NULL" in line) == (default != NULL)


def test_foreign_key_clause() -> None:
    key = ForeignKey(("spare", "site"), TableName("bats", "#recorder"), ("recorder", "site"))
    assert ddl.foreign_key(key, MYSQL) == (
        "FOREIGN KEY (`spare`, `site`) REFERENCES `bats`.`#recorder` (`recorder`, `site`) "
        "ON UPDATE CASCADE ON DELETE RESTRICT"
    )
    assert 'REFERENCES "bats.#recorder" ("recorder", "site")' in ddl.foreign_key(key, SQLITE)


def test_mysql_table_is_one_statement() -> None:
    stored = table(
        attribute("id", "int32", key=True),
        attribute("n", "int8"),
        indexes=(Index(("n",)), Index(("n", "id"), unique=True)),
        comment="the 'table' \\",
    )
    (statement,) = ddl.create_table(stored, MYSQL)
    assert statement.sql == (
        "CREATE TABLE IF NOT EXISTS `lab`.`session` (\n"
        "  `id` int NOT NULL COMMENT ':int32:',\n"
        "  `n` tinyint NOT NULL COMMENT ':int8:',\n"
        "  PRIMARY KEY (`id`),\n"
        "  INDEX (`n`),\n"
        "  UNIQUE INDEX (`n`, `id`)\n"
        ") ENGINE=InnoDB, COMMENT 'the ''table'' \\\\'"
    )


@pytest.mark.spec("D-061")
@pytest.mark.parametrize(
    ("keys", "indexes", "wanted"),
    [
        ([("a",)], [], [("a",)]),
        ([("id",)], [], []),
        ([("id", "a")], [], [("id", "a")]),
        ([("a",)], [("a", "b")], []),
        ([("a",)], [("b", "a")], [("a",)]),
        ([("a",), ("a", "b")], [], [("a", "b")]),
        ([("a",), ("a",)], [], [("a",)]),
    ],
)
def test_support_indexes(keys: list, indexes: list, wanted: list) -> None:
    names = [attribute(n, "int8") for n in "ab"]
    stored = table(
        attribute("id", "int8", key=True),
        *names,
        foreign_keys=tuple(ForeignKey(key, TableName("lab", f"p{n}"), key) for n, key in enumerate(keys)),
        indexes=tuple(Index(columns) for columns in indexes),
    )
    assert [index.columns for index in ddl.support_indexes(stored)] == wanted


def index_names(stored: StoredTable, dialect: object, taken: frozenset[str] = frozenset()) -> list[str]:
    surroundings = ddl.Surroundings(index_names=taken)
    statements = ddl.create_table(stored, dialect, surroundings)  # type: ignore[arg-type]
    return [s.sql.split(" ON ")[0].split(" ")[-1].strip('"') for s in statements if "INDEX " in s.sql]


@pytest.mark.spec("D-062")
def test_index_names() -> None:
    stored = table(
        attribute("id", "int8", key=True), attribute("b_c", "int8"), name="a", indexes=(Index(("b_c",)),)
    )
    assert index_names(stored, POSTGRESQL) == ["idx_a_b_c"]
    assert index_names(stored, SQLITE) == ["lab.idx_a_b_c"]
    (other,) = index_names(stored, POSTGRESQL, frozenset({"idx_a_b_c"}))
    assert other.startswith("idx_a_b_c_")
    assert len(other) == len("idx_a_b_c_") + 8
    long = table(
        attribute("id", "int8", key=True), attribute("x", "int8"), name="t" * 62, indexes=(Index(("x",)),)
    )
    assert len(index_names(long, POSTGRESQL)[0]) == 63


ENUM = "enum('woodland','wetland','urban')"


@pytest.mark.spec("D-093")
def test_enumeration_is_named_as_the_reference_does() -> None:
    stored = table(attribute("id", "int8", key=True), attribute("x", ENUM))
    create = [s.sql for s in ddl.create_table(stored, POSTGRESQL)]
    assert create[0] == "CREATE TYPE \"lab\".\"enum_1ec5a777\" AS ENUM ('woodland', 'wetland', 'urban')"
    assert '"x" "lab"."enum_1ec5a777" NOT NULL' in create[1]


@pytest.mark.parametrize(
    ("labels", "created"),
    [
        (("woodland", "wetland", "urban"), False),
        (("urban", "wetland", "woodland"), True),
        (("other",), True),
    ],
)
def test_enumeration_type_is_shared_only_with_equal_labels(labels: tuple[str, ...], created: bool) -> None:
    stored = table(attribute("id", "int8", key=True), attribute("x", ENUM))
    surroundings = ddl.Surroundings(enums={("lab", "enum_1ec5a777"): labels})
    first = ddl.create_table(stored, POSTGRESQL, surroundings)[0].sql
    assert first.startswith("CREATE TYPE") is created
    if created:
        assert len(first.split('"')[3]) == len("enum_") + 16


@pytest.mark.spec("D-085", "T-002")
def test_markers_of_foreign_keys() -> None:
    stored = table(
        attribute("u", "uuid", key=True),
        attribute("m", "datetime(3)", key=True),
        foreign_keys=(ForeignKey(("u", "m"), TableName("lab", "p"), ("u", "m")),),
    )
    texts = {d: [ddl.stored_comment(c, stored, DIALECTS[d]) for c in stored.columns] for d in DIALECTS}
    assert texts["postgresql"] == ["", ":datetime(3):"]
    assert texts["mysql"] == texts["sqlite"] == [":uuid:", ":datetime(3):"]


def test_collation_of_the_parent_is_taken_where_it_differs() -> None:
    stored = table(
        attribute("name", "varchar(12)", key=True),
        foreign_keys=(ForeignKey(("name",), TableName("old", "p"), ("code",)),),
    )
    own, other = ("utf8mb4", "utf8mb4_bin"), ("latin1", "latin1_swedish_ci")
    for parent, wanted in ((own, False), (other, True)):
        known = ddl.Surroundings(collations={("lab", "", ""): own, ("old", "p", "code"): parent})
        text = ddl.create_table(stored, MYSQL, known)[0].sql
        assert ("CHARACTER SET latin1 COLLATE latin1_swedish_ci" in text) is wanted
        assert ("COLLATE" in text) is wanted


def test_expression_indexes() -> None:
    columns = {"born": attribute("born", "date"), "meta": attribute("meta", "json")}
    items = (IndexItem(attribute="born"), IndexItem(expression="year(born)"))
    assert ddl.index_items(items, columns, MYSQL) == ("`born`", "(year(`born`))")
    assert ddl.index_items(items, columns, POSTGRESQL)[0] == '"born"'
    path = (IndexItem(attribute="meta", path="gain", cast="decimal(5,2)"),)
    (text,) = ddl.index_items(path, columns, MYSQL)
    assert text.startswith("(CAST(")
    assert text.endswith("AS DECIMAL(5,2)))")
    with pytest.raises(DataJointError, match="MariaDB"):
        ddl.index_items(items, columns, MARIADB)


@pytest.mark.parametrize(
    ("dialect", "kind", "wanted"),
    [
        ("mysql", "int unsigned", "int unsigned"),
        ("postgresql", "serial", "serial"),
        ("sqlite", "text", "TEXT"),
        ("postgresql", "int unsigned", None),
        ("postgresql", "tinyint", None),
        ("sqlite", "int", None),
    ],
)
def test_native_types(dialect: str, kind: str, wanted: str | None) -> None:
    spec = parse_type(kind)
    if wanted is None:
        with pytest.raises(DataJointError, match="has no type"):
            DIALECTS[dialect].column_type(spec)
    else:
        assert DIALECTS[dialect].column_type(spec) == wanted


@pytest.mark.parametrize(
    ("dialect", "wanted"),
    [
        ("mysql", "`id` int NOT NULL AUTO_INCREMENT COMMENT ''"),
        ("sqlite", '"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL'),
    ],
)
def test_numbered_rows(dialect: str, wanted: str) -> None:
    kind = "integer auto_increment" if dialect == "sqlite" else "int auto_increment"
    create = ddl.create_table(table(attribute("id", kind, key=True)), DIALECTS[dialect])[0].sql
    assert wanted in create
    assert create.count("PRIMARY KEY") == 1


@pytest.mark.spec("D-090")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_lineage_has_three_columns(dialect: str) -> None:
    text = ddl.lineage_table("lab", DIALECTS[dialect]).sql
    names = [DIALECTS[dialect].quote(name) for name in ("table_name", "attribute_name", "lineage")]
    assert [text.index(name) for name in names] == sorted(text.index(name) for name in names)
    assert text.count("NOT NULL") == 3
    assert ("varchar(64)" in text) is (dialect != "sqlite")


def test_lineage_is_replaced() -> None:
    column = attribute("id", "int8", key=True)
    stored = table(column)
    assert [s.params for s in ddl.write_lineage(stored, MYSQL)] == [("session",)]
    statements = ddl.insert_lineage("lab", [("session", "id", "lab.session.id")], POSTGRESQL)
    assert statements[0].params == ("session", "id", "lab.session.id")
    assert "ON CONFLICT" in statements[0].sql


@pytest.mark.parametrize(
    ("dialect", "collation", "wanted"),
    [
        (
            MYSQL,
            "utf8mb4_0900_bin",
            "CREATE DATABASE IF NOT EXISTS `lab` CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
        ),
        (POSTGRESQL, None, 'CREATE SCHEMA IF NOT EXISTS "lab"'),
        (SQLITE, None, f'INSERT INTO "~schemas" (name) VALUES ({MARK}) ON CONFLICT DO NOTHING'),
    ],
)
def test_create_schema(dialect: object, collation: str | None, wanted: str) -> None:
    first, second = ddl.create_schema("lab", dialect, collation)  # type: ignore[arg-type]
    assert first.sql == wanted
    assert "lineage" in second.sql
