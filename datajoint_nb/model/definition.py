"""What a definition text says, before its references are resolved.

`TableDefinition` is the parser's result: the lines of one definition, typed, in their order,
each with its position so that later checks can still point at it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from datajoint_nb.errors import DefinitionProblem
from datajoint_nb.model.types import TypeSpec


@dataclass(frozen=True, slots=True)
class Default:
    """The default of an attribute.

    Attributes
    ----------
    kind : {"null", "now", "literal"}
    text : str
        For a literal its content, unquoted; else empty.
    precision : int or None
        For ``now``: fractional digits of the second, None when not written.
    quoted : bool
        Whether a literal was written in quotes (``='null'`` is a text, ``=null`` is not).
    """

    kind: Literal["null", "now", "literal"]
    text: str = ""
    precision: int | None = None
    quoted: bool = field(default=False, compare=False)


NULL = Default("null")


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands in the definition text: line and column from 1, length from 1."""

    line: int = 1
    column: int = 1
    length: int = 1


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """``name [= default] : type [# comment]``."""

    name: str
    type: TypeSpec
    default: Default | None = None
    comment: str = ""
    in_key: bool = False
    position: Position = field(default=Position(), compare=False)
    type_position: Position = field(default=Position(), compare=False)
    default_position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True, slots=True)
class ForeignKeyLine:
    """``-> [options] Target.proj(new='old') [# comment]``.

    Attributes
    ----------
    target : str
        The reference as written, without its projection: ``Station``, ``lab.Station``,
        ``Deployment.Channel``, ``master`` or a quoted full name.
    renames : tuple of (new, old)
        In the order written.
    """

    target: str
    renames: tuple[tuple[str, str], ...] = ()
    nullable: bool = False
    unique: bool = False
    in_key: bool = False
    comment: str = ""
    position: Position = field(default=Position(), compare=False)
    target_position: Position = field(default=Position(), compare=False)


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One item of an index line: an attribute, an attribute's JSON path, or an SQL expression."""

    attribute: str | None = None
    path: str | None = None
    cast: str | None = None
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class IndexLine:
    """``[unique] index(item, …)``."""

    items: tuple[IndexItem, ...]
    unique: bool = False
    position: Position = field(default=Position(), compare=False)


Line: TypeAlias = "AttributeLine | ForeignKeyLine | IndexLine"


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """The parsed text of one table definition."""

    comment: str = ""
    lines: tuple[Line, ...] = ()
    source: str = field(default="", compare=False, repr=False)
    # faults of lines that are therefore not among `lines`
    problems: tuple[DefinitionProblem, ...] = field(default=(), compare=False)

    @property
    def attributes(self) -> tuple[AttributeLine, ...]:
        """The attribute lines, in order."""
        return tuple(line for line in self.lines if isinstance(line, AttributeLine))

    @property
    def foreign_keys(self) -> tuple[ForeignKeyLine, ...]:
        """The foreign key lines, in order."""
        return tuple(line for line in self.lines if isinstance(line, ForeignKeyLine))

    @property
    def indexes(self) -> tuple[IndexLine, ...]:
        """The index lines, in order."""
        return tuple(line for line in self.lines if isinstance(line, IndexLine))
