"""Cards: what a magic says about one table, connection or result, as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from datajoint_nb.render import definition as coloured
from datajoint_nb.render import escape, listing
from datajoint_nb.render.style import STYLE as BASE

Tone = Literal["plain", "good", "warning", "error"]
STYLE = (
    ".djnb-card{border:1px solid var(--djnb-line);border-left:.3em solid var(--djnb-line);"
    "padding:.5em .8em;margin:.2em 0;max-width:60em}"
    ".djnb-card.djnb-good{border-left-color:var(--jp-success-color1,#2e7d4f)}"
    ".djnb-card.djnb-warning{border-left-color:var(--jp-warn-color1,#b26a00)}"
    ".djnb-card.djnb-error{border-left-color:var(--jp-error-color1,#c62828)}"
    ".djnb-card .djnb-state{margin-left:.6em;font-weight:600}"
    ".djnb-card dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em .8em;margin:.3em 0}"
    ".djnb-card dt{color:var(--djnb-muted)}.djnb-card dd{margin:0;overflow-wrap:anywhere}"
    ".djnb-card ul{margin:.3em 0;padding-left:1.4em}"
    ".djnb-card del,.djnb-card ins{text-decoration:none}"
)


@dataclass(frozen=True)
class Link:
    """A name that leads to the card of its table on the same page."""

    name: str
    anchor: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Change:
    """A line that differs: in the database (`before`), in the cell (`after`); empty where there is none."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Card:
    """What there is to say, top to bottom; empty parts are left out.

    Attributes
    ----------
    title, tier : str
        The name and what colours it.
    state : str
        ``created``, ``up to date`` and the like.
    tone : str
        The colour of the edge.
    message : str
        One sentence.
    definition, tokens
        A definition text with the pieces that are coloured.
    changes : tuple of Change
    advice : tuple of str
        Ways out, one line each.
    facts : tuple of (label, values)
        Values are texts, numbers, `Link` or `listing.Bar`, each a tuple.
    code : str
        SQL.
    anchor : str
        The target of links to this card.
    """

    title: str
    tier: str = ""
    state: str = ""
    tone: Tone = "plain"
    message: str = ""
    definition: str = ""
    tokens: tuple[coloured.Token, ...] = ()
    changes: tuple[Change, ...] = ()
    advice: tuple[str, ...] = ()
    facts: tuple[tuple[str, tuple[object, ...]], ...] = ()
    code: str = ""
    anchor: str = ""

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        return to_html(self)


def to_text(card: Card) -> str:
    """The card for a terminal."""
    head = " · ".join(escape.terminal(part) for part in (card.title, card.tier, card.state) if part)
    lines = [head]
    lines += [escape.terminal(card.message, keep="\n")] if card.message else []
    lines += _indented(card.definition)
    lines += [line for change in card.changes for line in _change_text(change)]
    lines += [f"  * {escape.terminal(advice)}" for advice in card.advice]
    lines += [
        f"{escape.terminal(label)}: {', '.join(escape.terminal(str(value)) for value in values)}"
        for label, values in card.facts
    ]
    lines += _indented(card.code)
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    if not text:
        return []
    return [f"    {line}".rstrip() for line in escape.terminal(text.rstrip(), keep="\n").split("\n")]


def _change_text(change: Change) -> Iterable[str]:
    if change.before:
        yield f"  - {escape.terminal(change.before)}"
    if change.after:
        yield f"  + {escape.terminal(change.after)}"


def to_html(card: Card) -> str:
    """The card for a page, complete without scripts."""
    style = f"<style>{BASE}{listing.STYLE}{coloured.STYLE}{STYLE}</style>"
    anchor = f'<a name="{escape.attribute(card.anchor)}"></a>' if card.anchor else ""
    return f'<div class="djnb djnb-card djnb-{card.tone}">{style}{anchor}{"".join(_parts(card))}</div>'


def _parts(card: Card) -> Iterable[str]:
    tier = f" djnb-{escape.attribute(card.tier)}" if card.tier else ""
    state = f'<span class="djnb-state">{escape.html(card.state)}</span>' if card.state else ""
    word = f'<span class="djnb-comment">{escape.html(card.tier)}</span>' if card.tier else ""
    yield f'<div><span class="djnb-title{tier}">{escape.html(card.title)}</span>{word}{state}</div>'
    if card.message:
        yield f"<div>{escape.html(card.message)}</div>"
    if card.definition:
        yield coloured.to_html(card.definition, card.tokens)
    if card.changes:
        yield f'<pre class="djnb-code">{"".join(_change_html(change) for change in card.changes)}</pre>'
    if card.advice:
        yield f"<ul>{''.join(f'<li>{escape.html(advice)}</li>' for advice in card.advice)}</ul>"
    if card.facts:
        yield f"<dl>{''.join(_fact_html(label, values) for label, values in card.facts)}</dl>"
    if card.code:
        yield f'<pre class="djnb-code">{escape.html(card.code)}</pre>'


def _change_html(change: Change) -> str:
    before = f"<del>- {escape.html(change.before)}</del>\n" if change.before else ""
    after = f"<ins>+ {escape.html(change.after)}</ins>\n" if change.after else ""
    return before + after


def _fact_html(label: str, values: tuple[object, ...]) -> str:
    return f"<dt>{escape.html(label)}</dt><dd>{', '.join(_value_html(value) for value in values)}</dd>"


def _value_html(value: object) -> str:
    if isinstance(value, Link):
        return f'<a href="#{escape.attribute(value.anchor)}">{escape.html(value.name)}</a>'
    return listing.cell_html(value)
