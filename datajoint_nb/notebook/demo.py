"""The folder of the demo: the tutorials copied into it, and JupyterLab started there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datajoint_nb.errors import DataJointError

DEFAULT_DIRECTORY = "datajoint-demo"
FIRST_TUTORIAL = "01-first-pipeline.ipynb"

# Module -> the name of what one installs; the tutorial needs the last three also without JupyterLab.
MODULES_FOR_LAB = {"jupyterlab": "jupyterlab", "skimage": "scikit-image", "matplotlib": "matplotlib"}
MODULES_FOR_RUNNING = {
    "nbclient": "nbclient",
    "nbconvert": "nbconvert",
    "ipykernel": "ipykernel",
    "skimage": "scikit-image",
    "matplotlib": "matplotlib",
}


@dataclass(frozen=True)
class CopiedNotebooks:
    """What `copy_notebooks` did.

    Attributes
    ----------
    new : tuple of Path
        Notebooks that were not there before.
    same : tuple of Path
        Notebooks that were there as they are shipped.
    kept : tuple of Path
        Notebooks that differ from those shipped, and were left alone.
    """

    new: tuple[Path, ...]
    same: tuple[Path, ...]
    kept: tuple[Path, ...]


def require_modules(modules: dict[str, str]) -> None:
    """Check that optional packages are installed, without importing them.

    Parameters
    ----------
    modules : dict
        Module name -> name of the distribution.

    Raises
    ------
    DataJointError
        Naming what is missing and the extra that brings it.
    """
    missing = [name for module, name in modules.items() if importlib.util.find_spec(module) is None]
    if missing:
        names, verb = ", ".join(missing), "is" if len(missing) == 1 else "are"
        raise DataJointError(
            f'The demo needs {names}, which {verb} not installed: pip install "datajoint-nb[lab]"'
        )


def shipped_notebooks() -> Path:
    """The folder of the tutorials: inside the installed package, or beside it in a checkout.

    Raises
    ------
    DataJointError
        When neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_notebooks", package.parent / "notebooks"):
        if (folder / FIRST_TUTORIAL).is_file():
            return folder
    raise DataJointError(f"The tutorials are missing from the installation at {package}; install it again.")


def copy_notebooks(directory: Path) -> CopiedNotebooks:
    """Copy the tutorials into a folder, which is made when absent; what is there already stays.

    Raises
    ------
    DataJointError
        When the folder cannot be made or written to.
    """
    new, same, kept = [], [], []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for source in sorted(shipped_notebooks().glob("*.ipynb")):
            target = directory / source.name
            if not target.exists():
                shutil.copyfile(source, target)
                new.append(target)
            elif target.read_bytes() == source.read_bytes():
                same.append(target)
            else:
                kept.append(target)
    except OSError as error:
        raise DataJointError(f"Cannot prepare the folder {directory}: {error}") from error
    return CopiedNotebooks(tuple(new), tuple(same), tuple(kept))


def lab_command(notebook: Path, *, browser: bool = True, options: Sequence[str] = ()) -> list[str]:
    """The command that starts JupyterLab on a notebook, to be run in the notebook's folder.

    Parameters
    ----------
    notebook : Path
        What to open.
    browser : bool
        Whether JupyterLab opens a browser window.
    options : sequence of str
        More options of ``jupyter lab``.
    """
    command = [sys.executable, "-m", "jupyterlab", notebook.name]
    if not browser:
        command.append("--no-browser")
    # JupyterLab refuses to run as root unless told so; in a container there is nobody else
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in options:
        command.append("--allow-root")
    return [*command, *options]


def start_lab(directory: Path, *, browser: bool = True, options: Sequence[str] = ()) -> int:
    """Run JupyterLab in the folder until it is stopped; return its exit status."""
    command = lab_command(directory / FIRST_TUTORIAL, browser=browser, options=options)
    process = subprocess.Popen(command, cwd=directory)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab gets it too, and asks the user itself
            continue
