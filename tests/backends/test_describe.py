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
    "numbers": "a : int8\n---\nb=1 : float32\nc=-2.5e-3 : float64\nd=1.5 : decimal(8,3)\ne=null : decimal(30,10)",
    "bools": "a : bool\n---\nb=true : bool\nc=FALSE : bool\nd=null : bool",
    "texts": "a : int8\n---\nb='' : varchar(9)\nc=word : char(9)\nd='null' : varchar(9)\ne=\"it's\" : varchar(9)",
    "quotes": "a : int8\n---\nb='say \"hi\"' : varchar(30)\nc='both '' and \"' : varchar(30)\nd=\"a:b # c\" : varchar(9)",
    "odd texts": "a : int8\n---\nb=\"100% \\n \\\\ {{x}} µ✓\" : varchar(40)  # 100% {{x}} \\n 'q' \"q\" µ✓ a:b",
    "numeric texts": "a : int8\n---\nb=7 : varchar(9)\nc='1.50' : varchar(9)\nd='TRUE' : varchar(9)",
    "enums": "a : enum('x','y')\n---\nb='y' : enum('y','x')\nc=\"it's\" : enum('it''s','a:b','a, b')\nd=null : enum('z')",
    "dates": "a : date\n---\nb='2024-02-29' : date\nc=null : date",
    "moments": "a=CURRENT_TIMESTAMP : datetime\n---\nb=CURRENT_TIMESTAMP : datetime(3)\nc=current_timestamp() : datetime(6)",
    "fixed moments": "a : datetime(6)\n---\nb='2024-02-29 01:02:03' : datetime\nc='2024-02-29 01:02' : datetime(3)\nd=null : datetime(1)",
    "uuids": "a : uuid\n---\nb='12345678-1234-5678-1234-567812345678' : uuid\nc=null : uuid",
    "documents": "a : int8\n---\nb : json\nc=null : json\nd : bytes  # raw\ne=null : bytes",
    "codecs": "a : int8\n---\nb : <blob>\nc=null : <blob@>  # later\nd : <attach@cold>\ne : <object@cold>\nf : <npy@>",
    "foreign key": "-> Site",
    "secondary foreign key": "a : int8\n---\n-> Visit\nb : int8",
    "options": "a : int8\n---\n-> [nullable] Site\n-> [unique] Visit.proj(s='site')\n-> [nullable, unique] Person",
    "renamed": "-> Visit.proj(other='site')\n-> Site\n---\n-> Person.proj(who='person', since='started')",
    "two to one": "-> Person.proj(a='person', at='started')\n-> Person.proj(b='person', bt='started')",
    "shared": "-> Visit\n---\nn : int8\n-> Site",
    "native key of a secondary foreign key": "site : varchar(12)  # mine\nn : int8\n---\nx : int8\n-> Visit",
    "between": "a : int8\n-> Site\nb : int8\n---\nc : int8\n-> [nullable] Person\nd : int8",
    "indexes": "a : int8\n---\nb : varchar(9)\nc : int8\nindex(b, c)\nunique index(c)\nindex(a, c)",
    "index on a foreign key": "a : int8\n---\n-> Site\n-> Visit.proj(s='site')\nindex(site)\nindex(day)\nunique index(s, day)",
    "unique key of its own": "a : int8\nb : int8\n---\nc : int8\nunique index(b)\nindex(b, a)",
    "words": "select : int8\nindex : int8\n---\ngroup=order : varchar(9)\nunique=null : int8",
}
NATIVE = {
    "mysql": {
        "native integers": "a : int unsigned\n---\nb=5 : tinyint unsigned\nc : integer\nd : mediumint\ne=null : bigint unsigned\nf : int(5)\ng : tinyint(1)",
        "native numbers": "a : int8\n---\nb : double\nc : float\nd : real\ne=2 : decimal(5)\nf : numeric(7,2)\ng : dec\nh : decimal\ni : fixed(5,1) unsigned",
        "native texts": "a : int8\n---\nb : text\nc : mediumtext\nd=null : longblob\ne : tinyblob",
        "native times": "a : timestamp\n---\nb='01:02:03' : time\nc=null : year\nd=CURRENT_TIMESTAMP : timestamp(3)",
        "numbered": "a : int unsigned auto_increment\n---\nb : int8",
    },
    "postgresql": {
        "native numbers": "a : integer\n---\nb=1 : smallint\nc : real\nd=1.5 : double precision\ne : numeric(7,2)\nf : int\ng : float\nh : dec(5)\ni : decimal",
        "native texts": "a : int8\n---\nb='x' : text\nc=null : bytea\nd=true : boolean\ne=null : jsonb",
        "native times": "a : timestamptz\n---\nb='01:02:03' : time\nc=CURRENT_TIMESTAMP : timestamp(3)\nd=CURRENT_TIMESTAMP : timestamp\ne=CURRENT_TIMESTAMP : timestamptz(3)",
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
