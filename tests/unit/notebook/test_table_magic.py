"""``%%dj table`` on a database file."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys

import cloudpickle
import pytest

from datajoint_nb import Computed, Imported, Lookup, Manual
from datajoint_nb.errors import DataJointError, DefinitionError

STATION = "%%dj table Station\n# listening station\nstation : int32\n---\nsite='' : varchar(20)  # where\n"
RECORDING = """%%dj table Recording
# one continuous recording at a listening station
-> Station
recording : int32
---
started   : datetime
gain=1.0  : float32        # amplifier gain, V/V
"""
LEVEL = """%%dj table Level
-> Recording
---
level : float64

import math

def make(self, key):
    gain = (Recording & key).fetch1("gain")
    if gain > FACTOR:
        raise ValueError("too much gain")
    self.insert1({**key, "level": math.sqrt(gain) * FACTOR})
"""
DDL = ("CREATE", "ALTER", "DROP")


def filled(lab):
    """Two stations, three recordings, one of them with too much gain, and the computed table."""
    lab.run(STATION, RECORDING, LEVEL, "FACTOR = 10.0")
    lab.run(
        "Station.insert([{'station': 1, 'site': 'a'}, {'station': 2, 'site': 'b'}])",
        "Recording.insert({'station': s, 'recording': r, 'started': '2024-01-01', 'gain': g}"
        " for s, r, g in ((1, 1, 4.0), (1, 2, 9.0), (2, 1, 99.0)))",
    )
    return lab


def test_a_cell_declares_and_binds_and_a_second_run_sends_no_ddl(lab):
    lab.run(STATION)
    assert "Recording · manual · created" in lab.run(RECORDING)
    assert issubclass(lab["Recording"], Manual)
    assert list(lab["Recording"]().heading) == ["station", "recording", "started", "gain"]
    with lab["lab"].connection.statements() as sent:
        assert "up to date" in lab.run(RECORDING)
    assert not [sql for sql in sent if sql.lstrip().upper().startswith(DDL)]


def test_the_card_shows_definition_parents_and_rows(lab):
    shown = lab.run(STATION, RECORDING)
    assert "parents: Station" in shown and "rows: 0" in shown
    assert '<a href="#djnb-lab.station">Station</a>' in lab.html
    assert '<span class="djnb-t-type">datetime</span>' in lab.html


@pytest.mark.spec("N-003")
def test_another_type_changes_nothing_and_shows_the_difference(lab):
    lab.run(STATION)
    before = lab["Station"].describe()
    shown = lab.run(STATION.replace("varchar(20)", "varchar(30)"))
    assert re.search(r"- site\S* +: varchar\(20\)", shown) and re.search(
        r"\+ site\S* +: varchar\(30\)", shown
    )
    assert "differs" in shown and "--recreate" in shown
    assert lab["Station"].describe() == before
    error, shown = lab.fail(STATION.replace("int32", "int64"))
    assert "- station" in shown and "+ station" in shown and "int64" in shown
    assert isinstance(error, DataJointError)
    assert lab["Station"].describe() == before


def test_a_difference_in_the_key_keeps_the_former_class(lab):
    lab.run(STATION)
    former = lab["Station"]
    lab.fail(STATION.replace("int32", "int64"))
    assert lab["Station"] is former
    lab.run(STATION.replace("varchar(20)", "varchar(30)"))
    assert lab["Station"] is not former


def test_recreate_declares_an_empty_table_anew(lab):
    lab.run(STATION, RECORDING)
    wide = STATION.replace("Station", "Station --recreate").replace("int32", "int64")
    assert "recreated" in lab.run(wide)
    assert lab["Station"].heading["station"].type == "bigint" or "int64" in lab["Station"].describe()
    assert "Recording" not in lab["lab"]


def test_recreate_refuses_tables_with_rows_below(lab):
    filled(lab)
    error, _ = lab.fail(STATION.replace("Station", "Station --recreate").replace("int32", "int64"))
    assert "lab.recording" in str(error) and "lab.station" in str(error)
    assert len(lab["Station"]) == 2


@pytest.mark.spec("N-004")
@pytest.mark.parametrize(
    ("cell", "line", "column", "message"),
    [
        ("%%dj table Visit\n-> Station\nvisit : int32\n---\nx : flaot64", 5, 5, "did you mean float64"),
        ("%%dj table Visit\n-> Sation\nvisit : int32", 2, 4, "did you mean Station"),
        ("%%dj table Visit\nvisit : int32\n---\nnote varchar(30)", 4, 1, "has no `:`"),
        ("%%dj table Visit\nvisit : int32\n---\nx : int8\n\nx : int16", 6, 1, "declared twice"),
        ("\n\n  %%dj table Visit\n  # c\n  visit : itn32", 5, 11, "did you mean int32"),
        (
            "%%dj table Visit\nvisit : int32\nclass Part(dj.Part):\n    definition = '''\n    -> master\n"
            "    p : itn32\n    '''",
            6, 9, "did you mean int32",
        ),
        (
            "%%dj table Visit\nvisit : int32\nclass Part(dj.Part):\n    definition = '''\n    -> master\n"
            "    -> Sation\n    '''",
            6, 8, "did you mean Station",
        ),
    ],
)  # fmt: skip
def test_faults_have_a_caret_at_the_cells_line_and_column(lab, cell, line, column, message):
    lab.run("import datajoint_nb as dj", STATION)
    error, shown = lab.fail(cell)
    assert isinstance(error, DefinitionError)
    assert (error.line, error.column) == (line, column)
    assert message in shown and f"line {line}" in shown
    source = cell.split("\n")[line - 1]
    stripped = source.lstrip()
    rows = shown.split("\n")
    at = rows.index(f"    {stripped}")
    assert rows[at + 1].index("^") - 4 == column - 1 - (len(source) - len(stripped))
    assert "datajoint_nb/" not in shown and "Traceback" not in shown
    assert "visit" not in lab["lab"].list_tables()


def test_all_faults_are_shown_at_once(lab):
    error, shown = lab.fail("%%dj table Visit\nvisit : itn32\nnote varchar(30)")
    assert len(error.problems) == 2 and shown.count("^") == 2


def test_a_syntax_error_of_the_python_part_is_shown_at_its_line(lab):
    _, shown = lab.fail("%%dj table Visit\nvisit : int32\n\ndef make(self, key:\n    pass")
    assert "line 4" in shown and "def make(self, key:" in shown and "^" in shown
    assert "datajoint_nb/" not in shown


@pytest.mark.parametrize(
    ("options", "python", "tier"),
    [
        ("", "", Manual),
        ("", "contents = []", Lookup),
        ("", "def make(self, key):\n    pass", Computed),
        ("", "def make_fetch(self, key):\n    pass", Computed),
        ("", "def helper(self):\n    pass", Manual),
        ("--imported", "def make(self, key):\n    pass", Imported),
        ("-i", "", Imported),
        ("-l", "", Lookup),
        ("-m", "contents = []", Manual),
        ("--computed", "", Computed),
    ],
)
def test_the_tier_follows_options_and_the_python_part(lab, options, python, tier):
    lab.run("%%dj table Base\nbase : int32", f"%%dj table Thing {options}\n-> Base\n{python}")
    assert lab["Thing"].__bases__ == (tier,)


def test_a_cell_that_changes_the_tier_is_refused(lab):
    lab.run(STATION)
    error, _ = lab.fail(STATION.replace("Station", "Station --lookup"))
    assert "--manual" in str(error)


def test_lookup_contents_are_inserted(lab):
    lab.run('%%dj table Kind\nkind : varchar(8)\ncontents = [\n    ["song"],\n    ["call"],\n]')
    assert sorted(lab["Kind"].to_arrays("kind")) == ["call", "song"]


def test_schemas_by_variable_and_by_name(lab):
    lab.run("%dj schema zoo --as animals", "%dj schema lab")
    lab.run("%%dj table animals.Bird\nbird : int32", "%%dj table Fish --schema zoo\nfish : int32")
    lab.run("%%dj table Dog -s animals\ndog : int32")
    assert {lab[name].database for name in ("Bird", "Fish", "Dog")} == {"zoo"}
    error, _ = lab.fail("%%dj table Cat -s zo\ncat : int32")
    assert "did you mean zoo" in str(error)


def test_the_only_schema_of_the_notebook_is_the_active_one(cells):
    cells.run("import datajoint_nb as dj", "mine = dj.Schema('mine', connection=dj.Connection(path='x.db'))")
    cells.run("%%dj table Bird\nbird : int32", "mine.connection.close()")
    assert cells["Bird"].database == "mine"


def test_part_tables_are_bound_to_their_master(lab):
    lab.run(
        STATION, RECORDING, "%%dj table Recording.Segment\n-> master\nsegment : int16\n---\nlength : float32"
    )
    segment = lab["Recording"].Segment
    assert lab["Segment"] is segment and segment.master is lab["Recording"]
    assert segment.table_name == "recording__segment"
    lab.run(RECORDING)
    assert lab["Recording"].Segment.master is lab["Recording"]
    error, _ = lab.fail("%%dj table Nothing.Segment\n-> master\nsegment : int16")
    assert "no table `Nothing`" in str(error)


def test_a_part_that_fails_leaves_its_master_alone(lab):
    lab.run(STATION)
    lab.fail("%%dj table Station.Bad\nbad : int16")
    assert not hasattr(lab["Station"], "Bad")
    assert lab["lab"].list_tables() == ["station"]


def test_a_master_comes_before_a_schema_of_the_same_name(lab):
    lab.run(STATION, "%dj schema other --as Station", "%dj schema lab")
    shown = lab.run("%%dj table Station.Sensor\n-> master\nsensor : int8")
    assert "is also a schema" in shown
    assert lab["Sensor"].table_name == "station__sensor"


def test_dry_run_shows_ddl_and_changes_nothing(lab):
    lab.run("%%dj table Base\nbase : int32")
    shown = lab.run("%%dj table Thing -n\n-> Base\nimport this_is_no_module\ndef make(self, key):\n    pass")
    assert "CREATE TABLE" in shown
    assert "Thing" not in lab.shell.user_ns and "Thing" not in lab["lab"]
    assert "nothing would run" in lab.run("%%dj table Base --dry-run\nbase : int32")
    assert "- base" in lab.run("%%dj table Base --dry-run\nbase : int64")


def test_quiet_shows_no_card(lab):
    assert lab.run("%%dj table Base -q\nbase : int32").strip() == ""


def test_variables_are_put_in_only_when_asked_for(lab):
    lab.run("size = 12", "%%dj table A --expand\na : varchar({size})\n---\nb : varchar($size)")
    assert lab["A"].heading["a"].declared_type == lab["A"].heading["b"].declared_type == "varchar(12)"
    lab.fail("%%dj table B\na : varchar({size})")


def test_make_runs_and_an_error_shows_the_cells_line(lab):
    filled(lab)
    lab.run("result = %dj populate Level --suppress")
    assert lab["result"]["success_count"] == 2 and len(lab["result"]["error_list"]) == 1
    error, shown = lab.fail("%dj populate Level")
    assert isinstance(error, ValueError)
    line = LEVEL.split("\n").index('        raise ValueError("too much gain")') + 1
    assert re.search(rf"-> {line} +raise ValueError", shown)
    assert "populate/" not in shown and "notebook/" not in shown


def test_the_source_of_a_method_is_that_of_the_cell(lab):
    filled(lab)
    source = inspect.getsource(lab["Level"].make)
    assert source == LEVEL[LEVEL.index("def make") :]
    assert ast.parse(source)


def test_the_python_part_has_the_file_name_of_its_cell(lab):
    cell = LEVEL + "\n"
    lab.run(STATION, RECORDING, cell)
    code = lab["Level"].make.__code__
    assert code.co_firstlineno == LEVEL.split("\n").index("def make(self, key):") + 1
    assert lab.shell.compile.format_code_name(code.co_filename)[0] == "Cell"


def test_imports_of_the_python_part_are_the_notebooks(lab):
    filled(lab)
    assert lab["math"].sqrt(4) == 2
    assert "math" not in vars(lab["Level"])


def test_super_and_private_names_work(lab):
    lab.run("%%dj table A\na : int32\ndef __hidden(self):\n    return super().class_name\n"
            "def shown(self):\n    return self.__hidden()")  # fmt: skip
    assert lab["A"]().shown() == "A"


def test_reserved_members_are_refused(lab):
    error, _ = lab.fail("%%dj table A\na : int32\ndef f(self): pass\ndefinition = 'b : int32'")
    assert "`definition` cannot be set" in str(error)


def test_a_make_is_pickled_by_value(lab, tmp_path):
    lab.run("FACTOR = 3", "%%dj table A --manual\na : int32\n---\nx : float64\nimport math\n"
            "def make(self, key):\n    return math.sqrt(key['a']) * FACTOR", "make = A.make")  # fmt: skip
    stored = tmp_path / "make.pickle"
    stored.write_bytes(cloudpickle.dumps(lab["make"]))
    program = f"import pickle; print(pickle.loads(open({str(stored)!r}, 'rb').read())(None, {{'a': 4}}))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "6.0"


def test_a_magic_called_from_python_works_too(lab):
    lab.run("get_ipython().run_cell_magic('dj', 'table A', 'a : int32\\ndef f(self):\\n    return 1')")
    assert inspect.getsource(lab["A"].f) == "def f(self):\n    return 1\n"
    error, _ = lab.fail("get_ipython().run_cell_magic('dj', 'table B', 'a : itn32')")
    assert error.line == 2


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("def f(self): pass\nreturn 1", "outside function"),
        ("def f(self):\n    x = '\0'", "null"),
        ("def f(self): pass\n" + "-" * 9999 + "1", ""),
        ("def f(self): pass\nmissing_name", "missing_name"),
    ],
)
def test_a_python_part_that_fails_declares_nothing(lab, python, message):
    error, shown = lab.fail(f"%%dj table A\na : int32\n{python}")
    assert message in str(error)
    assert "/notebook/" not in shown
    assert lab["lab"].list_tables() == [] and "A" not in lab.shell.user_ns


@pytest.mark.parametrize("name", ["station", "My_Table", "Stätion", "lab.station", "A.B.C", "1A", "'; DROP"])
def test_bad_names_are_refused(lab, name):
    lab.fail(f"%%dj table {name}\na : int32")
    assert lab["lab"].list_tables() == []
