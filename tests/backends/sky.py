"""The tables of ``tests/spec/03-queries.md`` §0, with their rows, declared once for each database."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import datajoint_nb as dj

STARS = [(1, 1), (1, 2), (2, 1)]


def make_sky(schema: dj.Schema) -> SimpleNamespace:
    """Declare and fill the fixture's tables in a schema."""

    @schema
    class Observer(dj.Lookup):
        definition = """
        observer : varchar(12)
        ---
        full_name : varchar(60)
        """
        contents = (("ann", "Ann Lee"), ("ben", "Ben Kay"), ("cyd", "Cyd Moe"))

    @schema
    class Field(dj.Manual):
        definition = """
        field_id : int32
        ---
        region : varchar(40)
        added : date
        depth=null : float64
        tag=null : varchar(20)
        """

    @schema
    class Exposure(dj.Manual):
        definition = """
        -> Field
        exposure : int32
        ---
        -> [nullable] Observer
        started : datetime
        seconds : decimal(5,2)
        """

        class Star(dj.Part):
            definition = """
            -> master
            star : int32
            ---
            flux : float64
            good : bool
            """

    @schema
    class Setup(dj.Lookup):
        definition = """
        setup_id : int32
        ---
        mode : enum('a','b')
        cfg=null : json
        """

    @schema
    class Catalog(dj.Manual):
        definition = """
        tag : varchar(20)
        ---
        meaning : varchar(20)
        """

    fill(Field, Exposure, Setup, Catalog)
    return SimpleNamespace(
        schema=schema,
        connection=schema.connection,
        Observer=Observer,
        Field=Field,
        Exposure=Exposure,
        Setup=Setup,
        Catalog=Catalog,
    )


def fill(field: Any, exposure: Any, setup: Any, catalog: Any) -> None:
    names = ("field_id", "region", "added", "depth", "tag")
    rows: list[tuple[Any, ...]] = [
        (1, "halo", dt.date(2024, 1, 5), 1.5, "x"),
        (2, "halo", dt.date(2024, 2, 5), None, None),
        (3, "o'disk", dt.date(2025, 3, 1), 3.25, "y"),
        (4, "50%", dt.date(2025, 4, 1), 4.0, "a\\b"),
    ]
    field.insert([dict(zip(names, row, strict=True)) for row in rows])
    names = ("field_id", "exposure", "observer", "started", "seconds")
    rows = [
        (1, 1, "ann", dt.datetime(2024, 1, 6, 10), "10.5"),
        (1, 2, "ben", dt.datetime(2024, 1, 7, 11, 30), 20),
        (2, 1, None, dt.datetime(2024, 2, 7, 11, 30), 5),
        (3, 1, "ann", dt.datetime(2025, 3, 7, 11, 30), "7.25"),
    ]
    exposure.insert([dict(zip(names, row, strict=True)) for row in rows])
    exposure.Star.insert(
        [
            {"field_id": f, "exposure": e, "star": s, "flux": 10 * s + f, "good": s % 2 == 1}
            for f, e in STARS
            for s in (1, 2, 3)
        ]
    )
    document = {"k": {"n": 3, "s": "hi"}, "v": [1, 2], "f": 2.5, "b": True}
    setup.insert(
        [
            {"setup_id": 1, "mode": "a", "cfg": document},
            {"setup_id": 2, "mode": "b", "cfg": None},
            {"setup_id": 3, "mode": "a", "cfg": {"k": {"n": 10}}},
        ]
    )
    catalog.insert([{"tag": "x", "meaning": "ex"}, {"tag": "y", "meaning": "why"}])


def ids(expression: Any) -> list[Any]:
    """Keys of an expression, sorted: single values, or tuples."""
    keys = [tuple(key.values()) for key in expression.keys()]
    return sorted(key[0] if len(key) == 1 else key for key in keys)
