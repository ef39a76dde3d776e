"""The summary of an executed tutorial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datajoint_nb.notebook.inventory import read_inventory
from datajoint_nb.notebook.tutorial import TutorialRun, human_bytes, summary

INVENTORY = {
    "databases": ["sqlite here.db"],
    "tables": [
        {"schema": "lab", "name": "Slide", "tier": "manual", "rows": 1},
        {"schema": "lab", "name": "Nuclei.Nucleus", "tier": "part", "rows": 12},
    ],
    "objects": [
        {"table": "Slide", "attribute": "image", "store": "main", "count": 1, "files": 17, "bytes": 1_250_000}
    ],
}


def test_summary_lists_tables_objects_and_places() -> None:
    run = TutorialRun(Path("a/one.ipynb"), Path("a/one.html"), INVENTORY, 2.34)
    assert list(summary(run)) == [
        "Executed one.ipynb in 2.3 s",
        "  lab.Slide           manual    1 row",
        "  lab.Nuclei.Nucleus  part      12 rows",
        "Objects   Slide.image: 1 object, 17 files, 1.2 MB in store main",
        "Database  sqlite here.db",
        "Page      a/one.html",
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_249_000, "1.2 MB"),
        (5e15, "5000.0 TB"),
    ],
)
def test_human_bytes(number: int, text: str) -> None:
    assert human_bytes(number) == text


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ([], None),
        ([{"output_type": "stream", "text": "x"}], None),
        ([{"data": {"text/plain": "x"}}, {"data": {"application/json": {"tables": []}}}], {"tables": []}),
        ([{"data": {"application/json": '{"tables": []}'}}], {"tables": []}),
    ],
)
def test_inventory_is_found_among_outputs(
    outputs: list[dict[str, Any]], found: dict[str, Any] | None
) -> None:
    assert read_inventory(outputs) == found
