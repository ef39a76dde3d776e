"""From whatever users write on the right of ``&`` to a `Condition`: ``03-queries.md`` §3."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Protocol

import numpy as np

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.model.types import TypeSpec
from datajoint_nb.model.values import converter, is_missing, to_decimal, to_float, to_json
from datajoint_nb.query.conditions import (
    FALSE,
    TRUE,
    Condition,
    Equal,
    Exists,
    Fragment,
    InQuery,
    InRows,
    IsNull,
    JsonEqual,
    JsonPath,
    Translator,
    all_of,
    any_of,
    complement,
)
from datajoint_nb.query.nodes import Node
from datajoint_nb.query.operands import AndList, Not, Top
from datajoint_nb.query.semantics import check_homologous, common_names

logger = logging.getLogger("datajoint_nb")

JSON_PATH = re.compile(r"([a-z_]\w*)((?:\.(?:\w+|\*)|\[\d+\])+)?(?::\s*([a-z]+(?:\(\d+(?:,\s*\d+)?\))?))?")
SCALARS = (str, bytes, bytearray, memoryview)


class Operand(Protocol):
    """A query expression, as this layer sees it."""

    @property
    def node(self) -> Node:
        """The expression's node."""


@dataclass(frozen=True)
class Miss:
    """A name in a mapping that is no attribute of what the mapping restricted.

    Attributes
    ----------
    name : str
    near : str or None
        The attribute that was probably meant.
    mistaken : bool
        Whether it looks like a mistake: there is a near attribute, or no name was known.
    """

    name: str
    near: str | None
    mistaken: bool


