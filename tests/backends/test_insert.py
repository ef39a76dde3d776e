"""Inserting, validating and updating on real databases: ``05-data-manipulation.md`` §1-§3."""

from __future__ import annotations

import dataclasses
import uuid
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import datajoint_nb as dj
from datajoint_nb.errors import (
    DataJointError,
    DuplicateError,
    IntegrityError,
    MissingAttributeError,
    UnknownAttributeError,
)


@pytest.fixture
def farm(schema: dj.Schema) -> SimpleNamespace:
    """Orchards and trees."""

    @schema
    class Orchard(dj.Manual):
        definition = """
        orchard : int32
        ---
        town : varchar(20)
        area=null : float64
        n=5 : int32
        unique index(town)
        """

    @schema
    class Tree(dj.Manual):
        definition = """
        -> Orchard
        tree : int32
        ---
        height : float64
        """

    @schema
    class Yield(dj.Computed):
        definition = "-> Tree"

    return SimpleNamespace(Orchard=Orchard, Tree=Tree, Yield=Yield, connection=schema.connection)


ROWS = [
    {"orchard": 1, "town": "Ams", "area": 1.5, "n": 2},
    {"orchard": 2, "town": "Bor", "area": None, "n": 3},
]


@pytest.mark.spec("M-001")
def test_one_row(farm: SimpleNamespace) -> None:
    assert farm.Orchard.insert1(ROWS[0]) is None
    assert farm.Orchard.to_dicts() == ROWS[:1]


FORMS: dict[str, Any] = {
    "dicts": lambda rows: rows,
    "generator": lambda rows: (row for row in rows),
    "structured array": lambda rows: np.array(
        [tuple(np.nan if v is None else v for v in row.values()) for row in rows],
        dtype=[("orchard", int), ("town", "U20"), ("area", float), ("n", int)],
    ),
    "recarray": lambda rows: np.rec.fromrecords(
        [tuple(np.nan if v is None else v for v in row.values()) for row in rows],
        names=["orchard", "town", "area", "n"],
    ),
    "pandas": pd.DataFrame,
    "indexed pandas": lambda rows: pd.DataFrame(rows).set_index("orchard"),
    "polars": pl.DataFrame,
    "arrow": lambda rows: pl.DataFrame(rows).to_arrow(),
    "record batch": lambda rows: pl.DataFrame(rows).to_arrow().to_batches()[0],
}


@pytest.mark.spec("M-002", "M-021")
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_of_rows(farm: SimpleNamespace, form: Any) -> None:
    farm.Orchard.insert(form(ROWS))
    assert farm.Orchard.to_dicts(order_by="KEY") == ROWS


@pytest.mark.spec("M-003", "M-004")
def test_rows_by_position(farm: SimpleNamespace) -> None:
    with pytest.warns(DeprecationWarning) as caught:
        farm.Orchard.insert1((1, "Ams", 1.5, 2))
    assert caught[0].filename == __file__
    assert farm.Orchard.to_dicts() == ROWS[:1]
    with pytest.raises(DataJointError, match="2 values"):
        farm.Orchard.insert1((1, "Ams"))


@pytest.mark.spec("M-005", "M-006")
def test_rows_by_name(farm: SimpleNamespace) -> None:
    Plot = namedtuple("Plot", "town orchard")

    @dataclasses.dataclass
    class Place:
        n: int
        orchard: int
        town: str

    farm.Orchard.insert([Plot("Ams", 1), Place(7, 2, "Bor"), pd.Series({"town": "Cam", "orchard": 3})])
    found = {row["orchard"]: (row["town"], row["n"]) for row in farm.Orchard.to_dicts()}
    assert found == {1: ("Ams", 5), 2: ("Bor", 7), 3: ("Cam", 5)}


@pytest.mark.spec("M-007", "M-008")
@pytest.mark.parametrize(
    ("rows", "advice"), [(ROWS[0], "insert1"), ("x.csv", "Path"), (None, "NoneType"), (5, "int")]
)
def test_what_are_no_rows(farm: SimpleNamespace, rows: Any, advice: str) -> None:
    with pytest.raises(DataJointError, match=advice):
        farm.Orchard.insert(rows)


