"""The cards of ``%%dj table`` and ``%dj describe``, made from tables."""

from __future__ import annotations

from datajoint_nb.definition.highlight import tokens
from datajoint_nb.model.names import TableName, Tier, to_camel
from datajoint_nb.notebook.declaring import Plan
from datajoint_nb.notebook.progress import progress_of
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.render.card import Card, Change, Link
from datajoint_nb.tables.drift import Difference
from datajoint_nb.tables.table import FreeTable, Table

Facts = tuple[tuple[str, tuple[object, ...]], ...]


def anchor(name: TableName) -> str:
    """What links to the card of a table lead to."""
    return f"djnb-{name}"


def declared(plan: Plan, state: str) -> Card:
    """The card of a table that is in the database as the cell says."""
    changes = plan.part_differences()
    notes = [plan.target.note]
    if plan.dropped:
        notes.append(
            f"dropped with it: {', '.join(str(name) for name in plan.dropped)}; run their cells again"
        )
    if changes:
        parts = ", ".join(dict.fromkeys(name for name, _ in changes))
        notes.append(f"the definition of {parts} differs from its table; nothing was changed there")
    return Card(
        plan.target.path,
        plan.tier.label,
        state,
        tone="warning" if changes else "good",
        message="; ".join(note for note in notes if note),
        definition=plan.definition.strip("\n"),
        tokens=tuple(tokens(plan.definition.strip("\n"))),
        changes=tuple(change(difference) for _, difference in changes),
        facts=table_facts(plan.notebook, plan.cls()),
        anchor=anchor(plan.table),
    )


def table_facts(notebook: Notebook, table: Table) -> Facts:
    """Parents, rows, and done keys of computed tables."""
    facts: list[tuple[str, tuple[object, ...]]] = []
    parents = list(dict.fromkeys(key.parent for key in table.stored.foreign_keys))
    if parents:
        facts.append(
            ("parents", tuple(Link(name_of(notebook, parent), anchor(parent)) for parent in parents))
        )
    facts.append(("rows", (len(table),)))
    bar = progress_of(table)
    if bar is not None:
        facts.append(("done", (bar,)))
    return tuple(facts)


def name_of(notebook: Notebook, table: TableName) -> str:
    """What the user calls a table."""
    return notebook.class_of(table) or to_camel(table.table)


def change(difference: Difference) -> Change:
    """One line of a card for one line that differs."""
    return Change(difference.stored, difference.declared)


def different(plan: Plan, differences: list[Difference], fits: bool) -> Card:
    """What differs between the cell and the database, and the ways out."""
    bound = "; the class is bound, and works with the table as it is" if fits else ""
    return Card(
        plan.target.path,
        plan.tier.label,
        "differs",
        tone="warning" if fits else "error",
        message=f"The cell differs from the table in the database; nothing was changed{bound}.",
        changes=tuple(change(difference) for difference in differences),
        advice=ways_out(plan, fits),
        facts=(("rows", (_count(plan),)),),
        anchor=anchor(plan.table),
    )


def altering(plan: Plan, differences: list[Difference], state: str = "alters") -> Card:
    """What ``--alter`` changes, shown before it does."""
    return Card(
        plan.target.path,
        plan.tier.label,
        state,
        changes=tuple(change(difference) for difference in differences),
        code=plan.alteration_sql(),
    )


def ways_out(plan: Plan, fits: bool) -> tuple[str, ...]:
    """What can be done about a difference."""
    alter = ("to change the table as the cell says: add --alter to the first line",) if fits else ()
    return (
        *alter,
        "to keep the table: put the lines marked - back into the cell",
        "while it and all tables below it are empty: add --recreate to the first line",
        "to keep both: declare the new form under another name",
        "to migrate by hand: declare a new table, insert the rows of the old one, drop the old one",
    )


def _count(plan: Plan) -> int:
    return len(FreeTable(plan.connection, plan.table))


def dry_run(plan: Plan, differences: list[Difference] | None) -> Card:
    """What declaring the cell would do."""
    if differences is None:
        return Card(plan.target.path, plan.tier.label, "dry run", message="This would run:", code=plan.sql())
    if not differences:
        return Card(
            plan.target.path,
            plan.tier.label,
            "dry run",
            message="The table is up to date; nothing would run.",
        )
    return Card(
        plan.target.path,
        plan.tier.label,
        "dry run",
        tone="warning",
        message="The cell differs from the table in the database; nothing would run.",
        changes=tuple(change(difference) for difference in differences),
        advice=ways_out(plan, plan.is_alterable),
    )


def described(notebook: Notebook, table: Table) -> Card:
    """The definition as it is in the database."""
    text = table.describe(notebook.names)
    tier = table.name.tier
    title = name_of(notebook, table.name)
    return Card(
        title,
        "" if tier is Tier.UNKNOWN else tier.label,
        definition=text,
        tokens=tuple(tokens(text)),
        facts=(("table", (str(table.name),)), *table_facts(notebook, table)),
        anchor="" if notebook.class_of(table.name) else anchor(table.name),
    )