@dataclass(frozen=True)
class Builder:
    """Makes conditions over the attributes of one heading.

    Attributes
    ----------
    heading : Heading
        Of the expression that is restricted.
    translate : callable
        ``(text, types, condition) -> SqlText`` of the target dialect.
    operand : callable
        Gives the `Operand` for a query expression or table class, None for anything else;
        raises DataJointError when it lives on another connection.
    universal : callable
        Whether an object is a universal set.
    semantic_check : bool
        Whether namesakes must be homologous.
    missed : list of Miss
        Grows with each name that had no effect.
    """

    heading: Heading
    translate: Translator
    operand: Callable[[Any], Operand | None]
    universal: Callable[[Any], bool]
    semantic_check: bool = True
    missed: list[Miss] = field(default_factory=list, compare=False)

    def build(self, given: Any) -> Condition:
        """The condition for `given`.

        Raises
        ------
        DataJointError
            For objects that restrict nothing, and for values that an attribute cannot have.
        UnknownAttributeError
            For unknown names in SQL text.
        """
        if isinstance(given, (bool, np.bool_)):
            return TRUE if given else FALSE
        if isinstance(given, str):
            return Fragment(self.translate(given, self.heading.types, True))
        if isinstance(given, Mapping):
            return self.mapping(given)
        if isinstance(given, Not):
            return complement(self.build(given.restriction))
        if isinstance(given, AndList):
            return all_of(self.build(item) for item in given)
        if self.universal(given):
            return TRUE
        operand = self.operand(given)
        if operand is not None:
            return self.expression(operand)
        return self._container(given)

    def _container(self, given: Any) -> Condition:
        if isinstance(given, np.void):
            return self.mapping(_record(given))
        if isinstance(given, np.ndarray) and given.dtype.names:
            return self.alternatives([_record(item) for item in given])
        kind = type(given)
        if kind.__module__.partition(".")[0] == "pandas":
            if kind.__name__ == "DataFrame":
                return self._frame(given)
            if kind.__name__ == "Series":
                return self.mapping(given.to_dict())
        if isinstance(given, (type, *SCALARS, Top)) or not isinstance(given, Iterable):
            raise DataJointError(
                f"Invalid restriction type {kind.__name__}: {given!r}. Restrict by an SQL text, a mapping, "
                "a query expression, a list of these, or True and False"
            )
        return self.alternatives(list(given))

    def _frame(self, frame: Any) -> Condition:
        if any(name is not None for name in frame.index.names):
            frame = frame.reset_index()
        columns = [str(name) for name in frame.columns]
        return self.alternatives(
            [dict(zip(columns, row, strict=True)) for row in frame.itertuples(index=False)]
        )

    def expression(self, operand: Operand) -> Condition:
        """The semijoin with another expression on all common names."""
        node = operand.node
        names = common_names(self.heading, node.heading)
        if not names:
            logger.warning(
                "A restriction by an expression without common attributes keeps all rows or none: "
                "it only asks whether the expression has any row."
            )
            return Exists(node)
        if self.semantic_check:
            check_homologous(self.heading, node.heading, names, "restrict")
        nullable = any(self.heading[n].nullable or node.heading[n].nullable for n in names)
        return InQuery(names, node, nullable)

    def alternatives(self, items: Sequence[Any]) -> Condition:
        """Rows that meet any of `items`; mappings over the same names become one membership."""
        rows = self._same_names(items)
        return rows if rows is not None else any_of([self.build(item) for item in items])

    def _same_names(self, items: Sequence[Any]) -> Condition | None:
        """One `InRows` for two or more mappings over the same plain attributes without None."""
        if len(items) < 2 or not all(isinstance(item, Mapping) for item in items):
            return None
        first = items[0]
        names = tuple(name for name in first if name in self.heading)
        attributes = [self.heading[name] for name in names]
        if not names or any(a.core.is_json or a.spec.kind == "codec" for a in attributes):
            return None
        size, expected = len(names), set(names)
        plain = size == len(first)
        rows: list[tuple[Any, ...]] = []
        for item in items:
            if not (plain and len(item) == size and all(name in item for name in names)) and expected != {
                name for name in item if name in self.heading
            }:
                return None
            row = tuple([item[name] for name in names])
            if any(value is None or isinstance(value, (list, set, tuple, dict, np.ndarray)) for value in row):
                return None
            rows.append(row)
        if any(":" in str(name) or "." in str(name) or "[" in str(name) for name in first):
            return None
        converted = self._convert_rows(attributes, rows)
        if converted is not None and not plain:
            self._miss(first, [str(name) for name in first if name not in self.heading], nothing=False)
        return converted

    def _convert_rows(self, attributes: list[Attribute], rows: list[tuple[Any, ...]]) -> Condition | None:
        columns = [
            [_value(attribute, value) for value in column]
            for attribute, column in zip(attributes, zip(*rows, strict=True), strict=True)
        ]
        if any(value is MISSING for column in columns for value in column):
            return None
        kept = [row for row in zip(*columns, strict=True) if IMPOSSIBLE not in row]
        if not kept:
            return FALSE
        return InRows(tuple(a.name for a in attributes), tuple(a.core for a in attributes), kept)

    def mapping(self, given: Mapping[Any, Any]) -> Condition:
        """Equality of every named attribute; other names are left out."""
        items = {str(name): self._item(str(name), value) for name, value in given.items()}
        known = [item for item in items.values() if item is not None]
        if len(known) < len(items):
            self._miss(given, [name for name, item in items.items() if item is None], nothing=not known)
        return all_of(known)

    def _item(self, name: str, value: Any) -> Condition | None:
        attribute = self.heading.get(name)
        if attribute is not None:
            return self.equality(attribute, value)
        place = json_path(name, self.heading)
        return None if place is None else JsonEqual(place, _json_value(place, value))

    def equality(self, attribute: Attribute, value: Any) -> Condition:
        """``attribute = value`` in the sense of ``03`` §3.2."""
        if is_missing(value):
            return IsNull(attribute.name)
        if self.operand(value) is not None:
            raise DataJointError(
                f"Attribute `{attribute.name}` cannot equal a query expression; "
                "restrict by the expression itself"
            )
        if attribute.spec.kind == "codec":
            raise DataJointError(
                f"Attribute `{attribute.name}` of type {attribute.spec.text} can only be compared with None"
            )
        if attribute.json:
            return JsonEqual(JsonPath(attribute.name, ""), _json_value(JsonPath(attribute.name, ""), value))
        if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
            return any_of([self.equality(attribute, item) for item in _unique(value)])
        converted = _value(attribute, value)
        return FALSE if converted is IMPOSSIBLE else Equal(attribute.name, attribute.core, converted)

    def _miss(self, given: Mapping[Any, Any], names: Sequence[str], nothing: bool) -> None:
        """Note names that match nothing, and tell of them where that is likely a mistake."""
        for name in names:
            near = near_miss(name, self.heading, given)
            miss = Miss(name, near, bool(near) or nothing)
            self.missed.append(miss)
            if miss.mistaken and not name.startswith("_"):
                advice = f"; did you mean `{near}`?" if near else ""
                logger.warning("Restriction by unknown attribute `%s` has no effect%s", name, advice)


