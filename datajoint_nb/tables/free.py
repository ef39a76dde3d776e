"""``dj.FreeTable``: a table by its name."""

from __future__ import annotations

from typing import Any

from datajoint_nb.connection import conn
from datajoint_nb.tables.table import FreeTable as FreeTableClass


def FreeTable(*args: Any) -> FreeTableClass:  # noqa: N802 - the name users know
    """A table without a class: ``FreeTable("schema.table")`` or ``FreeTable(connection, "schema.table")``.

    Raises
    ------
    DataJointError
        For a malformed name.
    """
    connection, name = args if len(args) == 2 else (conn(), *args)
    return FreeTableClass(connection, name)
