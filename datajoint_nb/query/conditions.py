"""Conditions as frozen values, and how users' restrictions become them.

`Builder.build` takes whatever may stand on the right of ``&`` and gives a `Condition` over the
attributes of one heading. See ``tests/spec/03-queries.md`` §3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from datajoint_nb.model.types import TypeSpec

if TYPE_CHECKING:
    from datajoint_nb.query.nodes import Node


class SqlText(Protocol):
    """A piece of users' SQL, already written for the target dialect."""

    @property
    def sql(self) -> str:
        """The text, names quoted."""

    @property
    def names(self) -> frozenset[str]:
        """Attributes mentioned."""

    @property
    def aggregate(self) -> bool:
        """Whether it holds an aggregate function."""


Translator: TypeAlias = Callable[[str, Mapping[str, str], bool], SqlText]

NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Constant:
    """A condition that always, or never, holds."""

    value: bool
    names = NO_NAMES


TRUE, FALSE = Constant(True), Constant(False)


@dataclass(frozen=True)
class And:
    """All of several conditions."""

    items: tuple[Condition, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return NO_NAMES.union(*(item.names for item in self.items))


@dataclass(frozen=True)
class Or:
    """At least one of several conditions."""

    items: tuple[Condition, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return NO_NAMES.union(*(item.names for item in self.items))


@dataclass(frozen=True)
class Complement:
    """Rows for which the condition is false or NULL."""

    item: Condition

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return self.item.names


@dataclass(frozen=True)
class Equal:
    """An attribute equals a canonical value; ``spec`` says how the value is written."""

    name: str
    spec: TypeSpec
    value: Any

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return frozenset((self.name,))


@dataclass(frozen=True)
class IsNull:
    """An attribute is NULL."""

    name: str

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return frozenset((self.name,))


@dataclass(frozen=True)
class InRows:
    """A tuple of attributes is among given tuples of canonical values (at least one)."""

    attributes: tuple[str, ...]
    specs: tuple[TypeSpec, ...]
    rows: list[tuple[Any, ...]]

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return frozenset(self.attributes)


@dataclass(frozen=True)
class Fragment:
    """A user's SQL condition."""

    text: SqlText

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return self.text.names


@dataclass(frozen=True)
class JsonPath:
    """A place inside a JSON attribute, with an optional SQL type to read it as."""

    name: str
    path: str
    cast: str | None = None


@dataclass(frozen=True)
class JsonEqual:
    """The value at a JSON path, or the whole document, equals `value` (None: absent or null)."""

    place: JsonPath
    value: Any

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return frozenset((self.place.name,))


@dataclass(frozen=True)
class InQuery:
    """The tuple of `attributes` occurs among the rows of another expression."""

    attributes: tuple[str, ...]
    node: Node
    nullable: bool

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the operand that are read."""
        return frozenset(self.attributes)


@dataclass(frozen=True)
class Exists:
    """Another expression has any row."""

    node: Node
    names = NO_NAMES


Condition: TypeAlias = (
    "Constant | And | Or | Complement | Equal | IsNull | InRows | Fragment | JsonEqual | InQuery | Exists"
)


def all_of(items: Iterable[Condition]) -> Condition:
    """The conjunction, flattened and simplified."""
    flat: list[Condition] = []
    for item in items:
        if item is FALSE:
            return FALSE
        if isinstance(item, And):
            flat.extend(item.items)
        elif item is not TRUE:
            flat.append(item)
    if not flat:
        return TRUE
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(items: Iterable[Condition]) -> Condition:
    """The disjunction, flattened and simplified."""
    flat: list[Condition] = []
    for item in items:
        if item is TRUE:
            return TRUE
        if isinstance(item, Or):
            flat.extend(item.items)
        elif item is not FALSE:
            flat.append(item)
    if not flat:
        return FALSE
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def complement(item: Condition) -> Condition:
    """The complement, simplified."""
    if isinstance(item, Constant):
        return FALSE if item.value else TRUE
    return item.item if isinstance(item, Complement) else Complement(item)
