"""Every refusal of a database is an error of the library."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import datajoint_nb
from datajoint_nb import Connection
from datajoint_nb.errors import (
    AccessError,
    DataJointError,
    DuplicateError,
    IntegrityError,
    MissingAttributeError,
    MissingTableError,
    QueryError,
    QuerySyntaxError,
    UnknownAttributeError,
)
from datajoint_nb.model.definition import NULL
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import Index
from datajoint_nb.settings import new_config
from datajoint_nb.sql.statement import MARK, Statement
from tests.backends.tables_by_hand import attribute, child_of, new_schema, simple_table, table
from tests.servers import Server


@pytest.fixture
def names(connection: Connection, schema_name: Callable[[], str]) -> dict[str, str]:
    """Full names of a parent with rows 1 and 2 and of its child with a row of parent 1."""
    schema = schema_name()
    parent = table(
        TableName(schema, "parent"),
        [attribute("id", "int32")],
        [attribute("code", "varchar(4)", NULL), attribute("needed", "int8")],
        indexes=[Index(("code",), unique=True)],
    )
    child = child_of(parent, "child")
    new_schema(connection, schema, parent, child)
    full = {
        name: connection.dialect.full_name(TableName(schema, name)) for name in ("parent", "child", "none")
    }
    connection.query(f"INSERT INTO {full['parent']} (id, code, needed) VALUES (1, 'a', 1), (2, 'b', 1)")
    connection.query(f"INSERT INTO {full['child']} (id, number) VALUES (1, 1)")
    return full


CASES: list[tuple[type[DataJointError], str]] = [
    (DuplicateError, "INSERT INTO {parent} (id, code, needed) VALUES (1, 'c', 1)"),
    (DuplicateError, "INSERT INTO {parent} (id, code, needed) VALUES (3, 'a', 1)"),
    (IntegrityError, "INSERT INTO {child} (id, number) VALUES (7, 1)"),
    (IntegrityError, "DELETE FROM {parent} WHERE id = 1"),
    (MissingAttributeError, "INSERT INTO {parent} (id, code, needed) VALUES (3, 'c', NULL)"),
    (MissingAttributeError, "INSERT INTO {parent} (id, code) VALUES (3, 'c')"),
    (UnknownAttributeError, "SELECT colour FROM {parent}"),
    (UnknownAttributeError, "INSERT INTO {parent} (id, colour) VALUES (3, 1)"),
    (MissingTableError, "SELECT * FROM {none}"),
    (QuerySyntaxError, "SELECT * FROM {parent} WHERE WHERE"),
    (QueryError, "INSERT INTO {parent} (id, code, needed) VALUES (3, 'c', 128000)"),
    (QueryError, "INSERT INTO {parent} (id, code, needed) VALUES (3, 'too long', 1)"),
]


@pytest.mark.spec("S-042", "S-043")
@pytest.mark.parametrize(("error_class", "sql"), CASES)
def test_refusals_have_their_classes(
    connection: Connection, names: dict[str, str], error_class: type[DataJointError], sql: str
) -> None:
    with pytest.raises(DataJointError) as caught:
        connection.query(sql.format(**names))
    error = caught.value
    assert type(error) is error_class
    assert type(error.__cause__).__module__.partition(".")[0] in {"sqlite3", "pymysql", "psycopg"}
    assert error.code  # type: ignore[attr-defined]
    assert error.query.split()[0] in sql  # type: ignore[attr-defined]


def test_bound_values_are_in_no_query_text(connection: Connection, names: dict[str, str]) -> None:
    with pytest.raises(DuplicateError) as caught:
        connection.query(
            f"INSERT INTO {names['parent']} (id, code, needed) VALUES (%s, %s, %s)", (1, "s3cr", 1)
        )
    assert "s3cr" not in str(caught.value.query)


@pytest.mark.backends("sqlite")
def test_check_names_its_attribute(connection: Connection, names: dict[str, str]) -> None:
    with pytest.raises(QueryError, match="attribute `needed`"):
        connection.query(f"INSERT INTO {names['parent']} (id, needed) VALUES (5, 300)")


@pytest.mark.spec("R-017")
@pytest.mark.parametrize("value", [object(), 2**70, "\ud800", {1, 2}, float("nan"), b"x" * 3, "a\x00b"])
def test_no_driver_error_escapes_for_odd_values(
    connection: Connection, names: dict[str, str], value: Any
) -> None:
    parent = connection.backend.localize(connection.execute, names["parent"])
    statement = Statement(
        f"SELECT id FROM {parent} WHERE code = {MARK}",
        (value,),
    )
    try:
        connection.execute(statement)
    except DataJointError as error:
        assert error.__cause__ is not None
    assert connection.query("SELECT 1").fetchone() == (1,)


@pytest.mark.backends("mysql", "postgresql")
@pytest.mark.spec("S-042")
def test_lacking_privileges_are_access_errors(
    connection: Connection, names: dict[str, str], server: Server, connection_settings: dict[str, Any]
) -> None:
    schema = names["parent"].split(".")[0]
    if server.backend == "mysql":
        server.execute(
            "CREATE OR REPLACE USER reader IDENTIFIED BY 'pw'", f"GRANT SELECT ON {schema}.* TO reader"
        )
    else:
        server.execute(
            "CREATE ROLE reader LOGIN PASSWORD 'pw'",
            f"GRANT USAGE ON SCHEMA {schema} TO reader",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader",
        )
    try:
        with Connection(**{**connection_settings, "user": "reader", "password": "pw"}) as reader:
            assert reader.query(f"SELECT COUNT(*) FROM {names['parent']}").fetchone() == (2,)
            with pytest.raises(AccessError) as caught:
                reader.query(f"DELETE FROM {names['child']}")
            assert caught.value.args[0] == "Insufficient privileges."
            assert caught.value.args[2] == caught.value.query
            known = reader.catalogue.table(TableName(schema.strip('`"'), "parent"))
            assert known.primary_key == ("id",)
            with pytest.raises(AccessError, match="CREATE"):
                reader.create_table(table(TableName(known.name.schema, "new"), [attribute("id", "int32")]))
    finally:
        if server.backend == "postgresql":
            server.execute("DROP OWNED BY reader", "DROP ROLE reader")


READER = """
import os, sys
from datajoint_nb import Connection
from datajoint_nb.errors import AccessError, QueryError
try:
    # load all that is needed while the interpreter's own files can be read for sure
    Connection(backend="sqlite", path=":memory:").query("SELECT nothing")
