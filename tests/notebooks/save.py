"""Runs the notebooks and saves them with their outputs, as they are kept in the repository.

Usage: ``python -m tests.notebooks.save``
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.notebooks.test_notebooks import NOTEBOOKS, environment

WIDGET = "application/vnd.jupyter.widget-view+json"
# the embedded database of a clean kernel shows the name of the person
USER = "scientist"
QUIET = ["--IPKernelApp.log_level=ERROR"]


def clean(notebook: Any, folder: Path) -> Any:
    """Without the folder of this run, times of cells, and the state of widgets, whose pages stay."""
    cleaned = nbformat.reads(nbformat.writes(notebook).replace(f"{folder}{os.sep}", ""), as_version=4)
    cleaned.metadata.pop("widgets", None)
    cleaned.metadata["language_info"] = {"name": "python"}
    for number, cell in enumerate(cleaned.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
    return cleaned


def save(path: Path) -> None:
    """Execute one notebook in a folder of its own and replace it."""
    folder = Path(tempfile.mkdtemp(prefix="djnb-notebook-")).resolve()
    try:
        notebook = nbformat.read(path, as_version=4)
        variables = {name: value for name, value in environment().items() if not name.startswith("DJ_")}
        client = NotebookClient(
            notebook, resources={"metadata": {"path": str(folder)}}, extra_arguments=QUIET
        )
        client.execute(env={**variables, "LOGNAME": USER})
        path.write_text(nbformat.writes(clean(notebook, folder)) + "\n", encoding="utf-8")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    for path in NOTEBOOKS:
        save(path)
        print(f"saved {path}")
