"""Foreign key and index lines."""

from __future__ import annotations

import pytest

from datajoint_nb.definition.parse import parse
from datajoint_nb.errors import DefinitionError, DefinitionProblem
from datajoint_nb.model.definition import ForeignKeyLine, IndexItem, IndexLine, Position


def reference(text: str) -> ForeignKeyLine:
    (line,) = parse(f"---\n{text}").foreign_keys
    return line


def index(text: str) -> IndexLine:
    (line,) = parse(text).indexes
    return line


def fault(text: str) -> DefinitionProblem:
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("Station", "Station"),
        ("Station()", "Station"),
        ("lab.Station", "lab.Station"),
        ("a.b.Deployment.Channel", "a.b.Deployment.Channel"),
        ("master", "master"),
        ("self", "self"),
        ("`db`.`#kind`", "`db`.`#kind`"),
        ('"db"."#kind"', '"db"."#kind"'),
        ("`d'b`.`__a`", "`d'b`.`__a`"),
        ("proj.Station", "proj.Station"),
    ],
)
def test_targets(written: str, target: str):
    assert reference(f"-> {written}") == ForeignKeyLine(target)
    assert reference(f"->{written}.proj() # c") == ForeignKeyLine(target, comment="c")


@pytest.mark.spec("D-039")
@pytest.mark.parametrize(
    ("arguments", "renames"),
    [
        ("b='a'", (("b", "a"),)),
        ('b="a"', (("b", "a"),)),
        (" b = 'a' , d = \"c\" ", (("b", "a"), ("d", "c"))),
        ("b='a', ...", (("b", "a"),)),
        ("..., b='a'", (("b", "a"),)),
        ("'c', b='a'", (("b", "a"),)),
        ("b='a',", (("b", "a"),)),
        ("", ()),
    ],
)
def test_projections(arguments: str, renames: tuple[tuple[str, str], ...]):
    assert reference(f"-> lab.Station.proj({arguments})") == ForeignKeyLine("lab.Station", renames)
    assert reference(f"-> `lab`.`station` . proj({arguments})").renames == renames


@pytest.mark.spec("D-036")
@pytest.mark.parametrize(
    ("options", "nullable", "unique"),
    [
        ("[nullable]", True, False),
        ("[UNIQUE]", False, True),
        ("[ Nullable ,unique ]", True, True),
        ("[unique,NULLABLE]", True, True),
        ("", False, False),
    ],
)
def test_options(options: str, nullable: bool, unique: bool):
    line = reference(f"->{options}Station")
    assert (line.target, line.nullable, line.unique) == ("Station", nullable, unique)


@pytest.mark.spec("D-033")
def test_primary_foreign_keys_cannot_be_nullable():
    problem = fault("-> [unique, nullable] Station\n---\n")
    assert (problem.column, problem.length) == (13, 8)
    assert "cannot be nullable" in problem.message


@pytest.mark.spec("D-037")
@pytest.mark.parametrize(
    ("option", "hint"),
    [("nulable", "`nullable`"), ("uniq", "`unique`"), ("cascade", "nullable and unique")],
)
def test_unknown_options(option: str, hint: str):
    problem = fault(f"---\n-> [{option}] Station")
    assert f"`{option}`" in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize("options", ["[]", "[nullable,]", "[unique] [nullable]", "[unique"])
def test_malformed_options(options: str):
    assert "option" in fault(f"---\n-> {options} Station").message + fault(f"---\n-> {options} Station").hint


@pytest.mark.spec("D-045")
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Station & 'a=1'", "restriction"),
        ('Station & "a=1"', "restriction"),
        ("Station.proj(b='a') & {'a': 1}", "restriction"),
        ("Station - Other", "difference"),
        ("Station * Other", "join"),
        ("Station.proj(b='a') * Other", "join"),
        ("Station.proj(b='a').proj()", "chain"),
        ("Station().proj() . proj(b='a')", "chain"),
        ("Station.aggr(Other, n='count(*)')", "aggr"),
        ("Station.proj(n='a+1')", "computed"),
    ],
)
def test_other_expressions_are_refused(text: str, what: str):
    problem = fault(f"-> {text}")
    assert what in problem.message
    assert problem.column > 3


@pytest.mark.spec("D-046")
@pytest.mark.parametrize(
    "text", ["print(1)", "print('x')", "__import__('os').system('true')", "[print(1)][0]"]
)
def test_nothing_is_evaluated(text: str, capsys: pytest.CaptureFixture[str]):
    fault(f"---\n-> {text}")
    assert capsys.readouterr() == ("", "")


