"""The cases with this library; `reference` imports them with the reference library as ``dj``."""

from __future__ import annotations

import importlib
from typing import Any

from tests.benchmarks.clock import Clock, rows

DEFINITION = """
k : int32
---
n : int32
x : float64
s : varchar(40)
d : date
"""


def connect(dj: Any, settings: dict[str, Any], name: str) -> Any:
    return dj.Schema(name, connection=dj.Connection(**settings))


def cases(dj: Any, schema: Any, clock: Clock) -> None:
    count = clock.job["rows"]
    data = rows(count)

    class Item(dj.Manual):
        definition = DEFINITION

    class Double(dj.Computed):
        definition = """
        -> Item
        ---
        y : float64
        """

        def make(self, key: dict[str, Any]) -> None:
            self.insert1(dict(key, y=1.0))

    schema(Item, context=locals())
    schema(Double, context=locals())
    len(Item())
    clock.time("insert dicts", lambda: Item.insert(data))
    for case, work in (
        ("to_dicts", Item.to_dicts),
        ("to_arrays", Item.to_arrays),
        ("to_arrays of two columns", lambda: Item.to_arrays("x", "s")),
        ("to_pandas", Item.to_pandas),
        ("keys", Item.keys),
        ("iteration", lambda: [None for _ in Item()]),
    ):
        clock.time(case, work)
    clock.time("fetch1() 500 times", lambda: [(Item & {"k": n}).fetch1() for n in range(500)])
    clock.time("fetch1('x') 500 times", lambda: [(Item & {"k": n}).fetch1("x") for n in range(500)])
    keys = [{"k": n} for n in range(5000)]
    clock.time("restrict by 5000 keys, fetch", lambda: (Item & keys).to_dicts())

    def chain() -> None:
        for n in range(500):
            ((Item & {"n": n}).proj("x", y="s") * Item.proj()).make_sql()

    clock.time("build and make_sql 500 chains", chain)
    extra = [dict(row, k=row["k"] + count) for row in data[:500]]
    clock.time("insert1 500 times", lambda: [Item.insert1(row) for row in extra])
    clock.time("preview in HTML", Item()._repr_html_)
    clock.time("populate 500 keys", lambda: Double.populate(max_calls=500))


def declare_many(dj: Any, schema: Any, clock: Clock) -> None:
    def declare() -> None:
        known: dict[str, Any] = {}
        for n in range(100):
            parent = f"-> Table{n - 1:03}\n" if n % 10 else ""
            definition = f"{parent}k{n} : int32\n---\nx : float64 # value\ns='' : varchar(20)\n"
            cls = type(f"Table{n:03}", (dj.Manual,), {"definition": definition})
            known[cls.__name__] = cls
            schema(cls, context=known)

    clock.time("declare 100 linked tables", declare)


TYPICAL = """
# one continuous recording at a listening station
-> Station
recording : int32               # number of the recording
---
started   : datetime            # UTC
gain=1.0  : float32             # amplifier gain, V/V
habitat="woodland" : enum('woodland','urban')
-> [nullable] Recorder.proj(spare='recorder')
audio     : <object@main>
index(started)
"""


def alone(clock: Clock) -> None:
    """What no other library is compared with."""
    from datajoint_nb.definition.parse import parse
    from datajoint_nb.render.diagram.dot import to_dot
    from datajoint_nb.render.diagram.svg import to_svg
    from tests.unit.render.diagram_forms import random_form

    clock.time("parse 1000 definitions of 10 lines", lambda: [parse(TYPICAL) for _ in range(1000)])
    form = random_form(500, 800, 8, seed=3)
    clock.time("diagram of 500 tables: DOT", lambda: to_dot(form))
    clock.time("diagram of 500 tables: SVG without dot", lambda: to_svg(form))


def activate(dj: Any, settings: dict[str, Any], name: str, clock: Clock) -> None:
    def load() -> None:
        schema = connect(dj, settings, name)
        module: dict[str, Any] = {}
        schema.make_classes(into=module)
        for cls in module.values():
            cls().heading.names

    clock.time("activate, classes and headings of 100", load)


def run(library: str) -> None:
    clock = Clock()
    importlib.import_module("numpy")
    importlib.import_module("pydantic_settings")
    dj = clock.time("import beyond numpy and pydantic-settings", lambda: importlib.import_module(library))
    clock.time("first use of Manual, Schema, Connection", lambda: (dj.Manual, dj.Schema, dj.Connection))
    settings = dict(clock.job["settings"])
    name = clock.job["schema"]
    if library == "datajoint":
        settings = reference_settings(dj, settings)
    schema = connect(dj, settings, name)
    cases(dj, schema, clock)
    many = f"{name}_many"
    declare_many(dj, connect(dj, settings, many), clock)
    activate(dj, settings, many, clock)
    if library == "datajoint_nb":
        alone(clock)
    clock.finish()


def reference_settings(dj: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The reference's connection knows fewer arguments."""
    dj.config["loglevel"] = "ERROR"
    settings["use_tls"] = False
    return settings


if __name__ == "__main__":
    run("datajoint_nb")
