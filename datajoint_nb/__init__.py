"""DataJoint pipelines in Jupyter: relational tables, a query algebra, computed results, objects.

>>> import datajoint_nb as dj
>>> schema = dj.Schema("lab", connection=dj.Connection(path=":memory:", backend="sqlite"))
>>> @schema
... class Station(dj.Manual):
...     definition = '''
...     # listening station
...     station : int32
...     ---
...     site    : varchar(40)
...     '''
>>> Station.insert1({"station": 1, "site": "north shore"})
>>> (Station & "station = 1").fetch1("site")
'north shore'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from datajoint_nb.version import __version__

__author__ = "The datajoint_nb developers"

# Public name -> where it lives; each is loaded when first used, so that importing stays light.
PUBLIC = {
    "AndList": "query.operands",
    "Codec": "codecs.base",
    "Computed": "tiers",
    "Compute": "tiers",
    "Connection": "connection",
    "DataJointError": "errors",
    "Diagram": "diagram.diagram",
    "Entry": "tiers",
    "FreeTable": "tables.table",
    "Imported": "tiers",
    "Ingest": "tiers",
    "Lookup": "tiers",
    "Manual": "tiers",
    "MatCell": "codecs.blob",
    "MatStruct": "codecs.blob",
    "Not": "query.operands",
    "NpyRef": "storage.npyref",
    "ObjectRef": "storage.objectref",
    "Part": "tiers",
    "Schema": "tables.schema",
    "SchemaCodec": "codecs.base",
    "SkipKey": "errors",
    "SparkAdapter": "codecs.spark",
    "StorageAdapter": "storage.adapters",
    "Table": "tables.table",
    "ThreadSafetyError": "errors",
    "Top": "query.operands",
    "U": "tables.universal",
    "ValidationResult": "tables.validation",
    "VirtualModule": "tables.virtual",
    "conn": "connection",
    "get_codec": "codecs.registry",
    "get_storage_adapter": "storage.adapters",
    "list_codecs": "codecs.registry",
    "list_schemas": "tables.schema",
    "virtual_schema": "tables.virtual",
}
MODULES = ("errors", "diagram", "cli")
REPLACED = {
    "ERD": "Diagram",
    "Di": "Diagram",
    "schema": "Schema",
    "create_virtual_module": "virtual_schema",
    "AttributeAdapter": "Codec",
    "key": "keys()",
    "key_hash": "keys()",
    "set_password": "your server's own tools",
    "kill": "your server's own tools",
}

if TYPE_CHECKING:
    from datajoint_nb import errors
    from datajoint_nb.codecs.base import Codec, SchemaCodec
    from datajoint_nb.codecs.blob import MatCell, MatStruct
    from datajoint_nb.codecs.registry import get_codec, list_codecs
    from datajoint_nb.codecs.spark import SparkAdapter
    from datajoint_nb.connection import Connection, conn
    from datajoint_nb.diagram.diagram import Diagram
    from datajoint_nb.errors import DataJointError, SkipKey, ThreadSafetyError
    from datajoint_nb.query.operands import AndList, Not, Top
    from datajoint_nb.settings import Config
    from datajoint_nb.storage.adapters import StorageAdapter, get_storage_adapter
    from datajoint_nb.storage.npyref import NpyRef
    from datajoint_nb.storage.objectref import ObjectRef
    from datajoint_nb.tables.schema import Schema, list_schemas
    from datajoint_nb.tables.table import FreeTable, Table
    from datajoint_nb.tables.universal import U
    from datajoint_nb.tables.validation import ValidationResult
    from datajoint_nb.tables.virtual import VirtualModule, virtual_schema
    from datajoint_nb.tiers import Compute, Computed, Entry, Imported, Ingest, Lookup, Manual, Part

    config: Config

__all__ = [
    "AndList", "Codec", "Compute", "Computed", "Connection", "DataJointError", "Diagram", "Entry",
    "FreeTable", "Imported", "Ingest", "Lookup", "Manual", "MatCell", "MatStruct", "Not", "NpyRef",
    "ObjectRef", "Part", "Schema", "SchemaCodec", "SkipKey", "SparkAdapter", "StorageAdapter", "Table",
    "ThreadSafetyError", "Top", "U", "ValidationResult", "VirtualModule", "__version__", "config", "conn",
    "errors", "get_codec", "get_storage_adapter", "list_codecs", "list_schemas", "virtual_schema",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "config":
        # read anew each time: thread-safe mode may refuse it
        return importlib.import_module("datajoint_nb.settings").global_config()
    if name in PUBLIC:
        value = getattr(importlib.import_module(f"datajoint_nb.{PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    if name in MODULES:
        return importlib.import_module(f"datajoint_nb.{name}")
    if name in REPLACED:
        raise AttributeError(f"datajoint_nb.{name} does not exist; use {REPLACED[name]}")
    raise AttributeError(f"module 'datajoint_nb' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """Turn the notebook layer on: ``%load_ext datajoint_nb``."""
    importlib.import_module("datajoint_nb.notebook.extension").load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Remove every trace of the notebook layer: ``%unload_ext datajoint_nb``."""
    importlib.import_module("datajoint_nb.notebook.extension").unload(ipython)
