"""A notebook on a database file of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shells import Cells, open_shell


@pytest.fixture
def cells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Cells]:
    """A notebook with the extension loaded, not connected."""
    with open_shell(tmp_path, capsys) as opened:
        yield opened


@pytest.fixture
def lab(cells: Cells) -> Cells:
    """A notebook with the schema ``lab`` active."""
    cells.run("%dj connect sqlite:///lab.db", "%dj schema lab")
    return cells
