"""JSON paths of MySQL, such as ``$.a."b c"[0]``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeAlias

from datajoint_nb.errors import QuerySyntaxError

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

__all__ = ["Path", "path_of_node", "path_of_text", "path_text"]

Path: TypeAlias = "tuple[str | int, ...]"

_STEP = re.compile(r'\s*(?:\.\s*(?:([^\W\d]\w*)|"([^"\\]+)")|\[\s*(\d+)\s*\])\s*')


class Refuser(Protocol):
    """Whoever can refuse the fragment at hand."""

    def refuse(self, reason: str) -> QuerySyntaxError:
        """Return the error for the fragment."""


def path_of_text(text: str, refuser: Refuser) -> Path:
    """Return the keys (str) and indices (int) of a path."""
    steps: list[str | int] = []
    position = 1 if text.startswith("$") else -1
    while 0 <= position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            position = -1
            break
        plain, quoted, index = found.groups()
        steps.append(int(index) if index is not None else plain or quoted)
        position = found.end()
    if position < 0:
        raise refuser.refuse(f"{text!r} is not a JSON path; write it as in '$.name[0].\"other name\"'")
    return tuple(steps)


def path_of_node(node: Expr, refuser: Refuser) -> Path:
    """Return the keys and indices of the path that a node of the tree spells."""
    if node.key != "literal" or not node.is_string:
        raise refuser.refuse("a JSON path must be a string literal such as '$.name[0]'")
    return path_of_text(node.name, refuser)


def path_text(path: Path) -> str:
    """Return a path as MySQL and SQLite spell it."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else _key(step) for step in path)


def _key(step: str) -> str:
    return f".{step}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", step) else f'."{step}"'
