"""What ``describe`` says declares the same table: ``01-definitions.md`` §5."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.model.stored import StoredTable
from datajoint_nb.model.types import TypeSpec

PARENTS = {
    "Site": """
        # place
        site : varchar(12)  # code
        """,
    "Visit": """
        -> Site
        day : date  # local
        ---
        note='' : varchar(30)
        """,
    "Person": """
        person : uuid
        started=CURRENT_TIMESTAMP : datetime(3)
        """,
}
# each line stands for a whole definition; `{key}` is a key
DEFINITIONS: dict[str, str] = {
    "key alone": "a : int32",
    "two keys": "a : int16  # first\nb : char(3)  # second",
    "singleton": "---\na=1 : int8",
    "table comment": "# 100% {{x}} \\n 'q' \"q\" µ✓ a:b\na : int8",
    "integers": "a : int64\n---\nb=-3 : int8\nc=007 : int16\nd=null : int32\ne=9007199254740993 : int64",
    "numbers": (
        "a : int8\n---\nb=1 : float32\nc=-2.5e-3 : float64\nd=1.5 : decimal(8,3)\ne=null : decimal(30,10)"
    ),
    "bools": "a : bool\n---\nb=true : bool\nc=FALSE : bool\nd=null : bool",
    "texts": (
        "a : int8\n---\nb='' : varchar(9)\nc=word : char(9)\nd='null' : varchar(9)\ne=\"it's\" : varchar(9)"
    ),
    "quotes": (
        "a : int8\n---\nb='say \"hi\"' : varchar(30)\nc='both '' and \"' : varchar(30)\n"
        'd="a:b # c" : varchar(9)'
    ),
    "odd texts": 'a : int8\n---\nb="100% \\n \\\\ {{x}} µ✓" : varchar(40)  # 100% {{x}} \\n \'q\' "q" µ✓ a:b',
    "numeric texts": "a : int8\n---\nb=7 : varchar(9)\nc='1.50' : varchar(9)\nd='TRUE' : varchar(9)",
    "enums": (
        "a : enum('x','y')\n---\nb='y' : enum('y','x')\nc=\"it's\" : enum('it''s','a:b','a, b')\n"
        "d=null : enum('z')"
    ),
    "dates": "a : date\n---\nb='2024-02-29' : date\nc=null : date",
    "moments": (
        "a=CURRENT_TIMESTAMP : datetime\n---\nb=CURRENT_TIMESTAMP : datetime(3)\n"
        "c=current_timestamp() : datetime(6)"
    ),
    "fixed moments": (
        "a : datetime(6)\n---\nb='2024-02-29 01:02:03' : datetime\n"
        "c='2024-02-29 01:02' : datetime(3)\nd=null : datetime(1)"
    ),
    "uuids": "a : uuid\n---\nb='12345678-1234-5678-1234-567812345678' : uuid\nc=null : uuid",
    "documents": "a : int8\n---\nb : json\nc=null : json\nd : bytes  # raw\ne=null : bytes",
    "codecs": (
        "a : int8\n---\nb : <blob>\nc=null : <blob@>  # later\nd : <attach@cold>\n"
        "e : <object@cold>\nf : <npy@>"
    ),
    "foreign key": "-> Site",
    "secondary foreign key": "a : int8\n---\n-> Visit\nb : int8",
    "options": (
        "a : int8\n---\n-> [nullable] Site\n-> [unique] Visit.proj(s='site')\n-> [nullable, unique] Person"
    ),
    "renamed": "-> Visit.proj(other='site')\n-> Site\n---\n-> Person.proj(who='person', since='started')",
    "two to one": "-> Person.proj(a='person', at='started')\n-> Person.proj(b='person', bt='started')",
    "shared": "-> Visit\n---\nn : int8\n-> Site",
    "native key of a secondary foreign key": "site : varchar(12)  # mine\nn : int8\n---\nx : int8\n-> Visit",
    "between": "a : int8\n-> Site\nb : int8\n---\nc : int8\n-> [nullable] Person\nd : int8",
    "indexes": "a : int8\n---\nb : varchar(9)\nc : int8\nindex(b, c)\nunique index(c)\nindex(a, c)",
    "index on a foreign key": (
        "a : int8\n---\n-> Site\n-> Visit.proj(s='site')\nindex(site)\nindex(day)\nunique index(s, day)"
    ),
    "unique key of its own": "a : int8\nb : int8\n---\nc : int8\nunique index(b)\nindex(b, a)",
    "words": "select : int8\nindex : int8\n---\ngroup=order : varchar(9)\nunique=null : int8",
}
NATIVE = {
    "mysql": {
        "native integers": (
            "a : int unsigned\n---\nb=5 : tinyint unsigned\nc : integer\nd : mediumint\n"
            "e=null : bigint unsigned\nf : int(5)\ng : tinyint(1)"
        ),
        "native numbers": (
            "a : int8\n---\nb : double\nc : float\nd : real\ne=2 : decimal(5)\nf : numeric(7,2)\n"
            "g : dec\nh : decimal\ni : fixed(5,1) unsigned"
        ),
        "native texts": "a : int8\n---\nb : text\nc : mediumtext\nd=null : longblob\ne : tinyblob",
        "native times": (
            "a : timestamp\n---\nb='01:02:03' : time\nc=null : year\nd=CURRENT_TIMESTAMP : timestamp(3)"
        ),
        "numbered": "a : int unsigned auto_increment\n---\nb : int8",
    },
    "postgresql": {
        "native numbers": (
            "a : integer\n---\nb=1 : smallint\nc : real\nd=1.5 : double precision\ne : numeric(7,2)\n"
            "f : int\ng : float\nh : dec(5)\ni : decimal"
        ),
        "native texts": "a : int8\n---\nb='x' : text\nc=null : bytea\nd=true : boolean\ne=null : jsonb",
        "native times": (
            "a : timestamptz\n---\nb='01:02:03' : time\nc=CURRENT_TIMESTAMP : timestamp(3)\n"
            "d=CURRENT_TIMESTAMP : timestamp\ne=CURRENT_TIMESTAMP : timestamptz(3)"
        ),
        "numbered": "a : serial\n---\nb : int8",
    },
    "sqlite": {
        "native": "a : integer\n---\nb=1.5 : real\nc='x' : text\nd=null : blob",
        "numbered": "a : integer auto_increment\n---\nb : int8",
    },
}
EXPRESSIONS = {
    "expressions": "a : date\n---\nb : varchar(9)\nc : int8\nindex((year(a)))\nindex(b, (lower(b)), (c + 1))",
    "paths": "a : int8\n---\nmeta : json\nindex(meta.gain:decimal(5,2))\nindex(meta.name, a)",
}


def cases() -> list[Any]:
    common = [pytest.param(None, text, id=name) for name, text in DEFINITIONS.items()]
    return common + [
        pytest.param(backend, text, id=f"{backend} {name}")
        for backend, definitions in NATIVE.items()
        for name, text in definitions.items()
    ]


def define(schema: dj.Schema, name: str, text: str, scope: dict[str, Any]) -> Any:
    cls = type(name, (dj.Manual,), {"definition": textwrap.dedent(text)})
    scope[name] = schema(cls, context=scope)
    return cls


def plain(stored: StoredTable) -> StoredTable:
    """The table without the things in which two tables of the same definition differ."""
    columns = (
        replace(
            c,
            spec=TypeSpec("core", "any", c.spec.text),
            lineage=(c.lineage or "").replace(f".{stored.name.table}.", ".it."),
            sql_type="",
        )
        for c in stored.columns
    )
    indexes = sorted(stored.indexes, key=lambda i: (i.columns, i.expressions, i.unique))
    keys = sorted(stored.foreign_keys, key=lambda k: (k.parent, k.columns))
    name = replace(stored.name, table="it")
    return replace(
        stored, name=name, columns=tuple(columns), indexes=tuple(indexes), foreign_keys=tuple(keys)
    )


def check_fixed_point(schema: dj.Schema, text: str) -> str:
    scope: dict[str, Any] = {}
    for name, parent in PARENTS.items():
        define(schema, name, parent, scope)
    first = define(schema, "First", text, scope)
    built = first().stored
    schema.connection.forget()
    assert plain(first().stored) == plain(built)
    described = first.describe(context=scope)
    second = define(schema, "Second", described, scope)
    schema.connection.forget()
    assert plain(second().stored) == plain(first().stored)
    assert second.describe(context=scope) == described
    third = define(schema, "Third", first.describe(context={}), {})
    schema.connection.forget()
    assert third.describe(context=scope) == described
    for table in (first, second, third):
        assert table.drift() == []
    return described


@pytest.mark.spec("D-032", "D-102", "D-105", "D-106", "D-107")
@pytest.mark.parametrize(("only", "text"), cases())
@pytest.mark.filterwarnings("ignore")
def test_fixed_point(schema: dj.Schema, backend: str, only: str | None, text: str) -> None:
    if only in (None, backend):
        check_fixed_point(schema, text)


@pytest.mark.spec("D-102")
@pytest.mark.backends("postgresql", "sqlite")
@pytest.mark.parametrize("text", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_fixed_point_of_expression_indexes(schema: dj.Schema, text: str) -> None:
    described = check_fixed_point(schema, text)
    written = [line.partition("index")[2] for line in text.splitlines() if line.startswith("index")]
    found = [line.partition("INDEX ")[2] for line in described.splitlines() if line.startswith("INDEX")]
    assert sorted(found) == sorted(written)


@pytest.mark.spec("D-110")
@pytest.mark.backends("postgresql", "sqlite")
def test_expression_indexes_follow_renaming(schema: dj.Schema) -> None:
    scope: dict[str, Any] = {}
    text = "a : int8\n---\n{line}\nindex({name}, (lower({name})))"
    define(schema, "T", text.format(line="b : varchar(9)", name="b"), scope).insert1({"a": 1, "b": "X"})
    with schema.connection.config.override(definition_drift="ignore"):
        table = define(schema, "T", text.format(line="c : varchar(9)  # {b}", name="c"), scope)
    assert table.alter(prompt=False)
    assert table.drift() == [] and table.alter(prompt=False) == []
    assert "INDEX (c, (lower(c)))" in table.describe()


@pytest.mark.spec("D-103")
def test_a_native_key_column_of_a_secondary_foreign_key(schema: dj.Schema) -> None:
    text = DEFINITIONS["native key of a secondary foreign key"]
    lines = check_fixed_point(schema, text).splitlines()
    assert lines[0].split() == ["site", ":", "varchar(12)", "#", "mine"]
    assert lines[-1] == "-> Visit"


@pytest.mark.spec("D-104", "D-107")
def test_the_form(schema: dj.Schema) -> None:
    scope: dict[str, Any] = {}
    define(schema, "Recorder", "recorder : uuid", scope)
    text = (
        "# recording site\nsite_code : varchar(12) # short code\n---\n"
        "habitat=\"woodland\" : enum('woodland','urban')\n"
        "n=3 : float32\nindex(habitat)\n-> [unique,nullable] Recorder.proj(spare='recorder')"
    )
    table = define(schema, "Place", text, scope)
    schema.connection.forget()
    assert [line.rstrip() for line in table.describe(context=scope).splitlines()] == [
        "# recording site",
        "site_code            : varchar(12)                  # short code",
        "---",
        "habitat=\"woodland\"   : enum('woodland','urban')",
        "n=3.0                : float32",
        '-> [nullable, unique] Recorder.proj(spare="recorder")',
        "INDEX (habitat)",
    ]


@pytest.mark.spec("D-106")
def test_hidden_columns_are_not_described(schema: dj.Schema) -> None:
    with schema.connection.config.override(provenance={"capture": True}):
        table = define(schema, "T", "---\na=1 : int8", {})
    assert {"_prov", "_singleton"} <= set(table().stored.by_name)
    assert table.describe().split() == ["---", "a=1", ":", "int8"]
