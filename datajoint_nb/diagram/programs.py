"""Pictures made by other programs and libraries, each wanted only where it is used.

Graphviz's `dot` lays diagrams out, pydot holds one as objects, matplotlib draws on its axes. Only
what cannot be had without them asks for them.

See ``tests/spec/08-compute-diagram.md`` §16.
"""

from __future__ import annotations

import importlib
import io
import logging
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

from datajoint_nb.errors import DataJointError
from datajoint_nb.render.diagram import DiagramForm, add_dark_style, to_dot, to_svg
from datajoint_nb.render.diagram.form import Theme

logger = logging.getLogger("datajoint_nb")


class NoGraphvizError(DataJointError):
    """The program `dot`, or the package that runs it, is not there or failed."""


def load(module: str, package: str, wanted_by: str) -> ModuleType:
    """An optional module.

    Raises
    ------
    DataJointError
        When its package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataJointError(
            f"{wanted_by} needs the package {package}, which is not installed: pip install {package}. "
            "Without it there are svg_string(), make_mermaid() and to_text()"
        ) from error


@lru_cache(maxsize=16)
def run_dot(text: str, target: str) -> bytes:
    """What the program `dot` makes of a DOT text.

    Parameters
    ----------
    text : str
    target : {"svg", "png"}

    Raises
    ------
    NoGraphvizError
        When the program is missing or refuses the text.
    """
    try:
        graphviz: Any = importlib.import_module("graphviz")
    except ImportError as error:
        raise NoGraphvizError("the package graphviz is not installed") from error
    try:
        return bytes(graphviz.Source(text).pipe(format=target, quiet=True))
    except graphviz.ExecutableNotFound as error:
        raise NoGraphvizError("the program `dot` of Graphviz is not installed") from error
    except (graphviz.CalledProcessError, OSError) as error:
        raise NoGraphvizError(f"the program `dot` of Graphviz failed: {error}") from error


@cache
def hint(reason: str) -> None:
    """Say once in the log why pictures have the built-in layout."""
    logger.info(
        "Diagrams have the built-in layout: %s. For Graphviz's layout, see https://graphviz.org/download",
        reason,
    )


def draw_svg(form: DiagramForm, theme: Theme | None, prefix: str) -> str:
    """An SVG document: from `dot` where it is there, else from the built-in layout."""
    theme = theme or form["theme"]
    try:
        svg = run_dot(to_dot(form, theme), "svg").decode()
    except NoGraphvizError as error:
        hint(str(error))
        return to_svg(form, theme, prefix=prefix)
    return add_dark_style(svg) if theme == "auto" else svg


def draw_png(form: DiagramForm, theme: Theme | None) -> io.BytesIO:
    """A PNG picture.

    Raises
    ------
    DataJointError
        Without `dot`.
    """
    try:
        return io.BytesIO(run_dot(to_dot(form, theme), "png"))
    except NoGraphvizError as error:
        raise DataJointError(
            f"A PNG picture needs Graphviz, but {error}; use svg_string() or save('diagram.svg') instead"
        ) from error
