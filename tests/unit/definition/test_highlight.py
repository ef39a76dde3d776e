"""Tokens for syntax colouring."""

from __future__ import annotations

import pytest

from datajoint_nb.definition.highlight import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  # site ", [("comment", "# site")]),
        ("--- rest", [("separator", "--- rest")]),
        ("a : int8", [("name", "a"), ("type", "int8")]),
        (
            "---\nb = 'x' : varchar(3) # c",
            [
                ("separator", "---"),
                ("name", "b"),
                ("default", "'x'"),
                ("type", "varchar(3)"),
                ("comment", "# c"),
            ],
        ),
        ("---\nb : <blob@>", [("separator", "---"), ("name", "b"), ("codec", "<blob@>")]),
        (
            "->[unique] lab.T.proj(a='b') # c",
            [("arrow", "->"), ("option", "[unique]"), ("reference", "lab.T.proj(a='b')"), ("comment", "# c")],
        ),
        ("unique  index (a, b) # c", [("keyword", "unique  index"), ("name", "a, b"), ("comment", "# c")]),
        ("a : flot # c", [("error", "flot"), ("comment", "# c")]),
        ("a=null : int8", [("name", "a"), ("error", "null"), ("type", "int8")]),
        ("a=x : int8\r\nb :", [("name", "a"), ("error", "x"), ("type", "int8"), ("error", ":")]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[tuple[str, str]]):
    found = tokens(text)
    assert [(token.kind, token.text) for token in found] == expected
    assert all(text[token.start : token.end] == token.text for token in found)
