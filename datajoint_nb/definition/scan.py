"""Reading one line of a definition from left to right."""

from __future__ import annotations

import re
from typing import NoReturn

# a doubled quote is one quote; the look-ahead keeps `'a''` from being read as `'a'` and a stray quote
QUOTED = re.compile(r"""'([^']*(?:''[^']*)*)'(?!')|"([^"]*(?:""[^"]*)*)"(?!")""")
CODE = re.compile(r"""(?:[^'"#]+|'[^']*'|"[^"]*")*""")
CODE_WITH_NAMES = re.compile(r"""(?:[^'"`#]+|'[^']*'|"[^"]*"|`[^`]*`)*""")  # backquotes enclose SQL names
DOUBLING = "a quote inside a text of the same quotes is doubled"


class LineFault(Exception):  # noqa: N818 - becomes a DefinitionProblem, never reaches a user
    """A fault of one line, at `start` (counted from 0) for `length` characters."""

    def __init__(self, start: int, length: int, message: str, hint: str = ""):
        super().__init__(message)
        self.start, self.length, self.message, self.hint = start, max(1, length), message, hint


def code_end(source: str, start: int = 0, code: re.Pattern[str] = CODE) -> int:
    """Where the comment of a line begins, or its end: the first ``#`` outside quotes.

    `code` tells which quotes there are: `CODE`, or `CODE_WITH_NAMES` where SQL names may stand.

    Raises
    ------
    LineFault
        For a quote that is not closed.
    """
    if "'" not in source and '"' not in source and "`" not in source:  # the usual line, much faster
        mark = source.find("#", start)
        return len(source) if mark < 0 else mark
    match = code.match(source, start)
    end = match.end() if match else start
    if end < len(source) and source[end] != "#":
        raise LineFault(end, len(source) - end, f"the quote {source[end]} is not closed", DOUBLING)
    return end


class Scanner:
    """A place in one line. All columns are counted from 0."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: int = 0):
        self.text, self.at = text, at

    @property
    def char(self) -> str:
        """The character here; empty at the end."""
        return self.text[self.at : self.at + 1]

    @property
    def rest(self) -> str:
        """The text from here on, without blanks at its ends."""
        return self.text[self.at :].strip()

    def skip_blanks(self) -> Scanner:
        """Go to the next character that is not blank."""
        text, at = self.text, self.at
        while at < len(text) and text[at].isspace():
            at += 1
        self.at = at
        return self

    def accept(self, token: str) -> bool:
        """Go past `token` if it is here, after blanks."""
        self.skip_blanks()
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Go past what `pattern` matches here, after blanks, and return it."""
        found = pattern.match(self.text, self.skip_blanks().at)
        if not found:
            return None
        self.at = found.end()
        return found[0]

    def quoted(self) -> str:
        """``string = "'" chars "'" | '"' chars '"'``, a doubled quote being one quote."""
        found = QUOTED.match(self.text, self.skip_blanks().at)
        if not found:
            self.fail(f"the quote {self.char} is not closed", DOUBLING)
        self.at = found.end()
        if found[1] is not None:
            return found[1].replace("''", "'")
        return found[2].replace('""', '"')

    def fail(
        self, message: str, hint: str = "", start: int | None = None, length: int | None = None
    ) -> NoReturn:
        """Raise a `LineFault` from `start` (here) for `length` (to the end of the line)."""
        start = self.at if start is None else start
        length = len(self.text.rstrip()) - start if length is None else length
        raise LineFault(start, length, message, hint)
