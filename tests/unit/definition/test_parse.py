"""Definition texts and what they say: attribute lines, comments, separators, defaults."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from datajoint_nb.definition.parse import parse
from datajoint_nb.errors import DefinitionError, DefinitionProblem
from datajoint_nb.model.definition import NULL, AttributeLine, Default, Position


def only(text: str) -> AttributeLine:
    (line,) = parse(text).attributes
    return line


def faults(text: str) -> tuple[DefinitionProblem, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    return caught.value.problems


def fault(text: str) -> DefinitionProblem:
    (problem,) = faults(text)
    return problem


@pytest.mark.spec("D-001")
def test_only_a_leading_comment_line_is_the_table_comment():
    definition = parse("\n  # recording site\n # more\na : int8\n# later\n")
    assert (definition.comment, len(definition.lines)) == ("recording site", 1)
    assert parse("a : int8\n# later").comment == ""


@pytest.mark.spec("D-002")
@pytest.mark.parametrize("comment", [":x", " : x", "\t:"])
def test_table_comment_cannot_start_with_a_colon(comment: str):
    problem = fault(f"#{comment}\na : int8")
    assert (problem.line, problem.column) == (1, comment.index(":") + 2)


@pytest.mark.spec("D-003")
def test_crlf_and_tabs_are_blanks():
    text = '# site\na=3 : int32 # first\n---\n-> [unique] T.proj(b="c")\nindex(a, b)\n'
    assert parse(text.replace("\n", "\r\n").replace(" ", "\t")) == parse(text)


@pytest.mark.spec("D-004")
@pytest.mark.parametrize("separator", ["---", "-----", "--- notes", "  ---", "--->"])
def test_separators(separator: str):
    definition = parse(f"a : int8\n{separator}\nb : int8")
    assert [line.in_key for line in definition.attributes] == [True, False]


def test_a_second_separator_is_harmless():
    assert [line.in_key for line in parse("a:int8\n---\nb:int8\n---\nc:int8").attributes] == [
        True,
        False,
        False,
    ]


@pytest.mark.spec("D-005")
def test_two_dashes_are_no_separator():
    problem = fault("a : int8\n--\nb : int8")
    assert (problem.line, problem.source) == (2, "--")
    assert "`--`" in problem.message
    assert "`---`" in problem.hint


@pytest.mark.spec("D-006")
def test_without_separator_all_attributes_are_primary():
    assert all(line.in_key for line in parse("a : int8\nb : int8\n-> T").lines)


@pytest.mark.spec("D-007")
@pytest.mark.parametrize("line", ["depth", "depth int32", "depth=3", "depth # : int8", "depth='a:b'"])
def test_a_line_without_colon(line: str):
    problem = fault(f"a : int8\n{line}")
    assert (problem.line, problem.source) == (2, line)
    assert "no `:`" in problem.message


@pytest.mark.spec("D-008")
@pytest.mark.parametrize("line", ["depth :", "depth=3 : # metres", "depth: \t"])
def test_a_line_without_type(line: str):
    assert "no type" in fault(line).message


@pytest.mark.spec("D-009")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Abc", "abc"),
        ("1a", ""),
        ("a-b", "a_b"),
        ("depthM", "depth_m"),
        ("a b", "a_b"),
        ("é", ""),
        ("a.b", "a_b"),
    ],
)
def test_bad_names(name: str, hint: str):
    problem = fault(f"{name} : int8")
    assert (problem.column, problem.length) == (1, len(name))
    assert f"`{name}`" in problem.message
    assert problem.hint == (f"did you mean `{hint}`?" if hint else "")


def test_missing_name():
    assert "no attribute name" in fault(" : int8").message


@pytest.mark.spec("D-010")
@pytest.mark.parametrize("line", ["_x : int8", "_x=1 : int8", "__ : int8", "_"])
def test_reserved_names(line: str):
    assert "reserved" in fault(line).message


@pytest.mark.parametrize("name", ["select", "group", "index", "unique", "order", "key", "null", "a1_b"])
def test_words_of_sql_are_names(name: str):
    assert only(f"{name} : int8").name == name


@pytest.mark.spec("D-012")
@pytest.mark.parametrize("between", ["", "---\n", "b : int8\n"])
def test_repeated_names(between: str):
    problem = fault(f"a : int8\n{between}a : int16")
    assert problem.line == 2 + between.count("\n")
    assert "`a`" in problem.message
    assert "line 1" in problem.hint


@pytest.mark.spec("D-013")
@pytest.mark.parametrize("comment", [":x", "  :x", ":int8:"])
def test_attribute_comment_cannot_start_with_a_colon(comment: str):
    assert "colon" in fault(f"a : int8 #{comment}").message


@pytest.mark.parametrize(
    "comment", ["100 %s", "{x}", r"a\n", "it's", 'say "hi"', "µ✓", "a # b", "x : y", "`"]
)
def test_comments_are_verbatim(comment: str):
    assert only(f"a : varchar(9)   #  {comment}  ").comment == comment


@pytest.mark.spec("D-015")
def test_hash_in_quotes_is_data():
    line = only('a="x#1" : enum(\'x#1\', "y#2") # c')
    assert line.default == Default("literal", "x#1")
    assert line.type.args == ("x#1", "y#2")
    assert line.comment == "c"


@pytest.mark.spec("D-016")
@pytest.mark.parametrize("quote", ["'", '"'])
def test_colon_in_quotes_is_data(quote: str):
    assert only(f"a={quote}x : y{quote} : varchar(9)").default == Default("literal", "x : y")


@pytest.mark.parametrize("word", ["null", "NULL", "Null"])
def test_null_default(word: str):
    assert only(f"---\na = {word} : int8").default == NULL


@pytest.mark.spec("D-018")
@pytest.mark.parametrize("line", ["a=null : int8", "b : int8\na = NULL : varchar(3) # c"])
def test_primary_attributes_cannot_be_null(line: str):
    problem = fault(line)
    assert "cannot be null" in problem.message
    assert problem.source[problem.column - 1 :].lower().startswith("null")


@pytest.mark.spec("D-019")
@pytest.mark.parametrize("text", ["='null'", '= "null"'])
def test_quoted_null_is_a_text(text: str):
    assert only(f"a{text} : varchar(9)").default == Default("literal", "null")


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("CURRENT_TIMESTAMP", None),
        ("current_timestamp", None),
        ("Current_Timestamp()", None),
        ("CURRENT_TIMESTAMP(3)", 3),
        ("CURRENT_TIMESTAMP ( 0 )", 0),
    ],
)
@pytest.mark.parametrize("kind", ["datetime", "datetime(3)", "timestamp", "date"])
def test_current_timestamp(text: str, precision: int | None, kind: str):
    assert only(f"a={text} : {kind}").default == Default("now", precision=precision)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('="it\'s"', "it's"),
        ("='say \"hi\"'", 'say "hi"'),
        ("='it''s'", "it's"),
        ('="say ""hi"""', 'say "hi"'),
        ("=''", ""),
        ("=''''", "'"),
        ('="  "', "  "),
        (r"='a\'", "a\\"),
    ],
)
def test_quoted_defaults(written: str, text: str):
    assert only(f"a{written} : varchar(20) # it's").default == Default("literal", text)


