"""Checking rows before they are inserted: ``tests/spec/05-data-manipulation.md`` §2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from datajoint_nb.codecs import chain as codec_chain
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Attribute, Heading
from datajoint_nb.model.values import converter, is_missing
from datajoint_nb.tables.rows import as_mapping

SHOWN = 10
Fault = tuple[int, "str | None", str]


@dataclass
class ValidationResult:
    """What ``validate`` found; true when every row is fine.

    Attributes
    ----------
    is_valid : bool
    errors : list of (row index, attribute or None, message)
    rows_checked : int
    """

    is_valid: bool
    errors: list[Fault] = field(default_factory=list)
    rows_checked: int = 0

    def __bool__(self) -> bool:
        return self.is_valid

    def summary(self) -> str:
        """One line when valid; else a header and at most 10 errors."""
        if self.is_valid:
            return f"Validation passed: {self.rows_checked} rows checked"
        lines = [f"Validation failed: {len(self.errors)} errors in {self.rows_checked} rows"]
        for row, name, message in self.errors[:SHOWN]:
            lines.append(f"  row {row}" + (f", attribute `{name}`" if name else "") + f": {message}")
        if len(self.errors) > SHOWN:
            lines.append(f"  … and {len(self.errors) - SHOWN} more")
        return "\n".join(lines)

    def raise_if_invalid(self) -> None:
        """Raise DataJointError with the summary unless valid."""
        if not self.is_valid:
            raise DataJointError(self.summary())


def validate(rows: Iterable[Any], heading: Heading, ignore_extra_fields: bool) -> ValidationResult:
    """Check names, required attributes, types and codecs of rows, and keys repeated among them."""
    errors: list[Fault] = []
    keys: dict[tuple[Any, ...], int] = {}
    count = 0
    for index, row in enumerate(rows):
        count += 1
        try:
            mapping = as_mapping(row, heading, index, stacklevel=6)
        except DataJointError as error:
            errors.append((index, None, str(error)))
            continue
        found = list(_row_faults(mapping, heading, index, ignore_extra_fields))
        errors.extend(found)
        if not found:
            _check_key(mapping, heading, index, keys, errors)
    return ValidationResult(not errors, errors, count)


def _check_key(
    row: Mapping[str, Any],
    heading: Heading,
    index: int,
    keys: dict[tuple[Any, ...], int],
    errors: list[Fault],
) -> None:
    key = tuple(
        converter(heading[n].core)(row[n]) for n in heading.primary_key if n in row and row[n] is not None
    )
    if len(key) == len(heading.primary_key):
        first = keys.setdefault(key, index)
        if first != index:
            errors.append((index, None, f"same primary key as row {first}"))


def _row_faults(
    row: Mapping[str, Any], heading: Heading, index: int, ignore_extra_fields: bool
) -> Iterable[Fault]:
    if not ignore_extra_fields:
        for name in row:
            if name not in heading:
                near = get_close_matches(str(name), list(heading), n=1)
                yield (
                    index,
                    str(name),
                    "no attribute of the table" + (f"; did you mean `{near[0]}`?" if near else ""),
                )
    for name, attribute in heading.items():
        message = _fault(attribute, row.get(name))
        if message:
            yield index, name, message


def _fault(attribute: Attribute, value: Any) -> str | None:
    coded = attribute.spec.kind == "codec"
    if value is None or (not coded and (is_missing(value) or (value == "" and attribute.core.is_numeric))):
        if not attribute.required:
            return None
        return "primary key attribute is required" if attribute.in_key else "required attribute has no value"
    try:
        if coded:
            codec_chain.validate(
                codec_chain.chain_of(attribute.spec.text), value, key={}, context={"field": attribute.name}
            )
        else:
            converter(attribute.core)(value)
    except (ValueError, TypeError, OverflowError, DataJointError) as error:
        return f"cannot take {str(value)[:60]!r}: {error}"
    return None
