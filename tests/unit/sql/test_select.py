"""The SQL of typical expressions, for every dialect, kept as text to be read in review."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import datajoint_nb as dj
from datajoint_nb.sql.dialect import DIALECTS
from tests.unit.offline import OfflineConnection

GOLDEN = Path(__file__).parents[2] / "golden" / "sql"

EXPRESSIONS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "table": lambda t: t.field,
    "equality": lambda t: t.field & {"field_id": 1, "region": "o'disk"},
    "null": lambda t: t.field & {"depth": None},
    "complement": lambda t: t.field - {"field_id": 1, "region": "halo"},
    "fragment": lambda t: t.field & "depth > 2 and region like 'h%'",
    "keys": lambda t: t.field & [{"field_id": 1}, {"field_id": 2}],
    "text keys": lambda t: t.observer & [{"observer": "ann"}, {"observer": "ben"}],
    "composite keys": lambda t: t.exposure & [{"field_id": 1, "exposure": 1}, {"field_id": 2, "exposure": 1}],
    "semijoin": lambda t: t.field & t.exposure,
    "antijoin": lambda t: t.field - t.exposure,
    "antijoin with NULL": lambda t: t.observer - t.exposure,
    "nothing in common": lambda t: t.field & t.observer,
    "limited semijoin": lambda t: t.field & (t.exposure & dj.Top(1)),
    "rename": lambda t: t.field.proj(fid="field_id") & {"fid": 2},
    "computed": lambda t: t.field.proj(a="depth+1") & "a>2",
    "unrelated restriction of computed": lambda t: t.field.proj(..., a="depth+1") & {"region": "halo"},
    "join": lambda t: t.field * t.exposure & "seconds > 6",
    "join of restricted": lambda t: (t.field & "depth>1") * (t.exposure & "seconds>6"),
    "join of three": lambda t: t.field * t.exposure * t.observer,
    "product": lambda t: t.field * t.observer,
    "left join": lambda t: t.exposure.extend(t.observer),
    "left join of restricted": lambda t: t.exposure.extend(t.observer & "full_name like 'A%'"),
    "join of limited": lambda t: (t.field & dj.Top(1)) * t.exposure,
    "hidden clash": lambda t: t.field.proj() * t.exposure.proj(depth="seconds"),
    "aggregation": lambda t: t.field.aggr(t.exposure, "region", n="count(exposure)", r="max(seconds)/depth"),
    "aggregation of restricted": lambda t: t.field.aggr(t.exposure & "seconds>10", n="count(exposure)"),
    "restricted aggregation": lambda t: t.field.aggr(t.exposure, n="count(*)") & "n>1",
    "grand total": lambda t: dj.U().aggr(t.field, s="sum(depth)"),
    "key of grand total": lambda t: dj.U().aggr(t.field, s="sum(depth)").proj(),
    "groups": lambda t: dj.U("region").aggr(t.field, n="count(*)"),
    "distinct": lambda t: dj.U("region") & t.field,
    "union": lambda t: (t.field & "field_id<3").proj("region") + (t.field & "field_id>1").proj("tag"),
    "top": lambda t: t.field & dj.Top(2, "depth DESC", offset=1),
    "top of top": lambda t: (t.field & dj.Top(3, "depth DESC")) & dj.Top(2),
    "columns of top": lambda t: (t.field & dj.Top(2, "depth DESC")).proj("region"),
    "json path": lambda t: t.field & {"facts.k[0].n": 3, "facts.s": "x", "facts.ok": True, "facts.z": None},
    "json document": lambda t: t.field & {"facts.v": [1, 2]},
}


def tables(dialect: str) -> SimpleNamespace:
    connection = OfflineConnection(dialect)
    return SimpleNamespace(
        observer=connection.declare("observer", "observer : varchar(12)\n---\nfull_name : varchar(60)"),
        field=connection.declare(
            "field",
            "field_id : int32\n---\nregion : varchar(40)\ndepth=null : float64\n"
            "tag=null : varchar(20)\nfacts=null : json",
        ),
        exposure=connection.declare(
            "exposure",
            "-> field\nexposure : int32\n---\n-> [nullable] observer\nseconds : decimal(5,2)",
        ),
    )


def written(dialect: str) -> str:
    known = tables(dialect)
    return "\n".join(f"-- {name}\n{make(known).make_sql()}\n" for name, make in EXPRESSIONS.items())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_golden_sql(dialect: str) -> None:
    path = GOLDEN / f"{dialect}.sql"
    if os.environ.get("DJNB_WRITE_GOLDEN"):
        path.write_text(written(dialect), encoding="utf-8")
    assert written(dialect) == path.read_text(encoding="utf-8")
