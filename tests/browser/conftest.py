"""A browser, and a place for its pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """The Chromium of the system; none is ever downloaded."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        reason = f"browser not tested: none of {', '.join(BROWSERS)} is installed"
        if pytestconfig.getoption("require_backends"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        # the sandbox needs rights that a container does not give; the pages are our own
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for screenshots: ``DJNB_ARTIFACTS``, else a temporary one."""
    chosen = os.environ.get("DJNB_ARTIFACTS")
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("artifacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
