"""The tables of a schema as a listing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import to_camel
from datajoint_nb.notebook.progress import progress_of
from datajoint_nb.render.listing import Column, Listing, Named
from datajoint_nb.tables.preview import human_size
from datajoint_nb.tables.schema import Schema

COLUMNS = (
    Column("table"),
    Column("tier"),
    Column("rows", "number"),
    Column("size", "number"),
    Column("done"),
    Column("comment"),
)


def schema_tables(schema: Schema) -> Iterator[Any]:
    """The tables of a schema in dependency order, by their classes where there are any."""
    for table in schema:
        cls = schema.classes.get(table.table_name)
        yield table if cls is None else cls()


def list_schema(schema: Schema) -> Listing:
    """Tier, rows, bytes, progress and comment of each table."""
    rows = []
    for table in schema_tables(schema):
        tier = table.name.tier.label
        rows.append(
            (
                Named(to_camel(table.table_name), tier),
                tier,
                len(table),
                _size(table),
                progress_of(table),
                table.stored.comment,
            )
        )
    return Listing(f"Schema {schema.database}", COLUMNS, tuple(rows), empty="no tables yet")


def _size(table: Any) -> str | None:
    try:
        return human_size(table.size_on_disk)
    except DataJointError:  # SQLite may be built without the table that knows
        return None
