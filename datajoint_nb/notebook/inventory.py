"""What the pipelines of a notebook hold: tables with their rows, objects with their sizes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from datajoint_nb.model.names import to_camel
from datajoint_nb.storage.objectref import ObjectRef
from datajoint_nb.tables.schema import Schema
from datajoint_nb.tables.table import FreeTable

MIME_TYPE = "application/json"


def schemas_of(namespace: Mapping[str, Any]) -> list[Schema]:
    """The activated schemas among a notebook's variables, each once."""
    found = (value for value in namespace.values() if isinstance(value, Schema) and value.is_activated())
    return list({schema.database: schema for schema in found}.values())


def take_inventory(schemas: Iterable[Schema]) -> dict[str, Any]:
    """Tables and objects of some schemas, as JSON has it.

    Returns
    -------
    dict
        ``databases``: where they lie. ``tables``: dicts of ``schema``, ``name``, ``tier``, ``rows``,
        parents before children. ``objects``: dicts of ``table``, ``attribute``, ``store``, ``count``,
        ``files``, ``bytes``, one for each ``<object@>`` attribute and store.
    """
    databases: dict[str, None] = {}
    tables: list[dict[str, Any]] = []
    objects: list[dict[str, Any]] = []
    for schema in schemas:
        server = schema.connection.spec
        databases[f"{server.address} ({server.backend})"] = None
        for table in schema:
            tables.append(describe_table(table))
            objects.extend(count_objects(table))
    return {"databases": list(databases), "tables": tables, "objects": objects}


def describe_table(table: FreeTable) -> dict[str, Any]:
    """Schema, name as a class has it, tier and number of rows."""
    name = table.name
    return {
        "schema": name.schema,
        "name": to_camel(name.table),
        "tier": name.tier.label,
        "rows": len(table),
    }


def count_objects(table: FreeTable) -> Iterator[dict[str, Any]]:
    """Number, files and bytes of the objects of each ``<object@>`` attribute and store; reads no store."""
    for attribute in table.heading.attributes.values():
        if attribute.codec != "object":
            continue
        refs: dict[str, list[ObjectRef]] = {}
        for row in table.proj(attribute.name).to_dicts():
            if (ref := row[attribute.name]) is not None:
                refs.setdefault(ref.store_name, []).append(ref)
        for store, found in sorted(refs.items()):
            yield {
                "table": to_camel(table.name.table),
                "attribute": attribute.name,
                "store": store,
                "count": len(found),
                "files": sum(ref.item_count or 1 for ref in found),
                "bytes": sum(ref.size or 0 for ref in found),
            }


def show_inventory(namespace: Mapping[str, Any]) -> None:
    """Display the inventory of a notebook's schemas as JSON: how the tutorial runner reads it."""
    from IPython.display import display

    inventory = take_inventory(schemas_of(namespace))
    display({MIME_TYPE: inventory}, raw=True)  # type: ignore[no-untyped-call]


def read_inventory(outputs: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The inventory among the outputs of a cell, None when there is none."""
    for output in outputs:
        found = output.get("data", {}).get(MIME_TYPE)
        if found is not None:
            return dict(json.loads(found) if isinstance(found, str) else found)
    return None