@pytest.mark.spec("D-047")
@pytest.mark.parametrize("text", ["x -> Parent", "x : int8 -> Parent", "x=1 -> Parent"])
def test_an_arrow_begins_its_line(text: str):
    assert "must begin with `->`" in fault(text).message


def test_arrows_in_quotes_and_comments_are_data():
    assert len(parse("a='->' : varchar(9)\nb : int8 # a -> b").attributes) == 2


@pytest.mark.spec("D-048")
@pytest.mark.parametrize(
    "target", ["Station", "Station.proj(b='a')", "`db`.`#kind`", '[unique] "db"."#kind"']
)
def test_comments_after_references(target: str):
    assert reference(f"-> {target} # it's : the -> place").comment == "it's : the -> place"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("->", 3),
        ("-> 1x", 4),
        ("-> .Station", 4),
        ("-> lab.", 7),
        ("-> A.proj", 5),
        ("-> A.proj(", 11),
        ("-> A.proj(b=a)", 13),
        ("-> A.proj(b='a'", 16),
        ("-> A.proj(b='a' c='d')", 17),
        ("-> A.proj(b='a', b='c')", 18),
        ("-> A.proj(B='a')", 11),
        ("-> A.proj(_b='a')", 11),
        ("-> A.proj(**x)", 11),
        ("-> A.proj(b='a)", 13),
        ("-> A B", 6),
        ("-> `db`", 4),
        ("-> A(1)", 5),
    ],
)
def test_malformed_references(text: str, column: int):
    assert fault(f"---\n{text}").column == column


def test_positions():
    line = reference("  -> [unique] lab.Station.proj(b='a')  # c")
    assert line.position == Position(2, 3, 35)
    assert line.target_position == Position(2, 15, 11)


@pytest.mark.parametrize(
    ("text", "unique", "items"),
    [
        ("index(a)", False, [IndexItem("a")]),
        ("INDEX (a, b)", False, [IndexItem("a"), IndexItem("b")]),
        ("unique  index( a,b ) # c", True, [IndexItem("a"), IndexItem("b")]),
        ("Unique Index (a)", True, [IndexItem("a")]),
        ("index(born, (year(born)))", False, [IndexItem("born"), IndexItem(expression="year(born)")]),
        ("index((f(a, ')', \"(\", `x)`)))", False, [IndexItem(expression="f(a, ')', \"(\", `x)`)")]),
        ("index(((a) + (b)))", False, [IndexItem(expression="(a) + (b)")]),
        ("index((doc ->> '$.x'))", False, [IndexItem(expression="doc ->> '$.x'")]),
        ("index(meta.gain:decimal(5, 2))", False, [IndexItem("meta", "gain", "decimal(5,2)")]),
        ("index(meta.a.b[0].c)", False, [IndexItem("meta", "a.b[0].c")]),
        ("index(meta.a : char(3), b)", False, [IndexItem("meta", "a", "char(3)"), IndexItem("b")]),
    ],
)
def test_indexes(text: str, unique: bool, items: list[IndexItem]):
    assert index(text) == IndexLine(tuple(items), unique)


def test_indexes_may_precede_their_attributes():
    definition = parse("index(b)\na : int8\n---\nb : int8")
    assert [line.in_key for line in definition.attributes] == [True, False]


@pytest.mark.spec("D-059")
@pytest.mark.parametrize("text", ["index()", "unique index( )"])
def test_empty_indexes(text: str):
    assert "no attribute" in fault(text).message


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("index(a,)", 9, ""),
        ("index(,a)", 7, ""),
        ("index(a, a)", 10, ""),
        ("index(year(a))", 7, "index((year(a)))"),
        ("index((a)+(b))", 7, "index(((a)+(b)))"),
        ("index(())", 7, ""),
        ("index(a desc)", 7, "direction"),
        ("index(a", 8, ""),
        ("index((a)", 10, ""),
        ("index(('a))", 8, ""),
        ("index(a) b", 10, ""),
        ("index(m.a:drop table; x)", 11, "decimal"),
        ("index(A)", 7, ""),
    ],
)
def test_malformed_indexes(text: str, column: int, hint: str):
    problem = fault(text)
    assert problem.column == column
    assert hint in problem.hint
