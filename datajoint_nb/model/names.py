"""Names of schemas, tables and attributes, and what a table's name says of its tier.

See ``tests/spec/01-definitions.md`` §2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from datajoint_nb.errors import DataJointError

BASE = r"[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*"
ATTRIBUTE_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
CLASS_PATTERN = re.compile(r"[A-Z][A-Za-z0-9]*")
SCHEMA_PATTERN = re.compile(r"[A-Za-z0-9_-]+")


class Tier(Enum):
    """Where the rows of a table come from; the value is the prefix of its name."""

    MANUAL = ""
    LOOKUP = "#"
    IMPORTED = "_"
    COMPUTED = "__"
    PART = "part"
    JOBS = "~~"
    UNKNOWN = "?"

    @property
    def label(self) -> str:
        """The tier in lower case, as diagrams and reprs write it."""
        return self.name.lower()


TIER_PATTERNS = (
    (Tier.MANUAL, re.compile(BASE)),
    (Tier.LOOKUP, re.compile(f"#{BASE}")),
    (Tier.COMPUTED, re.compile(f"__{BASE}")),
    (Tier.IMPORTED, re.compile(f"_{BASE}")),
    (Tier.PART, re.compile(f"(?:#|__|_)?{BASE}__{BASE}")),
    (Tier.JOBS, re.compile(f"~~{BASE}(?:__{BASE})?")),
)


def tier_of(table: str) -> Tier:
    """The tier of a table by its name in the database."""
    for tier, pattern in TIER_PATTERNS:
        if pattern.fullmatch(table):
            return tier
    return Tier.UNKNOWN


def master_of(table: str) -> str | None:
    """The name of the master of a part table, None for other tables."""
    return table.rpartition("__")[0] if tier_of(table) is Tier.PART else None


def to_snake(class_name: str) -> str:
    """``BatCall`` -> ``bat_call``: an underscore before each capital but the first."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


def to_camel(table: str) -> str:
    """``#bat_call`` -> ``BatCall``; the part ``deployment__channel`` -> ``Deployment.Channel``."""
    master, _, name = table.rpartition("__") if tier_of(table) is Tier.PART else ("", "", table)
    camel = re.sub(r"(?:^|_)([a-z])", lambda m: m[1].upper(), name.lstrip("#_~"))
    return f"{to_camel(master)}.{camel}" if master else camel


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table in the database: its schema and its name with the tier prefix."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def tier(self) -> Tier:
        """The tier by the table's name."""
        return tier_of(self.table)

    @property
    def master(self) -> TableName | None:
        """The master of a part table, None for other tables."""
        name = master_of(self.table)
        return TableName(self.schema, name) if name else None


FULL_NAME = re.compile(
    r"""\s*(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([^`".\s]+))
        \s*\.\s*(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([^`".\s]+))\s*""",
    re.VERBOSE,
)


def parse_full_name(text: str) -> TableName:
    """Read ```db`.`t```, ``"db"."t"`` or ``db.t``.

    Raises
    ------
    DataJointError
        When the text has another form.
    """
    match = FULL_NAME.fullmatch(text)
    if not match:
        raise DataJointError(f"malformed table name {text!r}: write schema.table, quoted or not")
    schema = match[1] or match[2] or match[3]
    table = match[4] or match[5] or match[6]
    return TableName(
        schema.replace("``", "`").replace('""', '"'), table.replace("``", "`").replace('""', '"')
    )


def check_schema_name(name: str, limit: int) -> str:
    """Return `name` if it may name a schema on every backend, else raise DataJointError."""
    if not isinstance(name, str) or not SCHEMA_PATTERN.fullmatch(name):
        raise DataJointError(f"invalid schema name {name!r}: use only letters, digits, underscore and dash")
    if len(name) > limit:
        raise DataJointError(f"schema name {name!r} has {len(name)} characters; the limit is {limit}")
    return name
