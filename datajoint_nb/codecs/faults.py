"""Errors of codecs as this library's classes, naming table, attribute and row.

See ``tests/spec/07-codecs-storage.md``, the table of error classes at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from datajoint_nb.errors import (
    CodecTypeError,
    CodecValueError,
    DataJointError,
    MissingExternalFile,
    SourceFileError,
)


class SourceFolderError(DataJointError, IsADirectoryError):
    """A folder was given as a value where a file is needed."""

    def __str__(self) -> str:
        return Exception.__str__(self)


ENCODING = (
    (FileNotFoundError, SourceFileError),
    (IsADirectoryError, SourceFolderError),
    (TypeError, CodecTypeError),
    (ValueError, CodecValueError),
)
DECODING = ((FileNotFoundError, MissingExternalFile),)


@contextmanager
def translated(codec: Any, action: str, key: Mapping[str, Any], context: Mapping[str, Any]) -> Iterator[None]:
    """Turn what leaves the block into a `DataJointError` class with the place of the value.

    Errors of this library keep their class and identity; others become the ``__cause__``.
    """
    try:
        yield
    except DataJointError as error:
        text = str(error.args[0]) if error.args else type(error).__name__
        prefix = f"{place(key, context)}: "
        if not text.startswith(prefix):
            error.args = (prefix + text, *error.args[1:])
        raise
    except Exception as error:
        table = ENCODING if action == "encode" else DECODING
        kind = next((target for source, target in table if isinstance(error, source)), DataJointError)
        by = f"<{codec.name}>" if codec is not None else "the column's type"
        raise kind(f"{place(key, context)}: {by} cannot {action}: {explain(error)}") from error


def explain(error: Exception) -> str:
    """The error's own words, or its class when it has none."""
    return str(error) or type(error).__name__


def place(key: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """Where a value belongs, such as ```ornis`.`flight`.track (nr=4)``."""
    names = [f"`{context[name]}`" for name in ("schema", "table") if context.get(name)]
    row = ", ".join(f"{name}={_short(value)}" for name, value in key.items() if not name.startswith("_"))
    return ".".join([*names, str(context.get("field") or "value")]) + (f" ({row})" if row else "")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