@pytest.mark.spec("M-008", "M-009")
def test_csv(farm: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\ufefforchard,town,area\n1,,\n2,Bör,2.5\n", encoding="utf-8")
    farm.Orchard.insert(path)
    found = {row["orchard"]: (row["town"], row["area"]) for row in farm.Orchard.to_dicts()}
    assert found == {1: ("", None), 2: ("Bör", 2.5)}


@pytest.mark.spec("M-010")
def test_nothing_sends_nothing(farm: SimpleNamespace) -> None:
    len(farm.Orchard())
    with farm.connection.statements() as sent:
        farm.Orchard.insert([])
    assert sent == []


@pytest.mark.spec("M-011", "M-012", "M-013")
def test_unknown_fields(farm: SimpleNamespace) -> None:
    bad = [ROWS[0], {**ROWS[1], "aera": 3}]
    with pytest.raises(UnknownAttributeError, match=r"Row 1.*aera.*area"):
        farm.Orchard.insert(bad)
    with pytest.raises(KeyError):
        farm.Orchard.insert(bad)
    assert len(farm.Orchard) == 0
    farm.Orchard.insert(bad, ignore_extra_fields=True)
    assert len(farm.Orchard) == 2


@pytest.mark.spec("M-014", "M-019", "M-020", "T-017", "T-019", "T-020", "T-041")
def test_missing_values(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(
        [
            {"orchard": 1, "town": "a"},
            {"orchard": 2, "town": "b", "area": float("nan"), "n": None},
            {"orchard": 3, "town": "c", "area": "", "n": ""},
            {"orchard": 4, "town": "d", "area": pd.NA, "n": np.float64("nan")},
            {"orchard": 5, "town": "e", "area": 2, "n": 7},
        ]
    )
    rows = farm.Orchard.to_dicts(order_by="KEY")
    assert [row["area"] for row in rows] == [None, None, None, None, 2.0]
    assert [row["n"] for row in rows] == [5, 5, 5, 5, 7]


@pytest.mark.spec("M-015", "M-016")
def test_empty_rows(farm: SimpleNamespace, schema: dj.Schema) -> None:
    with pytest.raises(DataJointError, match=r"Cannot insert empty row.*require values"):
        farm.Orchard.insert1({})

    @schema
    class Setting(dj.Manual):
        definition = """
        setting=1 : int32
        ---
        value="on" : varchar(4)
        """

    Setting.insert1({})
    assert Setting.to_dicts() == [{"setting": 1, "value": "on"}]


@pytest.mark.spec("M-017", "M-018", "T-018")
@pytest.mark.parametrize(
    "row",
    [{"orchard": 1}, {"orchard": 1, "town": None}, {"town": "x"}, {"orchard": float("nan"), "town": "x"}],
)
def test_required_attributes(farm: SimpleNamespace, row: dict[str, Any]) -> None:
    with pytest.raises(MissingAttributeError, match="town|orchard"):
        farm.Orchard.insert1(row)


@pytest.mark.spec("M-022", "M-023", "M-024", "M-025")
def test_duplicates(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    with pytest.raises(DuplicateError, match="skip_duplicates"):
        farm.Orchard.insert1(ROWS[0])
    farm.Orchard.insert([{"orchard": 1, "town": "New"}, {"orchard": 3, "town": "Cam"}], skip_duplicates=True)
    assert (farm.Orchard & {"orchard": 1}).fetch1("town") == "Ams"
    assert len(farm.Orchard) == 3
    with pytest.raises(DuplicateError):
        farm.Orchard.insert([{"orchard": 9, "town": "Ams"}], skip_duplicates=True)
    twice = [{"orchard": 7, "town": "first"}, {"orchard": 7, "town": "last"}]
    farm.Orchard.insert(twice, skip_duplicates=True)
    assert (farm.Orchard & {"orchard": 7}).fetch1("town") == "first"
    farm.Orchard.insert(twice, replace=True)
    assert (farm.Orchard & {"orchard": 7}).fetch1("town") == "last"


@pytest.mark.spec("M-026", "M-027", "M-028")
def test_replace(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    farm.Tree.insert1({"orchard": 1, "tree": 1, "height": 2})
    farm.Orchard.insert1({"orchard": 1, "town": "New"}, replace=True)
    assert (farm.Orchard & {"orchard": 1}).fetch1() == {"orchard": 1, "town": "New", "area": None, "n": 5}
    assert len(farm.Tree) == 1
    before = farm.Orchard.to_dicts(order_by="KEY")
    with pytest.raises(DuplicateError):
        farm.Orchard.insert1({"orchard": 1, "town": "Bor", "area": 7.0}, replace=True)
    assert farm.Orchard.to_dicts(order_by="KEY") == before


@pytest.mark.spec("M-026", "M-028")
def test_replace_by_a_query(farm: SimpleNamespace, schema: dj.Schema) -> None:
    @schema
    class News(dj.Manual):
        definition = """
        orchard : int32
        ---
        town : varchar(20)
        """

    farm.Orchard.insert(ROWS)
    News.insert([{"orchard": 1, "town": "New"}, {"orchard": 3, "town": "Third"}])
    farm.Orchard.insert(News, replace=True)
    rows = {row["orchard"]: row for row in farm.Orchard.to_dicts()}
    assert rows[1] == {"orchard": 1, "town": "New", "area": None, "n": 5}
    assert rows[2] == ROWS[1]
    assert rows[3]["n"] == 5
    News.insert1({"orchard": 4, "town": "Bor"})
    before = farm.Orchard.to_dicts(order_by="KEY")
    with pytest.raises(DuplicateError):
        farm.Orchard.insert(News, replace=True)
    assert farm.Orchard.to_dicts(order_by="KEY") == before


def test_defaults_in_the_key(schema: dj.Schema) -> None:
    @schema
    class Setting(dj.Manual):
        definition = """
        setting=1 : int32
        ---
        value="on" : varchar(4)
        unique index(value)
        """

    Setting.insert1({"value": "a"})
    Setting.insert([{"value": "b"}, {"setting": 2, "value": "c"}], skip_duplicates=True)
    assert Setting.to_dicts(order_by="KEY") == [
        {"setting": 1, "value": "a"}, {"setting": 2, "value": "c"},
    ]  # fmt: skip
    Setting.insert1({"value": "d"}, replace=True)
    assert (Setting & {"setting": 1}).fetch1("value") == "d"


@pytest.mark.spec("M-026")
def test_replace_without_other_unique_attributes(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    trees = [{"orchard": 1, "tree": n, "height": n} for n in range(3)]
    farm.Tree.insert(trees)
    with farm.connection.statements() as sent:
        farm.Tree.insert([{**tree, "height": 9.0} for tree in trees], replace=True)
    assert len(sent) == 1
    assert set(farm.Tree.to_arrays("height")) == {9.0}


@pytest.mark.spec("M-029")
def test_replace_excludes_skip(farm: SimpleNamespace) -> None:
    len(farm.Orchard())
    with farm.connection.statements() as sent, pytest.raises(DataJointError, match="exclude"):
        farm.Orchard.insert(ROWS, replace=True, skip_duplicates=True)
    assert sent == []


@pytest.mark.spec("M-030", "M-031")
def test_all_or_nothing(farm: SimpleNamespace) -> None:
    with pytest.raises(IntegrityError):
        farm.Tree.insert1({"orchard": 9, "tree": 1, "height": 1})
    with pytest.raises(DuplicateError):
        farm.Orchard.insert([*ROWS, ROWS[0]])
    assert len(farm.Orchard) == 0


@pytest.mark.spec("M-032", "M-033", "M-034")
def test_chunks(farm: SimpleNamespace) -> None:
    rows = [{"orchard": n, "town": f"t{n}"} for n in (1, 2, 3, 1, 5)]
    with pytest.raises(DuplicateError):
        farm.Orchard.insert(rows, chunk_size=2)
    assert len(farm.Orchard) == 2
    for size in (0, -1, 2.5):
        with pytest.raises(DataJointError, match="chunk_size"):
            farm.Orchard.insert(rows, chunk_size=size)
    with pytest.raises(DataJointError, match="chunk_size"):
        farm.Orchard.insert(farm.Orchard & "orchard=1", chunk_size=2)


@pytest.mark.spec("M-035")
@pytest.mark.backends("sqlite", "postgresql")
def test_many_values_at_once(schema: dj.Schema) -> None:
    @schema
    class Wide(dj.Manual):
        definition = "k : int32\n---\n" + "\n".join(f"a{n} : int32" for n in range(9))

    rows = [{"k": k, **{f"a{n}": n for n in range(9)}} for k in range(100_000)]
    Wide.insert(rows)
    assert len(Wide) == 100_000
    with pytest.raises(DuplicateError):
        Wide.insert([{**row, "k": row["k"] + 100_000} for row in rows[:-1]] + [rows[0]])
    assert len(Wide) == 100_000


@pytest.mark.spec("M-036", "M-037")
def test_insert_query(farm: SimpleNamespace, schema: dj.Schema) -> None:
    @schema
    class Copy(dj.Manual):
        definition = """
        orchard : int32
        ---
        town : varchar(20)
        """

    farm.Orchard.insert(ROWS)
    len(Copy())
    with farm.connection.statements() as sent:
        Copy.insert(farm.Orchard.proj("town"))
    assert len(sent) == 1
    assert len(Copy) == 2
    with pytest.raises(DataJointError, match="area"):
        Copy.insert(farm.Orchard)
    Copy.insert(farm.Orchard, ignore_extra_fields=True, skip_duplicates=True)
    assert len(Copy) == 2
    with pytest.raises(MissingAttributeError, match="town"):
        Copy.insert(farm.Orchard.proj())


@pytest.mark.spec("M-038")
def test_auto_populated_tables_are_guarded(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    farm.Tree.insert1({"orchard": 1, "tree": 1, "height": 2})
    with pytest.raises(DataJointError, match="allow_direct_insert"):
        farm.Yield.insert1({"orchard": 1, "tree": 1})
    farm.Yield.insert1({"orchard": 1, "tree": 1}, allow_direct_insert=True)
    assert len(farm.Yield) == 1


@pytest.mark.spec("M-040", "M-041")
def test_insert_dataframe(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    frame = farm.Orchard.to_pandas()
    farm.Orchard.delete_quick()
    farm.Orchard.insert_dataframe(frame)
    assert farm.Orchard.to_dicts(order_by="KEY") == ROWS
    with pytest.raises(DataJointError, match="primary key"):
        farm.Orchard.insert_dataframe(frame.reset_index().set_index("town"), index_as_pk=True)
    with pytest.raises(DataJointError, match="DataFrame"):
        farm.Orchard.insert_dataframe(ROWS)


@pytest.mark.spec("M-043", "M-044", "M-045", "M-046", "M-047")
def test_validate(schema: dj.Schema) -> None:
    @schema
    class Thing(dj.Manual):
        definition = """
        thing : uuid
        ---
        n : int8
        doc=null : json
        """

    good = {"thing": uuid.uuid4(), "n": 1}
    len(Thing())
    with schema.connection.statements() as sent:
        result = Thing.validate([good])
        assert result
        assert "\n" not in result.summary()
        bad = Thing.validate(
            [
                {**good, "m": 1},
                {"thing": uuid.uuid4()},
                {"thing": "nope", "n": 1},
                {"thing": uuid.uuid4(), "n": 1, "doc": {"x": float("nan")}},
                {"thing": uuid.uuid4(), "n": 300},
                good,
                good,
            ]
        )
    assert sent == []
    assert not bad
    assert [(row, name) for row, name, _ in bad.errors] == [
        (0, "m"), (1, "n"), (2, "thing"), (3, "doc"), (4, "n"), (6, None),
    ]  # fmt: skip
    assert bad.rows_checked == 7
    with pytest.raises(DataJointError, match="row 2"):
        bad.raise_if_invalid()
    many = Thing.validate([{"thing": uuid.uuid4()} for _ in range(30)])
    assert many.summary().count("row ") == 10
    assert "20 more" in many.summary()


@pytest.mark.spec("M-048", "M-049", "M-053")
def test_update(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    with farm.connection.statements() as sent:
        farm.Orchard.update1({"orchard": 1, "area": 9.5})
    assert len(sent) == 1
    assert (farm.Orchard & {"orchard": 1}).fetch1() == {**ROWS[0], "area": 9.5}
    farm.Orchard.update1({"orchard": 1, "n": None, "area": None})
    assert (farm.Orchard & {"orchard": 1}).fetch1() == {**ROWS[0], "area": None, "n": 5}
    with pytest.raises(MissingAttributeError, match="town"):
        farm.Orchard.update1({"orchard": 1, "town": None})


@pytest.mark.spec("M-050")
def test_bad_updates(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    for table, row in (
        (farm.Orchard, {"orchard": 77, "n": 1}),
        (farm.Tree, {"orchard": 1, "height": 1}),
        (farm.Orchard, {"orchard": 1, "twon": "x"}),
        (farm.Orchard & "orchard=1", {"orchard": 1, "n": 1}),
        (farm.Orchard, 5),
    ):
        with pytest.raises(DataJointError):
            table.update1(row)


@pytest.mark.spec("M-051")
def test_update_of_nothing(farm: SimpleNamespace) -> None:
    farm.Orchard.insert(ROWS)
    farm.Orchard.update1({"orchard": 1})
    assert farm.Orchard.to_dicts(order_by="KEY") == ROWS
    with pytest.raises(DataJointError):
        farm.Orchard.update1({"orchard": 77})


@pytest.mark.spec("M-052", "D-079", "D-080")
def test_singletons(schema: dj.Schema) -> None:
    @schema
    class Status(dj.Manual):
        definition = """
        ---
        word="idle" : varchar(10)
        """

    assert Status.primary_key == []
    Status.insert1({})
    assert Status.to_dicts() == [{"word": "idle"}]
    with pytest.raises(DuplicateError):
        Status.insert1({"word": "busy"})
    Status.insert1({"word": "busy"}, skip_duplicates=True)
    assert Status.fetch1("word") == "idle"
    Status.update1({"word": "busy"})
    assert Status.fetch1("word") == "busy"
    Status.insert1({"word": "new"}, replace=True)
    assert Status.fetch1("word") == "new"


@pytest.mark.spec("M-095", "S-022", "R-011")
def test_an_error_inside_a_transaction_is_undone_alone(farm: SimpleNamespace) -> None:
    farm.Orchard.insert1(ROWS[0])
    with farm.connection.transaction:
        farm.Orchard.insert1({"orchard": 5, "town": "E"})
        with pytest.raises(DuplicateError):
            farm.Orchard.insert1(ROWS[0])
        farm.Orchard.insert1(ROWS[1])
    assert sorted(farm.Orchard.to_arrays("orchard")) == [1, 2, 5]


@pytest.mark.spec("S-022", "R-011")
def test_a_split_insert_that_fails_inside_a_transaction_is_undone_alone(
    farm: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datajoint_nb.sql.insert.ROWS", 10)
    farm.Orchard.insert(ROWS)
    trees = [{"orchard": 1, "tree": n, "height": n} for n in range(35)]
    with farm.connection.transaction:
        farm.Tree.insert1({"orchard": 2, "tree": 1, "height": 1})
        with pytest.raises(DuplicateError):
            farm.Tree.insert([*trees, trees[0]])
        farm.Tree.insert1({"orchard": 2, "tree": 2, "height": 1})
    assert sorted(key["orchard"] for key in farm.Tree.keys()) == [2, 2]
