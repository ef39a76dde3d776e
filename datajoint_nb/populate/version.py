"""Which code computed a row, as the setting ``jobs.version_method`` says: ``08`` §5."""

from __future__ import annotations

import hashlib
import inspect
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 5
LENGTH = 64
METHODS = ("make", "make_fetch", "make_compute", "make_insert")


def code_version(cls: type, method: str | None) -> str:
    """The version of a class's code, at most 64 characters; empty where it cannot be told."""
    tell = VERSIONS.get(method or "none", _none)
    return tell(cls)[:LENGTH]


def _none(cls: type) -> str:
    return ""


def _git(cls: type) -> str:
    """The commit of the repository that holds the class's module, with ``+`` when files changed since."""
    try:
        folder: Path = Path(inspect.getfile(cls)).parent
    except (TypeError, OSError):
        folder = Path.cwd()  # a class of a notebook
    if not folder.is_dir():
        folder = Path.cwd()
    commit = _ask_git(folder, "rev-parse", "--short", "HEAD")
    if not commit:
        return ""
    return commit + ("+" if _ask_git(folder, "status", "--porcelain") else "")


def _ask_git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _source(cls: type) -> str:
    """A hash of the sources of ``make``, for notebooks."""
    texts = []
    for name in METHODS:
        function: Any = getattr(cls, name, None)
        if callable(function):
            try:
                texts.append(inspect.getsource(function))
            except (OSError, TypeError):
                return ""
    return "src:" + hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12] if texts else ""


VERSIONS: dict[str, Callable[[type], str]] = {"none": _none, "git": _git, "source": _source}
