"""Schemas of the database as modules with a class for each table."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from datajoint_nb.tables.schema import Schema

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection


class VirtualModule(ModuleType):
    """A module made from a schema in the database.

    Parameters
    ----------
    module_name : str
    schema_name : str
    create_schema, create_tables : bool
        As for `Schema`; by default nothing is created.
    connection : Connection, optional
    add_objects : mapping, optional
        More names for the module.

    Raises
    ------
    DataJointError
        When the schema is not in the database.
    """

    def __init__(
        self,
        module_name: str,
        schema_name: str,
        *,
        create_schema: bool = False,
        create_tables: bool = False,
        connection: Connection | None = None,
        add_objects: Mapping[str, Any] | None = None,
    ):
        super().__init__(module_name)
        schema = Schema(
            schema_name, connection=connection, create_schema=create_schema, create_tables=create_tables
        )
        schema.is_virtual = not create_tables
        self.__dict__["schema"] = schema
        self.__dict__.update(add_objects or {})
        schema.make_classes(into=self.__dict__)


def virtual_schema(
    schema_name: str,
    *,
    connection: Connection | None = None,
    create_schema: bool = False,
    create_tables: bool = False,
    add_objects: Mapping[str, Any] | None = None,
) -> VirtualModule:
    """A module named after the schema; see `VirtualModule`."""
    return VirtualModule(
        schema_name,
        schema_name,
        connection=connection,
        create_schema=create_schema,
        create_tables=create_tables,
        add_objects=add_objects,
    )