def near_miss(name: str, heading: Heading, given: Mapping[Any, Any]) -> str | None:
    """The attribute that `name` was probably meant to be and that `given` lacks."""
    candidates = [attribute for attribute in heading if attribute not in given]
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=0.75)), None)


def json_path(text: str, heading: Heading) -> JsonPath | None:
    """``attr.path[0]:type`` as a place in a JSON attribute of `heading`, None for other texts."""
    match = JSON_PATH.fullmatch(text.strip())
    if not match or not (match[2] or match[3]):
        return None
    attribute = heading.get(match[1])
    if attribute is None or not attribute.json:
        return None
    return JsonPath(match[1], match[2] or "", match[3])


def _json_value(place: JsonPath, value: Any) -> Any:
    if is_missing(value):
        return None
    if place.cast and isinstance(value, (Decimal, dt.date)):
        return value
    if isinstance(value, Decimal):
        return value
    try:
        return to_json(list(value) if isinstance(value, (tuple, np.ndarray)) else value)
    except ValueError as error:
        raise DataJointError(
            f"Attribute `{place.name}{place.path}` cannot equal {value!r}: {error}"
        ) from error


def _record(record: np.void) -> dict[str, Any]:
    return {name: record[name] for name in record.dtype.names or ()}


def _unique(values: Iterable[Any]) -> list[Any]:
    return list(values.tolist() if isinstance(values, np.ndarray) else values)


class _Sign:
    """A value with no equal, such as 1.5 for an integer."""


IMPOSSIBLE = _Sign()
MISSING = _Sign()


def _value(attribute: Attribute, value: Any) -> Any:
    """The canonical value to compare with, `IMPOSSIBLE` when no stored value can equal it."""
    if is_missing(value):
        return MISSING
    spec = attribute.core
    if attribute.is_computed:
        return value.item() if isinstance(value, np.generic) else value
    try:
        if spec.is_decimal:
            return _exact_decimal(spec, value)
        if spec.is_float:
            return to_float(value)
        converted = converter(spec)(value)
    except ValueError as error:
        if _comparable(spec, value):
            return IMPOSSIBLE
        raise DataJointError(
            f"Attribute `{attribute.name}` of type {attribute.declared_type} cannot equal {value!r}: {error}"
        ) from error
    return converted


def _exact_decimal(spec: TypeSpec, value: Any) -> Any:
    number = to_decimal(value)
    if len(spec.args) == 2:
        rounded = converter(spec)(value)
        return rounded if rounded == number else IMPOSSIBLE
    return number


def _comparable(spec: TypeSpec, value: Any) -> bool:
    """Whether a refused value merely equals nothing: a number out of range, a text too long."""
    if spec.is_integer or spec.is_decimal or spec.is_bool:
        return not isinstance(value, str) and isinstance(value, (int, float, Decimal, np.number))
    return spec.is_text and isinstance(value, str)
