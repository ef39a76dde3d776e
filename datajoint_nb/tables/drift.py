"""Where a class's definition and its table in the database differ."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from datajoint_nb.definition.print import print_definition
from datajoint_nb.model.changes import in_order_of, without_spent_markers
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.tables.describe import definition_of

if TYPE_CHECKING:
    from datajoint_nb.connection import Connection


@dataclass(frozen=True)
class Difference:
    """One line that differs.

    Attributes
    ----------
    kind : {"added", "removed", "changed"}
        Seen from the definition: *added* lines are not in the database.
    declared, stored : str
        The line in the definition and in the database; empty where there is none.
    """

    kind: Literal["added", "removed", "changed"]
    declared: str = ""
    stored: str = ""

    def __str__(self) -> str:
        if self.kind == "changed":
            return f"- {self.stored}\n+ {self.declared}"
        return f"+ {self.declared}" if self.kind == "added" else f"- {self.stored}"


def differences(declared: StoredTable, stored: StoredTable, connection: Connection) -> list[Difference]:
    """The lines in which two forms of one table differ, in canonical spelling.

    The order of attributes counts where the database can change it; a marker of a former name
    (``# {old} text``) counts until the attribute is renamed.
    """
    declared = without_spent_markers(declared, stored)
    if not connection.dialect.moves_columns:
        stored = in_order_of(declared, stored)
    new = _lines(declared, connection)
    old = _lines(stored, connection)
    found: list[Difference] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.extend(_changes(old[i1:i2], new[j1:j2]))
    return found


def _lines(table: StoredTable, connection: Connection) -> list[str]:
    return [line.rstrip() for line in print_definition(definition_of(table, connection, {})).splitlines()]


def _changes(old: list[str], new: list[str]) -> list[Difference]:
    """Lines of the same name changed, the others removed and added."""
    by_name = {_name(line): line for line in old}
    found: list[Difference] = []
    matched: set[str] = set()
    for line in new:
        before = by_name.get(_name(line))
        if before is None:
            found.append(Difference("added", declared=line))
        else:
            matched.add(before)
            found.append(Difference("changed", line, before))
    return [*(Difference("removed", stored=line) for line in old if line not in matched), *found]


def _name(line: str) -> str:
    return "#" if line.startswith("#") else line.split(":")[0].split("=")[0].strip()
