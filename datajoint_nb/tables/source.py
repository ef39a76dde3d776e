"""A schema of the database as Python that declares it: ``tests/spec/01-definitions.md`` §7."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from datajoint_nb.definition.print import print_definition
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import ForeignKeyLine
from datajoint_nb.model.names import TableName, Tier, parse_full_name, to_camel
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.tables.describe import definition_of
from datajoint_nb.tables.table import UserTable

if TYPE_CHECKING:
    from datajoint_nb.tables.schema import Schema

Tables = dict[TableName, StoredTable]


def module_text(schema: Schema) -> str:
    """Imports, the schema, a virtual module for each schema referenced, and the classes."""
    connection, database = schema.connection, str(schema.database)
    names = [TableName(database, name) for name in schema.list_tables()]
    tables = {name: connection.catalogue.table(name) for name in names}
    others = sorted({k.parent.schema for t in tables.values() for k in t.foreign_keys} - {database})
    modules = {other: f"schema_{number}" for number, other in enumerate(others, 1)}
    paths = _paths(tables)
    for other, module in modules.items():
        inside = (TableName(other, name) for name in connection.catalogue.schema(other))
        paths |= {name: f"{module}.{path}" for name, path in _paths(inside).items()}
    masters = [name for name in _order(tables) if name.master is None]
    return "\n".join(
        [
            f'"""Tables of the schema {_quoted(database)}."""\n',
            "import datajoint_nb as dj\n",
            f"schema = dj.Schema({_quoted(database)})",
            *(f"{module} = dj.VirtualModule({module!r}, {_quoted(s)})" for s, module in modules.items()),
            *(f"\n\n@schema\n{_class_text(name, tables, paths, schema)}" for name in masters),
            "",
        ]
    )


def write_module(text: str, path: Path) -> None:
    """Write the text to a new file.

    Raises
    ------
    DataJointError
        When the file is there already, or does not end in ``.py``.
    """
    if path.suffix != ".py":
        raise DataJointError(f"{path} is no name of a Python module: it has to end in .py")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise DataJointError(f"{path} is there already; delete it first, or choose another name") from error


def _paths(tables: Iterable[TableName]) -> dict[TableName, str]:
    """How definitions call the tables of one schema; those whose class names clash keep their full names."""
    paths = {name: to_camel(name.table) for name in tables if name.tier not in (Tier.UNKNOWN, Tier.JOBS)}
    uses = Counter(paths.values())
    return {name: path for name, path in paths.items() if uses[path] == 1}


def _order(tables: Tables) -> list[TableName]:
    """Masters so that each comes after all that it and its parts reference."""
    after: dict[TableName, set[TableName]] = {}
    for name, stored in tables.items():
        whole = name.master or name
        found = after.setdefault(whole, set())
        found.update(p.master or p for p in (k.parent for k in stored.foreign_keys) if p in tables)
        found.discard(whole)
    try:
        return list(TopologicalSorter(after).static_order())
    except CycleError as error:
        cycle = " -> ".join(str(name) for name in error.args[1])
        raise DataJointError(
            f"No order of declaration: parts and masters depend on each other: {cycle}"
        ) from error


def _class_text(name: TableName, tables: Tables, paths: dict[TableName, str], schema: Schema) -> str:
    """One class with its parts inside."""
    parts = [part for part in tables if part.master == name]
    body = [_definition_text(tables[name], paths, schema)]
    body += [_class_text(part, tables, paths, schema) for part in parts]
    tier = UserTable.tiers[name.tier].__name__
    head = f"class {to_camel(name.table).rpartition('.')[2]}(dj.{tier}):\n"
    return head + indent("\n\n".join(body), "    ")


def _definition_text(stored: StoredTable, paths: dict[TableName, str], schema: Schema) -> str:
    definition = definition_of(stored, schema.connection, {})
    lines = tuple(
        replace(line, target=_path(line.target, paths)) if isinstance(line, ForeignKeyLine) else line
        for line in definition.lines
    )
    text = print_definition(replace(definition, lines=lines))
    written = "\n".join(_escaped(line.rstrip()) for line in text.split("\n")[:-1])
    return f'definition = """\n{written}\n"""' if written else 'definition = ""'


def _path(target: str, paths: dict[TableName, str]) -> str:
    return paths.get(parse_full_name(target), target) if target[:1] in '`"' else target


def _escaped(line: str) -> str:
    """The line as it stands inside three double quotes."""
    escaped = line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in escaped)


def _quoted(text: str) -> str:
    return f'"{text}"'
