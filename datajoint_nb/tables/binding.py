"""Binding classes to a schema: names, parts, declaration, drift, contents of lookups.

See ``tests/spec/01-definitions.md`` §2.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any

from datajoint_nb.connection import Connection
from datajoint_nb.definition.parse import read
from datajoint_nb.errors import AccessError, DataJointError
from datajoint_nb.model.names import CLASS_PATTERN, Tier, to_snake
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.tables import contents, declare, drift
from datajoint_nb.tables.references import Scope, resolve
from datajoint_nb.tables.table import Table, UserTable

logger = logging.getLogger("datajoint_nb")
PREFIXES = {Tier.MANUAL: "", Tier.LOOKUP: "#", Tier.IMPORTED: "_", Tier.COMPUTED: "__"}


def check_class(cls: Any) -> type[UserTable]:
    """Refuse what cannot be declared by decorating it."""
    if not (isinstance(cls, type) and issubclass(cls, UserTable)):
        raise DataJointError(
            f"Cannot declare {cls!r}: a table is a class that derives from "
            "Manual, Lookup, Imported or Computed"
        )
    if cls.tier is Tier.PART:
        raise DataJointError(f"Part {cls.__name__} is declared with its master; do not decorate it")
    if cls.tier not in PREFIXES or cls in UserTable.tiers.values():
        raise DataJointError(
            f"Class {cls.__name__} does not derive from Manual, Lookup, Imported or Computed"
        )
    return cls


def bind(
    cls: type[UserTable], scope: Scope, connection: Connection, database: str, may_create: bool
) -> list[type[UserTable]]:
    """Bind a class and its parts to a schema and declare their tables; returns the classes bound.

    Raises
    ------
    DefinitionError
        With every fault of a definition.
    DataJointError
        Inside a transaction.
    """
    if connection.in_transaction:
        raise DataJointError("Tables cannot be declared inside a transaction; declare them before it begins")
    name = table_name(cls)
    # faults of names and parts are found before anything is declared
    parts = own_parts(cls)
    names = list(map(table_name, parts))
    _set(cls, connection, database, PREFIXES[cls.tier] + name, scope)
    own = scope.with_own(self=cls, **{cls.__name__: cls})
    _declare(cls, own, may_create)
    for part, part_name in zip(parts, names, strict=True):
        _set(part, connection, database, f"{cls.table_name}__{part_name}", scope)
        part.master = cls
        _declare(part, own.with_own(master=cls, self=part), may_create)
    contents.fill(cls)
    return [cls, *parts]


def _declare(cls: type[UserTable], scope: Scope, may_create: bool) -> None:
    table = cls()
    connection = table._require_connection()
    text = definition_text(table)
    if connection.catalogue.knows(table.name):
        _compare(table, scope)
        if may_create:
            _repair_lineage(table.stored, connection)
    elif may_create:
        declare.declare(build(cls, scope), connection)
    else:
        return
    if text is not None:
        cls.__doc__ = f"{cls.__doc__ or ''}\n\n{text}".strip()


def _repair_lineage(stored: StoredTable, connection: Connection) -> None:
    """Record origins that tables made by older libraries lack; without the privilege they stay away."""
    if all(stored.by_name[name].lineage is not None for name in stored.primary_key):
        return
    try:
        connection.repair_lineage(stored)
    except AccessError as error:
        logger.warning("The origins of the attributes of %s cannot be recorded: %s", stored.name, error)


def _compare(table: UserTable, scope: Scope) -> None:
    """Tell of differences between the class and the database."""
    connection = table._require_connection()
    policy = connection.config["definition_drift"]
    if policy == "ignore" or definition_text(table) is None:
        return
    found = drift.differences(build(type(table), scope), table.stored, connection)
    if not found:
        return
    lines = "\n".join(str(difference) for difference in found)
    message = f"The definition of {type(table).__name__} differs from its table in the database:\n{lines}"
    if policy == "error":
        raise DataJointError(message)
    logger.warning("%s", message)


def table_name(cls: type) -> str:
    """The name of a class's table without prefix: ``BatCall`` -> ``bat_call``.

    Raises
    ------
    DataJointError
        For class names with other characters than letters and digits, or a small initial.
    """
    name = cls.__name__
    if "_" in name:
        if "_underscore_warned" not in vars(cls):
            cls._underscore_warned = True  # type: ignore[attr-defined]
            warnings.warn(
                f"underscores in the class name {name} are left out of the table name", stacklevel=5
            )
        name = name.replace("_", "")
    if not CLASS_PATTERN.fullmatch(name):
        raise DataJointError(
            f"Class name {cls.__name__!r} is not in CamelCase: begin with a capital, no other signs"
        )
    return to_snake(name)


def own_parts(cls: type[UserTable]) -> list[type[UserTable]]:
    """Part classes of a master, in order; inherited ones are derived anew for this master.

    Raises
    ------
    DataJointError
        For part classes with a small initial, and for parts inside parts.
    """
    found: dict[str, type[UserTable]] = {}
    for base in reversed(cls.__mro__):
        for name, value in list(vars(base).items()):
            if (
                isinstance(value, type)
                and issubclass(value, UserTable)
                and value.tier is Tier.PART
                and name != "master"
            ):
                found[name] = value
    for name, part in found.items():
        if not name[0].isupper():
            raise DataJointError(f"Part class {cls.__name__}.{name} must begin with a capital")
        nested = [
            n
            for n, v in vars(part).items()
            if n != "master" and isinstance(v, type) and issubclass(v, UserTable)
        ]
        if nested:
            raise DataJointError(
                f"Part {cls.__name__}.{name} holds the table {nested[0]}: parts have no parts"
            )
        if name not in vars(cls):
            found[name] = type(name, (part,), {"__module__": cls.__module__})
            setattr(cls, name, found[name])
    return list(found.values())


def _set(cls: Any, connection: Connection, database: str, name: str, scope: Scope) -> None:
    bound = vars(cls).get("_connection")
    if bound is not None and bound is not connection:
        warnings.warn(f"class {cls.__name__} is now bound to another connection", stacklevel=5)
    cls._connection = connection
    cls.database = database
    cls.table_name = name
    cls.declaration_context = scope


def definition_text(table: Table) -> str | None:
    """The class's definition, None for a class that has none."""
    try:
        text = table.definition
    except NotImplementedError:
        return None
    return text if isinstance(text, str) else None


def build(cls: type[UserTable], scope: Scope) -> StoredTable:
    """The table that a bound class declares.

    Raises
    ------
    NotImplementedError
        For a class without definition.
    DefinitionError
        With every fault of the definition.
    """
    table = cls()
    connection = table._require_connection()
    definition = read(table.definition)
    return declare.build(
        definition, table.name, connection, lambda target: resolve(target, scope, connection), cls.tier
    )


def declared(table: UserTable, context: Mapping[str, Any] | None = None) -> StoredTable:
    """The table that the class of a bound table declares, names resolved as at its declaration.

    Parameters
    ----------
    context : mapping, optional
        Where names are looked up first.

    Raises
    ------
    NotImplementedError, DefinitionError
        As for `build`.
    """
    cls = type(table)
    table._require_connection()
    scope: Scope = cls.declaration_context
    if context is not None:
        scope = Scope((context, *scope.mappings), scope.own)
    own = {"self": cls, cls.__name__: cls}
    if cls.master is not None:
        own |= {"master": cls.master, cls.master.__name__: cls.master}
    return build(cls, scope.with_own(**own))
