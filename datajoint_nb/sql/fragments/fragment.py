"""What a fragment becomes, and the two errors that it can meet."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from datajoint_nb.errors import QuerySyntaxError, UnknownAttributeError

__all__ = ["Fragment", "Target", "refusal", "unknown_attribute"]

Target: TypeAlias = Literal["mysql", "mariadb", "postgresql", "sqlite"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fragment written for one database.

    Attributes
    ----------
    sql : str
        One expression; identifiers are quoted, strings are literals of the database, and there
        is no bind marker in it. Not parenthesised as a whole.
    names : frozenset of str
        The attributes that it mentions.
    aggregate : bool
        Whether it holds an aggregate function that is not the function of a window.
    """

    sql: str
    names: frozenset[str]
    aggregate: bool


def refusal(text: str, reason: str, position: str = "") -> QuerySyntaxError:
    """Return the error for a fragment that is not one plain expression."""
    where = f" ({position})" if position else ""
    return QuerySyntaxError(f"Invalid SQL expression {text!r}{where}: {reason}")


def unknown_attribute(name: str, text: str, known: Iterable[str]) -> UnknownAttributeError:
    """Return the error for `name` in the fragment `text`, with the nearest of the `known` names."""
    visible = [other for other in known if not other.startswith("_")]
    by_lower = {other.lower(): other for other in visible}
    near = [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=3)]
    advice = (
        f"Did you mean {', '.join(f'`{other}`' for other in near)}?"
        if near
        else f"The attributes are: {', '.join(visible) or '(none)'}."
    )
    return UnknownAttributeError(f"Attribute `{name}` in the expression {text!r} is not known. {advice}")
