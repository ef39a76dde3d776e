"""Storage protocols: paths, URLs, constructor arguments, plugins."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.adapters import (
    AdapterRegistry,
    AzureAdapter,
    GCSAdapter,
    S3Adapter,
    get_storage_adapter,
)
from datajoint_nb.storage.backend import StorageBackend
from tests.unit.storage.stores import MemoryAdapter, config_with

S3 = {"protocol": "s3", "bucket": "birds", "location": "lab/raw", "endpoint": "minio:9000"}
GCS = {"protocol": "gcs", "bucket": "birds", "location": "lab"}
AZURE = {"protocol": "azure", "container": "birds", "location": ""}
KEYS = {"access_key": "AK", "secret_key": "SK"}


@pytest.mark.spec("C-110")
@pytest.mark.parametrize(
    "spec, full, url",
    [
        (S3, "birds/lab/raw/a/b", "s3://birds/lab/raw/a/b"),
        ({**S3, "location": "/x/"}, "birds/x/a/b", "s3://birds/x/a/b"),
        (GCS, "birds/lab/a/b", "gs://birds/lab/a/b"),
        (AZURE, "birds/a/b", "az://birds/a/b"),
        ({"protocol": "file", "location": "/data"}, "/data/a/b", "file:///data/a/b"),
    ],
)
def test_full_paths_and_urls(spec, full, url):
    backend = StorageBackend(spec, "main")
    assert backend.full_path("a/b") == full
    assert backend.get_url("a/b") == url
    assert backend.safe(url) == "a/b"


@pytest.mark.parametrize(
    "settings, arguments",
    [
        ({}, {"key": None, "secret": None, "client_kwargs": {"endpoint_url": "https://minio:9000"}}),
        (
            {"secure": False, **KEYS},
            {"key": "AK", "secret": "SK", "client_kwargs": {"endpoint_url": "http://minio:9000"}},
        ),
        (
            {"endpoint": "http://h"},
            {"key": None, "secret": None, "client_kwargs": {"endpoint_url": "http://h"}},
        ),
        ({"endpoint": None, "access_key": "", "secret_key": ""}, {"key": None, "secret": None}),
        (
            {"endpoint": None, "proxy_server": "p:1"},
            {"key": None, "secret": None, "config_kwargs": {"proxies": {"http": "p:1", "https": "p:1"}}},
        ),
    ],
)
def test_s3_arguments(settings, arguments):
    assert S3Adapter().filesystem_arguments({**S3, **settings}) == arguments


def test_gcs_and_azure_arguments():
    assert GCSAdapter().filesystem_arguments({**GCS, "token": "t"}) == {"token": "t", "project": None}
    assert AzureAdapter().filesystem_arguments({**AZURE, "account_name": "n"}) == {
        "account_name": "n",
        "account_key": None,
        "connection_string": None,
    }


@pytest.mark.spec("C-106")
@pytest.mark.parametrize(
    "keys", [{"access_key": "a"}, {"secret_key": "b"}, {"access_key": "a", "secret_key": ""}]
)
def test_half_of_the_credentials_is_refused(keys):
    with pytest.raises(DataJointError, match="access_key"):
        StorageBackend({**S3, **keys})
    with pytest.raises(DataJointError, match="access_key"):
        config_with(main={**S3, **keys}).get_store_spec()
    assert StorageBackend(config_with(main=S3).get_store_spec()).get_url("") == "s3://birds/lab/raw"


@pytest.mark.parametrize(
    "spec, driver, extra", [(S3, "s3fs", "s3"), (GCS, "gcsfs", "gcs"), (AZURE, "adlfs", "azure")]
)
def test_a_missing_driver_names_the_extra(monkeypatch, spec, driver, extra):
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(DataJointError, match=rf"datajoint-nb\[{extra}\]"):
        StorageBackend(spec, "main").fs


@pytest.mark.parametrize(
    "spec, word",
    [({"protocol": "file"}, "location"), ({"protocol": "file", "location": "/x", "bucket": "b"}, "bucket")],
)
def test_missing_and_surplus_settings(spec, word):
    with pytest.raises(DataJointError, match=word):
        StorageBackend(spec)


@pytest.mark.parametrize("protocol", ["file", "s3", "gcs", "azure", "FILE"])
def test_built_in_protocols_are_adapters(protocol):
    assert get_storage_adapter(protocol).protocol == protocol.lower()


def plugin(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "datajoint.storage")


def test_plugins_are_loaded_at_the_first_miss_and_matched_by_protocol(caplog):
    asked = []

    def find():
        asked.append(1)
        yield plugin("broken", "no_such_module:X")
        yield plugin("other-name", "tests.unit.storage.stores:MemoryAdapter")

    registry = AdapterRegistry(find)
    assert registry.get("s3") is not None and not asked
    assert type(registry.get("MEM")).__name__ == MemoryAdapter.__name__
    with pytest.raises(DataJointError, match=r"'nosuch'.*'broken' failed"):
        registry.require("nosuch")
    assert asked == [1]
    assert "broken" in caplog.text


def test_required_keys_need_not_be_allowed_and_default_paths():
    adapter = MemoryAdapter()
    adapter.validate_spec({"protocol": "mem", "location": "/x"})
    assert adapter.full_path({"location": "/x"}, "a") == "/x/a"
    assert adapter.full_path({"location": ""}, "a") == "a"
    assert adapter.get_url({}, "/x/a") == "mem:///x/a"
