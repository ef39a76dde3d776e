"""A definition with syntax colours, as HTML without scripts.

The pieces come from the caller, who knows the language; here they only get their colours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from datajoint_nb.render import escape

STYLE = (
    ".djnb .djnb-code{font-family:var(--jp-code-font-family,monospace);margin:.3em 0;white-space:pre;"
    "overflow-x:auto;line-height:1.4;color:inherit;background:none}"
    ".djnb .djnb-t-comment{color:color-mix(in srgb,"
    "var(--jp-mirror-editor-comment-color,var(--djnb-muted)) 70%,var(--djnb-fg));font-style:italic}"
    ".djnb .djnb-t-type,.djnb .djnb-t-codec{color:var(--jp-mirror-editor-builtin-color,var(--djnb-key))}"
    ".djnb .djnb-t-arrow,.djnb .djnb-t-keyword,.djnb .djnb-t-option,.djnb .djnb-t-separator"
    "{color:var(--jp-mirror-editor-keyword-color,var(--djnb-key));font-weight:600}"
    ".djnb .djnb-t-reference{color:var(--djnb-key)}"
    ".djnb .djnb-t-default{color:var(--jp-mirror-editor-string-color,inherit)}"
    ".djnb .djnb-t-error{text-decoration:underline wavy var(--jp-error-color1,red)}"
)


class Token(Protocol):
    """One piece of a text: ``text == whole[start:end]``, of a kind that names its colour."""

    @property
    def kind(self) -> str:
        """What the piece is."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


def to_html(text: str, tokens: Iterable[Token]) -> str:
    """The definition in a ``<pre>``; `tokens` are in order and do not overlap."""
    pieces: list[str] = []
    at = 0
    for token in tokens:
        pieces.append(escape.html(text[at : token.start]))
        kind = escape.attribute(token.kind)
        pieces.append(f'<span class="djnb-t-{kind}">{escape.html(text[token.start : token.end])}</span>')
        at = token.end
    pieces.append(escape.html(text[at:]))
    return f'<pre class="djnb-code">{"".join(pieces).rstrip()}</pre>'
