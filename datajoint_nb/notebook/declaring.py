"""From a parsed cell to a declared table and a bound class."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from datajoint_nb import tiers
from datajoint_nb.definition.parse import parse, read
from datajoint_nb.errors import DataJointError, DefinitionError, DefinitionProblem
from datajoint_nb.model.changes import Alteration, compare
from datajoint_nb.model.definition import TableDefinition
from datajoint_nb.model.names import TableName, Tier, to_snake
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.notebook.python_part import PythonPart, make_class, part_definitions, run_imports
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.notebook.target import Target
from datajoint_nb.sql.literals import written_out
from datajoint_nb.tables import altering, declare, drift
from datajoint_nb.tables.binding import PREFIXES, own_parts
from datajoint_nb.tables.references import Scope, UnresolvedReferenceError, is_table_class, resolve
from datajoint_nb.tables.table import FreeTable, UserTable

BASES: dict[Tier, type[UserTable]] = {
    cls.tier: cls for cls in (tiers.Manual, tiers.Lookup, tiers.Imported, tiers.Computed, tiers.Part)
}


def is_name_of(table: str, class_name: str, master: str) -> bool:
    """Whether an error's table is the nested part class `class_name` of `master`."""
    return table == class_name or table.endswith(f"{to_snake(master)}__{to_snake(class_name)}")


