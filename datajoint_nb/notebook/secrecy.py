"""Passwords in URLs: found, and kept out of the history of the notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MASK = "••••"
MAGIC = re.compile(r"(?m)^.*\bdj\b.*://.*$")
# greedy up to the last @ of the line: a password may hold any sign
CREDENTIALS = re.compile(r"(\w+://[^\s:/@'\"]*):(.*)@")
BARE = re.compile(r"(\w+://[^\s:/@'\"\[\]]+):(?!\d{1,5}(?:[/?\s'\"]|$)|[^@]*@)([^\s'\"]+)")
PARAMETER = re.compile(r"(?i)((?:password|passwd|pwd|pass)=)[^&\s'\"]+")


def mask(text: str) -> str:
    """`text` with the passwords of URLs in lines of ``%dj`` made unreadable."""
    if "://" not in text:
        return text
    return MAGIC.sub(lambda line: _mask_line(line[0]), text)


def _mask_line(line: str) -> str:
    line = CREDENTIALS.sub(rf"\1:{MASK}@", line)
    line = BARE.sub(rf"\1:{MASK}", line)
    return PARAMETER.sub(rf"\1{MASK}", line)


def has_password(url: str) -> bool:
    """Whether a URL holds a password, also an empty one, or what can only be meant as one."""
    parts = urlsplit(url)
    if parts.password is not None or _mask_line(url) != url:
        return True
    return any(name.lower() in ("password", "passwd", "pwd", "pass") for name, _ in parse_qsl(parts.query))


class HistoryMask:
    """Sees every input before the history does, and masks passwords in it.

    The history thread may write a line to its file at once, so that cleaning up afterwards is
    too late.
    """

    def __init__(self, shell: Any):
        self.history = shell.history_manager

    def install(self) -> None:
        """Stand before the history."""
        if self.history is None:
            return
        store: Callable[..., Any] = self.history.store_inputs

        def store_masked(line_num: int, source: str, source_raw: str | None = None) -> None:
            store(line_num, mask(source), None if source_raw is None else mask(source_raw))

        self.history.store_inputs = store_masked

    def remove(self) -> None:
        """Leave the history as it was."""
        if self.history is not None:
            self.history.__dict__.pop("store_inputs", None)
