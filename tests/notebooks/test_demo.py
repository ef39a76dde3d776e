"""``djnb demo --headless``, as a user runs it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.test_notebooks import TUTORIAL, environment, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first_run(folder: Path) -> subprocess.CompletedProcess[str]:
    """The demo without server, settings or anything on the PATH: no ``dot``, no Node."""
    variables = {k: v for k, v in environment().items() if not k.startswith("DJ_")}
    (folder / "bin").mkdir()
    arguments = ["datajoint_nb", "demo", "--headless", "--directory", "pipelines"]
    return run(*arguments, cwd=folder, env={**variables, "PATH": str(folder / "bin")})


def test_demo_succeeds_with_nothing_on_the_path(first_run: subprocess.CompletedProcess[str]) -> None:
    assert first_run.returncode == 0, first_run.stdout + first_run.stderr


@pytest.mark.parametrize(
    "line",
    [
        r"tissue\.Slide +manual +1 row$",
        r"tissue\.Field +manual +4 rows$",
        r"tissue\.Method +lookup +2 rows$",
        r"tissue\.Nuclei +computed +8 rows$",
        r"tissue\.Nuclei\.Nucleus +part +\d{3} rows$",
        r"Objects +Slide\.image: 1 object, \d+ files, \d+\.\d kB in store main$",
        r"Database .*datajoint\.db",
        r"Page .*01-first-pipeline\.html$",
        r"^Executed 01-first-pipeline\.ipynb in \d+\.\d s$",
    ],
)
def test_demo_sums_up_what_it_made(first_run: subprocess.CompletedProcess[str], line: str) -> None:
    assert re.search(line, first_run.stdout, re.MULTILINE), first_run.stdout


def test_demo_leaves_database_objects_and_page_in_its_folder(
    first_run: subprocess.CompletedProcess[str], folder: Path
) -> None:
    pipelines = folder / "pipelines"
    assert (pipelines / "datajoint.db").stat().st_size > 0
    assert list((pipelines / "objects").rglob("*.zarr"))
    assert (pipelines / TUTORIAL.name).read_bytes() == TUTORIAL.read_bytes()
    assert "<svg" in (pipelines / "01-first-pipeline.html").read_text("utf-8")


def test_demo_writes_the_page_and_fails_when_a_cell_fails(folder: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("broken_on_purpose")])
    (folder / "broken").mkdir()
    nbformat.write(notebook, folder / "broken" / TUTORIAL.name)
    arguments = ["datajoint_nb", "demo", "--headless", "--directory", "broken"]
    done = run(*arguments, cwd=folder)
    assert done.returncode == 1
    assert "did not run to its end" in done.stderr
    assert "Traceback (most recent call last):\n  File" not in done.stderr
    assert "broken_on_purpose" in (folder / "broken" / "01-first-pipeline.html").read_text("utf-8")
