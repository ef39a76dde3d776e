"""Attributes and headings: what a relation's columns are called and what they hold.

A `Heading` belongs to a stored table or to a query expression; both are the same kind of value.
See ``tests/spec/01-definitions.md`` §4 and ``04-fetch.md`` §3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from datajoint_nb.model.definition import Default
from datajoint_nb.model.types import TypeSpec

EXPRESSION = TypeSpec("native", "expression", "expression")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a heading.

    Attributes
    ----------
    name : str
    spec : TypeSpec
        The declared type; ``expression`` for computed attributes.
    in_key, nullable, autoincrement : bool
    default_value : Default or None
        None when a value is required (or the attribute is nullable: then NULL).
    comment : str
        The user's comment, without the type marker.
    sql_type : str
        The server's own type, display widths removed; empty where unknown.
    lineage : str or None
        ``schema.table.attribute`` where the attribute was first declared, None without origin.
    attribute_expression : str or None
        The SQL of a computed attribute, or the original name of a renamed one.
    storage : TypeSpec or None
        The core type at the end of a codec's chain; None when its codec is not registered.
    """

    name: str
    spec: TypeSpec
    in_key: bool = False
    nullable: bool = False
    default_value: Default | None = None
    comment: str = ""
    autoincrement: bool = False
    sql_type: str = ""
    lineage: str | None = None
    attribute_expression: str | None = None
    storage: TypeSpec | None = None

    @property
    def type(self) -> str:
        """The SQL type; the bracket text of a codec; ``expression`` when computed."""
        if self.spec.kind == "codec":
            return self.spec.text
        return self.sql_type or self.spec.text

    @property
    def declared_type(self) -> str:
        """The type as written in definitions."""
        return self.spec.text

    @property
    def original_type(self) -> str | None:
        """The core type named by the column's marker, None for native and codec types."""
        return self.spec.text if self.spec.kind == "core" else None

    @property
    def core(self) -> TypeSpec:
        """The type that the database column holds."""
        return self.spec if self.spec.kind != "codec" else (self.storage or self.spec)

    @property
    def default(self) -> str | None:
        """The default as a definition writes it; ``"null"`` when nullable."""
        if self.nullable:
            return "null"
        return None if self.default_value is None else default_text(self.default_value, self.core)

    @property
    def is_hidden(self) -> bool:
        """Whether the attribute belongs to the library, not to the user."""
        return self.name.startswith("_")

    @property
    def is_computed(self) -> bool:
        """Whether the attribute is the result of an SQL expression."""
        return self.spec is EXPRESSION

    @property
    def numeric(self) -> bool:
        """Whether the stored value is a number."""
        return self.core.is_numeric

    @property
    def string(self) -> bool:
        """Whether the stored value is text or a point in time, written in quotes in SQL."""
        return self.core.is_text or self.core.name in {"date", "datetime", "timestamp", "time", "year"}

    @property
    def uuid(self) -> bool:
        """Whether the stored value is a UUID."""
        return self.core.name == "uuid"

    @property
    def json(self) -> bool:
        """Whether the stored value is JSON."""
        return self.core.is_json

    @property
    def is_blob(self) -> bool:
        """Whether the stored value is binary."""
        return self.core.is_binary

    @property
    def codec(self) -> str | None:
        """Name of the codec, None for core and native types."""
        return self.spec.name if self.spec.kind == "codec" else None

    @property
    def store(self) -> str | None:
        """None in the table, ``""`` the default store, or the name of a store."""
        return self.spec.store

    @property
    def unsupported(self) -> bool:
        """Whether the attribute's codec is not registered."""
        return self.spec.kind == "codec" and self.storage is None

    @property
    def required(self) -> bool:
        """Whether an inserted row must give a value."""
        return not self.nullable and self.default_value is None and not self.autoincrement

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy type of the attribute's field in a structured array (``04`` §3)."""
        if self.spec.kind == "codec":
            return np.dtype(object)
        if self.spec.is_float:
            return np.dtype(np.float64)
        if self.nullable or self.is_computed:
            return np.dtype(object)
        if self.spec.is_integer:
            wide = self.spec.name == "bigint" and self.spec.is_unsigned
            return np.dtype(np.uint64 if wide else np.int64)
        return np.dtype(bool if self.spec.is_bool else object)

    def todict(self) -> dict[str, Any]:
        """Name and description of the attribute as a plain dict."""
        names = ("name", "type", "original_type", "in_key", "nullable", "default", "comment", "lineage")
        return {name: getattr(self, name) for name in names}


def default_text(default: Default, spec: TypeSpec) -> str:
    """The default as a definition writes it: ``null``, ``CURRENT_TIMESTAMP(3)``, ``7``, ``"x"``."""
    if default.kind == "null":
        return "null"
    if default.kind == "now":
        return "CURRENT_TIMESTAMP" + ("" if default.precision is None else f"({default.precision})")
    if spec.is_numeric:
        return default.text
    if '"' in default.text:
        return "'" + default.text.replace("'", "''") + "'"
    return f'"{default.text}"'


