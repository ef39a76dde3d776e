"""All subcommands, and ``%dj help``."""

from __future__ import annotations

from argparse import Namespace
from difflib import get_close_matches

from IPython.core.error import UsageError

from datajoint_nb.notebook.command import Command, argument, declares
from datajoint_nb.notebook.commands import connect, look, populate, table
from datajoint_nb.notebook.state import Notebook
from datajoint_nb.render.card import Card
from datajoint_nb.render.listing import Column, Listing


@declares("dj help")
@argument("command", nargs="?", metavar="CMD", help="a subcommand")
def show_help(notebook: Notebook, arguments: Namespace, text: str) -> None:
    """Show what there is, with one example each; or all about one command."""
    if arguments.command is None:
        rows = tuple((c.magic, c.summary, c.example) for c in (*LINE.values(), *CELL.values()))
        columns = (Column("magic"), Column("what it does"), Column("example"))
        notebook.show(Listing("The magics of datajoint_nb; %dj help CMD tells more", columns, rows))
        return
    commands = [c for c in (LINE.get(arguments.command), CELL.get(arguments.command)) if c is not None]
    if not commands:
        raise unknown(arguments.command, {**LINE, **CELL})
    for command in commands:
        usage = command.parser.format_help().replace("::\n\n", "").strip()
        notebook.show(Card(command.magic, message=command.summary, code=f"{usage}\n\n{command.example}"))


def unknown(name: str, commands: dict[str, Command]) -> UsageError:
    """The error for a word that is no subcommand."""
    near = get_close_matches(name, list(commands), n=1, cutoff=0.5)
    hint = f"did you mean `{commands[near[0]].magic}`?" if near else f"there are: {', '.join(commands)}"
    return UsageError(f"`{name}` is no command of dj; {hint}")


def by_name(*commands: Command) -> dict[str, Command]:
    """A table of commands."""
    return {command.name: command for command in commands}


LINE = by_name(
    Command("help", show_help, "%dj help populate", "what there is, with one example each"),
    Command("connect", connect.connect, "%dj connect sqlite:///lab.db", "connect to a database"),
    Command("schema", connect.schema, "%dj schema lab", "activate a schema and make it the active one"),
    Command("ls", look.ls, "%dj ls", "tables of a schema in dependency order"),
    Command("describe", look.describe, "%dj describe Station", "the definition as it is in the database"),
    Command(
        "diagram", look.diagram, "%dj diagram Recording - 1 + 2", "diagram of a schema or of tables",
        whole_line=True,
    ),
    Command("populate", populate.populate, "%dj populate Spectrum -n 10", "make the rows of computed tables"),
    Command("progress", look.progress, "%dj progress", "done and remaining keys of computed tables"),
    Command("sql", look.sql, "%dj sql Station & 'station > 1'", "the SQL of a query", whole_line=True),
    Command(
        "preview", look.preview, "%dj preview Station & 'station > 1'", "first rows of a query",
        whole_line=True,
    ),
)  # fmt: skip
CELL = by_name(
    Command("table", table.table, "%%dj table Station --lookup", "declare a table", is_cell=True),
)
