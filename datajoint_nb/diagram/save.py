"""A diagram as a file.

See ``tests/spec/08-compute-diagram.md`` §16.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from typing import Protocol

from datajoint_nb.errors import DataJointError


class Pictured(Protocol):
    """What has all these forms: a diagram."""

    def make_png(self) -> BytesIO:
        """A PNG file."""

    def svg_string(self) -> str:
        """An SVG document."""

    def make_mermaid(self) -> str:
        """A Mermaid flowchart."""

    def to_json(self) -> str:
        """The JSON form."""

    def dot_string(self) -> str:
        """A DOT digraph."""


FORMATS: Mapping[str, Callable[[Pictured], str | bytes]] = {
    "png": lambda diagram: diagram.make_png().getvalue(),
    "svg": lambda diagram: diagram.svg_string(),
    "mermaid": lambda diagram: diagram.make_mermaid(),
    "md": lambda diagram: f"```mermaid\n{diagram.make_mermaid()}```\n",
    "json": lambda diagram: f"{diagram.to_json()}\n",
    "dot": lambda diagram: diagram.dot_string(),
}
SYNONYMS = {"mmd": "mermaid"}


def format_of(filename: str | PathLike[str], given: str | None) -> str:
    """The format to write, a key of `FORMATS`: the given one, else that of the file's suffix.

    Raises
    ------
    DataJointError
        When it is not known.
    """
    word = Path(fspath(filename)).suffix.removeprefix(".") if given is None else given
    chosen = SYNONYMS.get(str(word).lower(), str(word).lower())
    if chosen not in FORMATS:
        what = f"format {given!r}" if given is not None else f"file name {fspath(filename)!r}"
        known = ", ".join([*FORMATS, *SYNONYMS])
        raise DataJointError(f"A diagram cannot be saved with the {what}; the formats are: {known}")
    return chosen


def save(diagram: Pictured, filename: str | PathLike[str], given: str | None) -> None:
    """Write the picture of `diagram`; see `Diagram.save`."""
    if not isinstance(filename, (str, PathLike)):
        raise DataJointError(
            f"A diagram is saved under a file name, not under an object of type {type(filename).__name__}"
        )
    content = FORMATS[format_of(filename, given)](diagram)
    data = content.encode() if isinstance(content, str) else content
    try:
        Path(fspath(filename)).write_bytes(data)
    except OSError as error:
        raise DataJointError(
            f"The diagram could not be saved as {fspath(filename)!r}: {error.strerror}"
        ) from error