class Heading(Mapping[str, Attribute]):
    """The attributes of a relation, in order.

    A mapping from visible names to attributes; hidden attributes (names beginning with an
    underscore) are kept aside in `hidden`.

    Parameters
    ----------
    attributes : iterable of Attribute
        Unique names, visible and hidden.
    comment : str
        The table's comment.
    indexes : mapping
        Column tuples -> ``{"unique": bool, "nullable": bool}``.
    lineage_available : bool
        Whether the schema keeps a lineage table.
    """

    def __init__(
        self,
        attributes: Iterable[Attribute],
        comment: str = "",
        indexes: Mapping[tuple[str, ...], Mapping[str, bool]] | None = None,
        lineage_available: bool = True,
    ):
        visible: dict[str, Attribute] = {}
        hidden: dict[str, Attribute] = {}
        for attribute in attributes:
            (hidden if attribute.name.startswith("_") else visible)[attribute.name] = attribute
        self._visible = visible
        self.hidden: Mapping[str, Attribute] = hidden
        self.comment = comment
        self._indexes = indexes
        self.lineage_available = lineage_available

    def __getitem__(self, name: str) -> Attribute:
        return self._visible[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._visible)

    def __len__(self) -> int:
        return len(self._visible)

    def __contains__(self, name: object) -> bool:
        return name in self._visible

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Heading) and self.all == other.all)

    @property
    def attributes(self) -> Mapping[str, Attribute]:
        """Visible attributes by name."""
        return MappingProxyType(self._visible)

    @cached_property
    def all(self) -> tuple[Attribute, ...]:
        """Visible, then hidden attributes."""
        return (*self._visible.values(), *self.hidden.values())

    @cached_property
    def names(self) -> list[str]:
        """Visible names, in order."""
        return list(self._visible)

    @cached_property
    def primary_key(self) -> list[str]:
        """Names of the visible key attributes; empty for a singleton."""
        return [name for name, attribute in self._visible.items() if attribute.in_key]

    @cached_property
    def secondary_attributes(self) -> list[str]:
        """Names of the visible attributes outside the key."""
        return [name for name, attribute in self._visible.items() if not attribute.in_key]

    @cached_property
    def name_set(self) -> frozenset[str]:
        """Visible names as a set."""
        return frozenset(self._visible)

    @cached_property
    def types(self) -> Mapping[str, str]:
        """Names (hidden ones too) -> kind of type, as SQL fragments are checked against."""
        return {a.name: a.core.text if a.core.kind == "native" else a.core.name for a in self.all}

    @property
    def blobs(self) -> list[str]:
        """Names of binary attributes."""
        return [name for name, attribute in self._visible.items() if attribute.is_blob]

    @property
    def non_blobs(self) -> list[str]:
        """Names of the attributes that are neither binary nor JSON."""
        return [n for n, a in self._visible.items() if not (a.is_blob or a.json or a.codec)]

    @property
    def new_attributes(self) -> list[str]:
        """Names of renamed and computed attributes."""
        return [n for n, a in self._visible.items() if a.attribute_expression is not None]

    @property
    def has_autoincrement(self) -> bool:
        """Whether the server numbers the rows."""
        return any(attribute.autoincrement for attribute in self.all)

    @property
    def indexes(self) -> dict[tuple[str, ...], dict[str, bool]]:
        """Secondary indexes: column tuple -> ``{"unique": bool, "nullable": bool}``."""
        return {columns: dict(facts) for columns, facts in (self._indexes or {}).items()}

    @property
    def table_status(self) -> dict[str, str]:
        """The table's comment, under the key ``comment``."""
        return {"comment": self.comment}

    @property
    def as_dtype(self) -> np.dtype[Any]:
        """Structured NumPy type with one field for each visible attribute."""
        return np.dtype([(name, attribute.dtype) for name, attribute in self._visible.items()])

    def determines(self, other: Heading) -> bool:
        """Whether every key attribute of `other` is an attribute of this heading."""
        return self.name_set.issuperset(other.primary_key)

    def with_attributes(self, attributes: Iterable[Attribute]) -> Heading:
        """A heading of other attributes with the same availability of lineage."""
        return Heading(attributes, lineage_available=self.lineage_available)

    def __repr__(self) -> str:
        lines = [f"# {self.comment}"] if self.comment else []
        separated = False
        for attribute in self._visible.values():
            if not attribute.in_key and not separated:
                lines.append("---")
                separated = True
            default = attribute.default
            left = attribute.name if default is None else f"{attribute.name}={default}"
            comment = f"# {attribute.comment}" if attribute.comment else ""
            lines.append(f"{left:<20} : {attribute.declared_type:<28} {comment}".rstrip())
        return "\n".join(lines)


def renamed(attribute: Attribute, name: str, in_key: bool | None = None) -> Attribute:
    """The attribute under another name; type, codec and lineage are kept."""
    return replace(
        attribute,
        name=name,
        attribute_expression=attribute.name,
        in_key=attribute.in_key if in_key is None else in_key,
    )


def computed(name: str, expression: str) -> Attribute:
    """An attribute computed by SQL: no declared type and no origin."""
    return Attribute(
        name, EXPRESSION, nullable=True, comment="calculated attribute", attribute_expression=expression
    )
