"""Questions to the user: ``tests/spec/06-connection-settings.md`` §14."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType

from datajoint_nb.errors import DataJointError

# Gets the prompt, gives the answer; raises EOFError where nobody can answer.
Ask = Callable[[str], str]


class Asking:
    """Who asks: the terminal, until a notebook installs a handler of its own."""

    def __init__(self) -> None:
        self._handler: Ask | None = None

    def install(self, handler: Ask | None) -> None:
        """Ask through `handler` from now on; None for the terminal."""
        self._handler = handler

    def ask(self, prompt: str) -> str:
        """The answer, as typed."""
        if self._handler is not None:
            return self._handler(prompt)
        # a front end that replaces `input` answers in its own way
        if isinstance(input, BuiltinFunctionType) and not (sys.stdin and sys.stdin.isatty()):
            raise EOFError("standard input is not a terminal")
        return input(prompt)


ASKING = Asking()


def user_choice(prompt: str, choices: Sequence[str] = ("yes", "no"), default: str | None = None) -> str:
    """One of `choices`, in lower case; the question is repeated until the answer is valid.

    Parameters
    ----------
    prompt : str
        Shown with the choices, the default capitalised: ``Proceed? [yes, No]: ``.
    default : str, optional
        What an empty answer means.

    Raises
    ------
    DataJointError
        When nobody can answer.
    """
    shown = ", ".join(choice.title() if choice == default else choice for choice in choices)
    while True:
        try:
            answer = ASKING.ask(f"{prompt} [{shown}]: ").strip().lower()
        except (EOFError, NotImplementedError) as error:
            raise DataJointError(
                f"Nobody is there to answer {prompt!r}: pass prompt=False, or set config['safemode'] = False"
            ) from error
        if not answer and default is not None:
            return default
        if answer in choices:
            return answer
