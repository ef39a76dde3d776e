"""Which store settings are accepted, and how they are completed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.settings import Config
from datajoint_nb.settings.stores import plugin_protocols

FILE = {"protocol": "file", "location": "/data"}
S3 = {"protocol": "s3", "bucket": "b", "location": ""}


@pytest.fixture
def config() -> Config:
    return Config()


def test_defaults_are_filled_in(config: Config) -> None:
    config["stores"] = {"default": "a", "a": FILE}
    assert config.get_store_spec() == {
        "protocol": "file",
        "location": "/data",
        "subfolding": None,
        "partition_pattern": None,
        "token_length": 8,
        "hash_prefix": "_hash",
        "schema_prefix": "_schema",
        "filepath_prefix": None,
    }


def test_the_answer_is_a_copy(config: Config) -> None:
    config["stores.a"] = FILE
    config.get_store_spec("a")["location"] = "elsewhere"
    assert config["stores.a.location"] == "/data"


@pytest.mark.parametrize("store", [None, ""])
def test_default_and_filepath_default_are_separate(config: Config, store: str | None) -> None:
    config["stores"] = {"default": "a", "filepath_default": "b", "a": FILE, "b": {**FILE, "location": "/b"}}
    assert config.get_store_spec(store)["location"] == "/data"
    assert config.get_store_spec(store, use_filepath_default=True)["location"] == "/b"


@pytest.mark.spec("S-061", "C-104")
@pytest.mark.parametrize(
    ("stores", "name", "message"),
    [
        ({}, None, r"stores\.default"),
        ({"default": 5, "a": FILE}, None, "stores.default.*int"),
        ({"a": FILE}, "b", "'b' is not configured"),
        ({"main": FILE}, "mian", "did you mean 'main'"),
        ({"default": "a", "a": FILE}, "default", "not configured"),
        ({"a": "text"}, "a", "mapping"),
        ({"a": {"location": "/a"}}, "a", "`protocol` is missing"),
        ({"a": {"protocol": "ftp", "location": "/a"}}, "a", "unknown protocol 'ftp'.*[Pp]lugins"),
        ({"a": {"protocol": "file"}}, "a", "missing location"),
        ({"a": {"protocol": "file", "location": ""}}, "a", "missing location"),
        ({"a": {"protocol": "s3"}}, "a", "missing bucket, location"),
        ({"a": {"protocol": "gcs", "location": ""}}, "a", "missing bucket"),
        ({"a": {"protocol": "azure", "location": ""}}, "a", "missing container"),
        ({"a": {**FILE, "bucket": "b"}}, "a", "invalid key `bucket`"),
        ({"a": {**FILE, "hash_prefx": "h"}}, "a", "did you mean `hash_prefix`"),
        ({"a": {**FILE, "hash_prefix": "_schema"}}, "a", "overlap.*mutually exclusive"),
        ({"a": {**FILE, "hash_prefix": ""}}, "a", "overlap"),
        ({"a": {**FILE, "filepath_prefix": "_hash/raw"}}, "a", "overlap"),
        ({"a": {**FILE, "filepath_prefix": "../raw"}}, "a", "inside the store"),
        ({"a": {**FILE, "hash_prefix": 5}}, "a", "hash_prefix"),
        ({"a": {**FILE, "subfolding": "2,2"}}, "a", "subfolding"),
        ({"a": {**FILE, "subfolding": [2, 0]}}, "a", "subfolding"),
        ({"a": {**FILE, "token_length": "long"}}, "a", "token_length"),
    ],
)
def test_faulty_stores_are_refused(
    config: Config, stores: dict[str, Any], name: str | None, message: str
) -> None:
    config["stores"] = stores
    with pytest.raises(DataJointError, match=message):
        config.get_store_spec(name)


@pytest.mark.spec("S-062")
@pytest.mark.parametrize(
    ("one", "two", "overlap"),
    [
        ("a", "a_b", False),
        ("a", "a/b", True),
        ("a/b", "a", True),
        ("a", "a", True),
        ("/a/", "a", True),
        ("a/b", "a/c", False),
    ],
)
def test_prefixes_overlap_by_folders_not_letters(config: Config, one: str, two: str, overlap: bool) -> None:
    config["stores.s"] = {**FILE, "hash_prefix": one, "schema_prefix": two}
    if overlap:
        with pytest.raises(DataJointError, match="overlap"):
            config.get_store_spec("s")
    else:
        assert config.get_store_spec("s")["schema_prefix"] == two


@pytest.mark.spec("C-106")
@pytest.mark.parametrize("alone", ["access_key", "secret_key"])
def test_half_of_the_credentials_is_refused(config: Config, alone: str) -> None:
    config["stores.s"] = {**S3, alone: "hunter2"}
    with pytest.raises(DataJointError, match="both `access_key` and `secret_key`, or neither") as seen:
        config.get_store_spec("s")
    assert "hunter2" not in str(seen.value)


@pytest.mark.spec("C-106")
def test_ambient_credentials_and_aws_endpoint_are_accepted(config: Config) -> None:
    config["stores.s"] = S3
    assert config.get_store_spec("s")["secure"] is True


def test_protocol_is_lower_cased(config: Config) -> None:
    config["stores.s"] = {**FILE, "protocol": "FILE"}
    assert config.get_store_spec("s")["protocol"] == "file"


@pytest.mark.parametrize(("given", "used"), [(1, 4), (8, 8), (99, 16), ("6", 6)])
def test_token_length_is_clamped(config: Config, given: Any, used: int) -> None:
    config["stores.s"] = {**FILE, "token_length": given}
    assert config.get_store_spec("s")["token_length"] == used


def test_legacy_stage_is_ignored(config: Config) -> None:
    config["stores.s"] = {**FILE, "stage": "/tmp/stage"}
    assert config.get_store_spec("s")["location"] == "/data"


class TapeAdapter:
    """A storage plugin as another distribution would provide it."""

    protocol = "tape"
    required_keys = ("robot", "location")
    allowed_keys = ("speed",)


@pytest.fixture
def tape_plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two installed plugins: one that fails, and one whose entry point has another name."""
    broken = EntryPoint("broken", "no_such_module:Adapter", "datajoint_nb.storage")
    tape = EntryPoint("other", "tape:TapeAdapter", "datajoint.storage")
    monkeypatch.setitem(sys.modules, "tape", SimpleNamespace(TapeAdapter=TapeAdapter))
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: [p for p in (broken, tape) if p.group == group]
    )
    plugin_protocols.cache_clear()
    yield
    plugin_protocols.cache_clear()


@pytest.mark.usefixtures("tape_plugin")
def test_plugin_declares_the_keys_of_its_protocol(config: Config) -> None:
    config["stores.t"] = {"protocol": "tape", "robot": "r2", "location": "x", "speed": 2}
    assert config.get_store_spec("t")["robot"] == "r2"
    config["stores.t"] = {"protocol": "tape", "location": "x"}
    with pytest.raises(DataJointError, match="missing robot"):
        config.get_store_spec("t")
    config["stores.t"] = {"protocol": "tape", "robot": "r2", "location": "x", "sped": 2}
    with pytest.raises(DataJointError, match="did you mean `speed`"):
        config.get_store_spec("t")


@pytest.mark.usefixtures("tape_plugin")
def test_plugin_that_fails_is_logged_and_skipped(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    config["stores.t"] = {"protocol": "tape", "robot": "r2", "location": "x"}
    config.get_store_spec("t")
    assert "no_such_module" in caplog.text
