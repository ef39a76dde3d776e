"""``%%dj table … --alter``."""

from __future__ import annotations

import re

import pytest

from datajoint_nb.errors import DataJointError
from tests.unit.notebook.test_table_magic import RECORDING, STATION

WIDE = STATION.replace("varchar(20)", "varchar(30)")
ALTER = WIDE.replace("Station", "Station --alter")


@pytest.fixture
def stations(lab):
    lab.run(STATION, RECORDING)
    lab.run("Station.insert([{'station': 1, 'site': 'a'}, {'station': 2, 'site': 'b'}])")
    lab.run("Recording.insert1({'station': 1, 'recording': 1, 'started': '2024-01-01'})")
    return lab


def test_the_difference_card_names_the_option(stations):
    shown = stations.run(WIDE)
    assert "differs" in shown and "--alter" in shown
    _, shown = stations.fail(STATION.replace("int32", "int64"))
    assert "differs" in shown and "--alter" not in shown


def test_differences_are_shown_and_applied(stations):
    shown = stations.run(ALTER)
    assert shown.index("Station · manual · alters") < shown.index("- site") < shown.index("+ site")
    assert shown.index("CREATE TABLE") < shown.index("Station · manual · altered")
    assert stations["Station"].heading["site"].declared_type == "varchar(30)"
    assert stations["Station"].to_arrays("site", order_by="station").tolist() == ["a", "b"]
    assert len(stations["Recording"]) == 1
    assert "up to date" in stations.run(ALTER)
    assert "up to date" in stations.run(WIDE)


def test_a_renamed_attribute_keeps_its_values(stations):
    renamed = STATION.replace("site='' : varchar(20)  # where", "place='' : varchar(20)  # {site} where")
    assert "differs" in stations.run(renamed)
    assert "altered" in stations.run(renamed.replace("Station", "Station --alter"))
    assert stations["Station"].to_arrays("place", order_by="station").tolist() == ["a", "b"]
    assert "up to date" in stations.run(renamed)


def test_a_dry_run_shows_the_sql_only(stations):
    shown = stations.run(ALTER.replace("--alter", "--alter --dry-run"))
    assert "dry run" in shown and "CREATE TABLE" in shown and re.search(r"\+ site\S* +: varchar\(30\)", shown)
    assert stations["Station"].heading["site"].declared_type == "varchar(20)"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (ALTER.replace("int32", "int64"), "differs from its table"),
        (ALTER + "level : int8\n", "`level` has no value"),
        (ALTER + "level=1 : int8  # {nothing}\n", "`nothing`"),
    ],
)
def test_what_cannot_be_altered(stations, cell, message):
    before = stations["Station"].describe()
    error, _ = stations.fail(cell)
    assert isinstance(error, DataJointError) and message in str(error)
    assert stations["Station"].describe() == before


def test_a_new_table_is_created(lab):
    assert "created" in lab.run(ALTER)


@pytest.mark.parametrize("line", ["visit : int8\n", "visit : int8\n---\nnote='' : varchar(9)\n"])
def test_parts_are_altered_along(lab, line):
    cell = (
        f"%%dj table Visit --alter\n{line}class Part(dj.Part):\n    definition = '''\n    -> master\n"
        "    p : int8\n    ---\n    x : int8\n    '''"
    )
    lab.run("import datajoint_nb as dj", cell.replace(line, "visit : int8\n"))
    shown = lab.run(cell.replace("x : int8", "x : int16"))
    assert "altered" in shown and "differs" not in shown
    assert lab["Visit"].Part.drift() == [] and lab["Visit"].drift() == []
    assert "up to date" in lab.run(cell.replace("x : int8", "x : int16"))
