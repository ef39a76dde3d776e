"""Printed definitions."""

from __future__ import annotations

import pytest

from datajoint_nb.definition.parse import parse
from datajoint_nb.definition.print import print_definition
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.definition import AttributeLine, Default, ForeignKeyLine, TableDefinition
from datajoint_nb.model.types import TypeSpec, parse_type

WRITTEN = """
# recording site
site_code : Varchar (12)  # short code
-> Kind
---
habitat = woodland : enum("woodland", 'urban')
n=-3 : int64
ok = True : bool
seen=current_timestamp( 3 ):datetime(3)
serial_number=null : int unsigned
big=null : < blob @ cold >
-> [UNIQUE,nullable] Recorder().proj(spare='recorder', ...) # in the box
unique index (habitat, (year(seen)), meta.gain : decimal(5, 2))  # c
index(n)
"""

# the comment column is printed even where it is empty, hence the blanks at the ends
PRINTED = """# recording site
site_code            : varchar(12)                  # short code
-> Kind
---
habitat="woodland"   : enum('woodland','urban')     {empty}
n=-3                 : int64                        {empty}
ok=1                 : bool                         {empty}
seen=CURRENT_TIMESTAMP(3) : datetime(3)                  {empty}
serial_number=null   : int unsigned                 {empty}
big=null             : <blob@cold>                  {empty}
-> [nullable, unique] Recorder.proj(spare="recorder") # in the box
UNIQUE INDEX (habitat, (year(seen)), meta.gain:decimal(5,2))
INDEX (n)
""".format(empty="")


def column(type_: str, default: str) -> TableDefinition:
    line = AttributeLine("a", parse_type(type_), Default("literal", default), in_key=True)
    return TableDefinition(lines=(line,))


def test_format():
    assert print_definition(parse(WRITTEN)) == PRINTED


def test_what_is_printed_says_the_same():
    assert parse(PRINTED) == parse(WRITTEN)


@pytest.mark.spec("D-021")
@pytest.mark.parametrize(
    ("type_", "default", "printed"),
    [
        ("int32", "7", "a=7 "),
        ("float64", "-1e-3", "a=-1e-3 "),
        ("varchar(9)", "7", 'a="7" '),
        ("varchar(9)", "null", 'a="null" '),
        ("varchar(9)", "it's", 'a="it\'s" '),
        ("varchar(9)", 'say "hi"', "a='say \"hi\"' "),
        ("varchar(9)", "\"'", "a='\"''' "),
        ("date", "2024-01-01", 'a="2024-01-01" '),
    ],
)
def test_defaults(type_: str, default: str, printed: str):
    text = print_definition(column(type_, default))
    assert text.startswith(printed)
    assert parse(text) == column(type_, default)


def test_a_separator_precedes_the_first_secondary_even_without_key():
    definition = parse("---\na : int8")
    assert print_definition(definition).startswith("---\na ")


def test_no_separator_without_secondary():
    assert "---" not in print_definition(parse("a : int8\n---\n"))


def test_key_attributes_are_printed_before_others():
    secondary, key = ForeignKeyLine("T"), AttributeLine("a", parse_type("int8"), in_key=True)
    printed = print_definition(TableDefinition(lines=(secondary, key)))
    assert parse(printed).lines == (key, secondary)


def test_comments_from_elsewhere_become_expressible():
    line = AttributeLine("a", parse_type("int8"), comment=": x\n  y ", in_key=True)
    assert parse(print_definition(TableDefinition("::t\nu", (line,)))).comment == "t u"
    assert parse(print_definition(TableDefinition("", (line,)))).attributes[0].comment == "x y"


@pytest.mark.parametrize(
    "line",
    [
        AttributeLine("a", parse_type("varchar(9)"), Default("literal", "x\ny"), in_key=True),
        AttributeLine("a", TypeSpec("core", "enum", "enum('x\ny')", ("x\ny",)), in_key=True),
    ],
)
def test_line_breaks_cannot_be_expressed(line: AttributeLine):
    with pytest.raises(DataJointError, match="line break"):
        print_definition(TableDefinition(lines=(line,)))


def test_empty():
    assert print_definition(TableDefinition()) == ""
