"""Deletes in random pipelines against the definition of what goes: ``05-data-manipulation.md`` §5.2."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.stored import ForeignKey

Mode = Literal["enforce", "ignore", "cascade"]
Row = dict[str, Any]
# a row as a table's place in `Pipeline.tables` and the values of its key
Found = set[tuple[int, tuple[Any, ...]]]


@dataclass
class Pipeline:
    """Random tables with random rows, in the database and as plain Python."""

    schema: dj.Schema
    chance: random.Random
    tables: list[type[dj.Table]] = field(default_factory=list)
    rows: list[list[Row]] = field(default_factory=list)

    def build(self) -> Pipeline:
        for number in range(self.chance.randint(2, 4)):
            parts = self.chance.randint(0, 2)
            cls = self.declare(number, parts)
            self.fill(cls)
            for place in range(parts):
                self.fill(getattr(cls, f"Part{place}"))
        return self

    def declare(self, number: int, parts: int) -> Any:
        members: dict[str, Any] = {"definition": "\n".join(self.lines(f"k{number}", self.tables))}
        for place in range(parts):
            lines = self.lines(f"k{number}_{place}", self.tables)
            if place and self.chance.random() < 0.5:
                lines[0] = f"-> T{number}.Part0\n{lines[0]}"
            else:
                lines[0] = f"-> master\n{lines[0]}"
            if self.chance.random() < 0.3:
                lines.append(f"-> [nullable] T{number}.proj({self.renames(number)})")
            members[f"Part{place}"] = type(f"Part{place}", (dj.Part,), {"definition": "\n".join(lines)})
        cls = type(f"T{number}", (dj.Manual,), members)
        context = {t.__name__: t for t in self.tables if "Part" not in t.__name__}
        return self.schema(cls, context=context)

    def renames(self, number: int) -> str:
        # only tables whose key is their own attribute can be named before they are declared
        return f"again{number}='k{number}'"

    def lines(self, key: str, targets: list[type[dj.Table]]) -> list[str]:
        """The definition: its own key and up to two references, of every kind."""
        above, below = [f"{key} : int32"], [f"x{key} : int32"]
        for place in range(self.chance.randint(0, 2) if targets else 0):
            target: Any = self.chance.choice(targets)
            master = getattr(target, "master", None)
            name = f"{master.__name__}.{target.__name__}" if master is not None else target.__name__
            pairs = ", ".join(f"f{key}_{place}_{column}='{column}'" for column in target().primary_key)
            kind = self.chance.choice(["renamed key", "renamed", "nullable", "plain"])
            if kind == "renamed key":
                above.append(f"-> {name}.proj({pairs})")
            elif kind == "plain":
                below.append(f"-> {name}")
            else:
                option = "[nullable] " if kind == "nullable" else ""
                below.append(f"-> {option}{name}.proj({pairs})")
        return ["\n".join(above), "---", *below]

    def fill(self, cls: type[dj.Table]) -> None:
        table = cls()
        self.tables.append(cls)
        self.rows.append([])
        made: dict[tuple[Any, ...], Row] = {}
        for number in range(self.chance.randint(1, 5)):
            row = self.row(cls, number)
            if row is not None:
                made[tuple(row[c] for c in table.primary_key)] = row
        self.rows[-1] = list(made.values())
        table.insert(self.rows[-1])

    def row(self, cls: type[dj.Table], number: int) -> Row | None:
        row: Row = {}
        stored = cls().stored
        for key in stored.foreign_keys:
            nullable = [c for c in key.columns if stored.by_name[c].nullable]
            if nullable and self.chance.random() < 0.4:
                row.update(dict.fromkeys((c for c in nullable if c not in row), None))
                continue
            choices = [
                {c: parent[p] for c, p in key.attr_map.items()} for parent in self.rows[self.place(key)]
            ]
            wanted = [values for values in choices if all(row.get(c, v) == v for c, v in values.items())]
            if not wanted:
                return None
            row.update(self.chance.choice(wanted))
        for name in cls.heading:
            row.setdefault(name, number if cls.heading[name].in_key else self.chance.randint(0, 1))
        return row

    def place(self, key: ForeignKey) -> int:
        return next(i for i, t in enumerate(self.tables) if t().name == key.parent)

    # -- the definition of what goes -----------------------------------------------------------

    def key(self, place: int, row: Row) -> tuple[int, tuple[Any, ...]]:
        return place, tuple(row[c] for c in self.tables[place]().primary_key)

    def parents(self, place: int, row: Row) -> Iterator[tuple[int, Row]]:
        for key in self.tables[place]().stored.foreign_keys:
            values = [row[c] for c in key.columns]
            if None in values:
                continue
            parent = self.place(key)
            yield from (
                (parent, r) for r in self.rows[parent] if [r[p] for p in key.parent_columns] == values
            )

    def masters(self, place: int, row: Row) -> Iterator[tuple[int, Row]]:
        master = self.tables[place]().name.master
        for parent, found in self.parents(place, row):
            name = self.tables[parent]().name
            if name == master:
                yield parent, found
            elif master is not None and name.master == master:
                yield from self.masters(parent, found)

    def all(self) -> Iterator[tuple[int, Row]]:
        return ((place, row) for place, rows in enumerate(self.rows) for row in rows)

    def closure(self, seed: Found, lift: bool) -> Found:
        found = set(seed)
        while True:
            more = {
                self.key(place, row)
                for place, row in self.all()
                if any(self.key(*parent) in found for parent in self.parents(place, row))
            }
            if lift:
                lifted = [m for p, r in self.all() if self.key(p, r) in found for m in self.masters(p, r)]
                more |= {self.key(*m) for m in lifted}
            if more <= found:
                return found
            found |= more

    def violated(self, found: Found) -> bool:
        return any(
            self.key(*master) not in found
            for place, row in self.all()
            if self.key(place, row) in found
            for master in self.masters(place, row)
        )

    def stored(self) -> Found:
        return {self.key(place, row) for place, t in enumerate(self.tables) for row in t().to_dicts()}


@pytest.mark.parametrize("mode", ["enforce", "ignore", "cascade"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_exactly_the_least_set_goes(mode: Mode, seed: int):
    chance = random.Random(seed)
    with dj.Connection(backend="sqlite", path=":memory:") as connection:
        pipeline = Pipeline(dj.Schema("law", connection=connection), chance).build()
        before = pipeline.stored()
        place = chance.randrange(len(pipeline.tables))
        table = dj.FreeTable(connection, pipeline.tables[place]().name)
        name = chance.choice(list(table.heading))
        rows = table & f"{name} <= {chance.randint(0, 2)}"
        start = {pipeline.key(place, row) for row in rows.to_dicts()}
        expected = pipeline.closure(start, lift=mode == "cascade")
        if mode == "enforce" and pipeline.violated(expected):
            with pytest.raises(DataJointError, match="part"):
                rows.delete(prompt=False)
            assert pipeline.stored() == before
            return
        number = rows.delete(prompt=False, part_integrity=mode)
        assert pipeline.stored() == before - expected
        assert number == sum(p == place for p, _ in expected)