@dataclass
class Plan:
    """A table to declare, first compared with the database, then carried out.

    Attributes
    ----------
    notebook : Notebook
    target : Target
    tier : Tier
    definition : str
    part : PythonPart
    cls : class
        The new class; bound to the schema only by `declare` and `bind`.
    stored : StoredTable
        The table that the definition declares.
    dropped : tuple of TableName
        Tables below this one that `recreate` dropped with it.
    """

    notebook: Notebook
    target: Target
    tier: Tier
    definition: str
    part: PythonPart
    cls: Any = field(init=False)
    stored: StoredTable = field(init=False)
    dropped: tuple[TableName, ...] = ()

    @property
    def table(self) -> TableName:
        """The name of the table."""
        schema = str(self.target.schema.database)
        if self.target.master is not None:
            return TableName(schema, f"{self.target.master.table_name}__{to_snake(self.target.name)}")
        return TableName(schema, PREFIXES[self.tier] + to_snake(self.target.name))

    @property
    def connection(self) -> Any:
        """The connection of the schema."""
        return self.target.schema.connection

    def prepare(self) -> None:
        """Resolve the definition; nothing is changed, no code of the cell runs.

        Raises
        ------
        DefinitionError
            With every fault.
        """
        self.check_other_tiers()
        scope = Scope((self.notebook.names,), self.own_names())
        for class_name, constant in part_definitions(self.part):
            self.check_part(parse(str(constant.value), class_name), class_name, scope)
        definition = read(self.definition)
        self.stored = declare.build(
            definition, self.table, self.connection, lambda t: resolve(t, scope, self.connection), self.tier
        )

    def check_part(self, definition: TableDefinition, name: str, scope: Scope) -> None:
        """Find faults of a nested part before its master is declared."""
        own = scope.with_own(master=FreeTable(self.connection, self.table))
        problems = []
        for line in definition.foreign_keys:
            try:
                resolve(line.target, own, self.connection)
            except UnresolvedReferenceError as fault:
                at, source = (
                    line.target_position,
                    definition.source.split("\n")[line.target_position.line - 1],
                )
                problems.append(
                    DefinitionProblem(at.line, at.column, at.length, fault.message, fault.hint, source)
                )
        if problems:
            raise DefinitionError(problems, name)

    def own_names(self) -> dict[str, Any]:
        """Names of the table itself and its master, for the definition."""
        itself = FreeTable(self.connection, self.table)
        names: dict[str, Any] = {self.target.name: itself, "self": itself}
        if self.target.master is not None:
            master = self.target.master
            names |= {"master": master, master.__name__: master}
        return names

    def check_other_tiers(self) -> None:
        """Refuse a second table that differs from a stored one by its tier only."""
        if self.target.master is not None:
            return
        stored = self.connection.catalogue.schema(self.table.schema)
        base = to_snake(self.target.name)
        for tier, prefix in PREFIXES.items():
            if tier is not self.tier and prefix + base in stored:
                raise DataJointError(
                    f"{self.target.name} is a {tier.label} table in schema `{self.table.schema}`, and this "
                    f"cell makes it {self.tier.label}: say --{tier.label}, or choose another name"
                )

    def differences(self) -> list[drift.Difference] | None:
        """Lines in which the cell differs from the database; None when the table is not there."""
        if not self.connection.catalogue.exists(self.table):
            return None
        return drift.differences(self.stored, self.in_database, self.connection)

    @property
    def in_database(self) -> StoredTable:
        """The table as it is."""
        stored: StoredTable = self.connection.catalogue.table(self.table)
        return stored

    @cached_property
    def alteration(self) -> Alteration:
        """What makes the table in the database the one of the cell.

        Raises
        ------
        DataJointError
            For markers of renamed attributes that make no sense.
        """
        return compare(self.stored, self.in_database, self.connection.dialect.moves_columns)

    @property
    def is_alterable(self) -> bool:
        """Whether key, foreign keys and indexes are the same."""
        return not self.alteration.refused

    def alteration_sql(self) -> str:
        """What would alter the table.

        Raises
        ------
        DataJointError
            When rows have no value for a new attribute.
        """
        altering.check(FreeTable(self.connection, self.table), self.alteration)
        statements = self.connection.alteration_statements(self.alteration)
        return "".join(f"{written_out(s, self.connection.dialect)};\n" for s in statements).rstrip()

    def sql(self) -> str:
        """The DDL that would declare the table."""
        return "".join(f"{sql};\n" for sql in declare.statements(self.stored, self.connection)).rstrip()

    # -- carrying out ------------------------------------------------------------------------

    def bind(self) -> None:
        """Make the class, bind it to the schema, which declares what is missing, and to its name."""
        self.build_class()
        # the differences are on the card already
        with self.connection.config.override(definition_drift="ignore"):
            if self.target.master is None:
                self.target.schema(self.cls, context=self.notebook.names)
                self.notebook.bind(self.target.name, self.cls)
            else:
                self.bind_part()

    def build_class(self) -> None:
        """Run the imports of the Python part and make the class."""
        shell = self.notebook.shell
        run_imports(self.part, shell)
        self.cls = make_class(self.target.name, BASES[self.tier], self.part, shell)
        self.cls.definition = self.definition
        former = self.notebook.find(self.target.name)
        if is_table_class(former) and self.target.master is None:
            self.keep_parts(former)

    def keep_parts(self, former: Any) -> None:
        """Parts that were declared in cells of their own stay when their master's cell runs again."""
        if (former.database, former.table_name) != (self.table.schema, self.table.table):
            return
        for name, part in list(vars(former).items()):
            if part in self.notebook.cell_parts and name not in vars(self.cls):
                setattr(self.cls, name, part)

    def bind_part(self) -> None:
        """Give the master its part; it keeps the former one when that fails."""
        master, name = self.target.master, self.target.name
        former = vars(master).get(name)
        self.cls.__qualname__ = f"{master.__qualname__}.{name}"
        setattr(master, name, self.cls)
        doc = master.__doc__
        try:
            self.target.schema(master, context=self.notebook.names)
        except BaseException:
            if former is None:
                delattr(master, name)
            else:
                setattr(master, name, former)
            raise
        finally:
            master.__doc__ = doc
        self.notebook.cell_parts.append(self.cls)
        self.notebook.bind(name, self.cls)

    def alter(self) -> None:
        """Alter the table; the class is not bound before."""
        # what is known of it may be from its declaration, before the server named its indexes
        self.connection.forget(self.table.schema)
        vars(self).pop("alteration", None)
        altering.check(FreeTable(self.connection, self.table), self.alteration)
        self.connection.alter_table(self.alteration)

    def alter_parts(self) -> bool:
        """Alter the tables of the parts in the Python part; returns whether there was a difference."""
        differing = [part for part in self.nested_parts() if drift_of(part)]
        for part in differing:
            part.alter(prompt=False)
        return bool(differing)

    def recreate(self) -> None:
        """Drop the table, which must be empty as everything below it, and declare it again.

        Raises
        ------
        DataJointError
            Naming the tables that have rows, or that other tables' definitions would lose.
        """
        below = self.connection.dependencies.descendants(self.table)
        full = [str(name) for name in below if FreeTable(self.connection, name)]
        if full:
            raise DataJointError(
                f"--recreate drops only empty tables; these have rows: {', '.join(sorted(full))}"
            )
        self.connection.drop_tables(list(reversed(below)))
        self.dropped = tuple(name for name in below if self.table not in (name, name.master))
        self.bind()

    def part_differences(self) -> list[tuple[str, drift.Difference]]:
        """Lines in which parts of the class differ from the database, with the names of the parts."""
        return [(part.__name__, found) for part in self.nested_parts() for found in drift_of(part)]

    def nested_parts(self) -> list[Any]:
        """The bound part classes of the Python part."""
        if self.target.master is not None:
            return []
        return [part for part in own_parts(self.cls) if part not in self.notebook.cell_parts]


def drift_of(part: Any) -> list[drift.Difference]:
    """Lines in which a bound class differs from its table."""
    found: list[drift.Difference] = part().drift()
    return found
