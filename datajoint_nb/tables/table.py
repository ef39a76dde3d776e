"""Tables: expressions whose rows are stored, and can be inserted, updated and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from datajoint_nb.connection import Connection, conn
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Heading
from datajoint_nb.model.names import TableName, Tier, parse_full_name
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.query import nodes
from datajoint_nb.tables.either import either, either_property
from datajoint_nb.tables.expression import QueryExpression
from datajoint_nb.tables.relatives import Relatives
from datajoint_nb.tables.writing import Writing

REPLACED = {
    "external": "stores (config.stores) and datajoint_nb.gc",
    "show_definition": "describe()",
    "_log": "the logger datajoint_nb",
    "_update": "update1()",
}


def _operator(name: str) -> Callable[..., Any]:
    def operate(cls: type, *others: Any) -> Any:
        return getattr(cls(), name)(*others)

    operate.__name__ = name
    return operate


class TableMeta(type):
    """Lets a table class stand for all rows of its table: ``Field & condition``, ``len(Field)``."""

    __and__ = _operator("__and__")
    __sub__ = _operator("__sub__")
    __mul__ = _operator("__mul__")
    __add__ = _operator("__add__")
    __neg__ = _operator("__neg__")
    __xor__ = _operator("__xor__")
    __matmul__ = _operator("__matmul__")
    __or__ = _operator("__or__")
    __ror__ = _operator("__ror__")
    __contains__ = _operator("__contains__")
    __len__ = _operator("__len__")

    def __iter__(cls) -> Iterator[dict[str, Any]]:
        return iter(cls())

    def __bool__(cls) -> bool:
        return True

    @property
    def full_table_name(cls) -> str | None:
        """The quoted full name of a class's table, None while the class is not bound to a schema."""
        return cls().full_table_name if cls.database is not None else None

    def __getattr__(cls, name: str) -> Any:
        if name in REPLACED:
            raise AttributeError(f"{cls.__name__}.{name} was removed; use {REPLACED[name]}")
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")


class Table(Writing, Relatives, QueryExpression, metaclass=TableMeta):
    """A stored table.

    Users derive from `Manual`, `Lookup`, `Imported`, `Computed` and `Part`; `FreeTable` gives a
    table without a class. An instance without restrictions stands for all rows.
    """

    database: ClassVar[str | None] = None
    table_name: str = ""

    # -- identity ----------------------------------------------------------------------------

    @property
    def name(self) -> TableName:
        """Schema and table name.

        Raises
        ------
        DataJointError
            When the class is not bound to a schema.
        """
        if self.database is None:
            raise DataJointError(
                f"Class {type(self).__name__} is not bound to a schema; decorate it with a Schema object"
            )
        return TableName(self.database, self.table_name)

    def _require_connection(self) -> Connection:
        if self._connection is None:
            raise DataJointError(
                f"Class {type(self).__name__} is not properly configured: it is not bound to a schema; "
                "decorate it with a Schema object"
            )
        return self._connection

    @property
    def class_name(self) -> str:
        """The name of the class."""
        return type(self).__name__

    @property
    def full_table_name(self) -> str:
        """The quoted full name, such as ```lab`.`#kind``` or ``"lab"."#kind"``."""
        return self._require_connection().dialect.full_name(self.name)

    @property
    def adapter(self) -> Any:
        """The dialect of the table's database."""
        return self._require_connection().dialect

    @property
    def definition(self) -> str:
        """The text that declares the table."""
        raise NotImplementedError(f"Class {type(self).__name__} has no definition")

    @either_property
    def is_declared(self) -> bool:
        """Whether the table is in the database."""
        return bool(self._require_connection().catalogue.exists(self.name))

    # -- heading -----------------------------------------------------------------------------

    @property
    def stored(self) -> StoredTable:
        """The table as it is in the database.

        Raises
        ------
        MissingTableError
            When it is not there.
        """
        return self._require_connection().catalogue.table(self.name)

    @property
    def node(self) -> nodes.Node:
        """The expression's node; for an unrestricted table its rows in the database."""
        if self._node is None:
            return nodes.Base(self.name, self.stored.heading)
        return self._node

    @property
    def own_heading(self) -> Heading:
        """Heading of the table itself, whatever the restrictions and projections."""
        return self.stored.heading

    def _title(self) -> tuple[str, str, str]:
        if self._node is not None:
            return "", "", ""
        tier = self.name.tier
        return self.stored.comment, self._display_name(), tier.label

    def _display_name(self) -> str:
        return type(self).__name__

    @either
    def describe(self, context: Any = None, printout: bool = False) -> str:
        """The definition as it is in the database; declaring it gives the same table.

        Parameters
        ----------
        context : mapping, optional
            Where to look for the classes of referenced tables; default: the caller's variables.
        printout : bool
            Also log the text at level INFO.

        Raises
        ------
        MissingTableError
            When the table is not in the database.
        """
        import logging
        import sys

        from datajoint_nb.tables import describe

        if context is None:
            frame = sys._getframe(1)
            context = {**frame.f_globals, **frame.f_locals}
        text = describe.definition_text(self.stored, self._require_connection(), context)
        if printout:
            logging.getLogger("datajoint_nb").info("%s", text)
        return text

    @either_property
    def size_on_disk(self) -> int:
        """Bytes of data and indexes, as the server counts them."""
        return int(self._require_connection().table_size(self.name))

    def _restricted(self) -> bool:
        return self._node is not None


class FreeTable(Table):
    """A table without a class, by its name.

    ``FreeTable("schema.table")`` on the default connection, or ``FreeTable(connection, "schema.table")``;
    the name quoted in the manner of any database, or not at all.

    Raises
    ------
    DataJointError
        For a malformed name.
    """

    def __init__(self, *arguments: Any):
        connection, full_name = arguments if len(arguments) == 2 else (conn(), *arguments)
        name = full_name if isinstance(full_name, TableName) else parse_full_name(full_name)
        self._connection = connection
        self._name = name
        self.table_name = name.table

    @property
    def name(self) -> TableName:
        """Schema and table name."""
        return self._name

    def _display_name(self) -> str:
        return str(self._name)

    def __repr__(self) -> str:
        try:
            return f"FreeTable({self.full_table_name})\n{super().__repr__()}"
        except DataJointError as error:
            return f"FreeTable({self._name}): {error}"


class UserTable(Table):
    """Base of the tiers; a subclass of a tier is one table, named after the class."""

    tier: ClassVar[Tier] = Tier.UNKNOWN
    declaration_context: ClassVar[Any] = None
    # of parts: the class they stand in
    master: ClassVar[Any] = None
    # the base class of each tier, for classes that are made from the database
    tiers: ClassVar[dict[Tier, type[UserTable]]] = {}

    def __init_subclass__(cls, tier: Tier | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if tier is not None:
            cls.tier = tier
            UserTable.tiers[tier] = cls

    def _display_name(self) -> str:
        master = getattr(type(self), "master", None)
        return f"{master.__name__}.{type(self).__name__}" if isinstance(master, type) else type(self).__name__
