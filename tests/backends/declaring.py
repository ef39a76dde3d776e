"""Declaring tables in one line, for tests of definitions."""

from __future__ import annotations

from typing import Any

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import TableName


def declare(schema: dj.Schema, class_name: str, definition: str, tier: Any = None, **names: Any) -> Any:
    """A decorated class; `names` are what its definition may refer to."""
    cls = type(class_name, (tier or dj.Manual,), {"definition": definition})
    return schema(cls, context=names)


def refused(schema: dj.Schema, definition: str, tier: Any = None, **names: Any) -> str:
    """The message with which a definition is refused; nothing of it may stay."""
    try:
        declare(schema, "Refused", definition, tier, **names)
    except DataJointError as error:
        assert untouched(schema, "refused")
        return str(error)
    raise AssertionError("the definition was accepted")


def untouched(schema: dj.Schema, table: str) -> bool:
    """Whether the database has no table that ends in `table`, and no origins for one."""
    connection = schema.connection
    connection.forget()
    names = [name for name in connection.catalogue.schema(str(schema.database)) if name.endswith(table)]
    full = connection.dialect.table(TableName(str(schema.database), "~lineage"))
    listed = {name for (name,) in connection.query(f"SELECT table_name FROM {full}").fetchall()}
    return not names and not any(name.endswith(table) for name in listed)


def sql_name(table: Any) -> str:
    """The full name of a table as statements use it."""
    return str(table().connection.dialect.table(table().name))