@pytest.mark.parametrize(
    ("written", "type_", "text"),
    [
        ("-3", "int32", "-3"),
        ("+3", "int32", "+3"),
        ("1.5", "float32", "1.5"),
        ("1e+3", "float64", "1e+3"),
        ("hello", "varchar(9)", "hello"),
        ("pine marten", "varchar(20)", "pine marten"),
        ("woodland", "enum('woodland')", "woodland"),
        ("2024-02-29", "date", "2024-02-29"),
        ("true", "bool", "1"),
        ("False", "bool", "0"),
        ("'TRUE'", "BOOL", "1"),
        ("0", "bool", "0"),
    ],
)
def test_literal_defaults(written: str, type_: str, text: str):
    assert only(f"a={written} : {type_}").default == Default("literal", text)


@pytest.mark.spec("D-024")
def test_words_are_no_default_of_an_integer():
    problem = fault("a=abc : int32")
    assert (problem.column, problem.length) == (3, 3)
    assert "`abc`" in problem.message


@pytest.mark.spec("D-025")
@pytest.mark.parametrize("line", ["a= :int8", "a = : int8", "a=: int8"])
def test_empty_default(line: str):
    assert "no default" in fault(line).message


@pytest.mark.spec("D-026")
@pytest.mark.parametrize("type_", ["<blob>", "<blob@cold>", "bytes", "json", "longblob"])
@pytest.mark.parametrize("default", ["'x'", "1", "''", "CURRENT_TIMESTAMP", "'null'"])
def test_blobs_admit_only_null(type_: str, default: str):
    assert "no default but null" in fault(f"---\na={default} : {type_}").message
    assert only(f"---\na=null : {type_}").default == NULL


@pytest.mark.spec("D-027")
@pytest.mark.parametrize(
    "text", ["now()", "NOW(3)", "CURRENT_DATE", "1+1", "uuid()", "CURRENT_TIMESTAMP(7)", "(1)"]
)
def test_expressions_are_no_defaults(text: str):
    problem = fault(f"a={text} : datetime")
    assert f"`{text}`" in problem.message
    assert "CURRENT_TIMESTAMP" in problem.hint


