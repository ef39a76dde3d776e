"""Places for values in users' own SQL, and which statements may be sent twice."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from datajoint_nb.connection.link import reads_only
from datajoint_nb.connection.user_sql import bound, statement
from datajoint_nb.errors import DataJointError
from datajoint_nb.sql.dialect import DIALECTS, MYSQL, POSTGRESQL, SQLITE
from datajoint_nb.sql.statement import MARK


@pytest.mark.parametrize(
    ("sql", "args", "driver"),
    [
        ("SELECT %s", (1,), "SELECT {0}"),
        ("SELECT %s, '5%%'", (1,), "SELECT {0}, '5{1}'"),
        ("SELECT %s, a % b", (1,), "SELECT {0}, a {1} b"),
        ("SELECT %(x)s, %(x)s", {"x": 1}, "SELECT {0}, {0}"),
        ("SELECT 1 % 2, '%%', '%s'", (), "SELECT 1 % 2, '%', '%s'"),
        ("SELECT %s", 5, "SELECT {0}"),
        ("SELECT %s", "text", "SELECT {0}"),
    ],
)
def test_places(sql: str, args: Any, driver: str) -> None:
    for dialect in (MYSQL, SQLITE):
        text, params = statement(sql, args, dialect).for_driver(dialect.placeholder)
        percent = "%%" if dialect is MYSQL and params else "%"
        assert text == driver.format(dialect.placeholder, percent) if params else text == driver


def test_control_character_is_refused() -> None:
    with pytest.raises(DataJointError, match="control character"):
        statement(f"SELECT {MARK}", (1,), SQLITE)


MOMENT = dt.datetime(2025, 6, 1, 4, 30, 15)
WHO = uuid.UUID(int=5)


@pytest.mark.parametrize(
    ("value", "mysql", "postgresql", "sqlite"),
    [
        (np.int32(4), 4, 4, 4),
        (np.float64(0.5), 0.5, 0.5, 0.5),
        (WHO, WHO.bytes, WHO, str(WHO)),
        (MOMENT, MOMENT, MOMENT, "2025-06-01 04:30:15"),
        (MOMENT.date(), MOMENT.date(), MOMENT.date(), "2025-06-01"),
        (Decimal("1.5"), Decimal("1.5"), Decimal("1.5"), 1.5),
        ({"a": 1}, '{"a": 1}', '{"a": 1}', '{"a": 1}'),
        (bytearray(b"x"), b"x", b"x", b"x"),
        (None, None, None, None),
    ],
)
def test_values(value: Any, mysql: Any, postgresql: Any, sqlite: Any) -> None:
    assert [bound(value, d) for d in (MYSQL, POSTGRESQL, SQLITE)] == [mysql, postgresql, sqlite]


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT * FROM t", True),
        ("  show tables", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("EXPLAIN SELECT 1", True),
        ("INSERT INTO t VALUES (1)", False),
        ("WITH a AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM a", False),
        ("EXPLAIN ANALYZE DELETE FROM t", False),
        ("SELECT * INTO t2 FROM t", False),
        ("SELECT nextval('s')", False),
        ("SELECT * FROM t FOR UPDATE", False),
        ("CREATE TABLE t (a int)", False),
        ("SELECT pg_advisory_lock(1)", False),
    ],
)
def test_statements_that_may_be_sent_twice(sql: str, wanted: bool) -> None:
    assert reads_only(sql) is wanted


def test_every_dialect_has_a_placeholder() -> None:
    assert {d.placeholder for d in DIALECTS.values()} == {"%s", "?"}
