"""Which code computed a row."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from datajoint_nb.populate.version import code_version

MODULE = """
class Spectrum:
    def make(self, key):
        return 1
"""


@pytest.fixture
def spectrum(tmp_path: Path) -> type:
    """A class in a file of its own."""
    path = tmp_path / "pipeline.py"
    path.write_text(MODULE)
    spec = importlib.util.spec_from_file_location("pipeline_of_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    __import__("sys").modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Spectrum


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("method", [None, "none"])
def test_no_version(spectrum: type, method: str | None) -> None:
    assert code_version(spectrum, method) == ""


def test_commit_of_the_module(spectrum: type, tmp_path: Path) -> None:
    assert code_version(spectrum, "git") == ""
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "pipeline.py")
    git(tmp_path, "commit", "-q", "-m", "one")
    (tmp_path / ".git" / "info" / "exclude").write_text("__pycache__\n")
    commit = git(tmp_path, "rev-parse", "--short", "HEAD")
    assert code_version(spectrum, "git") == commit
    (tmp_path / "pipeline.py").write_text(MODULE + "# changed\n")
    assert code_version(spectrum, "git") == commit + "+"


def test_hash_of_the_source(spectrum: type) -> None:
    version = code_version(spectrum, "source")
    assert version.startswith("src:")
    assert len(version) == 16
    other = type("Other", (), {"make": lambda self, key: 2})
    assert code_version(other, "source") != version
