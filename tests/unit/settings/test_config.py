"""What users do with a configuration: read, assign, override, save."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datajoint_nb.errors import SettingsError, ThreadSafetyError
from datajoint_nb.settings import Config, global_config, thread_safe
from datajoint_nb.settings.keys import UnknownKeyError


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / ".git").mkdir()
    return Config()


def test_item_and_attribute_are_the_same_value(config: Config) -> None:
    config["display.limit"] = 3
    assert config.display.limit == config["display"]["limit"] == 3
    config.display.width = 20
    config.safemode = False
    assert (config["display.width"], config["safemode"]) == (20, False)


@pytest.mark.spec("S-054")
@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("display.limit", "5", 5),
        ("safemode", "false", False),
        ("loglevel", "warning", "WARNING"),
        ("database.path", Path("a.db"), "a.db"),
        ("download_path", Path("d"), "d"),
        ("jobs.heartbeat", "2.5", 2.5),
        ("jobs.heartbeat", None, None),
        ("database.journal_mode", "DELETE", "delete"),
    ],
)
def test_assignment_converts(config: Config, key: str, given: Any, value: Any) -> None:
    config[key] = given
    assert config[key] == value


@pytest.mark.spec("S-054")
@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("display.limit", "abc"),
        ("database.port", 70000),
        ("jobs.default_priority", 128),
        ("jobs.lease_timeout", 9),
        ("jobs.stale_timeout", -1),
        ("jobs.version_method", "svn"),
        ("display.diagram_direction", "RL"),
        ("storage.content_hash", "crc"),
        ("storage.compression_level", 10),
        ("definition_drift", "maybe"),
        ("provenance.source", {"a": object()}),
        ("loglevel", "LOUD"),
        ("database", 5),
    ],
)
def test_refused_value_leaves_the_former_one(config: Config, key: str, bad: Any) -> None:
    before = dict(config)
    with pytest.raises(SettingsError, match=key):
        config[key] = bad
    assert dict(config) == before


@pytest.mark.parametrize("key", ["databse.host", "nothing", "display.limits", "stores.a.b.c", "stores..x"])
def test_unknown_key_is_a_key_error(config: Config, key: str) -> None:
    with pytest.raises(KeyError) as seen:
        config[key]
    assert isinstance(seen.value, SettingsError)
    with pytest.raises(KeyError):
        config[key] = 1
    assert key not in config
    assert config.get(key, "fallback") == "fallback"


@pytest.mark.parametrize("read", [lambda c: c.nothing, lambda c: c.display.limits])
def test_unknown_attribute_is_an_attribute_error(config: Config, read: Callable[[Config], Any]) -> None:
    with pytest.raises(AttributeError) as seen:
        read(config)
    assert isinstance(seen.value, SettingsError)
    with pytest.raises(AttributeError, match="did you mean `display.limit`"):
        config.display.limits = 3
    with pytest.raises(AttributeError, match="did you mean `safemode`"):
        config.safemod = False


@pytest.mark.spec("S-057")
def test_del_goes_back_to_the_default(config: Config) -> None:
    config["display.limit"] = 5
    del config["display.limit"]
    assert config["display.limit"] == 12
    assert config.origin("display.limit") == "default"


def test_del_of_a_store_removes_it(config: Config) -> None:
    config["stores"] = {"a": {"protocol": "file", "location": "/a"}, "b": {"protocol": "s3"}}
    del config["stores.a.location"]
    del config["stores.b"]
    assert config["stores"] == {"a": {"protocol": "file"}}
    with pytest.raises(KeyError):
        del config["stores.b"]


@pytest.mark.spec("S-055")
def test_override_is_undone_by_an_exception(config: Config) -> None:
    config["display.limit"] = 5
    with pytest.raises(RuntimeError), config.override(display__limit=2, safemode=False):
        assert (config["display.limit"], config["safemode"]) == (2, False)
        raise RuntimeError
    assert (config["display.limit"], config["safemode"]) == (5, True)
    assert config.origin("safemode") == "default"


@pytest.mark.spec("S-055")
@pytest.mark.parametrize("bad", [{"unknown": 1}, {"display__limits": 1}, {"display": {"limits": 1}}])
def test_override_with_an_unknown_name_changes_nothing(config: Config, bad: dict[str, Any]) -> None:
    with pytest.raises(SettingsError), config.override(safemode=False, **bad):
        pytest.fail("the block must not run")
    assert config["safemode"] is True


@pytest.mark.spec("S-056")
def test_override_of_a_group(config: Config) -> None:
    config["database.user"] = "u"
    with config.override(database={"host": "x"}):
        assert (config["database.host"], config["database.user"]) == ("x", "u")
    assert config["database.host"] == "localhost"


def test_override_of_stores_is_undone(config: Config) -> None:
    config["stores"] = {"a": {"protocol": "file", "location": "/a"}}
    with config.override(stores={"b": {"protocol": "file", "location": "/b"}}):
        assert list(config["stores"]) == ["b"]
    with config.override(stores__a__location="/c"):
        assert config["stores.a.location"] == "/c"
    assert config["stores"] == {"a": {"protocol": "file", "location": "/a"}}


def test_override_keeps_other_assignments_of_the_block(config: Config) -> None:
    with config.override(safemode=False):
        config["display.limit"] = 3
    assert config["display.limit"] == 3


@pytest.mark.spec("S-058")
def test_assignment_creates_a_store(config: Config) -> None:
    config["stores.a.protocol"] = "file"
    config.stores["a"]["location"] = "/a"
    config.stores["b"] = {"protocol": "file", "location": "/b"}
    assert config["stores"] == {
        "a": {"protocol": "file", "location": "/a"},
        "b": {"protocol": "file", "location": "/b"},
    }


@pytest.mark.spec("S-059")
def test_password_is_text_as_item_and_masked_as_attribute(config: Config) -> None:
    config["database.password"] = "hunter2"
    assert isinstance(config["database.password"], str)
    assert f"{config['database.password']}" == "hunter2"
    assert "hunter2" not in str(config.database.password)
    assert config.database.password.get_secret_value() == "hunter2"


@pytest.mark.spec("S-059", "C-108")
@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        lambda c: repr(c.database),
        lambda c: repr(c["database.password"]),
        lambda c: repr(c.stores),
        lambda c: repr(c["stores.a"]),
        lambda c: repr(dict(c)),
        lambda c: repr(list(c.items())),
        lambda c: repr(c.get_store_spec("a")),
        lambda c: repr(copy.deepcopy(c.get_store_spec("a"))),
    ],
)
def test_no_repr_shows_a_secret(config: Config, show: Callable[[Config], str]) -> None:
    config["database.password"] = "hunter2"
    config["stores.a"] = {
        "protocol": "s3",
        "bucket": "b",
        "location": "",
        "access_key": "hunter2",
        "secret_key": "hunter2",
    }
    config["stores.b"] = {"protocol": "gcs", "token": {"private_key": "hunter2"}}
    assert "hunter2" not in show(config)


@pytest.mark.spec("C-108")
@pytest.mark.parametrize("key", ["database.password", "database"])
def test_no_error_shows_a_secret(config: Config, key: str) -> None:
    value: Any = ["hunter2"] if key == "database.password" else {"password": ["hunter2"]}
    with pytest.raises(SettingsError) as seen:
        config[key] = value
    assert "hunter2" not in str(seen.value)
    assert seen.value.__cause__ is None


def test_secret_text_survives_pickling_and_json(config: Config) -> None:
    config["database.password"] = "hunter2"
    secret = config["database.password"]
    assert pickle.loads(pickle.dumps(secret)) == "hunter2"
    assert json.dumps(secret) == '"hunter2"'


@pytest.mark.spec("S-063")
@pytest.mark.parametrize(("name", "level"), [("DEBUG", 10), ("jobs", 15), ("Error", 40)])
def test_loglevel_changes_the_logger(config: Config, name: str, level: int) -> None:
    logger = logging.getLogger("datajoint_nb")
    config["loglevel"] = name
    assert logger.level == level
    del config["loglevel"]
    assert logger.level == logging.INFO


def test_loglevel_of_the_environment_changes_the_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJ_LOG_LEVEL", "ERROR")
    assert Config()["safemode"] is True
    assert logging.getLogger("datajoint_nb").level == logging.ERROR


def test_iteration_is_over_dotted_keys(config: Config) -> None:
    config["stores.a.protocol"] = "file"
    assert {"database.host", "display.limit", "safemode", "stores.a.protocol"} <= set(config)
    assert len(config) == len(list(config))
    assert all(key in config for key in config)


def test_update_is_all_or_nothing(config: Config) -> None:
    with pytest.raises(SettingsError):
        config.update({"safemode": False, "display.limit": "many"})
    assert config["safemode"] is True
    config.update({"safemode": False, "display.limit": 3})
    assert (config["safemode"], config["display.limit"]) == (False, 3)


def test_configurations_compare_by_identity(config: Config) -> None:
    assert config != Config()
    assert len({config, Config()}) == 2


def test_origin(config: Config) -> None:
    config["safemode"] = False
    assert config.origin("safemode") == "assignment"
    with pytest.raises(UnknownKeyError):
        config.origin("nothing")


def test_saved_file_gives_the_same_settings_without_secrets(config: Config, tmp_path: Path) -> None:
    config.update(
        {"display.limit": 3, "database.user": "u", "database.password": "hunter2", "query_cache": "q"}
    )
    config["stores.a"] = {"protocol": "gcs", "token": "hunter2", "subfolding": [2, 2]}
    path = config.save(tmp_path / "datajoint.json")
    assert path == tmp_path / "datajoint.json"
    assert "hunter2" not in path.read_text()
    loaded = Config()
    assert (loaded["display.limit"], loaded["database.user"], loaded["query_cache"]) == (3, "u", Path("q"))
    assert loaded["stores.a"] == {"protocol": "gcs", "subfolding": [2, 2]}
    assert loaded["database.password"] is None


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.spec("S-060")
def test_template_writes_placeholders_and_refuses_overwriting(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    path = Config.save_template()
    secrets = tmp_path / ".secrets"
    assert path == tmp_path / "datajoint.json"
    assert {file.name for file in secrets.iterdir()} == {"database.user", "database.password", ".gitignore"}
    assert mode(secrets) == 0o700
    assert {mode(file) for file in secrets.iterdir()} == {0o600}
    assert (secrets / ".gitignore").read_text().startswith("*\n")
    with pytest.raises(FileExistsError):
        Config.save_template()


def test_template_keeps_existing_secrets(tmp_path: Path) -> None:
    (tmp_path / ".secrets").mkdir()
    (tmp_path / ".secrets" / "database.user").write_text("me")
    Config.save_template("other.json")
    assert (tmp_path / ".secrets" / "database.user").read_text() == "me"


@pytest.mark.parametrize(
    ("backend", "database"),
    [
        ("mysql", {"backend": "mysql", "host": "localhost", "port": 3306}),
        ("postgresql", {"backend": "postgresql", "host": "localhost", "port": 5432}),
        ("sqlite", {"backend": "sqlite", "path": "datajoint.db"}),
    ],
)
def test_minimal_template_suits_the_backend(
    monkeypatch: pytest.MonkeyPatch, backend: str, database: dict[str, Any]
) -> None:
    monkeypatch.setenv("DJ_BACKEND", backend)
    path = Config.save_template(create_secrets_dir=False)
    assert json.loads(path.read_text()) == {"database": database}
    assert not (path.parent / ".secrets").exists()


def test_full_template_is_a_valid_file_without_secrets(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    path = Config.save_template(minimal=False)
    values = json.loads(path.read_text())
    assert {"database", "connection", "display", "jobs", "storage", "provenance", "stores"} <= set(values)
    assert "password" not in values["database"]
    config = Config()
    config.require_valid()
    assert config.get_store_spec()["protocol"] == "file"
    assert config.get_store_spec(use_filepath_default=True)["filepath_prefix"] == "recordings"


@pytest.mark.parametrize(
    ("text", "on"), [("1", True), ("TRUE", True), ("Yes", True), ("0", False), ("", False), ("on", False)]
)
def test_thread_safe_is_read_at_each_use(monkeypatch: pytest.MonkeyPatch, text: str, on: bool) -> None:
    assert thread_safe() is False
    monkeypatch.setenv("DJ_THREAD_SAFE", text)
    assert thread_safe() is on


@pytest.mark.parametrize(
    "use",
    [
        lambda c: c["safemode"],
        lambda c: c.safemode,
        lambda c: c.database.host,
        lambda c: c.stores["a"],
        lambda c: c.__setitem__("safemode", False),
        lambda c: setattr(c, "safemode", False),
        lambda c: c.override(safemode=False).__enter__(),
        lambda c: c.get("safemode"),
        lambda c: list(c.items()),
        lambda c: c.get_store_spec(),
        lambda c: c.save(),
        lambda c: c.file,
    ],
)
def test_global_config_raises_in_thread_safe_mode(
    monkeypatch: pytest.MonkeyPatch, use: Callable[[Config], Any]
) -> None:
    monkeypatch.setenv("DJ_THREAD_SAFE", "1")
    with pytest.raises(ThreadSafetyError):
        use(global_config())


def test_templates_repr_and_own_configs_work_in_thread_safe_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJ_THREAD_SAFE", "1")
    assert "thread-safe" in repr(global_config())
    assert global_config().save_template().exists()
    assert Config()["safemode"] is True


def test_global_config_is_one_object() -> None:
    assert global_config() is global_config()
