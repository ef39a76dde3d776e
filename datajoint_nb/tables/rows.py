"""The forms in which rows are given, as mappings or sequences one by one: ``05`` §1.3."""

from __future__ import annotations

import csv
import dataclasses
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Heading


def rows_in(given: Any, heading: Heading) -> Iterator[Any]:
    """The rows of whatever was given to ``insert``: mappings or sequences.

    Raises
    ------
    DataJointError
        For objects that are no collection of rows.
    """
    if isinstance(given, (str, bytes)):
        raise DataJointError(
            f"insert takes rows, not a text; to insert a CSV file pass pathlib.Path({given!r})"
        )
    if isinstance(given, Mapping):
        raise DataJointError("insert takes a collection of rows; use insert1 for a single mapping")
    if isinstance(given, Path):
        return csv_rows(given, heading)
    if isinstance(given, np.ndarray) and given.dtype.names:
        return (dict(zip(given.dtype.names, record.tolist(), strict=True)) for record in given)
    kind = type(given)
    package = kind.__module__.partition(".")[0]
    if package == "pandas" and kind.__name__ == "DataFrame":
        return frame_rows(given)
    if package == "polars" and kind.__name__ == "DataFrame":
        return iter(given.to_dicts())
    if package == "pyarrow" and kind.__name__ in {"Table", "RecordBatch"}:
        return iter(given.to_pylist())
    if not isinstance(given, Iterable):
        raise DataJointError(f"insert takes a collection of rows, not {kind.__name__}")
    return iter(given)


def frame_rows(frame: Any) -> Iterator[dict[str, Any]]:
    """Rows of a pandas DataFrame; named index levels are columns, a plain index is dropped."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    columns = [str(name) for name in frame.columns]
    values = [frame.iloc[:, i].astype(object).tolist() for i in range(len(columns))]
    return (dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True))


def csv_rows(path: Path, heading: Heading) -> Iterator[dict[str, Any]]:
    """Rows of a CSV file with a header line; an empty field is missing unless the attribute is a text."""
    if not path.is_file():
        raise DataJointError(f"CSV file {str(path)!r} does not exist")
    texts = {name for name, attribute in heading.items() if attribute.core.name in {"char", "varchar"}}
    texts |= {
        name
        for name, attribute in heading.items()
        if attribute.core.is_text and attribute.core.kind == "native"
    }
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {n: (None if v == "" and n not in texts else v) for n, v in row.items()}


def as_mapping(row: Any, heading: Heading, index: int, stacklevel: int = 4) -> Mapping[str, Any]:
    """One row by name.

    Raises
    ------
    DataJointError
        For a sequence of another length than the heading, and for what is no row.
    """
    if isinstance(row, Mapping):
        return row
    if isinstance(row, np.void) and row.dtype.names:
        return dict(zip(row.dtype.names, row.tolist(), strict=True))
    if isinstance(row, tuple) and hasattr(row, "_asdict"):
        return row._asdict()  # type: ignore[no-any-return]
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
    if type(row).__module__.partition(".")[0] == "pandas" and type(row).__name__ == "Series":
        return dict(row.items())
    if isinstance(row, Sequence) and not isinstance(row, (str, bytes, bytearray, memoryview)):
        return _by_position(row, heading, index, stacklevel)
    if isinstance(row, np.ndarray) and row.ndim == 1:
        return _by_position(list(row), heading, index, stacklevel)
    raise DataJointError(
        f"Row {index} is a {type(row).__name__}: a row is a mapping, or a sequence of all attributes in order"
    )


def _by_position(row: Sequence[Any], heading: Heading, index: int, stacklevel: int) -> dict[str, Any]:
    if len(row) != len(heading):
        raise DataJointError(
            f"Row {index} has {len(row)} values; the table has {len(heading)} attributes: "
            + ", ".join(heading)
        )
    if index == 0:
        warnings.warn(
            "inserting rows by position is deprecated; give mappings by attribute name",
            DeprecationWarning,
            stacklevel=stacklevel,
        )
    return dict(zip(heading, row, strict=True))
