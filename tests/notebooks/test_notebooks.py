"""Every notebook, executed from a clean kernel on every database and compared with what is saved.

``python -m tests.notebooks.save`` saves them anew after a change of what they show.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.servers import Server

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TUTORIAL = ROOT / "notebooks" / "01-first-pipeline.ipynb"
VARIABLES = {
    "backend": "DJ_BACKEND",
    "host": "DJ_HOST",
    "port": "DJ_PORT",
    "user": "DJ_USER",
    "password": "DJ_PASS",
    "database_name": "DJ_DATABASE_NAME",
    "path": "DJ_DATABASE_PATH",
}
ANSI_COLOUR = re.compile(r"\x1b\[[\d;]*m")
SYSTEM_SCHEMAS = ("information_schema", "mysql", "performance_schema", "sys", "pg_", "public")


def environment(**more: str) -> dict[str, str]:
    """The environment of a new process that uses this checkout and writes no files beside it."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def kernel_variables(connection_settings: dict[str, Any], server: Server | None) -> Iterator[dict[str, str]]:
    """Environment variables that lead a kernel to the database; schemas made by it are dropped."""
    before = server.schemas("") if server else set()
    yield {VARIABLES[name]: str(value) for name, value in connection_settings.items()}
    if server:
        made = server.schemas("") - before
        server.drop_schemas(sorted(name for name in made if not name.startswith(SYSTEM_SCHEMAS)))


@pytest.mark.spec("N-035")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_gives_its_saved_outputs(
    notebook: Path, kernel_variables: dict[str, str], tmp_path: Path
) -> None:
    shutil.copy(notebook, tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-p", "no:cacheprovider", "-q"]
    options.append(f"--nbval-sanitize-with={Path(__file__).with_name('sanitize.cfg')}")
    done = run("pytest", *options, notebook.name, cwd=tmp_path, env=environment(**kernel_variables))
    assert done.returncode == 0, ANSI_COLOUR.sub("", done.stdout + done.stderr)
    assert re.search(r"\d+ passed", done.stdout)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_saved_after_one_run_without_errors(notebook: Path) -> None:
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert "error" not in kinds


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_names_no_folder_of_the_machine_that_made_it(notebook: Path) -> None:
    assert not re.search(r"(/home/|/root/|/tmp/|/Users/|site-packages)", notebook.read_text("utf-8"))


def saved_outputs(notebook: Path, mime_type: str) -> list[str]:
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    bundles = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [bundle[mime_type] for bundle in bundles if mime_type in bundle]


@pytest.mark.spec("N-013")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_notebook_becomes_a_page_without_a_kernel(notebook: Path, tmp_path: Path) -> None:
    done = run("nbconvert", "--to", "html", str(notebook), "--output-dir", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / f"{notebook.stem}.html").read_text("utf-8")
    shown = page.split("<body", 1)[1]
    html = "".join(saved_outputs(notebook, "text/html"))
    for element in ("<table", "<caption", "<svg"):
        assert shown.count(element) >= html.count(element)
    for kind in ("image/png", "image/jpeg"):
        assert shown.count(f"data:{kind};base64,") >= len(saved_outputs(notebook, kind))


def test_saved_tutorial_shows_tables_diagram_and_pictures() -> None:
    html = "".join(saved_outputs(TUTORIAL, "text/html"))
    assert html.count("<caption") >= 8
    assert re.search(r"<svg.*Nuclei.*</svg>", html, re.DOTALL)
    assert len(saved_outputs(TUTORIAL, "image/jpeg")) == 2
