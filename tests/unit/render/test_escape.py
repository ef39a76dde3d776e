"""Escaping: whatever a name holds, the target language shows it and never obeys it."""

from __future__ import annotations

import html as html_library
import re
import unicodedata
from xml.etree import ElementTree

import pytest

from datajoint_nb.render.escape import attribute, dot, dot_html, html, mermaid, terminal

EVIL = [
    "plain",
    'a"b',
    "it's",
    "<script>alert(1)</script>",
    "a & b &lt; &#60;",
    "back\\slash\\N\\",
    "100% %%{init}%%",
    "]]>",
    "\x1b[31mred\x9b0m\x07\x00",
    "\u202eright\u2066to\u2069left",
    "\ud800",
    "line\nbreak\r\nand\ttab\u2028x",
    "`code` $$x$$ *b* _i_",
    "\ufffe\uffff",
]


@pytest.mark.parametrize("text", EVIL)
def test_nothing_unseen_survives(text: str) -> None:
    for escape in (terminal, html, attribute, dot, dot_html, mermaid):
        escaped = escape(text)
        escaped.encode()
        assert not [c for c in escaped if unicodedata.category(c) in ("Cc", "Cs", "Cf") and c not in "\t\n"]


@pytest.mark.parametrize("text", EVIL)
def test_html_is_one_text_node(text: str) -> None:
    element = ElementTree.fromstring(f'<p title="{attribute(text)}">{html(text)}</p>')
    assert len(element) == 0
    assert (element.text or "") == element.get("title") == html_library.unescape(html(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mb", "a[31mb"),
        ("a\nb\tc", "a b c"),
        ("\ud800", "\ufffd"),
        ("é漢😀", "é漢😀"),
        ("\u202egnirts", "gnirts"),
    ],
)
def test_terminal(text: str, expected: str) -> None:
    assert terminal(text) == expected


def test_terminal_keeps_what_it_is_told_and_no_more() -> None:
    assert terminal("a\nb\tc\x1b", keep="\n\x1b") == "a\nb c"


@pytest.mark.parametrize("text", EVIL)
def test_dot_is_one_closed_string(text: str) -> None:
    assert re.fullmatch(r'"(?:[^"\\\n]|\\["\\n])*"', dot(text))


def test_dot_protects_escapes_and_entities() -> None:
    assert dot("\\N &lt;") == '"\\\\N &amp;lt;"'
    assert dot_html("\\N <") == "\\\\N &lt;"


@pytest.mark.parametrize("text", EVIL)
def test_mermaid_has_only_words_and_codes(text: str) -> None:
    escaped = mermaid(text)
    assert re.fullmatch(r"(?:[\w .,-]|#\d+;)*", escaped)
    shown = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), escaped)
    assert "$$" not in shown
    assert shown.replace("\u2060", "") == terminal(text)


@pytest.mark.parametrize("text", ["__mix", "1. first", "- item", "a -- b"])
def test_mermaid_leaves_no_markdown(text: str) -> None:
    assert not re.search(r"(?<!\w)[-_.]|[-_.](?!\w)|__", mermaid(text))
