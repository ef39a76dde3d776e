"""What the name of a ``%%dj table`` cell means: a table of a schema, or a part of a master."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import CLASS_PATTERN, Tier, to_snake
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.tables.references import is_table_class
from datajoint_nb.tables.schema import PREFIXES, Schema


@dataclass(frozen=True)
class Target:
    """What a cell declares.

    Attributes
    ----------
    path : str
        The name as written.
    name : str
        The class name.
    schema : Schema
    master : class or None
        The master of a part table.
    note : str
        What the reader should know of how the name was understood.
    """

    path: str
    name: str
    schema: Schema
    master: Any = None
    note: str = ""


def find_target(notebook: Notebook, path: str, schema_name: str | None) -> Target:
    """Understand ``NAME``, ``SCHEMA.NAME`` and ``MASTER.NAME``.

    Raises
    ------
    DataJointError
        For what is no class name, and when neither schema nor master is known.
    """
    first, dot, name = path.rpartition(".")
    if not CLASS_PATTERN.fullmatch(name):
        better = "".join(word[:1].upper() + word[1:] for word in re.split(r"[\W_]+", name) if word)
        hint = f"; did you mean {first}{dot}{better}?" if CLASS_PATTERN.fullmatch(better) else ""
        raise DataJointError(f"`{name}` is no name for a table: letters and digits, a capital first{hint}")
    if not first:
        return Target(path, name, notebook.require_schema(schema_name))
    return _dotted(notebook, path, first, name, schema_name)


def _dotted(notebook: Notebook, path: str, first: str, name: str, schema_name: str | None) -> Target:
    schemas = dict(notebook.schemas())
    home = (
        notebook.require_schema(schema_name)
        if schema_name or first not in schemas
        else notebook.active_schema
    )
    master = _find_master(notebook, first, home)
    if master is not None:
        note = ""
        if first in schemas:
            note = f"{first} is also a schema; a master in the active schema comes first"
        return Target(path, name, _schema_of(master, home), master, note)
    if first in schemas and schema_name is None:
        return Target(path, name, schemas[first])
    where = f"schema `{home.database}`" if home is not None else "the notebook"
    raise DataJointError(
        f"{where} has no table `{first}` for the part {name}, and no schema is bound to {first}"
    )


def _schema_of(master: Any, home: Schema | None) -> Schema:
    if home is not None and home.database == master.database:
        return home
    found = master._connection.schemas.get(master.database)
    if not isinstance(found, Schema):
        raise DataJointError(
            f"schema `{master.database}` of {master.__name__} is not active; `%dj schema {master.database}`"
        )
    return found


def _find_master(notebook: Notebook, first: str, home: Schema | None) -> Any:
    """The class of the master: of the active schema, of the notebook, or made from the database."""
    found = notebook.find(first)
    if is_table_class(found) and found.database is not None and found.tier is not Tier.PART:
        return found
    if home is None:
        return None
    tables = (prefix + to_snake(first) for prefix in PREFIXES.values())
    stored = home.connection.catalogue.schema(str(home.database))
    table = next((name for name in tables if name in stored), None)
    if table is None:
        return None
    if table not in home.classes:
        made: dict[str, Any] = {}
        home.make_classes(made)
    return home.classes.get(table)
