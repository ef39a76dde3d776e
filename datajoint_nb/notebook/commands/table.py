"""``%%dj table``: declare a table in a cell."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from datajoint_nb.errors import DataJointError, DefinitionError
from datajoint_nb.model.names import Tier
from datajoint_nb.notebook import cards, cell, declaring, faults, python_part
from datajoint_nb.notebook.command import Function, argument, declares, unquoted
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.notebook.target import Target, find_target
from datajoint_nb.tables.drift import Difference


def tier_option(short: str, tier: Tier, explanation: str) -> Callable[[Function], Function]:
    """The option that chooses a tier."""
    return argument(short, f"--{tier.label}", dest="tier", action="store_const", const=tier, help=explanation)


@declares("%dj table")
@argument("name", help="NAME, SCHEMA.NAME or MASTER.NAME")
@tier_option("-m", Tier.MANUAL, "rows are inserted by users")
@tier_option("-l", Tier.LOOKUP, "rows are its `contents`")
@tier_option("-i", Tier.IMPORTED, "`make` reads data from outside")
@tier_option("-c", Tier.COMPUTED, "`make` computes the rows")
@argument("-s", "--schema", metavar="VAR", help="the schema, by variable or database name")
@argument("-n", "--dry-run", action="store_true", help="show the SQL that would run; change nothing")
@argument("--alter", action="store_true", help="change the table as the cell says, keeping its rows")
@argument("--recreate", action="store_true", help="drop and declare again what has no rows in it or below it")
@argument("--expand", action="store_true", help="put Python variables in place of {name} and $name")
@argument("-q", "--quiet", action="store_true", help="no card")
def table(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Declare a table; the cell is its definition, then an optional Python part.

    Without an option for the tier, a table is computed when the Python part defines `make` or
    `make_fetch`, a lookup table when it defines `contents`, else manual.
    """
    run = TableCell(notebook, arguments, text, cell.locate(notebook.raw_cell, notebook.magic_line, text))
    run.declare()


@dataclass
class TableCell:
    """One ``%%dj table`` cell on its way to a declared table."""

    notebook: Notebook
    arguments: Namespace
    text: str
    place: cell.Place

    def declare(self) -> None:
        """Parse, compile, compare with the database, declare, bind, show."""
        body = cell.split(self.text)
        shell = self.notebook.shell
        try:
            part = python_part.parse(body, self.place, shell)
        except SyntaxError as error:
            raise faults.syntax_error(error, shell) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise DataJointError(f"Python cannot read the cell: {error}") from None
        target = find_target(self.notebook, unquoted(self.arguments.name), self.schema_name())
        tier = self.tier(target, part)
        try:
            self.carry_out(declaring.Plan(self.notebook, target, tier, body.definition, part))
        except DefinitionError as error:
            raise self.located(error, target.name, part) from None

    def schema_name(self) -> str | None:
        """The argument of ``--schema``."""
        return None if self.arguments.schema is None else unquoted(self.arguments.schema)

    def tier(self, target: Target, part: python_part.PythonPart) -> Tier:
        """The tier by option or by Python part; parts have only one."""
        if target.master is None:
            return self.arguments.tier or part.tier
        if self.arguments.tier is not None:
            raise UsageError(f"{target.path} is a part table: it has no tier of its own")
        return Tier.PART

    def located(self, error: DefinitionError, name: str, part: python_part.PythonPart) -> DefinitionError:
        """The error at its place in the cell, be it in the definition or in that of a nested part."""
        moved = faults.in_cell(error, self.place)
        for class_name, constant in python_part.part_definitions(part):
            if error.table is not None and declaring.is_name_of(error.table, class_name, name):
                column = constant.col_offset + 3  # after the quotes
                first = constant.lineno - self.place.lines_before
                moved = faults.in_cell(error, self.place, first, column)
        return faults.definition_error(moved, part.filename, self.notebook.shell)

    def carry_out(self, plan: declaring.Plan) -> None:
        """Do what the cell asks, or show what would be done."""
        plan.prepare()
        differences = plan.differences()
        if self.arguments.dry_run:
            if differences and self.arguments.alter and plan.is_alterable:
                self.show(cards.altering(plan, differences, "dry run"))
            else:
                self.show(cards.dry_run(plan, differences))
        elif differences is None:
            plan.bind()
            self.show(cards.declared(plan, "created"))
        elif not differences:
            plan.bind()
            self.settle_parts(plan)
        elif self.arguments.recreate:
            plan.recreate()
            self.show(cards.declared(plan, "recreated"))
        elif self.arguments.alter and plan.is_alterable:
            self.show(cards.altering(plan, differences))
            plan.alter()
            plan.bind()
            plan.alter_parts()
            self.show(cards.declared(plan, "altered"))
        else:
            self.differ(plan, differences)

    def settle_parts(self, plan: declaring.Plan) -> None:
        """Do what the options say with parts that differ, when the table itself does not."""
        state = "up to date"
        if self.arguments.recreate and plan.part_differences():
            plan.recreate()
            state = "recreated"
        elif self.arguments.alter and plan.alter_parts():
            state = "altered"
        self.show(cards.declared(plan, state))

    def differ(self, plan: declaring.Plan, differences: list[Difference]) -> None:
        """Change nothing; show the differences and the ways out.

        The class is bound when rows of the one form fit the other, so that the notebook goes on.

        Raises
        ------
        DataJointError
            When key, foreign keys or indexes differ: the class would not be the table's.
        """
        fits = plan.is_alterable
        card = cards.different(plan, differences, fits)
        if fits:
            plan.bind()
            self.notebook.show(card)
            return
        self.notebook.show(card)
        raise DataJointError(
            f"The definition of {plan.target.path} differs from its table; nothing was changed"
        )

    def show(self, card: Any) -> None:
        """Show a card, unless ``--quiet``."""
        if not self.arguments.quiet:
            self.notebook.show(card)
