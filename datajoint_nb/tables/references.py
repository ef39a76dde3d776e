"""From the names in a definition to the tables they mean: ``01-definitions.md`` §1.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.names import TableName, parse_full_name
from datajoint_nb.tables.expression import as_expression
from datajoint_nb.tables.table import Table


@dataclass(frozen=True)
class Scope:
    """Where names in definitions are looked up, first mapping first."""

    mappings: tuple[Mapping[str, Any], ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.own or any(name in mapping for mapping in self.mappings)

    def __getitem__(self, name: str) -> Any:
        for mapping in (self.own, *self.mappings):
            if name in mapping:
                return mapping[name]
        raise KeyError(name)

    def with_own(self, /, **own: Any) -> Scope:
        """The scope with names that come before all others."""
        return Scope(self.mappings, {**self.own, **own})

    def table_names(self) -> Iterator[str]:
        """Names that stand for tables, and dotted ones inside modules and masters."""
        seen: set[str] = set()
        for mapping in (self.own, *self.mappings):
            for name, value in list(mapping.items()):
                if name in seen or name.startswith("__"):
                    continue
                seen.add(name)
                if is_table_class(value):
                    yield name
                    yield from (f"{name}.{part}" for part in vars(value) if is_table_class(vars(value)[part]))
                elif isinstance(value, ModuleType) and hasattr(value, "schema"):
                    yield from (f"{name}.{n}" for n, v in vars(value).items() if is_table_class(v))


def is_table_class(value: Any) -> bool:
    """Whether `value` is a class of tables."""
    return isinstance(value, type) and issubclass(value, Table)


class UnresolvedReferenceError(DataJointError):
    """A reference that means no table; ``hint`` names the way out."""

    def __init__(self, message: str, hint: str = ""):
        super().__init__(f"{message}{f' ({hint})' if hint else ''}")
        self.message, self.hint = message, hint


def resolve(target: str, scope: Scope, connection: Any) -> TableName:
    """The table that `target` means.

    Raises
    ------
    UnresolvedReferenceError
        For names that are not in scope, and for what is no table.
    """
    if target[:1] in '`"':
        return parse_full_name(target)
    found = _look_up(target, scope)
    table = as_expression(found)
    if not isinstance(table, Table):
        raise UnresolvedReferenceError(
            f"`{target}` is no table but {_kind(found)}", "reference a table class"
        )
    if table._restricted():
        raise UnresolvedReferenceError(
            f"`{target}` is a restricted or projected table",
            "reference the table itself, or Table.proj(new='old')",
        )
    if table._connection is None or (table.database is None and type(table).__name__ != "FreeTable"):
        raise UnresolvedReferenceError(
            f"class {target} is not bound to a schema", "decorate it with a Schema object first"
        )
    if table._connection is not connection:
        raise UnresolvedReferenceError(
            f"table {target} is on another connection", "declare both on one connection"
        )
    return table.name


def _kind(found: Any) -> str:
    return (
        f"the class {found.__name__}"
        if isinstance(found, type)
        else f"an object of type {type(found).__name__}"
    )


def _look_up(target: str, scope: Scope) -> Any:
    first, *rest = target.split(".")
    if first not in scope:
        raise _unresolved(target, scope)
    found = scope[first]
    for name in rest:
        if not hasattr(found, name):
            raise _unresolved(target, scope)
        found = getattr(found, name)
    return found


def _unresolved(target: str, scope: Scope) -> UnresolvedReferenceError:
    names = sorted(set(scope.table_names()))
    near = get_close_matches(target, names, n=2, cutoff=0.5)
    if near:
        hint = "did you mean " + " or ".join(near) + "?"
    else:
        hint = "tables in scope: " + (", ".join(names[:8]) or "none")
    return UnresolvedReferenceError(f"no such table `{target}`", hint)
