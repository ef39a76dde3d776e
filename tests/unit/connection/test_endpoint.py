"""Where a connection leads, from arguments and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datajoint_nb.connection.endpoint import Given, resolve, split_host
from datajoint_nb.errors import DataJointError, SettingsError
from datajoint_nb.settings import new_config


@pytest.mark.spec("S-005")
@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("db.lab", ("db.lab", None)),
        ("db.lab:1234", ("db.lab", 1234)),
        ("[::1]:3306", ("::1", 3306)),
        ("[::1]", ("::1", None)),
        ("::1", ("::1", None)),
        ("/run/mysqld/mysqld.sock", ("/run/mysqld/mysqld.sock", None)),
    ],
)
def test_hosts(host: str, wanted: tuple[str, int | None]) -> None:
    assert split_host(host) == wanted


@pytest.mark.parametrize("host", ["db:port", "db:", "db:12x"])
def test_malformed_hosts(host: str) -> None:
    with pytest.raises(DataJointError, match="malformed host"):
        split_host(host)


def facts(given: Given, **settings: Any) -> dict[str, Any]:
    config = new_config()
    config.update({name.replace("__", "."): value for name, value in settings.items()})
    spec = resolve(given, config)
    return {
        name: getattr(spec, name) for name in ("backend", "host", "port", "user", "database_name", "path")
    }


CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"host": "h", "user": "u", "password": "p"}, {}, {"backend": "mysql", "host": "h", "port": 3306}),
    ({"host": "h:99", "user": "u", "password": "p", "port": 1}, {}, {"port": 99}),
    (
        {"user": "u", "password": "p", "backend": "postgres"},
        {},
        {"backend": "postgresql", "port": 5432, "host": "localhost", "database_name": "postgres"},
    ),
    ({"backend": "postgresql"}, {"database__user": "u", "database__password": "p", "database__name": "d"},
     {"user": "u", "database_name": "d"}),
    ({"path": ":memory:"}, {"database__backend": "mysql"}, {"backend": "sqlite", "path": ":memory:"}),
    ({"path": "lab.db"}, {}, {"backend": "sqlite", "path": "{cwd}/lab.db"}),
    ({}, {}, {"backend": "sqlite", "path": "{cwd}/datajoint.db"}),
    ({}, {"database__path": "own.db"}, {"backend": "sqlite", "path": "{cwd}/own.db"}),
    ({"host": "sqlite:///rel.db"}, {}, {"backend": "sqlite", "path": "{cwd}/rel.db"}),
    ({"host": "sqlite:////abs.db"}, {}, {"backend": "sqlite", "path": "/abs.db"}),
    ({"host": "mysql://me@h:77", "password": "p"}, {},
     {"backend": "mysql", "host": "h", "port": 77, "user": "me"}),
    ({"host": "postgresql://me:p%40x@[::1]/lab"}, {},
     {"backend": "postgresql", "host": "::1", "port": 5432, "user": "me", "database_name": "lab"}),
]  # fmt: skip


@pytest.mark.parametrize(("given", "settings", "wanted"), CASES)
def test_resolution(given: dict[str, Any], settings: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = facts(Given(**given), **settings)
    expected = {k: v.format(cwd=Path.cwd()) if isinstance(v, str) else v for k, v in wanted.items()}
    assert {name: found[name] for name in expected} == expected


def test_password_of_a_url_is_decoded() -> None:
    spec = resolve(Given("postgresql://me:p%40x@h/lab"), new_config())
    assert spec.password == "p@x"
    assert "p@x" not in repr(spec)
    assert spec.address == "me@h:5432/lab"


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"host": "oracle://h"}, DataJointError, "unknown scheme"),
        ({"host": "mysql://h", "backend": "sqlite"}, DataJointError, "give one of them"),
        ({"backend": "mysql", "user": "u"}, DataJointError, "needs a password"),
        ({"backend": "mysql", "password": "p"}, DataJointError, "needs a user"),
        ({"backend": "oracle"}, ValueError, "mysql, postgresql, sqlite"),
        ({"host": "mysql://u:p@h:port"}, DataJointError, "malformed port"),
    ],
)
def test_refusals(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        resolve(Given(**given), new_config())


@pytest.mark.spec("S-053")
def test_faulty_settings_refuse_to_connect(tmp_path: Path) -> None:
    Path("datajoint.json").write_text("{not json")
    config = new_config()
    with pytest.warns(UserWarning), pytest.raises(SettingsError):
        resolve(Given(), config)


def test_database_name_is_of_no_use_with_mysql() -> None:
    with pytest.warns(UserWarning, match="only with postgresql"):
        spec = resolve(Given("h", "u", "p", database_name="lab"), new_config())
    assert spec.database_name is None
