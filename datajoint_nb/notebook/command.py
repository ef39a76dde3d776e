"""A subcommand of ``%dj`` or ``%%dj``: its function, its arguments, one example."""

from __future__ import annotations

import keyword
import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from IPython.core import magic_arguments
from IPython.core.error import UsageError

from datajoint_nb.notebook.state import Notebook

Function = TypeVar("Function", bound=Callable[..., Any])
VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)")


def declares(name: str) -> Callable[[Function], Function]:
    """Decorator: make a parser of the function's arguments, under the name that usage lines show."""
    decorate = magic_arguments.magic_arguments(name)  # type: ignore[no-untyped-call]
    return cast("Callable[[Function], Function]", decorate)


def argument(*flags: str, **options: Any) -> Callable[[Function], Function]:
    """Decorator: one argument, as for ``argparse``."""
    decorate = magic_arguments.argument(*flags, **options)  # type: ignore[no-untyped-call]
    return cast("Callable[[Function], Function]", decorate)


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes
    ----------
    name : str
    function : callable
        Takes the notebook, the parsed arguments and the rest of the line or the body of the cell.
    example : str
    summary : str
    whole_line : bool
        The line is one expression and is not split into arguments.
    is_cell : bool
        Whether it is a cell magic.
    """

    name: str
    function: Callable[[Notebook, Namespace, str], Any]
    example: str
    summary: str
    whole_line: bool = False
    is_cell: bool = False

    @property
    def magic(self) -> str:
        """How it is written."""
        return f"{'%%' if self.is_cell else '%'}dj {self.name}"

    @property
    def parser(self) -> Any:
        """The parser that its declarations made."""
        return self.function.parser  # type: ignore[attr-defined]

    def run(self, notebook: Notebook, line: str, body: str | None = None) -> Any:
        """Parse the arguments and run.

        Raises
        ------
        UsageError
            For arguments that the command does not take.
        """
        text = line.strip()
        if self.whole_line:
            arguments = Namespace()
        else:
            try:
                arguments = self.parser.parse_argstring(text)
            except (UsageError, ValueError) as error:
                raise UsageError(f"{self.magic}: {error}\n{self.usage()}") from None
        return self.function(notebook, arguments, text if body is None else body)

    def usage(self) -> str:
        """One line that shows the arguments."""
        return "Usage: " + " ".join(self.parser.format_usage().replace("::", "").split())


def expand(line: str, names: Mapping[str, Any]) -> str:
    """Put the values of variables in place of ``{name}`` and ``$name``; nothing else is evaluated."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return str(names[name]) if name in names else match[0]

    return VARIABLE.sub(value, line)


def unquoted(text: str) -> str:
    """An argument without the quotes around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def variable(text: str, option: str) -> str:
    """`text` when it is a Python variable name.

    Raises
    ------
    UsageError
        When it is none.
    """
    name = unquoted(text)
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{option}: {name!r} is no name for a variable")
    return name
