"""What tables and schemas are called in a picture: class paths and modules.

See ``tests/spec/08-compute-diagram.md`` §14 and §15.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

from datajoint_nb.model.names import TableName, Tier
from datajoint_nb.tables import schema as schema_module
from datajoint_nb.tables.describe import class_paths
from datajoint_nb.tables.references import is_table_class

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

PACKAGE = __name__.rpartition(".")[0]
# Classes made from the database have the module that made them, which says nothing of the user's.
NAMELESS_MODULES = frozenset({"__main__", "builtins", schema_module.__name__})


def caller_variables() -> dict[str, Any]:
    """The variables of the nearest caller outside this package, local ones first."""
    frame = sys._getframe(1)
    while str(frame.f_globals.get("__name__")).startswith(PACKAGE) and frame.f_back is not None:
        frame = frame.f_back
    return {**frame.f_globals, **frame.f_locals}


def naming_part(context: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of `context` that can lead to a table class; nothing else is kept alive."""
    return {
        name: value
        for name, value in list(context.items())
        if is_table_class(value) or isinstance(value, ModuleType)
    }


@dataclass(frozen=True)
class ClassNames:
    """Names of tables as the user wrote them.

    Attributes
    ----------
    context : mapping
        Where to look first, as `naming_part` gives it.
    classes : mapping
        Table -> class, of the classes declared on the connection.
    """

    context: Mapping[str, Any] = field(default_factory=dict)
    classes: Mapping[TableName, type] = field(default_factory=dict)
    _paths: dict[TableName, str | None] = field(default_factory=dict, repr=False, compare=False)

    def paths(self, tables: Iterable[TableName]) -> dict[TableName, str]:
        """Class paths of those of `tables` that have a class: ``Station``, ``lab.Station``, ``Run.Trial``."""
        wanted = set(tables)
        asked = wanted - self._paths.keys()
        if asked:
            found = class_paths(self.context, asked)
            self._paths.update({table: found.get(table) or self._registered(table) for table in asked})
        return {table: path for table in wanted if (path := self._paths[table]) is not None}

    def spellings(self, tables: Iterable[TableName]) -> dict[TableName, set[str]]:
        """Every class path of each table: that of `paths`, and that of its declared class."""
        wanted = set(tables)
        paths = self.paths(wanted)
        return {
            table: {path for path in (paths.get(table), self._registered(table)) if path} for table in wanted
        }

    def _registered(self, table: TableName) -> str | None:
        cls = self.classes.get(table)
        if cls is None:
            return None
        master = getattr(cls, "master", None) if table.tier is Tier.PART else None
        return f"{master.__name__}.{cls.__name__}" if isinstance(master, type) else cls.__name__

    def context_for(self, tables: Collection[TableName]) -> dict[str, Any]:
        """The few variables from which the paths of `tables` start, for printing a definition."""
        found: dict[str, Any] = {}
        for table, path in self.paths(tables).items():
            first = path.partition(".")[0]
            if first in self.context:
                found[first] = self.context[first]
            elif table in self.classes:
                cls = self.classes[table]
                found[first] = getattr(cls, "master", cls) if table.tier is Tier.PART else cls
        return found

    @cached_property
    def modules(self) -> dict[str, str]:
        """Schema -> last component of the module of its classes, where they have one in common."""
        found: dict[str, set[str]] = {}
        for table, cls in self.classes.items():
            found.setdefault(table.schema, set()).add(cls.__module__)
        return {
            name: module.rpartition(".")[2]
            for name, modules in found.items()
            if len(modules) == 1 and (module := next(iter(modules))) not in NAMELESS_MODULES
        }


def class_names(connection: Connection, context: Mapping[str, Any]) -> ClassNames:
    """What tables are called in `context`, and by the classes declared on the connection."""
    classes = {
        TableName(name, table): cls
        for name, schema in connection.schemas.items()
        for table, cls in schema.classes.items()
    }
    return ClassNames(naming_part(context), classes)


def label_of(table: TableName, path: str | None, frame: str) -> str:
    """The words of a node: the class path without the label of its frame; of a part its own name.

    A table without a class shows its full name.
    """
    if path is None:
        return str(table)
    if table.tier is Tier.PART:
        return path.rpartition(".")[2]
    return path.removeprefix(f"{frame}.")