except QueryError:
    pass
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
connection = Connection(backend="sqlite", path=sys.argv[1])
print(connection.query('SELECT COUNT(*) FROM "lab"."session"').fetchone())
try:
    connection.query('DELETE FROM "lab"."session"')
except AccessError as error:
    print("refused", error.code & 255)
"""


@pytest.mark.backends("sqlite")
@pytest.mark.spec("S-039", "S-042")
@pytest.mark.parametrize("folder_mode", [0o755, 0o555])
def test_read_only_file(backend: str, folder_mode: int) -> None:
    """Another process reads the file, and may write neither it nor, if root runs this, its folder."""
    # pytest's own folders are closed to other users
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lab.db"
        with Connection(backend=backend, path=file) as connection:
            simple_table(connection, "lab")
        file.chmod(0o444)
        Path(folder).chmod(folder_mode)
        done = subprocess.run(
            [sys.executable, "-c", READER, str(file)],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(datajoint_nb.__file__).parents[1])},
        )
        Path(folder).chmod(0o755)
    assert (done.stdout, done.stderr) == ("(0,)\nrefused 8\n", "")


@pytest.mark.backends("sqlite")
@pytest.mark.spec("S-036", "S-042")
def test_locked_file(
    connection_settings: dict[str, Any], connection: Connection, names: dict[str, str]
) -> None:
    from datajoint_nb.errors import LockError

    config = new_config()
    config["database.lock_timeout"] = 0.1
    with Connection(**connection_settings, config_override=config) as other, connection.transaction:
        connection.query(f"DELETE FROM {names['child']}")
        with pytest.raises(LockError) as caught:
            other.query(f"DELETE FROM {names['child']}")
        assert caught.value.retriable
