"""What has to be known of a database before a table can be created in it, or altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Surroundings:
    """What has to be known of the database before a table can be created in it, or altered.

    Attributes
    ----------
    collations : mapping
        MySQL: ``(schema, table, column)`` -> character set and collation of text columns that
        are referenced; and ``(schema, "", "")`` -> those that the schema gives new columns.
        Of a table to be altered: texts with others than the table's.
    enums : mapping
        PostgreSQL: ``(schema, name of type)`` -> its labels in order.
    index_names : frozenset of str
        Names of indexes in use; those of PostgreSQL and SQLite live in one namespace.
    exists : bool
        Whether the table is there already, made by another process meanwhile.
    has_lineage : bool
        Whether the schema has its table of origins.
    leaving : frozenset of str
        PostgreSQL: quoted enumerations that only attributes to be dropped or retyped have.
    triggers : tuple of str
        SQLite: what creates the triggers of a table to be altered.
    """

    collations: Mapping[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    enums: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    index_names: frozenset[str] = frozenset()
    exists: bool = False
    has_lineage: bool = True
    leaving: frozenset[str] = frozenset()
    triggers: tuple[str, ...] = ()


NOTHING_KNOWN = Surroundings()
