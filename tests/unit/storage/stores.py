"""Stores for tests: folders, and a bucket in memory behind an adapter of its own."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from fsspec.implementations.memory import MemoryFileSystem

from datajoint_nb.settings import Config, new_config
from datajoint_nb.storage.adapters import StorageAdapter
from datajoint_nb.storage.backend import StorageBackend


class CountingFileSystem(MemoryFileSystem):
    """fsspec's memory filesystem that notes the bytes of each read."""

    cachable = False

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.reads: list[int] = []
        self.checks = 0

    def cat_file(self, path, start=None, end=None, **options):
        data = super().cat_file(path, start, end, **options)
        self.reads.append(len(data))
        return data

    def info(self, path, **options):
        self.checks += 1
        return super().info(path, **options)


class MemoryAdapter(StorageAdapter):
    protocol = "mem"
    required_keys = ("location",)
    allowed_keys = ("api_key",)

    def create_filesystem(self, spec):
        return CountingFileSystem()


def config_with(**stores: dict[str, Any]) -> Config:
    config = new_config()
    for name, settings in stores.items():
        for key, value in settings.items():
            config[f"stores.{name}.{key}"] = value
    config["stores.default"] = next(iter(stores))
    return config


def file_config(folder: Path, **settings: Any) -> Config:
    """A configuration whose default store `main` is a folder; `cold` is another one."""
    (folder / "main").mkdir(parents=True, exist_ok=True)
    (folder / "cold").mkdir(exist_ok=True)
    return config_with(
        main={"protocol": "file", "location": str(folder / "main"), **settings},
        cold={"protocol": "file", "location": str(folder / "cold")},
    )


def file_backend(folder: Path, **settings: Any) -> StorageBackend:
    folder.mkdir(parents=True, exist_ok=True)
    return StorageBackend({"protocol": "file", "location": str(folder), **settings}, "main")


class MemoryStores:
    """A configuration as codecs ask it, of one store in memory that no entry point announces."""

    def __init__(self, **settings: Any):
        self.spec = {"protocol": "mem", "location": f"/{uuid.uuid4().hex}", **settings}

    def get_store_spec(self, store=None, *, use_filepath_default=False):
        return dict(self.spec)

    def get(self, key, default=None, /):
        return "main" if key in ("stores.default", "stores.filepath_default") else default
