"""Text from names, comments and data, made safe for the language it is put into.

Each function takes any string, however hostile, and returns text that the target language shows as
that string and never as markup, as a command or as an escape sequence. Nothing here adds layout.

Characters that no reader can see but that change what he sees are dropped everywhere: controls
(ESC among them), directional overrides, embeddings and isolates; lone surrogates, which cannot be
encoded, become U+FFFD.
"""

from __future__ import annotations

import re

_WHITE = "\t\n\r\v\f\x85\u2028\u2029"
_DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_DIRECTION}\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_IN_ATTRIBUTE = str.maketrans({"\t": "&#9;", "\n": "&#10;", "`": "&#96;"})
_IN_DOT = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;", "\n": "\\n"})
# Inside words these are plain; at their edges Mermaid may read emphasis, a list or a link arrow.
_MERMAID_UNSAFE = re.compile(r"[^\w .,\-]|(?<![^\W_])[_.,\-]|[_.,\-](?![^\W_])")


def terminal(text: str, *, keep: str = "") -> str:
    r"""Return `text` as plain visible characters, on one line.

    Parameters
    ----------
    text
        Anything.
    keep
        White-space controls to leave as they are, such as ``"\n\t"``; the others become a space.

    Returns
    -------
    str
        Without control characters (C0, C1, DEL: no escape sequence survives), directional controls,
        noncharacters and lone surrogates; always encodable.

    Examples
    --------
    >>> terminal("a\x1b[31mb\nc")
    'a[31mb c'
    """

    def visible(match: re.Match[str]) -> str:
        character = match.group()
        if character in keep and character in _WHITE:
            return character
        if "\ud800" <= character <= "\udfff":
            return "\ufffd"
        return " " if character in _WHITE else ""

    return _UNSEEN.sub(visible, text)


def html(text: str) -> str:
    """Return `text` for the content of an HTML or SVG element; also safe between double quotes.

    Line breaks and tabs stay; carriage returns do not. The result is well-formed in XML 1.0.

    Examples
    --------
    >>> html('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return terminal(text.replace("\r\n", "\n"), keep="\t\n").translate(_MARKUP)


def attribute(text: str) -> str:
    r"""Return `text` for a quoted attribute value of HTML or SVG, without the quotes.

    Line breaks and tabs are written as references, for XML readers turn bare ones into spaces.

    Examples
    --------
    >>> attribute('a"b\nc')
    'a&quot;b&#10;c'
    """
    return html(text).translate(_IN_ATTRIBUTE)


def dot(text: str) -> str:
    r"""Return `text` as a complete DOT string, *with* its double quotes.

    Backslashes and ampersands are protected, for Graphviz reads ``\N`` and ``&lt;`` in labels and
    tooltips. Line breaks become ``\n`` (centred lines).

    Examples
    --------
    >>> dot('say "hi"')
    '"say \\"hi\\""'
    """
    return f'"{terminal(text.replace(chr(13) + chr(10), chr(10)), keep=chr(10)).translate(_IN_DOT)}"'


def dot_html(text: str) -> str:
    r"""Return `text` for an HTML-like label of DOT, on one line.

    Graphviz expands ``\N`` there too, after it has resolved references, so backslashes are doubled.

    Examples
    --------
    >>> dot_html("<a>")
    '&lt;a&gt;'
    """
    return html(terminal(text)).replace("\\", "\\\\")


def mermaid(text: str) -> str:
    """Return `text` for a Mermaid label, to be put between double quotes; always one line.

    Everything but letters, digits, spaces and inner ``_ . , -`` is written as an entity code
    (``#34;``), so that no label opens a comment, a directive, Markdown, HTML or mathematics.

    Examples
    --------
    >>> mermaid('a "b" %%')
    'a #34;b#34; #37;#37;'
    """
    # Mermaid looks for $$mathematics$$ after it has resolved the codes: an unseen joiner parts the pair.
    parted = re.sub(r"\$(?=\$)", "$\u2060", terminal(text))
    return _MERMAID_UNSAFE.sub(lambda match: f"#{ord(match.group())};", parted)
