"""What is declared is what is read back, in few statements."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from datajoint_nb import Connection
from datajoint_nb.errors import DataJointError, IntegrityError, MissingTableError
from datajoint_nb.model.definition import NULL, Default, IndexItem
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable
from datajoint_nb.sql import ddl
from tests.backends.tables_by_hand import attribute, child_of, new_schema, table

COMMENT = "100% {x} \\n 'single' \"double\" µ✓ a:b"
NOW = Default("now")


def everything(schema: str) -> StoredTable:
    """A table with every core type, defaults of every kind, and difficult texts."""
    return table(
        TableName(schema, "#everything"),
        [attribute("id", "int16"), attribute("code", "varchar(12)", comment=COMMENT), attribute("u", "uuid")],
        [
            attribute("i8", "int8", "-3"),
            attribute("i32", "int32"),
            attribute("i64", "int64", "9007199254740993"),
            attribute("f32", "float32", "0.5"),
            attribute("f64", "float64", NULL),
            attribute("d", "decimal(8,3)", "1.500"),
            attribute("wide", "decimal(30,10)", NULL),
            attribute("flag", "bool", "1"),
            attribute("fixed", "char(5)", "ab"),
            attribute("label", "enum('woodland','wet, land','it''s','a:b')", "it's"),
            attribute("day", "date", "2024-02-29"),
            attribute("moment", "datetime", NOW),
            attribute("milli", "datetime(3)", Default("now", precision=3)),
            attribute("micro", "datetime(6)", Default("now", precision=6)),
            attribute("fixed_moment", "datetime(1)", "2024-02-29 01:02:03.4"),
            attribute("who", "uuid", "12345678-1234-5678-1234-567812345678"),
            attribute("doc", "json", NULL),
            attribute("raw", "bytes", NULL),
            attribute("pic", "<blob>", NULL, comment="a picture"),
            attribute("big", "<blob@cold>", NULL),
            attribute("text", "varchar(60)", 'say "hi" \\n it\'s 100%'),
            attribute("empty", "varchar(60)", ""),
            attribute("word", "varchar(60)", "null"),
        ],
        indexes=[Index(("i32",)), Index(("text", "i32"), unique=True)],
        comment=COMMENT,
    )


def plain(stored: StoredTable) -> StoredTable:
    """The table without what only servers know: their own types."""
    return replace(stored, columns=tuple(replace(c, sql_type="") for c in stored.columns))


@pytest.mark.spec("D-014", "D-083", "D-087", "D-093", "T-002")
def test_table_is_read_back_as_it_was_declared(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    schema = schema_name()
    declared = everything(schema)
    child = table(
        TableName(schema, "__child"),
        [
            replace(declared.by_name["id"], name="parent_id"),
            declared.by_name["code"],
            attribute("n", "int32"),
        ],
        [replace(declared.by_name["u"], nullable=True, default_value=NULL, in_key=False)],
        [ForeignKey(("parent_id", "code", "u"), declared.name, ("id", "code", "u"))],
    )
    new_schema(connection, schema, declared, child)
    assert connection.catalogue.table(declared.name).columns[0].lineage == f"{schema}.#everything.id"
    connection.forget()
    for stored in (declared, child):
        found = plain(connection.catalogue.table(stored.name))
        assert found.columns == stored.columns
        assert (found.foreign_keys, set(found.indexes)) == (stored.foreign_keys, set(stored.indexes))
        assert found == replace(plain(stored), indexes=found.indexes)
    assert connection.catalogue.table(declared.name).heading.indexes[("text", "i32")]["unique"]


@pytest.mark.spec("S-087")
def test_schema_is_loaded_in_few_statements(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    tables = [table(TableName(schema, f"t{n:02}"), [attribute("id", "int32")]) for n in range(20)]
    new_schema(connection, schema, *tables)
    connection.forget()
    with connection.statements() as sent:
        assert connection.schema_exists(schema)
        for stored in tables:
            assert connection.catalogue.table(stored.name).primary_key == ("id",)
    assert len(sent) <= 5


def test_declaring_takes_few_statements(
    connection: Connection, schema_name: Callable[[], str], backend: str
) -> None:
    schema = schema_name()
    parent = table(TableName(schema, "parent"), [attribute("name", "varchar(12)", comment="x")])
    connection.create_schema(schema)
    counts = []
    for stored in (parent, child_of(parent, "child")):
        connection.catalogue.schema(schema)
        with connection.statements() as sent:
            connection.create_table(stored)
            assert connection.catalogue.table(stored.name) is stored
        counts.append(len(sent))
    assert max(counts) <= {"mysql": 4, "postgresql": 5, "sqlite": 8}[backend]


def test_missing_table_names_near_ones(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    new_schema(connection, schema, table(TableName(schema, "recorder"), [attribute("id", "int32")]))
    with pytest.raises(MissingTableError, match=r"did you mean `recorder`\?"):
        connection.catalogue.table(TableName(schema, "recoder"))
    assert not connection.catalogue.exists(TableName(schema, "recoder"))
    with pytest.raises(MissingTableError, match="not there"):
        connection.catalogue.table(TableName("no_such_schema", "recorder"))


def test_tables_of_others_are_found(
    connection: Connection, connection_settings: dict[str, Any], schema_name: Callable[[], str]
) -> None:
    schema = schema_name()
    connection.create_schema(schema)
    assert dict(connection.catalogue.schema(schema)) == {}
    stored = table(TableName(schema, "new"), [attribute("id", "int32")])
    with Connection(**connection_settings) as other:
        other.create_table(stored)
    assert connection.catalogue.exists(stored.name)


@pytest.mark.spec("D-086", "T-035")
@pytest.mark.backends("mysql", "postgresql")
def test_unmarked_foreign_keys_have_the_type_of_the_first_ancestor(
    connection: Connection, server: Any, schema_name: Callable[[], str]
) -> None:
    first, second = schema_name(), schema_name()
    parent = table(TableName(first, "a"), [attribute("u", "uuid"), attribute("m", "datetime(3)")])
    new_schema(connection, first, parent)
    connection.create_schema(second)
    quote = connection.dialect.quote
    kinds = ("binary(16)", "datetime(3)") if server.backend == "mysql" else ("uuid", "timestamp(3)")
    for child, above in (("b", f"{quote(first)}.a"), ("c", f"{quote(second)}.b")):
        connection.query(
            f"CREATE TABLE {quote(second)}.{child} (u {kinds[0]} NOT NULL, m {kinds[1]} NOT NULL, "
            f"PRIMARY KEY (u, m), FOREIGN KEY (u, m) REFERENCES {above} (u, m))"
        )
    stored = connection.catalogue.table(TableName(second, "c"))
    assert [column.declared_type for column in stored.columns] == ["uuid", "datetime(3)"]


@pytest.mark.spec("D-089")
def test_unknown_codec_loads(connection: Connection, schema_name: Callable[[], str]) -> None:
    from datajoint_nb.model.types import parse_type

    schema = schema_name()
    column = replace(attribute("x", "<blob>", NULL), spec=parse_type("<blob>"))
    new_schema(connection, schema, table(TableName(schema, "t"), [attribute("id", "int8")], [column]))
    rename = {
        "sqlite": "UPDATE \"~comments\" SET comment = ':<lost>:' WHERE attribute_name = 'x'",
        "mysql": f"ALTER TABLE `{schema}`.t MODIFY x longblob COMMENT ':<lost>:'",
        "mariadb": f"ALTER TABLE `{schema}`.t MODIFY x longblob COMMENT ':<lost>:'",
        "postgresql": f"COMMENT ON COLUMN \"{schema}\".t.x IS ':<lost>:'",
    }
    connection.query(rename[connection.dialect.name])
    connection.forget()
    found = connection.catalogue.table(TableName(schema, "t")).by_name["x"]
    assert (found.codec, found.unsupported) == ("lost", True)


@pytest.mark.spec("D-088")
def test_legacy_table_is_refused_alone(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    old, new = (
        table(TableName(schema, name), [attribute("id", "int8")], [attribute("x", "varchar(9)", NULL)])
        for name in ("old", "new")
    )
    new_schema(connection, schema, old, new)
    comment = {
        "sqlite": "UPDATE \"~comments\" SET comment = ':external-raw:' "
        "WHERE attribute_name = 'x' AND table_name = 'old'",
        "mysql": f"ALTER TABLE `{schema}`.old MODIFY x varchar(9) COMMENT ':external-raw:'",
        "postgresql": f"COMMENT ON COLUMN \"{schema}\".old.x IS ':external-raw:'",
    }
    connection.query(comment[connection.dialect.family])
    connection.forget()
    with pytest.raises(DataJointError, match="legacy"):
        connection.catalogue.table(old.name)
    assert connection.catalogue.table(new.name) == replace(
        connection.catalogue.table(new.name), name=new.name
    )


@pytest.mark.spec("D-127", "S-037")
def test_schema_with_dependants_elsewhere_stays(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    first, second = schema_name(), schema_name()
    parent = table(TableName(first, "parent"), [attribute("id", "int32")])
    child = replace(child_of(parent, "child"), name=TableName(second, "child"))
    new_schema(connection, first, parent)
    new_schema(connection, second, child)
    with pytest.raises(IntegrityError, match=f"{second}.child"):
        connection.drop_schema(first)
    assert connection.catalogue.exists(parent.name)
    connection.drop_schema(second)
    connection.drop_schema(first)
    assert not {first, second} & set(connection.list_schemas())
    assert not connection.catalogue.exists(parent.name)


@pytest.mark.spec("S-034")
def test_foreign_keys_across_schemas_are_kept(connection: Connection, schema_name: Callable[[], str]) -> None:
    first, second = schema_name(), schema_name()
    parent = table(TableName(first, "parent"), [attribute("id", "int32")])
    child = replace(child_of(parent, "child"), name=TableName(second, "child"))
    new_schema(connection, first, parent)
    new_schema(connection, second, child)
    full = connection.dialect.full_name
    with pytest.raises(IntegrityError):
        connection.query(f"INSERT INTO {full(child.name)} (id, number) VALUES (1, 1)")
    connection.query(f"INSERT INTO {full(parent.name)} (id) VALUES (1)")
    connection.query(f"INSERT INTO {full(child.name)} (id, number) VALUES (1, 1)")
    with pytest.raises(IntegrityError):
        connection.query(f"DELETE FROM {full(parent.name)}")
    connection.query(f"UPDATE {full(parent.name)} SET id = 5")
    assert connection.query(f"SELECT id FROM {full(child.name)}").fetchall() == [(5,)]
    mine = [r for r in connection.catalogue.references() if r.child.schema == second]
    assert [(r.child, r.key.parent) for r in mine] == [(child.name, parent.name)]


@pytest.mark.spec("D-063")
def test_failed_declaration_leaves_nothing(
    connection: Connection, schema_name: Callable[[], str], backend: str
) -> None:
    schema = schema_name()
    connection.create_schema(schema)
    nowhere = ForeignKey(("id",), TableName(schema, "nowhere"), ("id",))
    # refused by servers because of the parent, by SQLite because of the index
    indexes = [Index((), expressions=("nosuch(",))] if backend == "sqlite" else []
    bad = table(
        TableName(schema, "bad"),
        [attribute("id", "int32")],
        [attribute("label", "enum('x','y')")],
        [nowhere],
        indexes,
    )
    with pytest.raises(DataJointError):
        connection.create_table(bad)
    assert not connection.in_transaction
    assert not connection.catalogue.exists(bad.name)
    lineage = connection.dialect.full_name(TableName(schema, "~lineage"))
    assert connection.query(f"SELECT COUNT(*) FROM {lineage}").fetchone() == (0,)
    if backend == "postgresql":
        assert connection.backend.prepare_table(connection.execute, bad).enums == {}  # type: ignore[attr-defined]


def test_declaring_inside_a_transaction_is_refused(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    schema = schema_name()
    connection.create_schema(schema)
    stored = table(TableName(schema, "t"), [attribute("id", "int8")])
    with connection.transaction, pytest.raises(DataJointError, match="inside a transaction"):
        connection.create_table(stored)
    assert not connection.catalogue.exists(stored.name)


@pytest.mark.spec("D-094", "D-095")
@pytest.mark.backends("postgresql")
def test_enumerations_share_types_only_with_equal_labels(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    schema = schema_name()
    kinds = {"one": "enum('b','a')", "two": "enum('a','b')", "three": "enum('b','a')",
             "four": "enum('a_b','c')",
             "five": "enum('a','b_c')"}  # fmt: skip
    tables = {
        name: table(TableName(schema, name), [attribute("id", "int8")], [attribute("label", kind)])
        for name, kind in kinds.items()
    }
    new_schema(connection, schema, *tables.values())
    connection.forget()
    stored = {name: connection.catalogue.table(t.name).by_name["label"] for name, t in tables.items()}
    assert {name: column.declared_type for name, column in stored.items()} == kinds
    assert stored["one"].sql_type == stored["three"].sql_type != stored["two"].sql_type
    full = connection.dialect.full_name(tables["one"].name)
    connection.query(f"INSERT INTO {full} VALUES (1, 'a'), (2, 'b')")
    assert connection.query(f"SELECT id FROM {full} ORDER BY label").fetchall() == [(2,), (1,)]
    connection.drop_tables([tables["three"].name])
    assert connection.query(f"SELECT MAX(label) FROM {full}").fetchone() == ("a",)
    connection.drop_tables([tables["one"].name])
    left = connection.backend.prepare_table(connection.execute, tables["two"]).enums  # type: ignore[attr-defined]
    assert sorted(left.values()) == [("a", "b"), ("a", "b_c"), ("a_b", "c")]


@pytest.mark.spec("D-062")
@pytest.mark.backends("postgresql", "sqlite")
def test_index_names_do_not_collide(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    first = table(
        TableName(schema, "a_b"), [attribute("id", "int8")], [attribute("c", "int8")], indexes=[Index(("c",))]
    )
    second = table(
        TableName(schema, "a"),
        [attribute("id", "int8")],
        [attribute("b_c", "int8")],
        indexes=[Index(("b_c",))],
    )
    new_schema(connection, schema, first, second)
    connection.forget()
    for stored in (first, second):
        assert connection.catalogue.table(stored.name).indexes == stored.indexes


@pytest.mark.spec("D-060")
def test_expression_indexes(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    day, meta = attribute("born", "date"), attribute("meta", "json", NULL)
    columns = {"born": day, "meta": meta}
    items = (IndexItem(attribute="born"), IndexItem(expression="year(born) + 1"))
    if connection.dialect.name == "mariadb":
        with pytest.raises(DataJointError, match="MariaDB"):
            ddl.index_items(items, columns, connection.dialect)
        return
    texts = [
        ddl.index_items(items, columns, connection.dialect),
        ddl.index_items((IndexItem(attribute="meta", path="gain.db"),), columns, connection.dialect),
    ]
    indexes = [Index(("born",), expressions=texts[0]), Index((), expressions=texts[1])]
    stored = table(TableName(schema, "t"), [attribute("id", "int8")], [day, meta], indexes=indexes)
    new_schema(connection, schema, stored)
    connection.forget()
    read = connection.catalogue.table(stored.name).indexes
    assert sorted(len(index.expressions) for index in read) == [1, 2]
    # what was read can be written again
    again = replace(stored, name=TableName(schema, "u"), indexes=read)
    connection.create_table(again)
    full = connection.dialect.full_name(again.name)
    connection.query(f"INSERT INTO {full} (id, born) VALUES (1, '2024-02-29')")
    connection.forget()
    assert len(connection.catalogue.table(again.name).indexes) == 2


@pytest.mark.spec("D-131")
def test_dropping_removes_comments_and_lineage(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    schema = schema_name()
    stored = table(TableName(schema, "t"), [attribute("id", "int8", comment="old")])
    new_schema(connection, schema, stored)
    connection.drop_tables([stored.name])
    assert not connection.catalogue.exists(stored.name)
    lineage = connection.dialect.full_name(TableName(schema, "~lineage"))
    assert connection.query(f"SELECT COUNT(*) FROM {lineage}").fetchone() == (0,)
    connection.create_table(table(stored.name, [attribute("id", "int8")]))
    connection.forget()
    assert connection.catalogue.table(stored.name).by_name["id"].comment == ""


@pytest.mark.spec("D-128", "S-041")
def test_system_schemas_are_not_listed(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    connection.create_schema(schema)
    listed = connection.list_schemas()
    assert schema in listed
    assert not {"information_schema", "mysql", "sys", "performance_schema", "pg_catalog"} & set(listed)


@pytest.mark.spec("D-097", "R-019")
def test_keys_that_look_alike_are_different(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    stored = table(TableName(schema, "t"), [attribute("name", "varchar(12)")])
    new_schema(connection, schema, stored)
    full = connection.dialect.full_name(stored.name)
    names = ["abc", "ABC", "abc ", "ábc", "😀", "😁"]
    for name in names:
        connection.query(f"INSERT INTO {full} (name) VALUES (%s)", (name,))
    for name in names:
        found = connection.query(f"SELECT name FROM {full} WHERE name = %s", (name,)).fetchall()
        assert found == [(name,)]


@pytest.mark.spec("R-020")
@pytest.mark.backends("mysql")
def test_text_key_of_another_collation_can_be_referenced(
    connection: Connection, schema_name: Callable[[], str]
) -> None:
    old, new = schema_name(), schema_name()
    connection.query(f"CREATE DATABASE `{old}` CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    connection.query(f"CREATE TABLE `{old}`.parent (name varchar(12) NOT NULL PRIMARY KEY)")
    connection.query(f"INSERT INTO `{old}`.parent VALUES ('x')")
    parent = connection.catalogue.table(TableName(old, "parent"))
    child = replace(child_of(parent, "child"), name=TableName(new, "child"))
    new_schema(connection, new, child)
    connection.query(f"INSERT INTO `{new}`.child (name, number) VALUES ('x', 1)")
    joined = connection.query(f"SELECT number FROM `{old}`.parent JOIN `{new}`.child USING (name)")
    assert joined.fetchall() == [(1,)]


def test_size_is_known(connection: Connection, schema_name: Callable[[], str]) -> None:
    schema = schema_name()
    stored = table(TableName(schema, "t"), [attribute("id", "int32")], [attribute("x", "varchar(1000)")])
    new_schema(connection, schema, stored)
    values = ", ".join(f"({n}, '{'x' * 1000}')" for n in range(50))
    connection.query(f"INSERT INTO {connection.dialect.full_name(stored.name)} VALUES {values}")
    assert connection.table_size(stored.name) >= 16384


def declare_all(settings: dict[str, Any], schema: str, start: Any, faults: Any) -> None:
    """Work of one of several processes that declare the same tables."""
    start.wait()
    try:
        with Connection(**settings) as connection:
            connection.create_schema(schema)
            parent = table(
                TableName(schema, "t0"), [attribute("id", "int32")], [attribute("e", "enum('a','b')")]
            )
            connection.create_table(parent)
            for n in (1, 2, 3):
                connection.create_table(child_of(parent, f"t{n}"))
    except BaseException as error:
        faults.put(repr(error))
        raise


@pytest.mark.spec("R-018")
def test_six_processes_declare_at_once(
    connection: Connection, connection_settings: dict[str, Any], schema_name: Callable[[], str]
) -> None:
    context = multiprocessing.get_context("fork")
    for _ in range(10):
        schema = schema_name()
        start, faults = context.Barrier(6), context.Queue()
        workers = [
            context.Process(target=declare_all, args=(connection_settings, schema, start, faults))
            for _ in range(6)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert faults.empty(), faults.get()
        assert [worker.exitcode for worker in workers] == [0] * 6
        stored = connection.catalogue.schema(schema)
        assert sorted(stored) == ["t0", "t1", "t2", "t3"]
        assert len(stored["t3"].foreign_keys) == 1
        assert stored["t3"].by_name["id"].lineage == f"{schema}.t0.id"
