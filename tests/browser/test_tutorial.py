"""The tutorial in a real JupyterLab: opened, run cell by cell, looked at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.browser.lab import ROOT, Lab, running_lab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

TUTORIAL = "01-first-pipeline.ipynb"
MILLISECONDS_TO_OPEN = 60_000
MILLISECONDS_TO_START = 5_000
MILLISECONDS_TO_RUN = 120_000
TRIALS = 5
READY = """async () => {
    if (!document.querySelector('.jp-NotebookPanel .jp-CodeCell')) return false;
    if (!document.querySelector('#jp-main-statusbar').textContent.includes('| Idle')) return false;
    const sessions = await (await fetch('/api/sessions')).json();
    return sessions.some(session => session.kernel?.execution_state === 'idle');
}"""
STARTED = """() => [...document.querySelectorAll('.jp-NotebookPanel .jp-CodeCell .jp-InputPrompt')]
    .some(prompt => /^\\[[*\\d]/.test(prompt.textContent.trim()))"""
ENDED = """() => {
    if (document.querySelector('.jp-NotebookPanel [data-mime-type="application/vnd.jupyter.error"]'))
        return true;
    const cells = [...document.querySelectorAll('.jp-NotebookPanel .jp-CodeCell')];
    const prompts = cells.map(cell => cell.querySelector('.jp-InputPrompt').textContent);
    return prompts.length > 0 && prompts.every(prompt => /^\\[\\d+\\]:$/.test(prompt.trim()));
}"""
CONTRAST_FAULTS = (Path(__file__).with_name("contrast.js")).read_text("utf-8")


@pytest.fixture(scope="module", params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def lab(theme: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a folder with the tutorial, without any output."""
    directory = tmp_path_factory.mktemp("demo")
    notebook = nbformat.read(ROOT / "notebooks" / TUTORIAL, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, directory / TUTORIAL)
    with running_lab(directory, tmp_path_factory.mktemp("lab"), theme) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(lab: Lab, browser: Browser, artifacts: Path, theme: str) -> Iterator[Page]:
    """The tutorial, all cells run."""
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened.goto(lab.address(TUTORIAL))
    try:
        opened.wait_for_function(READY, timeout=MILLISECONDS_TO_OPEN)
        run_all_cells(opened)
        opened.wait_for_function(ENDED, timeout=MILLISECONDS_TO_RUN)
    finally:
        opened.screenshot(path=artifacts / f"tutorial-{theme}.png")
    yield opened
    opened.close()


def run_all_cells(page: Page) -> None:
    """Use the menu; again when JupyterLab lost the cells, as it does while it is still connecting."""
    from playwright.sync_api import TimeoutError as NothingHappened

    for _ in range(TRIALS):
        # the menu acts on the notebook that was touched last
        page.click(".jp-NotebookPanel .jp-MarkdownCell >> nth=0")
        page.click(".lm-MenuBar-item:has-text('Run')")
        page.click(".lm-Menu-item[data-command='runmenu:run-all']")
        try:
            page.wait_for_function(STARTED, timeout=MILLISECONDS_TO_START)
            return
        except NothingHappened:
            continue
    raise AssertionError("JupyterLab runs no cell")


def output_of(page: Page, code: str) -> Locator:
    """The outputs of the first cell whose code contains a text."""
    cells = page.locator(".jp-NotebookPanel .jp-CodeCell").filter(
        has=page.locator(".jp-InputArea-editor", has_text=code)
    )
    return cells.first.locator(".jp-OutputArea")


def picture(found: Locator, path: Path) -> None:
    found.scroll_into_view_if_needed()
    found.screenshot(path=path)


def test_no_cell_fails(page: Page) -> None:
    errors = page.locator(".jp-NotebookPanel [data-mime-type='application/vnd.jupyter.error']")
    assert errors.all_inner_texts() == []


def test_theme_is_the_one_that_was_asked_for(page: Page, theme: str) -> None:
    assert page.get_attribute("body", "data-jp-theme-light") == str(theme == "light").lower()


def test_query_is_shown_as_a_table(page: Page, artifacts: Path, theme: str) -> None:
    output = output_of(page, "Field.insert(")
    picture(output, artifacts / f"field-{theme}.png")
    assert output.locator("table caption").count() == 1
    assert output.locator("thead th[scope=col]").all_inner_texts()[:2] == ["slide", "field"]
    assert output.locator("tbody tr").count() == 4


def test_diagram_is_drawn(page: Page, artifacts: Path, theme: str) -> None:
    output = output_of(page, "%dj diagram")
    picture(output, artifacts / f"diagram-{theme}.png")
    drawing = output.locator("svg").first
    for name in ("Slide", "Field", "Method", "Nuclei", "Nucleus"):
        assert drawing.get_by_text(re.compile(rf"\b{name}$")).count() >= 1, name
    box = drawing.bounding_box()
    assert box is not None
    assert box["width"] > 100
    assert box["height"] > 100


def test_progress_is_shown_to_its_end(page: Page, artifacts: Path, theme: str) -> None:
    output = output_of(page, "%dj populate Nuclei")
    picture(output, artifacts / f"populate-{theme}.png")
    assert re.search(r"\b8 done\b.*\b0 failed\b.*\bfinished\b", output.inner_text())


@pytest.mark.parametrize("code", ["%%dj table Slide", "%%dj table Nuclei"])
def test_declared_table_has_a_card(page: Page, artifacts: Path, theme: str, code: str) -> None:
    output = output_of(page, code)
    picture(output, artifacts / f"{code.split()[-1].lower()}-card-{theme}.png")
    assert code.split()[-1] in output.inner_text()
    assert "created" in output.inner_text()


def test_pictures_are_drawn(page: Page, artifacts: Path, theme: str) -> None:
    output = output_of(page, "figure.colorbar(")
    picture(output, artifacts / f"result-{theme}.png")
    assert output.locator("img").evaluate("image => image.complete && image.naturalWidth > 500")


def test_text_stands_out_from_its_background(page: Page) -> None:
    """Contrast of at least 4.5 for all text in the outputs."""
    faults = page.evaluate(CONTRAST_FAULTS, ".jp-NotebookPanel .jp-OutputArea")
    assert not faults, "\n".join(faults)


def test_result_is_saved_with_the_notebook(page: Page, lab: Lab, artifacts: Path, theme: str) -> None:
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')", timeout=10_000)
    saved = lab.directory / TUTORIAL
    cells = [cell for cell in nbformat.read(saved, as_version=4).cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)
    shutil.copy(saved, artifacts / f"tutorial-{theme}.ipynb")