@pytest.mark.spec("D-028")
@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("n : int32 = 5", "n=5 : int32"),
        ("n : varchar(5)='a'", "n='a' : varchar(5)"),
        ("n : enum('a=b') = 'a=b'", "n='a=b' : enum('a=b')"),
    ],
)
def test_default_after_the_type(line: str, right: str):
    problem = fault(line)
    assert "unknown type" in problem.message
    assert right in problem.hint


def test_bare_default_with_a_colon():
    assert "quotes" in fault("t=2020-01-01 10:00:00 : datetime").hint


@pytest.mark.parametrize("line", ["a='x : int8", "a=\"x' : int8", "a='it's' : varchar(9)", "a : enum('x)"])
def test_unclosed_quotes(line: str):
    assert "doubled" in fault(line).hint


@pytest.mark.spec("T-012")
@pytest.mark.parametrize("type_", ["<blob>", "<blob@>", "bytes", "json"])
def test_types_not_for_keys(type_: str):
    assert "primary key" in fault(f"a : {type_}").message
    assert only(f"---\na : {type_}").type.text == type_


@pytest.mark.spec("T-004")
@pytest.mark.parametrize("type_", ["uint8", "int24", "string", "varchar", "int32;"])
def test_unknown_types(type_: str):
    problem = fault(f"a : {type_} # c")
    assert (problem.column, problem.length) == (5, len(type_))
    assert type_ in problem.message
    assert problem.hint


@pytest.mark.spec("T-005")
@pytest.mark.parametrize("type_", ["datetime(7)", "varchar(0)", "decimal(3,5)", "char(300)"])
def test_types_out_of_range(type_: str):
    assert type_ in fault(f"a : {type_}").message


def test_near_type_names_are_suggested():
    assert fault("a : flaot64").hint == "did you mean float64?"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("foreign key (a) references t", "-> Parent"),
        ("primary key (a)", "above `---`"),
        ("unique (a)", "unique index"),
        ("indx(a)", "index"),
        ("Station", "-> Station"),
        ("=> Station", "-> Parent"),
        ("→ Station", "-> Parent"),
        ("———", "---"),
        ("// comment", "#"),
        ("depth float32", "depth : float32"),
    ],
)
def test_other_languages_get_a_hint(line: str, hint: str):
    assert hint in fault(line).hint


@pytest.mark.parametrize("char", ["\0", "\ud800"])
def test_characters_that_no_database_stores(char: str):
    problem = fault(f"a : int8 # x{char}")
    assert problem.column == 13
    assert "cannot be stored" in problem.message


def test_all_faults_are_reported_in_order():
    text = "A : int8\nb : int8\n---\nc : flot\nd=null : int32\n-> [nul] T\ne=x : int8\nindex()\n"
    assert [problem.line for problem in faults(text)] == [1, 4, 6, 7, 8]


def test_the_error_names_table_line_and_column():
    with pytest.raises(DefinitionError, match=r"`Depth`.*line 2, column 7: unknown type `flot`") as caught:
        parse("a : int8\n  b : flot", table="Depth")
    assert (caught.value.line, caught.value.column, caught.value.table) == (2, 7, "Depth")


def test_positions():
    line = only("\n  depth = 3.5 :  float32  # m")
    assert line.position == Position(2, 3, 5)
    assert line.default_position == Position(2, 11, 3)
    assert line.type_position == Position(2, 18, 7)


def test_empty_definitions():
    assert parse("").lines == parse("\n---\n  # x\n").lines == ()


def calls(work: Callable[[], object]) -> int:
    """How many functions, Python's and C's, are called."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_work_grows_with_the_length_of_a_definition():
    def text(count: int) -> str:
        return "\n".join(f"a{i}={i} : int32 # number {i}" for i in range(count))

    short, long = text(1_000), text(10_000)
    assert len(parse(long).lines) == 10_000
    assert calls(lambda: parse(long)) < 11 * calls(lambda: parse(short))


@pytest.mark.parametrize(
    "text",
    [
        "x : " + "a" * 10**5,
        "x='" + "''" * 10**5,
        "x : enum(" + "'" * 10**5,
        "index(" + "(" * 10**5,
        "-> " + "a." * 10**5,
        "x : 'a'" + "=" * 10**5 + "'",
        "x : int32 " + " " * 10**5 + "y",
        "x = " + "9" * 10**5 + " : int32",
        "x : int(" + "9" * 10**5 + ")",
        "--" + " -" * 10**5,
    ],
    ids=range(10),
)
def test_hostile_lines_are_refused_quickly(text: str):
    start = time.perf_counter()
    fault(text)
    assert time.perf_counter() - start < 5
