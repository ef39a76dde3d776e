"""From the facts that servers tell of a column to an `Attribute`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from datajoint_nb.definition.defaults import normal_default
from datajoint_nb.model import marker
from datajoint_nb.model.definition import NULL, Default
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.types import TypeFault, TypeSpec, parse_type

NOW = re.compile(
    r"(?:current_timestamp|current_date|curdate|now|localtimestamp)\s*(?:\(\s*(\d?)\s*\))?", re.IGNORECASE
)
INTEGER_WIDTH = re.compile(r"^(tinyint|smallint|mediumint|int|integer|bigint|year)\(\d+\)")


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column as a server describes it.

    Attributes
    ----------
    sql_type : str
        Display widths removed.
    default : Default or None
        None without a default.
    comment : str
        As stored, with its marker.
    native : str or None
        The type as definitions spell it, for columns without a marker; default: `sql_type`.
    """

    name: str
    sql_type: str
    nullable: bool
    default: Default | None
    comment: str
    autoincrement: bool = False
    native: str | None = None


def attribute(facts: ColumnFacts, in_key: bool, lineage: Mapping[str, str]) -> tuple[Attribute, bool]:
    """The attribute, and whether its comment names its type.

    Raises
    ------
    DataJointError
        When the marker is one of legacy data.
    """
    spec, comment = marker.read(facts.comment)
    default = facts.default
    if default is None and facts.nullable:
        default = NULL
    declared = spec or unmarked(facts.native or facts.sql_type)
    found = Attribute(
        facts.name,
        declared,
        in_key=in_key,
        nullable=facts.nullable,
        default_value=normal_default(declared, default),
        comment=comment,
        autoincrement=facts.autoincrement,
        sql_type=facts.sql_type,
        lineage=lineage.get(facts.name),
    )
    return found, spec is not None


def unmarked(sql_type: str) -> TypeSpec:
    """The type of a column without a marker, as the server spells it."""
    try:
        return parse_type(sql_type)
    except TypeFault:
        # binary(16), set('a'), geometry …: not for definitions, but they can be read
        name = re.match(r"\w*", sql_type)
        return TypeSpec("native", name[0] if name else sql_type, sql_type)


def without_width(sql_type: str) -> str:
    """``int(11) unsigned`` -> ``int unsigned``."""
    return INTEGER_WIDTH.sub(r"\1", sql_type)


def now_default(text: str) -> Default | None:
    """``current_timestamp(3)`` in any spelling as a default, None for other text."""
    match = NOW.fullmatch(text.strip())
    if match is None:
        return None
    digits = match[1]
    return Default("now", precision=int(digits) if digits and digits != "0" else None)
