"""Where settings come from, and which source wins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from datajoint_nb import settings
from datajoint_nb.errors import SettingsError
from datajoint_nb.settings import Config, default_database_path, new_config, sources
from datajoint_nb.settings.keys import ENVIRONMENT, flatten
from datajoint_nb.settings.model import Settings


@pytest.fixture(autouse=True)
def no_system_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A stand-in for /run/secrets/datajoint, and a repository root that ends the search for files."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "run-secrets"
    monkeypatch.setattr(sources, "SYSTEM_SECRETS", folder)
    return folder


def write_file(values: dict[str, Any], folder: Path | None = None) -> Path:
    path = (folder or Path.cwd()) / "datajoint.json"
    path.write_text(json.dumps(values))
    return path


def write_secret(name: str, text: str, folder: Path | None = None) -> None:
    folder = folder or Path.cwd() / ".secrets"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def test_every_setting_of_the_model_has_a_row_in_the_table_of_variables() -> None:
    defaults = Settings(layers=[]).model_dump()
    assert {key for key, _ in flatten(defaults)} == set(ENVIRONMENT)


@pytest.mark.spec("S-045")
@pytest.mark.parametrize(
    ("key", "variable", "in_file", "in_environment", "value"),
    [
        ("safemode", "DJ_SAFEMODE", True, "false", False),
        ("database.use_tls", "DJ_USE_TLS", False, "true", True),
        ("jobs.stale_timeout", "DJ_JOBS_STALE_TIMEOUT", 10, "20", 20),
        ("database.reconnect", "DJ_RECONNECT", True, "0", False),
        ("download_path", "DJ_DOWNLOAD_PATH", "a", "b", "b"),
        ("query_cache", "DJ_QUERY_CACHE", "a", "b", Path("b")),
        ("provenance.source", "DJ_PROVENANCE_SOURCE", {"a": 1}, '{"b": 2}', {"b": 2}),
        ("loglevel", "DJ_LOG_LEVEL", "INFO", "jobs", "JOBS"),
    ],
)
def test_environment_beats_file(
    monkeypatch: pytest.MonkeyPatch, key: str, variable: str, in_file: Any, in_environment: str, value: Any
) -> None:
    write_file({key: in_file})
    monkeypatch.setenv(variable, in_environment)
    config = new_config()
    assert config[key] == value
    assert config.origin(key) == f"environment: {variable}"


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    write_file({"database.host": "from-file"})
    monkeypatch.setenv("DJ_HOST", "")
    assert new_config()["database.host"] == "from-file"


def test_invalid_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJ_PORT", "many")
    with pytest.raises(SettingsError, match=r"database\.port.*DJ_PORT.*'many'"):
        new_config()["safemode"]


@pytest.mark.spec("S-064")
@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("WIDTH", "display.width"),
        ("LIMIT", "display.limit"),
        ("CHARSET", "connection.charset"),
        ("SHOW_TUPLE_COUNT", "display.show_tuple_count"),
    ],
)
def test_variables_without_prefix_have_no_effect(
    monkeypatch: pytest.MonkeyPatch, variable: str, key: str
) -> None:
    monkeypatch.setenv(variable, "1")
    assert new_config().origin(key) == "default"


@pytest.mark.spec("S-046")
def test_file_beats_secrets_and_secrets_fill_gaps() -> None:
    path = write_file({"database": {"user": "from-file"}})
    write_secret("database.user", "from-secret")
    write_secret("database.password", " word\n")
    write_secret("jobs.max_attempts", "7")
    config = new_config()
    assert config["database.user"] == "from-file"
    assert config.origin("database.user") == f"file: {path}"
    assert config["database.password"] == "word"
    assert config["jobs.max_attempts"] == 7


def test_null_in_the_file_is_not_set() -> None:
    write_file({"database": {"user": None}})
    write_secret("database.user", "from-secret")
    assert new_config()["database.user"] == "from-secret"


def test_empty_secret_is_not_set() -> None:
    write_secret("database.user", "")
    assert new_config()["database.user"] is None


@pytest.mark.parametrize("marker", [".git", ".hg"])
@pytest.mark.spec("S-047")
def test_search_stops_at_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marker: str) -> None:
    inside = tmp_path / "repository" / "deep" / "deeper"
    inside.mkdir(parents=True)
    (tmp_path / "repository" / marker).mkdir()
    monkeypatch.chdir(inside)
    write_file({"database.host": "outside"}, tmp_path)
    assert new_config().file is None
    beside = write_file({"database.host": "beside"}, tmp_path / "repository")
    assert new_config().file == beside
    assert new_config()["database.host"] == "beside"


@pytest.mark.spec("S-048")
def test_ignoring_files_skips_secrets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    write_file({"database.host": "from-file"})
    write_secret("database.user", "from-secret")
    monkeypatch.setenv("DJ_IGNORE_CONFIG_FILE", "true")
    config = new_config()
    assert (config["database.host"], config["database.user"]) == ("localhost", None)
    assert config["ignore_config_file"] is True


@pytest.mark.spec("S-049", "C-105")
def test_stores_variable_replaces_the_block_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write_file({"stores": {"old": {"protocol": "file", "location": "/old"}}})
    write_secret("stores.new.location", "/secret")
    write_secret("stores.new.token", "fills")
    monkeypatch.setenv("DJ_STORES", '{"new": {"protocol": "gcs", "location": "/new"}}')
    expected = {"new": {"protocol": "gcs", "location": "/new", "token": "fills"}}
    assert new_config()["stores"] == expected


@pytest.mark.spec("S-049")
@pytest.mark.parametrize("text", ["{", "[]", '"main"', "nonsense"])
def test_stores_variable_must_be_a_json_object(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DJ_STORES", text)
    with pytest.raises(ValueError, match="DJ_STORES"):
        new_config()["stores"]


@pytest.mark.spec("S-050")
def test_secret_of_a_store_appears_in_it() -> None:
    write_file({"stores.cold.protocol": "gcs"})
    write_secret("stores.cold.token", "t0ken")
    assert new_config()["stores.cold"] == {"protocol": "gcs", "token": "t0ken"}


@pytest.mark.spec("S-051")
def test_json_in_the_secrets_folder_is_read() -> None:
    write_secret("datajoint.json", '{"database": {"user": "u", "password": "p"}}')
    write_secret("database.password", "stronger")
    config = new_config()
    assert (config["database.user"], config["database.password"]) == ("u", "stronger")


def test_secrets_of_the_system_count_only_without_a_folder_of_ones_own(no_system_secrets: Path) -> None:
    write_secret("database.user", "system", no_system_secrets)
    assert new_config()["database.user"] == "system"
    write_secret("database.password", "own")
    config = new_config()
    assert (config["database.user"], config["database.password"]) == (None, "own")


def test_secrets_without_a_file_are_searched_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_secret("database.user", "above")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert new_config()["database.user"] == "above"


def test_hidden_and_foreign_files_among_secrets_are_skipped() -> None:
    write_secret(".database.user", "hidden")
    write_secret("server.pem", "certificate")
    write_secret("README", "text")
    assert new_config()["database.user"] is None


def test_groups_and_dotted_keys_mix() -> None:
    write_file(
        {
            "database": {"host": "h"},
            "database.user": "u",
            "stores": {"default": "a", "a": {"protocol": "file"}, "b.protocol": "s3"},
            "stores.a.location": "/a",
        }
    )
    config = new_config()
    assert (config["database.host"], config["database.user"]) == ("h", "u")
    assert config["stores"] == {
        "default": "a",
        "a": {"protocol": "file", "location": "/a"},
        "b": {"protocol": "s3"},
    }


@pytest.mark.spec("S-052")
@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"database": {"hots": "h"}}, r"database\.hots.*did you mean `database\.host`"),
        ({"safemod": False}, "safemod.*did you mean `safemode`"),
        ({"jobs.limit": 3}, r"jobs\.limit.*did you mean"),
        ({"enable_python_native_blobs": True}, "without effect"),
    ],
)
def test_misspelt_key_warns_with_a_suggestion(values: dict[str, Any], advice: str) -> None:
    write_file({**values, "download_path": "kept"})
    config = new_config()
    with pytest.warns(UserWarning, match=advice):
        assert config["download_path"] == "kept"
    config.require_valid()


@pytest.mark.spec("S-053")
@pytest.mark.parametrize(
    "text",
    ["{", "[]", "\x00", '{"display": {"limit": "many"}}', '{"database": 5}', '{"stores": 5}'],
)
def test_broken_file_warns_at_first_use_and_refuses_connections(text: str) -> None:
    Path("datajoint.json").write_text(text)
    config = new_config()
    with pytest.warns(UserWarning, match=r"datajoint\.json"):
        assert config["display.limit"] == 12
    with pytest.raises(SettingsError, match=r"datajoint\.json"):
        config.require_valid()


def test_valid_values_of_a_file_with_a_fault_are_kept() -> None:
    write_file({"display": {"limit": "many", "width": 20}})
    with pytest.warns(UserWarning, match="display.limit"):
        assert new_config()["display.width"] == 20


def test_errors_in_secret_values_do_not_show_them() -> None:
    write_file({"database": {"password": ["hunter2"]}})
    with pytest.warns(UserWarning) as seen:
        new_config()["safemode"]
    assert "hunter2" not in str(seen[0].message)
    assert "database.password" in str(seen[0].message)


def test_no_file_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new_config().require_valid()


@pytest.mark.spec("S-002", "S-003")
@pytest.mark.parametrize(
    ("environment", "file", "backend", "port"),
    [
        ({}, {}, "sqlite", None),
        ({"DJ_HOST": "h"}, {}, "mysql", 3306),
        ({"DJ_USER": "u"}, {}, "mysql", 3306),
        ({"DJ_PASS": "p"}, {}, "mysql", 3306),
        ({"DJ_PORT": "3310"}, {}, "mysql", 3310),
        ({}, {"database.host": "h"}, "mysql", 3306),
        ({"DJ_BACKEND": "postgresql"}, {}, "postgresql", 5432),
        ({}, {"database.backend": "postgresql"}, "postgresql", 5432),
        ({"DJ_HOST": "h"}, {"database.backend": "sqlite"}, "sqlite", None),
        ({}, {"database": {"backend": "postgresql", "port": 5555}}, "postgresql", 5555),
        ({}, {"database.name": "d"}, "sqlite", None),
    ],
)
def test_backend_and_port(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    file: dict[str, Any],
    backend: str,
    port: int | None,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    write_file(file)
    config = new_config()
    assert (config["database.backend"], config["database.port"]) == (backend, port)
    assert (config.database.backend, config.database.port) == (backend, port)


def test_secret_user_selects_a_server() -> None:
    write_secret("database.user", "u")
    assert new_config()["database.backend"] == "mysql"


def test_assigned_host_selects_a_server() -> None:
    config = new_config()
    assert config["database.backend"] == "sqlite"
    config["database.host"] = "h"
    assert config["database.backend"] == "mysql"


def test_arguments_of_the_caller_select_a_server() -> None:
    config = new_config()
    assert config.choose_backend(server_given=True) == "mysql"
    assert config.choose_backend("postgresql", server_given=True) == "postgresql"


@pytest.mark.spec("S-004")
def test_unknown_backend_is_a_value_error(monkeypatch: pytest.MonkeyPatch) -> None:
    config = new_config()
    with pytest.raises(ValueError, match=r"database\.backend"):
        config["database.backend"] = "oracle"
    with pytest.raises(ValueError, match="mysql, postgresql, sqlite"):
        config.choose_backend("oracle")
    monkeypatch.setenv("DJ_BACKEND", "oracle")
    with pytest.raises(ValueError, match="DJ_BACKEND"):
        new_config()["database.backend"]


def test_database_lies_beside_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert default_database_path(new_config()) == tmp_path / "below" / "datajoint.db"
    write_file({}, tmp_path)
    assert default_database_path(new_config()) == tmp_path / "datajoint.db"


def test_reading_happens_at_the_first_use() -> None:
    config = new_config()
    write_file({"display.limit": 3})
    assert config["display.limit"] == 3
    write_file({"display.limit": 4})
    assert config["display.limit"] == 3
    config.reload()
    assert config["display.limit"] == 4


def test_import_loads_no_pydantic() -> None:
    code = "import sys, datajoint_nb.settings as s; s.global_config(); sys.exit('pydantic' in sys.modules)"
    surroundings = {**os.environ, "PYTHONPATH": str(Path(settings.__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code], env=surroundings, check=False).returncode == 0


def test_load_merges_and_replaces_given_stores(tmp_path: Path) -> None:
    write_file(
        {"database.host": "h", "stores": {"a": {"protocol": "file", "location": "/a"}, "b.protocol": "s3"}}
    )
    config = Config()
    assert config["database.host"] == "h"
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"safemode": False, "stores": {"a": {"protocol": "gcs"}}}))
    config.load(other)
    assert (config["database.host"], config["safemode"]) == ("h", False)
    assert config["stores"] == {"a": {"protocol": "gcs"}, "b": {"protocol": "s3"}}


def test_load_of_an_absent_or_invalid_file_changes_nothing(tmp_path: Path) -> None:
    config = Config()
    with pytest.raises(FileNotFoundError):
        config.load(tmp_path / "absent.json")
    bad = tmp_path / "bad.json"
    bad.write_text('{"safemode": false, "display.limit": "many"}')
    with pytest.raises(SettingsError, match="display.limit"):
        config.load(bad)
    assert config["safemode"] is True
