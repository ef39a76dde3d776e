"""What has to change in a stored table to make it the declared one: ``01-definitions.md`` §6.

Comments that begin with a name in braces, ``new : type  # {old} text``, say that an attribute
has another name in the database. Once the attribute has its new name the marker is spent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute
from datajoint_nb.model.stored import Index, StoredTable

RENAME = re.compile(r"\{\s*(\w+)\s*\}\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute as it is and as it shall be."""

    before: Attribute
    after: Attribute

    @property
    def renamed(self) -> bool:
        """Whether its name changes."""
        return self.before.name != self.after.name

    @property
    def retyped(self) -> bool:
        """Whether its declared type changes."""
        return self.before.spec.text != self.after.spec.text

    @property
    def redefaulted(self) -> bool:
        """Whether its default changes."""
        return self.before.default_value != self.after.default_value

    @property
    def renulled(self) -> bool:
        """Whether it becomes nullable, or ceases to be."""
        return self.before.nullable != self.after.nullable

    @property
    def recommented(self) -> bool:
        """Whether its comment changes."""
        return self.before.comment != self.after.comment

    @property
    def only_comments(self) -> bool:
        """Whether nothing but the comment changes."""
        return not (self.renamed or self.retyped or self.redefaulted or self.renulled)

    def __bool__(self) -> bool:
        return not self.only_comments or self.recommented


@dataclass(frozen=True)
class Alteration:
    """The way from one form of a table to another.

    Attributes
    ----------
    before, after : StoredTable
        Hidden columns are the same in both.
    added, dropped : tuple of Attribute
        Secondary attributes.
    changed : tuple of Change
        In the order of the definition.
    moved : tuple of str
        New names of the attributes that change their place among the others.
    refused : tuple of str
        Differences that no alteration makes, in words; `after` is without them.
    """

    before: StoredTable
    after: StoredTable
    added: tuple[Attribute, ...] = ()
    dropped: tuple[Attribute, ...] = ()
    changed: tuple[Change, ...] = ()
    moved: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def recommented(self) -> bool:
        """Whether the comment of the table changes."""
        return self.before.comment != self.after.comment

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.changed or self.moved or self.recommented)

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        """Changes by the new name of the attribute."""
        return {change.after.name: change for change in self.changed}

    @cached_property
    def old_names(self) -> Mapping[str, str]:
        """New names of renamed attributes -> old ones."""
        return {c.after.name: c.before.name for c in self.changed if c.renamed}


def compare(declared: StoredTable, stored: StoredTable, moves_columns: bool) -> Alteration:
    """What makes `stored` the table that is `declared`.

    Parameters
    ----------
    moves_columns : bool
        Whether the database can change the order of columns; else new ones come last.

    Raises
    ------
    DataJointError
        For markers of renamed attributes that make no sense.
    """
    olds = _renames(declared, stored)
    declared = without_spent_markers(declared, stored, olds)
    targets = [_target(column, declared, stored, olds) for column in _visible(declared)]
    pairs = [(_origin(column.name, stored, olds), column) for column in targets]
    kept = {before.name for before, _ in pairs if before is not None}
    dropped = tuple(c for c in _visible(stored) if not c.in_key and c.name not in kept)
    changes = (Change(before, after) for before, after in pairs if before is not None)
    added = tuple(after for before, after in pairs if before is None)
    moved = _moved(targets, stored, olds) if moves_columns else ()
    order = targets if moves_columns else _appended(targets, stored, olds)
    after = replace(
        stored,
        columns=_with_hidden(order, stored),
        indexes=tuple(_renamed(index, olds) for index in stored.indexes),
        comment=declared.comment,
    )
    changed = tuple(change for change in changes if change)
    return Alteration(stored, after, added, dropped, changed, moved, tuple(_refused(declared, after, stored)))


def _origin(name: str, stored: StoredTable, olds: Mapping[str, str]) -> Attribute | None:
    """The column that a declared one is now; None for a new one, that of a former name included."""
    if name in olds:
        return stored.by_name[olds[name]]
    return None if name in olds.values() else stored.by_name.get(name)


def _visible(table: StoredTable) -> list[Attribute]:
    return [column for column in table.columns if not column.is_hidden]


# -- renaming ------------------------------------------------------------------------------


def _renames(declared: StoredTable, stored: StoredTable) -> dict[str, str]:
    """New names -> old names, of the markers that are not spent yet."""
    olds: dict[str, str] = {}
    for column in declared.columns:
        match = RENAME.match(column.comment) if column.name in declared.native else None
        if match is None or column.in_key:
            continue
        old = stored.by_name.get(match[1])
        if column.name in stored.by_name:
            _check_spent(column, match[1], declared, stored)
            continue
        if old is None or old.in_key or old.is_hidden:
            raise DataJointError(
                f"`{column.name}` cannot be renamed from `{match[1]}`, which is no secondary attribute of "
                f"{stored.name} in the database"
            )
        if match[1] in olds.values():
            raise DataJointError(f"Two attributes claim the former name `{match[1]}`; only one can have it")
        if match[1] in declared.by_name and RENAME.match(declared.by_name[match[1]].comment):
            raise DataJointError(f"`{match[1]}` is renamed and is a new name, too; alter in two steps")
        olds[column.name] = match[1]
    return olds


def _check_spent(column: Attribute, old: str, declared: StoredTable, stored: StoredTable) -> None:
    verbatim = stored.by_name[column.name].comment == column.comment
    if old in stored.by_name and old not in declared.by_name and not verbatim:
        raise DataJointError(
            f"`{column.name}` cannot be renamed from `{old}`: {stored.name} has both. To keep the values "
            f"of `{old}`, remove `{column.name}` from the definition and alter, then rename"
        )


