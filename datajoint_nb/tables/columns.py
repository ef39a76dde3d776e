"""The columns, keys and indexes that the lines of a definition mean; every fault is collected.

See ``tests/spec/01-definitions.md`` §1.2-§1.7.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from datajoint_nb.codecs import chain as codec_chain
from datajoint_nb.definition import defaults
from datajoint_nb.definition.print import print_index_item
from datajoint_nb.errors import DataJointError, DefinitionError, DefinitionProblem
from datajoint_nb.model.definition import (
    NULL,
    AttributeLine,
    Default,
    ForeignKeyLine,
    IndexLine,
    Position,
    TableDefinition,
)
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.marker import write as marker
from datajoint_nb.model.names import TableName
from datajoint_nb.model.stored import ForeignKey, Index, StoredTable
from datajoint_nb.model.types import TypeSpec, parse_type
from datajoint_nb.sql import ddl
from datajoint_nb.sql.dialect import Dialect

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection

logger = logging.getLogger("datajoint_nb")

Resolve = Callable[[str], TableName]
SINGLETON = Attribute(
    "_singleton", parse_type("bool"), in_key=True, default_value=Default("literal", "1"),
    comment="singleton primary key",
)  # fmt: skip


@dataclass
class ColumnBuilder:
    """Gathers the columns of one table, and the faults of its definition."""

    definition: TableDefinition
    name: TableName
    connection: Connection
    resolve: Resolve
    columns: dict[str, Attribute] = field(default_factory=dict)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    problems: list[DefinitionProblem] = field(default_factory=list)
    from_parents: set[str] = field(default_factory=set)

    def fault(self, position: Position, message: str, hint: str = "") -> None:
        """Note a fault at its place in the text; a line that could not be read has told of its own."""
        if any(problem.line == position.line for problem in self.definition.problems):
            return
        lines = self.definition.source.split("\n")  # as the parser counts them
        source = lines[position.line - 1].rstrip("\r") if position.line <= len(lines) else ""
        self.problems.append(
            DefinitionProblem(position.line, position.column, position.length, message, hint, source)
        )

    # -- attributes ------------------------------------------------------------------------

    def attribute(self, line: AttributeLine) -> None:
        """Add the column of an attribute line."""
        if line.name in self.columns:
            self.fault(
                line.position, f"attribute `{line.name}` is already declared", "each name can be used once"
            )
            return
        storage = self.storage(line)
        if storage is None:
            return
        self.check_limits(line)
        if line.default is not None and line.default.kind != "null":
            problem = defaults.literal_problem(line.type, line.default)
            if problem:
                self.fault(line.default_position, problem)
        if line.type.kind == "native":
            logger.warning(
                "Attribute `%s` has the native type `%s`, which other databases may lack%s",
                line.name, line.type.text, "; its bytes are not serialised" if line.type.is_binary else "",
            )  # fmt: skip
        lineage = f"{self.name.schema}.{self.name.table}.{line.name}" if line.in_key else None
        self.columns[line.name] = Attribute(
            line.name,
            self.connection.dialect.spelled(line.type),
            in_key=line.in_key,
            nullable=line.default == NULL,
            default_value=defaults.normal_default(line.type, line.default),
            comment=line.comment,
            autoincrement=line.type.is_autoincrement,
            sql_type=self.connection.dialect.column_type(storage),
            lineage=lineage,
            storage=storage if line.type.kind == "codec" else None,
        )

    def check_limits(self, line: AttributeLine) -> None:
        """Lengths and characters that the server would cut or change."""
        dialect = self.connection.dialect
        if len(line.name) > dialect.attribute_limit:
            self.fault(
                line.position,
                f"attribute name of {len(line.name)} characters",
                f"the limit is {dialect.attribute_limit}",
            )
        stored = marker(line.type, line.comment)
        if dialect.comment_limit and len(stored) > dialect.comment_limit:
            self.fault(
                line.position,
                "comment too long",
                f"with the type it may have {dialect.comment_limit} characters",
            )
        wide = unwritable(stored + (line.default.text if line.default else ""), dialect)
        if wide:
            self.fault(line.position, *wide)

    def storage(self, line: AttributeLine) -> TypeSpec | None:
        """The core or native type that the column gets; None after a fault."""
        try:
            spec = line.type
            if spec.kind == "codec":
                chain = codec_chain.chain_of(spec.text)
                spec = parse_type(chain.core)
                self.warn_of_store(line, chain.store)
            self.connection.dialect.column_type(spec)
        except DataJointError as error:
            self.fault(line.type_position, str(error))
            return None
        return spec

    def warn_of_store(self, line: AttributeLine, store: str | None) -> None:
        """Tell of a store that has yet to be configured."""
        if store is None:
            return
        try:
            self.connection.config.get_store_spec(store or None)
        except DataJointError as error:
            logger.warning("Attribute `%s` needs a store that is not configured yet: %s", line.name, error)

    # -- foreign keys ------------------------------------------------------------------------

    def foreign_key(self, line: ForeignKeyLine) -> None:
        """Add what a foreign key line contributes: columns, constraint, options."""
        parent = self.parent(line)
        if parent is None:
            return
        renames = {old: new for new, old in line.renames}
        unknown = [old for old in renames if old not in parent.primary_key]
        if unknown:
            self.fault(
                line.target_position,
                f"`{unknown[0]}` is no primary key attribute of {line.target}",
                "only key attributes can be renamed: " + ", ".join(parent.primary_key),
            )
            return
        columns = tuple(renames.get(old, old) for old in parent.primary_key)
        new = [name for name in columns if name not in self.columns]
        if line.nullable and not new:
            self.fault(line.position, "[nullable] has no effect: all of its attributes are already declared")
        for name, old in zip(columns, parent.primary_key, strict=True):
            self.inherit(line, name, parent.by_name[old], parent.name)
        key = ForeignKey(columns, parent.name, parent.primary_key)
        if key not in self.foreign_keys:
            self.foreign_keys.append(key)
        if line.unique:
            self.add_index(Index(columns, unique=True))

    def parent(self, line: ForeignKeyLine) -> StoredTable | None:
        """The referenced table; None after a fault."""
        try:
            name = self.resolve(line.target)
            if name == self.name:
                self.fault(
                    line.target_position, "a table cannot reference itself",
                    "declare a second table with two foreign keys, one of them renamed",
                )  # fmt: skip
                return None
            stored = self.connection.catalogue.table(name)
        except DataJointError as error:
            self.fault(
                line.target_position, getattr(error, "message", str(error)), getattr(error, "hint", "")
            )
            return None
        if stored.is_singleton:
            self.fault(
                line.target_position, f"{line.target} has an empty primary key and cannot be referenced"
            )
            return None
        return stored

    def inherit(self, line: ForeignKeyLine, name: str, origin: Attribute, parent: TableName) -> None:
        """The child's column for one attribute of the parent."""
        lineage = origin.lineage
        if lineage is None:
            lineage = f"{parent.schema}.{parent.table}.{origin.name}"
            logger.warning("Lineage of %s is not recorded; call rebuild_lineage() of its schema", lineage)
        present = self.columns.get(name)
        if present is None:
            self.columns[name] = replace(
                origin, name=name, in_key=line.in_key, nullable=line.nullable,
                default_value=NULL if line.nullable else None, autoincrement=False, lineage=lineage,
            )  # fmt: skip
            self.from_parents.add(name)
            return
        if present.core.text != origin.core.text:
            self.fault(
                line.target_position,
                f"attribute `{name}` is {present.core.text} here and {origin.core.text} in {line.target}",
            )
        elif name in self.from_parents and present.lineage != lineage:
            self.fault(
                line.target_position,
                f"attribute `{name}` comes from {present.lineage} and from {lineage}",
                f"rename one of them: {line.target}.proj(new_name='{origin.name}')",
            )
        else:
            self.columns[name] = replace(present, lineage=lineage)
            self.from_parents.add(name)

    # -- indexes -----------------------------------------------------------------------------

    def index(self, line: IndexLine) -> None:
        """Add the index of an index line."""
        names = [item.attribute for item in line.items if item.attribute is not None]
        for name in names:
            if name not in self.columns:
                self.fault(
                    line.position,
                    f"index on unknown attribute `{name}`",
                    "attributes: " + ", ".join(self.columns),
                )
                return
        for item in line.items:
            core = self.columns[item.attribute].core if item.attribute else None
            if core and item.path is None and (core.is_binary or core.is_json):
                self.fault(
                    line.position, f"attribute `{item.attribute}` of type {core.text} cannot be indexed"
                )
                return
        expressions: tuple[str, ...] = ()
        if any(item.attribute is None or item.path for item in line.items):
            try:
                expressions = ddl.index_items(line.items, self.columns, self.connection.dialect)
            except DataJointError as error:
                self.fault(line.position, str(error))
                return
        plain = tuple(str(item.attribute) for item in line.items if item.attribute and not item.path)
        items = tuple(map(print_index_item, line.items)) if expressions else ()
        self.add_index(Index(plain, line.unique, expressions, items=items))

    def add_index(self, index: Index) -> None:
        """Add an index unless the same one is there."""
        if index not in self.indexes:
            self.indexes.append(index)

    def supports_foreign_key(self, index: Index) -> bool:
        """Whether servers have, or need not have, an index that they make for a foreign key anyway."""
        plain = not index.unique and not index.expressions
        return plain and any(key.columns == index.columns for key in self.foreign_keys)

    # -- the whole ---------------------------------------------------------------------------

    def build(self, hidden: tuple[Attribute, ...]) -> StoredTable:
        """The whole table, with the library's own columns."""
        for line in self.definition.lines:
            if isinstance(line, AttributeLine):
                self.attribute(line)
            elif isinstance(line, ForeignKeyLine):
                self.foreign_key(line)
        if not self.definition.problems:  # else the attributes that an index names may be missing
            for line in self.definition.indexes:
                self.index(line)
        problems = [*self.definition.problems, *self.problems]
        if problems:
            raise DefinitionError(sorted(problems, key=lambda p: (p.line, p.column)), str(self.name))
        columns = tuple(self.columns.values())
        if not any(column.in_key for column in columns):
            columns = (*columns, replace(SINGLETON, lineage=f"{self.name}._singleton"))
        return StoredTable(
            self.name,
            (*columns, *hidden),
            tuple(self.foreign_keys),
            tuple(index for index in self.indexes if not self.supports_foreign_key(index)),
            self.definition.comment,
        )


def unwritable(text: str, dialect: Dialect) -> tuple[str, str] | None:
    """What is wrong with a text for the server's own tables, and the way out."""
    wide = sorted({letter for letter in text if ord(letter) > dialect.widest_letter})
    if not wide:
        return None
    shown = " ".join(wide[:5])
    return (
        f"{dialect.name} cannot keep {shown} in definitions and would store ?",
        "comments, labels and defaults there hold characters up to U+FFFF; values of rows may hold all",
    )
