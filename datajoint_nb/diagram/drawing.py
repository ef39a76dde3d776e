"""The forms that a diagram takes: JSON, text, SVG, Mermaid, DOT, PNG, and what notebooks show.

See ``tests/spec/08-compute-diagram.md`` §16 and §18.
"""

from __future__ import annotations

import hashlib
import io
import json
from os import PathLike
from typing import TYPE_CHECKING, Any

from datajoint_nb.diagram import programs
from datajoint_nb.diagram.counting import Counting
from datajoint_nb.diagram.form import Picture, build_form
from datajoint_nb.diagram.save import save
from datajoint_nb.errors import DataJointError
from datajoint_nb.render.diagram import DiagramForm, to_dot, to_mermaid, to_text
from datajoint_nb.render.diagram.form import Theme
from datajoint_nb.tables.describe import definition_text

if TYPE_CHECKING:
    from datajoint_nb.model.names import TableName
    from datajoint_nb.model.stored import StoredTable

THEMES = ("auto", "light", "dark")


class Drawing(Counting):
    """Pictures of the shown tables."""

    # -- data ----------------------------------------------------------------------------------

    def to_dict(self, counts: bool = False, definitions: bool = True) -> DiagramForm:
        """The diagram in its JSON form, ``djnb-diagram/1``, which front ends receive.

        Parameters
        ----------
        counts : bool
            Also count the rows of all shown tables, and those that a restriction selects: one
            statement each.
        definitions : bool
            Also the text of each table's definition.

        See
        ---
        tests/spec/08-compute-diagram.md §18
        """
        rows = self._count_all() if counts else {}
        restricted = self._count_restricted() if counts and self._restrictions.tables else {}
        return self._form(rows, restricted, definitions)

    def to_json(self, counts: bool = False, definitions: bool = True) -> str:
        """The text of `to_dict`."""
        return json.dumps(self.to_dict(counts, definitions), ensure_ascii=False)

    def _form(
        self, rows: dict[TableName, int], restricted: dict[TableName, int], definitions: bool
    ) -> DiagramForm:
        pipeline, selection = self._pipeline, self._selection
        shown = pipeline.order(selection)
        tables = {table: pipeline.stored(table) for table in shown}
        expanded = {table: stored for table, stored in tables.items() if table in selection.expanded}
        display = self._pipeline.connection.config
        picture = Picture(
            tables=tables,
            edges=pipeline.edges(selection.shown),
            folded=selection.folded,
            names=self._names,
            outside=pipeline.outside(shown),
            definitions=self._definitions(expanded) if definitions else {},
            rows=rows,
            restricted=restricted,
            seeds=tuple(self._restrictions.roots),
            mode=self._restrictions.mode,
            direction=display["display.diagram_direction"],
            theme=display["display.diagram_theme"],
        )
        return build_form(picture)

    def _definitions(self, tables: dict[TableName, StoredTable | None]) -> dict[TableName, str]:
        connection = self._pipeline.connection
        parents = {
            table: {key.parent for key in stored.foreign_keys} for table, stored in tables.items() if stored
        }
        # one search through the context for all names, not one for each definition
        self._names.paths({*tables}.union(*parents.values()))
        return {
            table: definition_text(stored, connection, self._names.context_for(parents[table]))
            for table, stored in tables.items()
            if stored
        }

    def _picture(self) -> DiagramForm:
        """The form to draw: what a restriction selects is counted, so that the picture shows it."""
        return self._form({}, self._count_restricted() if self._restrictions.tables else {}, True)

    # -- text ----------------------------------------------------------------------------------

    def to_text(self) -> str:
        """The diagram as an indented tree, parents above their children."""
        return to_text(self._picture())

    def make_mermaid(self) -> str:
        """The diagram as a Mermaid flowchart."""
        return to_mermaid(self._picture())

    def dot_string(self, theme: Theme | None = None) -> str:
        """The diagram in the DOT language of Graphviz; see `svg_string` for `theme`."""
        return to_dot(self._picture(), _checked(theme))

    def make_dot(self, theme: Theme | None = None) -> Any:
        """The diagram as a ``pydot.Dot``, to be changed by hand; see `svg_string` for `theme`.

        Raises
        ------
        DataJointError
            Without the package pydot.
        """
        pydot = programs.load("pydot", "pydot", "make_dot()")
        return pydot.graph_from_dot_data(self.dot_string(theme))[0]

    # -- pictures ------------------------------------------------------------------------------

    def svg_string(self, theme: Theme | None = None) -> str:
        """The diagram as an SVG document.

        It is laid out by the program `dot` of Graphviz where that is installed, and else by the
        layout of this library.

        Parameters
        ----------
        theme : {"auto", "light", "dark"}, optional
            Default: the setting ``display.diagram_theme``. ``auto`` follows the reader's system.
        """
        form = self._picture()
        # several pictures on one page must not share ids
        digest = hashlib.sha256(json.dumps(form["nodes"], sort_keys=True).encode()).hexdigest()[:8]
        return programs.draw_svg(form, _checked(theme), f"djnb-{digest}")

    def make_svg(self) -> Any:
        """The diagram as an ``IPython.display.SVG``."""
        display = programs.load("IPython.display", "ipython", "make_svg()")
        return display.SVG(self.svg_string())

    def make_png(self) -> io.BytesIO:
        """The diagram as a PNG file in memory.

        Raises
        ------
        DataJointError
            Without the program `dot` of Graphviz.
        """
        return programs.draw_png(self._picture(), None)

    def make_image(self) -> Any:
        """The diagram as an array of pixels, shape (height, width, 4), values 0 to 1.

        Raises
        ------
        DataJointError
            Without matplotlib, or without the program `dot` of Graphviz.
        """
        image = programs.load("matplotlib.image", "matplotlib", "make_image()")
        return image.imread(self.make_png(), format="png")

    def draw(self) -> None:
        """Show the diagram on the current axes of matplotlib.

        Raises
        ------
        DataJointError
            Without matplotlib, or without the program `dot` of Graphviz.
        """
        pyplot = programs.load("matplotlib.pyplot", "matplotlib", "draw()")
        pyplot.imshow(self.make_image())
        pyplot.gca().axis("off")
        pyplot.show()

    def save(self, filename: str | PathLike[str], format: str | None = None) -> None:
        """Write the diagram to a file.

        Parameters
        ----------
        filename : str or path
        format : {"png", "svg", "mermaid", "mmd", "md", "json", "dot"}, optional
            Default: by the suffix of the file name. ``md`` is Markdown with fenced Mermaid.

        Raises
        ------
        DataJointError
            For other formats, and when the file cannot be written.
        """
        save(self, filename, format)

    # -- notebooks -----------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.to_text().rstrip("\n")

    def _repr_svg_(self) -> str:
        return self.svg_string()

    def _repr_html_(self) -> str:
        svg = self.svg_string()
        return f'<div class="djnb-diagram" style="overflow-x:auto">{svg[svg.index("<svg") :]}</div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        makers = {
            "image/svg+xml": self._repr_svg_,
            "text/vnd.mermaid": self.make_mermaid,
            "text/plain": self.__repr__,
        }
        return {
            kind: make()
            for kind, make in makers.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }


def _checked(theme: Theme | None) -> Theme | None:
    if theme is not None and theme not in THEMES:
        raise DataJointError(f"There is no theme {theme!r}; the themes are {', '.join(THEMES)}")
    return theme
