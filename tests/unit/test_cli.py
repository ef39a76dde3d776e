"""The command ``djnb``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import datajoint_nb
from datajoint_nb import cli
from datajoint_nb.notebook import demo


@pytest.mark.spec("S-069")
@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_is_printed(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([option])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"datajoint_nb {datajoint_nb.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["demo", "--help"]])
def test_help_ends_well(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 0
    assert "usage: djnb" in capsys.readouterr().out


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "demo" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["demi"], ["demo", "--headles"], ["--port", "1"]])
def test_unknown_argument_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "usage: djnb" in capsys.readouterr().err


def test_module_runs_as_the_command() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "datajoint_nb", "--version"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == f"datajoint_nb {datajoint_nb.__version__}\n"


@pytest.mark.parametrize(
    ("options", "missing"),
    [([], "jupyterlab"), (["--headless"], "nbclient"), (["--headless"], "scikit-image")],
)
def test_missing_extra_gives_one_line(
    options: list[str],
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    modules = {"no_such_module_anywhere": missing}
    monkeypatch.setattr(demo, "MODULES_FOR_LAB", modules)
    monkeypatch.setattr(demo, "MODULES_FOR_RUNNING", modules)
    assert cli.main(["demo", "--directory", str(tmp_path / "new"), *options]) == 1
    message = f'djnb: The demo needs {missing}, which is not installed: pip install "datajoint-nb[lab]"\n'
    assert capsys.readouterr().err == message
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("arguments", "browser", "options"),
    [
        ([], True, []),
        (["--no-browser"], False, []),
        (["--no-browser", "--", "--port=9999", "--ip", "0.0.0.0"], False, ["--port=9999", "--ip", "0.0.0.0"]),
    ],
)
def test_demo_starts_jupyterlab_in_its_folder(
    arguments: list[str],
    browser: bool,
    options: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started = []

    def start_lab(directory: Path, **rest: object) -> int:
        started.append((directory, rest))
        return 5

    monkeypatch.setattr(demo, "start_lab", start_lab)
    assert cli.main(["demo", *arguments]) == 5
    assert started == [(tmp_path / "datajoint-demo", {"browser": browser, "options": options})]
    assert (tmp_path / "datajoint-demo" / demo.FIRST_TUTORIAL).is_file()
    assert f"Copied {tmp_path / 'datajoint-demo' / demo.FIRST_TUTORIAL}" in capsys.readouterr().out


def test_demo_says_which_notebook_it_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "start_lab", lambda *_, **__: 0)
    own = tmp_path / demo.FIRST_TUTORIAL
    own.write_text("{}")
    assert cli.main(["demo", "--directory", "."]) == 0
    assert f"Kept {own}" in capsys.readouterr().out
    assert own.read_text() == "{}"


def test_folder_that_cannot_be_made_gives_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["demo", "--directory", "file/below"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("djnb: Cannot prepare the folder")
    assert error.count("\n") == 1
