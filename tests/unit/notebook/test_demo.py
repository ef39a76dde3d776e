"""The folder of the demo."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook import demo


def test_first_tutorial_is_shipped() -> None:
    assert (demo.shipped_notebooks() / demo.FIRST_TUTORIAL).is_file()


def test_notebooks_are_copied_into_a_new_folder(tmp_path: Path) -> None:
    copied = demo.copy_notebooks(tmp_path / "a" / "b")
    assert [path.name for path in copied.new] == sorted(
        p.name for p in demo.shipped_notebooks().glob("*.ipynb")
    )
    assert (copied.same, copied.kept) == ((), ())


def test_copying_again_changes_nothing(tmp_path: Path) -> None:
    first = demo.copy_notebooks(tmp_path)
    second = demo.copy_notebooks(tmp_path)
    assert (second.new, second.same, second.kept) == ((), first.new, ())


def test_changed_notebook_is_kept(tmp_path: Path) -> None:
    demo.copy_notebooks(tmp_path)
    own = tmp_path / demo.FIRST_TUTORIAL
    own.write_text("my own work")
    assert demo.copy_notebooks(tmp_path).kept == (own,)
    assert own.read_text() == "my own work"


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        ({"no_such_module": "one"}, "needs one, which is not installed"),
        ({"no_such_module": "one", "no_such_other": "two"}, "needs one, two, which are not installed"),
        ({"sys": "sys", "no_such_module": "one"}, r"needs one, .*datajoint-nb\[lab\]"),
    ],
)
def test_missing_modules_are_named(modules: dict[str, str], text: str) -> None:
    with pytest.raises(DataJointError, match=text):
        demo.require_modules(modules)


@pytest.mark.parametrize(
    ("browser", "options", "rest"),
    [
        (True, [], []),
        (False, [], ["--no-browser"]),
        (False, ["--port=1"], ["--no-browser", "--port=1"]),
    ],
)
def test_lab_command(browser: bool, options: list[str], rest: list[str]) -> None:
    command = demo.lab_command(Path("x/one.ipynb"), browser=browser, options=options)
    assert command[:4] == [sys.executable, "-m", "jupyterlab", "one.ipynb"]
    assert [argument for argument in command[4:] if argument != "--allow-root"] == rest


@pytest.mark.parametrize(("user", "allowed"), [(0, 1), (1000, 0)])
def test_root_is_allowed_when_there_is_nobody_else(
    user: int, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert demo.lab_command(Path("one.ipynb")).count("--allow-root") == allowed


def test_status_of_jupyterlab_is_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, pathlib; pathlib.Path('here').touch(); raise SystemExit(3)"
    monkeypatch.setattr(demo, "lab_command", lambda *_, **__: [sys.executable, "-c", code])
    assert demo.start_lab(tmp_path) == 3
    assert (tmp_path / "here").exists()