def without_spent_markers(
    declared: StoredTable, stored: StoredTable, olds: Mapping[str, str] | None = None
) -> StoredTable:
    """`declared` without the markers of attributes that have their new names in `stored`.

    A comment that is stored with its braces stays: it was no marker when the table was declared.
    """
    return replace(declared, columns=tuple(_unmarked(c, stored, olds or {}) for c in declared.columns))


def _unmarked(column: Attribute, stored: StoredTable, olds: Mapping[str, str]) -> Attribute:
    match = RENAME.match(column.comment)
    present = stored.by_name.get(column.name)
    spent = present is not None and present.comment != column.comment and not column.in_key
    return replace(column, comment=match[2]) if match and (spent or column.name in olds) else column


def _renamed(index: Index, olds: Mapping[str, str]) -> Index:
    """The index after renaming: databases let indexes follow."""
    news = {old: new for new, old in olds.items()}
    columns = tuple(news.get(c, c) for c in index.columns)
    if not (index.expressions and news):
        return replace(index, columns=columns)
    words = re.compile(r"\b(" + "|".join(map(re.escape, news)) + r")\b")
    expressions, items = (
        tuple(words.sub(lambda match: news[match[1]], text) for text in texts)
        for texts in (index.expressions, index.items)
    )
    return replace(index, columns=columns, expressions=expressions, items=items)


# -- the columns ---------------------------------------------------------------------------


def _target(
    column: Attribute, declared: StoredTable, stored: StoredTable, olds: Mapping[str, str]
) -> Attribute:
    """The column as it shall be; one that a foreign key contributes can only change its nullability."""
    present = _origin(column.name, stored, olds)
    if present is None:
        return column
    if column.name in declared.native or column.name in stored.native:
        return replace(column, lineage=present.lineage, in_key=present.in_key)
    if column.in_key or column.nullable == present.nullable:
        return present
    return replace(present, nullable=column.nullable, default_value=column.default_value)


def _moved(targets: Sequence[Attribute], stored: StoredTable, olds: Mapping[str, str]) -> tuple[str, ...]:
    """The fewest secondary attributes whose moving gives the order of `targets`."""
    news = {old: new for new, old in olds.items()}
    new = [column.name for column in targets if not column.in_key]
    old = [news.get(c.name, c.name) for c in _visible(stored) if not c.in_key]
    place = {name: number for number, name in enumerate(old)}
    present = [name for name in new if name in place]
    staying = _longest_rising(present, place)
    return tuple(name for name in present if name not in staying)


def _longest_rising(names: Sequence[str], place: Mapping[str, int]) -> set[str]:
    """The longest subsequence of `names` whose places rise."""
    best: dict[str, list[str]] = {}
    for name in names:
        chains = [chain for last, chain in best.items() if place[last] < place[name]]
        best[name] = [*_longest(chains), name]
    return set(_longest(best.values()))


def _longest(chains: Iterable[list[str]]) -> list[str]:
    return max(chains, key=len, default=[])


def in_order_of(model: StoredTable, table: StoredTable) -> StoredTable:
    """`table` with its columns in the order that they have in `model`; others come last."""
    place = {column.name: number for number, column in enumerate(model.columns)}
    columns = sorted(table.columns, key=lambda column: place.get(column.name, len(place)))
    return replace(table, columns=tuple(columns))


def _appended(targets: Sequence[Attribute], stored: StoredTable, olds: Mapping[str, str]) -> list[Attribute]:
    """Columns in their stored order, new ones last."""
    place = {column.name: number for number, column in enumerate(stored.columns)}

    def number(column: Attribute) -> int:
        before = _origin(column.name, stored, olds)
        return len(place) if before is None else place[before.name]

    return sorted(targets, key=number)


def _with_hidden(visible: Sequence[Attribute], stored: StoredTable) -> tuple[Attribute, ...]:
    """Visible columns in order between the hidden ones, which begin or end the table."""
    first = next((n for n, c in enumerate(stored.columns) if not c.is_hidden), len(stored.columns))
    leading, rest = stored.columns[:first], stored.columns[first:]
    return (*leading, *visible, *(column for column in rest if column.is_hidden))


# -- what is refused -----------------------------------------------------------------------


def _refused(declared: StoredTable, after: StoredTable, stored: StoredTable) -> list[str]:
    found: list[str] = []
    keys = [[c.name for c in _visible(table) if c.in_key] for table in (declared, stored)]
    if keys[0] != keys[1]:
        new, old = (f"({', '.join(key)})" for key in keys)
        found.append(f"the primary key {old} cannot become {new}")
    for column in _visible(declared):
        present = stored.by_name.get(column.name)
        own = column.in_key and column.name in declared.native
        if own and present is not None and present.spec.text != column.spec.text:
            found.append(
                f"key attribute `{column.name}` of type {present.spec.text} cannot become {column.spec.text}"
            )
    for key in declared.foreign_keys:
        if key not in stored.foreign_keys:
            found.append(f"a foreign key to {key.parent} cannot be added")
    for key in stored.foreign_keys:
        if key not in declared.foreign_keys:
            found.append(f"the foreign key to {key.parent} cannot be dropped")
    for index in declared.indexes:
        if index not in after.indexes:
            found.append(f"{_index(index)} cannot be added")
    for index in after.indexes:
        if index not in declared.indexes:
            found.append(f"{_index(index)} cannot be dropped")
    return found


def _index(index: Index) -> str:
    kind = "a unique index" if index.unique else "an index"
    return f"{kind} on ({', '.join(index.items or index.columns)})"
