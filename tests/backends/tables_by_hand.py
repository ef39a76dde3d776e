"""Tables made without definitions, for tests of what lies below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datajoint_nb import Connection
from datajoint_nb.connection.catalogue import registered_codec
from datajoint_nb.model.definition import NULL, Default
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable
from datajoint_nb.model.types import parse_type


def attribute(
    name: str, type_text: str, default: Default | str | None = None, comment: str = ""
) -> Attribute:
    """One secondary attribute; a default of str is a literal."""
    spec = parse_type(type_text)
    given = Default("literal", default) if isinstance(default, str) else default
    storage = registered_codec(spec) if spec.kind == "codec" else None
    return Attribute(
        name, spec, nullable=given == NULL, default_value=given, comment=comment, storage=storage,
        autoincrement=spec.is_autoincrement,
    )  # fmt: skip


def table(
    name: TableName,
    key: Sequence[Attribute],
    others: Sequence[Attribute] = (),
    foreign_keys: Sequence[ForeignKey] = (),
    indexes: Sequence[Index] = (),
    comment: str = "",
) -> StoredTable:
    """A table; key attributes that no foreign key brings are their own origin."""
    inherited = {column for foreign_key in foreign_keys for column in foreign_key.columns}
    columns = [
        replace(a, in_key=True, lineage=a.lineage if a.name in inherited else f"{name}.{a.name}") for a in key
    ]
    return StoredTable(name, (*columns, *others), tuple(foreign_keys), tuple(indexes), comment)


def child_of(parent: StoredTable, name: str, **others: Sequence[Attribute]) -> StoredTable:
    """A table whose key is its parent's and a number."""
    keys = [parent.by_name[column] for column in parent.primary_key]
    foreign_key = ForeignKey(parent.primary_key, parent.name, parent.primary_key)
    return table(
        TableName(parent.name.schema, name),
        [*keys, attribute("number", "int32")],
        foreign_keys=[foreign_key],
        **others,
    )


def new_schema(connection: Connection, schema: str, *tables: StoredTable) -> None:
    """Create a schema with tables in it."""
    connection.create_schema(schema)
    for stored in tables:
        connection.create_table(stored)


def simple_table(connection: Connection, schema: str, name: str = "session") -> str:
    """A table ``(id int32 key, note varchar(40) null)`` in a new schema; returns its quoted full name."""
    stored = table(
        TableName(schema, name), [attribute("id", "int32")], [attribute("note", "varchar(40)", NULL)]
    )
    new_schema(connection, schema, stored)
    return connection.dialect.full_name(stored.name)


def rows(connection: Connection, full_name: str) -> list[tuple[int, str | None]]:
    """All rows of a simple table, by key."""
    found: list[tuple[int, str | None]] = connection.query(
        f"SELECT id, note FROM {full_name} ORDER BY id"
    ).fetchall()
    return found
