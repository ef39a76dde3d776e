"""Runs a tutorial without a browser: executes it, renders it as a page, and sums up what it made."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook.inventory import read_inventory

KERNEL = "python3"
SECONDS_FOR_A_CELL = 300
TAKE_INVENTORY = "from datajoint_nb.notebook.inventory import show_inventory; show_inventory(globals())"
UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class TutorialRun:
    """An executed tutorial.

    Attributes
    ----------
    notebook : Path
        What was executed; the file itself is not changed.
    page : Path
        The HTML page, with all outputs.
    inventory : dict
        See `datajoint_nb.notebook.inventory.take_inventory`.
    seconds : float
        From the start of the kernel to the finished page.
    """

    notebook: Path
    page: Path
    inventory: dict[str, Any]
    seconds: float


def run_tutorial(notebook: Path) -> TutorialRun:
    """Execute a notebook in its own folder and write the result beside it as an HTML page.

    Raises
    ------
    DataJointError
        When a cell fails; the page is written all the same and shows how far it came.
    """
    import nbformat

    started = time.monotonic()
    content = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    page = notebook.with_suffix(".html")
    try:
        inventory = execute(content, notebook)
    finally:
        page.write_text(render(content, notebook.stem), encoding="utf-8")
    return TutorialRun(notebook, page, inventory, time.monotonic() - started)


def execute(content: Any, notebook: Path) -> dict[str, Any]:
    """Run all cells of a notebook; outputs are put into `content`. Return the inventory of its schemas.

    Raises
    ------
    DataJointError
        When a cell fails or takes too long.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal
    from nbformat.v4 import new_code_cell

    client = NotebookClient(
        content,
        timeout=SECONDS_FOR_A_CELL,
        kernel_name=KERNEL,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(notebook.parent)}},
    )
    last = new_code_cell(TAKE_INVENTORY)  # type: ignore[no-untyped-call]
    content.cells.append(last)
    try:
        client.execute()
    except CellControlSignal as error:
        raise DataJointError(f"{notebook.name} did not run to its end: {error}") from error
    finally:
        content.cells.remove(last)
    return read_inventory(last.outputs) or {"databases": [], "tables": [], "objects": []}


def render(content: Any, title: str) -> str:
    """The notebook with its outputs as one HTML page; no kernel is needed."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="lab")  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(content, resources={"metadata": {"name": title}})
    return str(body)


def summary(run: TutorialRun) -> Iterator[str]:
    """Lines that say what a run made and where it lies."""
    yield f"Executed {run.notebook.name} in {run.seconds:.1f} s"
    tables = run.inventory["tables"]
    names = [f"{table['schema']}.{table['name']}" for table in tables]
    width = max((len(name) for name in names), default=0)
    for name, table in zip(names, tables, strict=True):
        yield f"  {name:<{width}}  {table['tier']:<8}  {count(table['rows'], 'row')}"
    for found in run.inventory["objects"]:
        yield (
            f"Objects   {found['table']}.{found['attribute']}: {count(found['count'], 'object')}, "
            f"{count(found['files'], 'file')}, {human_bytes(found['bytes'])} in store {found['store']}"
        )
    for database in run.inventory["databases"]:
        yield f"Database  {database}"
    yield f"Page      {run.page}"


def count(number: int, noun: str) -> str:
    """``1 row``, ``12 rows``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def human_bytes(number: int) -> str:
    """``812 bytes``, ``1.3 MB``."""
    size, unit = float(number), 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {UNITS[unit]}" if unit else count(number, "byte")
