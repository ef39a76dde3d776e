"""Classes made from the tables that are in the database."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import master_of, tier_of, to_camel
from datajoint_nb.tables.references import Scope
from datajoint_nb.tables.table import UserTable

if TYPE_CHECKING:
    from datajoint_nb.tables.schema import Schema

logger = logging.getLogger("datajoint_nb")


def make_classes(schema: Schema, into: Any) -> None:
    """Put a class for each table of `schema` into the mapping `into`; parts into their masters.

    Raises
    ------
    DataJointError
        For a part table without its master.
    """
    for name in schema.list_tables():
        class_name = to_camel(name).rpartition(".")[2]
        master = master_of(name)
        if master is not None:
            _attach_part(schema, name, class_name, master, into)
        elif class_name not in into:
            into[class_name] = make_class(schema, name, class_name)
        elif getattr(into[class_name], "table_name", None) not in (None, name):
            logger.warning("No class for table `%s`: the name %s is taken by another table", name, class_name)


def _attach_part(schema: Schema, name: str, class_name: str, master: str, into: Any) -> None:
    if master in schema.classes:
        owner = schema.classes[master]
        if class_name not in vars(owner):
            part = make_class(schema, name, class_name)
            part.master = owner
            setattr(owner, class_name, part)
    elif to_camel(master) not in into:
        raise DataJointError(f"Part table `{schema.database}`.`{name}` has no master table `{master}`")


def make_class(schema: Schema, name: str, class_name: str) -> type[UserTable]:
    """A class of the tier that the table's name tells, bound to the schema; its definition is read back."""
    members = {
        "definition": property(lambda self: self.describe({})),
        "table_name": name,
        "database": schema.database,
        "_connection": schema.connection,
        "declaration_context": Scope(),
    }
    cls = type(class_name, (UserTable.tiers[tier_of(name)],), members)
    schema.classes[name] = cls
    return cls
