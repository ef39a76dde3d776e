"""Laws of the definition language."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from datajoint_nb.definition.highlight import tokens
from datajoint_nb.definition.parse import parse
from datajoint_nb.definition.print import print_definition
from datajoint_nb.errors import DefinitionError
from datajoint_nb.model.definition import (
    NULL,
    AttributeLine,
    Default,
    ForeignKeyLine,
    IndexItem,
    IndexLine,
    Line,
    TableDefinition,
)
from datajoint_nb.model.types import enum_text, parse_type

# Any text that a line can hold and a database can store.
LINE_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n\0"), max_size=12)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
COMMENTS = LINE_TEXT.map(str.strip).filter(lambda text: not text.startswith(":"))
LABELS = st.lists(LINE_TEXT, min_size=1, max_size=3, unique=True).map(tuple)
KEY_TYPES = st.one_of(
    st.sampled_from(
        ["int8", "float64", "bool", "decimal(5,2)", "date", "datetime(3)", "uuid", "int unsigned"]
    ),
    st.integers(1, 40).map("varchar({})".format),
    LABELS.map(enum_text),
).map(parse_type)
BLOB_TYPES = st.sampled_from(["<blob>", "<blob@>", "<blob@cold>", "bytes", "json", "longblob"]).map(
    parse_type
)
LITERALS = {
    "int8": st.integers(-128, 127).map(str),
    "int": st.integers(0, 2**32 - 1).map(str),
    "float64": st.floats(allow_nan=False, allow_infinity=False).map(repr),
    "bool": st.sampled_from(["0", "1"]),
    "decimal": st.decimals(-999, 999, places=2).map(str),
    "date": st.dates().map(str).filter(lambda text: text >= "1000"),
    "datetime": st.just("2024-02-29 10:00:00.125"),
    "uuid": st.uuids().map(str),
}


@st.composite
def defaults(draw: Any, line: dict[str, Any]) -> Default | None:
    spec = line["type"]
    choices = [st.none()]
    if not line["in_key"]:
        choices.append(st.just(NULL))
    if spec.name == "datetime":
        choices.append(st.builds(Default, st.just("now"), precision=st.none() | st.integers(0, 6)))
    if spec.name == "varchar":
        choices.append(LINE_TEXT.map(lambda text: Default("literal", text[: spec.args[0]])))
    if spec.name == "enum":
        choices.append(st.sampled_from(spec.args).map(lambda label: Default("literal", label)))
    if spec.name in LITERALS:
        choices.append(LITERALS[spec.name].map(lambda text: Default("literal", text)))
    return draw(st.one_of(choices))


@st.composite
def attributes(draw: Any, name: str, in_key: bool) -> AttributeLine:
    spec = draw(KEY_TYPES if in_key else KEY_TYPES | BLOB_TYPES)
    default = draw(defaults({"type": spec, "in_key": in_key}))
    return AttributeLine(name, spec, default, draw(COMMENTS), in_key)


@st.composite
def foreign_keys(draw: Any, in_key: bool) -> ForeignKeyLine:
    target = draw(
        st.sampled_from(["T", "lab.T", "A.B.C", "`d b`.`#k`", '"d#b"."__k"', "master", "`it's`.`a`"])
    )
    renames = draw(st.dictionaries(NAMES, NAMES, max_size=2))
    nullable = not in_key and draw(st.booleans())
    comment = draw(LINE_TEXT.map(str.strip))
    return ForeignKeyLine(target, tuple(renames.items()), nullable, draw(st.booleans()), in_key, comment)


INDEX_ITEMS = st.one_of(
    NAMES.map(IndexItem),
    st.builds(
        IndexItem,
        NAMES,
        path=st.sampled_from(["gain", "a.b[0].c"]),
        cast=st.sampled_from([None, "char(3)", "decimal(5,2)"]),
    ),
    st.sampled_from(["year(a)", "(a) + (b)", "f(a, ')(', \"#\")", "doc ->> '$.x'"]).map(
        lambda text: IndexItem(expression=text)
    ),
)
INDEXES = st.builds(
    IndexLine, st.lists(INDEX_ITEMS, min_size=1, max_size=3, unique=True).map(tuple), st.booleans()
)


@st.composite
def definitions(draw: Any) -> TableDefinition:
    names = draw(st.lists(NAMES, max_size=6, unique=True))
    border = draw(st.integers(0, len(names)))
    lines: list[Line] = []
    for position, name in enumerate(names):
        in_key = position < border
        lines.append(draw(st.one_of(attributes(name, in_key), foreign_keys(in_key), INDEXES)))
    return TableDefinition(draw(COMMENTS), tuple(lines))


@given(definitions())
@settings(max_examples=300, deadline=None)
def test_parsing_undoes_printing(definition: TableDefinition):
    assert parse(print_definition(definition)) == definition


@given(definitions())
@settings(max_examples=100, deadline=None)
def test_printing_is_idempotent(definition: TableDefinition):
    printed = print_definition(definition)
    assert print_definition(parse(printed)) == printed


# Pieces of definitions in wild order reach deeper into the parser than random characters do.
PIECES = st.sampled_from(
    (
        *(
            "->",
            "---",
            "--",
            "#",
            ":",
            "=",
            "'",
            '"',
            "`",
            "(",
            ")",
            "[",
            "]",
            "<",
            ">",
            "@",
            ",",
            ".",
            "...",
        ),
        *("&", "*", " ", "\t", "\n", "\n", "\r\n", "\r", "\0", "\\", "\u2028", "\x85", "é", "٣"),
        *("a", "b1", "_x", "A", "Station", ".proj(", "nullable", "unique", "index(", "unique index ("),
        *("null", "CURRENT_TIMESTAMP", "now()", "5", "-3.5", "'x'", '"it\'s"', " : int32", " : varchar(8)"),
        *("enum('a','b')", "decimal(5,2)", "datetime(3)", "<blob@>", "json", "uuid", "bool", "# c"),
    )
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=25).map("".join),
    st.text("\n \t#:='\"()[]<>@,.->_aA1é\ud800", max_size=40),
)


def check_survival(text: str) -> None:
    try:
        assert isinstance(parse(text), TableDefinition)
    except DefinitionError as error:
        sources = text.split("\n")
        for problem in error.problems:
            assert problem.source == sources[problem.line - 1].rstrip("\r")
            assert 1 <= problem.column <= len(sources[problem.line - 1]) + 1
            assert problem.length >= 1
            assert problem.message


@given(TEXTS)
@settings(max_examples=10_000, deadline=None)
def test_any_text_is_a_definition_or_an_error_with_a_position(text: str):
    check_survival(text)


@given(TEXTS)
@settings(max_examples=1_000)
def test_what_parses_prints_and_parses_again(text: str):
    try:
        definition = parse(text)
    except DefinitionError:
        return
    assert parse(print_definition(definition)) == definition


@given(TEXTS)
@settings(max_examples=1_000)
def test_tokens_are_ordered_pieces_of_any_text(text: str):
    found = tokens(text)
    assert all(text[token.start : token.end] == token.text != "" for token in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(TEXTS)
@settings(max_examples=1_000)
def test_tokens_show_an_error_where_parsing_finds_one_in_a_line(text: str):
    try:
        parse(text)
    except DefinitionError:
        return
    assert not [token for token in tokens(text) if token.kind == "error"]
