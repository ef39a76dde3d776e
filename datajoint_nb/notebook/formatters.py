"""What the library's objects look like at the end of a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datajoint_nb.connection import Connection
from datajoint_nb.definition.highlight import tokens
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.heading import Heading
from datajoint_nb.notebook.commands.connect import connection_card
from datajoint_nb.notebook.schemas import list_schema
from datajoint_nb.notebook.secrecy import MASK
from datajoint_nb.populate.auto import PopulateResult
from datajoint_nb.render import card, definition, escape
from datajoint_nb.render.card import Card
from datajoint_nb.render.listing import Bar, Column, Listing
from datajoint_nb.render.style import STYLE
from datajoint_nb.settings import Config
from datajoint_nb.settings.keys import is_secret
from datajoint_nb.storage.npyref import NpyRef
from datajoint_nb.storage.objectref import ObjectRef
from datajoint_nb.tables.preview import human_size
from datajoint_nb.tables.schema import Schema
from datajoint_nb.tables.table import TableMeta

Html = Callable[[Any], "str | None"]


def table_class(cls: Any) -> str | None:
    """The first rows of a class's table; None for classes that are bound to no schema."""
    return cls()._repr_html_() if _is_bound(cls) else None


def print_table_class(cls: Any, printer: Any, cycle: bool) -> None:
    """The plain-text twin: the same rows as the class's instance shows."""
    printer.text(repr(cls()) if _is_bound(cls) else type.__repr__(cls))


def _is_bound(cls: Any) -> bool:
    return cls.database is not None and isinstance(cls.table_name, str)


def schema(value: Schema) -> str:
    """Tables in dependency order with rows and progress."""
    if not value.is_activated():
        return card.to_html(Card("Schema", state="not activated"))
    return list_schema(value)._repr_html_()


def heading(value: Heading) -> str:
    """The definition with syntax colours."""
    text = repr(value)
    style = f"<style>{STYLE}{definition.STYLE}</style>"
    return f'<div class="djnb">{style}{definition.to_html(text, tokens(text))}</div>'


def connection(value: Connection) -> str:
    """What it is connected to."""
    if value.is_connected:
        return card.to_html(connection_card(value))
    facts = (("address", (value.spec.address,)),)
    return card.to_html(Card(value.spec.backend, state="disconnected", tone="warning", facts=facts))


def config(value: Config) -> str:
    """Settings by section, each with its source; secrets are masked."""
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for key in value:
        section = key.partition(".")[0] if "." in key else "general"
        found = value[key]
        shown = MASK if is_secret(key) and found is not None else repr(found)
        sections.setdefault(section, []).append((key, shown, value.origin(key)))
    columns = (Column("setting"), Column("value"), Column("source"))
    return "".join(
        Listing(f"Settings: {name}", columns, tuple(rows))._repr_html_() for name, rows in sections.items()
    )


def object_ref(value: ObjectRef) -> str:
    """Kind, size, files, hash, url; the metadata of the row, nothing is read."""
    data = value.to_json()
    facts = [
        ("kind", value.mime_type or value.ext),
        ("size", None if value.size is None else human_size(value.size)),
        ("files", value.item_count),
        ("hash", value.hash),
        ("written", data["timestamp"]),
        ("url", value.url),
        ("store", value.store_name),
    ]
    kept = tuple((label, (fact,)) for label, fact in facts if fact is not None)
    return card.to_html(Card(value.path, state="folder" if value.is_dir else "file", facts=kept))


def npy_ref(value: NpyRef) -> str:
    """Shape, type and size of the array; no data are read."""
    facts: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("shape", (" × ".join(map(str, value.shape)) or "scalar",)),
        ("type", (str(value.dtype),)),
        ("size", (human_size(value.nbytes),)),
        *((("store", (value.store_name,)),) if value.store_name else ()),
    )
    return card.to_html(Card(value.path, state="loaded" if value.is_loaded else "not loaded", facts=facts))


def populate_result(value: PopulateResult) -> str:
    """Bars of keys by outcome, and the errors, folded."""
    errors = value["error_list"]
    done = int(value["success_count"])
    total = done + len(errors) + value.skipped
    if not total:
        return card.to_html(Card("Nothing to populate", state="every key has its rows"))
    rows = (
        ("done", Bar(done, total)),
        ("errors", Bar(len(errors), total)),
        ("skipped", Bar(value.skipped, total)),
    )
    stopped = f", stopped by {value.stopped}" if value.stopped else ""
    caption = f"Populated in {value.duration:.1f} s{stopped}"
    listing = Listing(caption, (Column("keys"), Column("of all")), rows)._repr_html_()
    return listing + "".join(_error(key, error) for key, error in errors)


def _error(key: Any, error: Any) -> str:
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    first = text.split("\n", 1)[0]
    return (
        f'<details class="djnb"><summary>{escape.html(f"{key}: {first}")}</summary>'
        f"<pre>{escape.html(text)}</pre></details>"
    )


HTML: dict[type, Html] = {
    TableMeta: table_class,
    Schema: schema,
    Heading: heading,
    Connection: connection,
    Config: config,
    ObjectRef: object_ref,
    NpyRef: npy_ref,
    PopulateResult: populate_result,
}


class Formatters:
    """Registers the forms with the display formatter of a shell."""

    def __init__(self, shell: Any):
        formatters = shell.display_formatter.formatters
        self.html, self.plain = formatters["text/html"], formatters["text/plain"]
        self._former: list[tuple[Any, type, Any]] = []

    def install(self) -> None:
        """Register all forms."""
        for kind, function in HTML.items():
            self._put(self.html, kind, safely(function))
        self._put(self.plain, TableMeta, print_table_class)

    def _put(self, formatter: Any, kind: type, function: Any) -> None:
        # by key, since looking up by type would give the form of a base class
        former = formatter.type_printers.get(kind)
        formatter.for_type(kind, function)
        self._former.append((formatter, kind, former))

    def remove(self) -> None:
        """Leave the display formatter as it was."""
        for formatter, kind, former in self._former:
            formatter.type_printers.pop(kind, None)
            if former is not None:
                formatter.for_type(kind, former)
        self._former.clear()


def safely(function: Html) -> Html:
    """`function`, but an error of the database becomes one line instead of a traceback."""

    def shown(value: Any) -> str | None:
        try:
            return function(value)
        except DataJointError as error:
            return f"<pre>{escape.html(f'{type(error).__name__}: {error}')}</pre>"

    return shown
