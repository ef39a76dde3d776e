"""The magics on all databases: from an empty schema to computed rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shells import Cells, open_shell

STATION = "%%dj table Station\n# listening station\nstation : int32\n---\nsite='' : varchar(20)  # where"
RECORDING = """%%dj table Recording
# one continuous recording at a listening station
-> Station
recording : int32
---
started=null : datetime
gain=1.0  : float32        # amplifier gain, V/V
kind='a'  : enum('a', 'b')
ok=true   : bool
"""
DOUBLE = """%%dj table Double
-> Recording
---
double : float64
def make(self, key):
    gain = (Recording & key).fetch1("gain")
    if gain > 3:
        raise ValueError("too much gain")
    self.insert1({**key, "double": 2 * gain})
    self.Channel.insert({**key, "channel": n} for n in range(2))

class Channel(dj.Part):
    definition = '''
    -> master
    channel : int16
    '''
"""
DDL = ("CREATE", "ALTER", "DROP", "COMMENT")


@pytest.fixture
def cells(connection, schema_name, tmp_path, capsys) -> Iterator[Cells]:
    """A notebook on the connection, with a schema active."""
    with open_shell(tmp_path, capsys) as opened:
        notebook = opened.shell.magics_manager.registry["DataJointMagics"].notebook
        notebook.use_connection(connection)
        opened.run("import datajoint_nb as dj", f"%dj schema {schema_name()} --as lab")
        yield opened


EXAMPLE = """%%dj table Recording
# one continuous recording at a listening station
-> Station
recording : int32
---
started   : datetime
gain=1.0  : float32        # amplifier gain, V/V
audio     : <object@main>
"""


@pytest.mark.spec("N-002")
def test_the_example_is_declared_and_bound_and_a_second_run_sends_no_ddl(cells, connection, tmp_path):
    connection.config["stores"] = {"main": {"protocol": "file", "location": str(tmp_path)}}
    cells.run(STATION)
    assert "Recording · manual · created" in cells.run(EXAMPLE)
    assert list(cells["Recording"]().heading) == ["station", "recording", "started", "gain", "audio"]
    assert cells["Recording"].is_declared
    with connection.statements() as sent:
        assert "Recording · manual · up to date" in cells.run(EXAMPLE)
    assert not [sql for sql in sent if sql.lstrip().upper().startswith(DDL)]


def test_declaring_twice_sends_ddl_once(cells, connection):
    cells.run(STATION)
    for cell in (RECORDING, DOUBLE):
        with connection.statements() as sent:
            assert "created" in cells.run(cell)
        assert [sql for sql in sent if sql.lstrip().upper().startswith(DDL)]
    assert set(cells["Recording"].heading) == {"station", "recording", "started", "gain", "kind", "ok"}
    for cell in (STATION, RECORDING, DOUBLE):
        with connection.statements() as sent:
            assert "up to date" in cells.run(cell)
        assert not [sql for sql in sent if sql.lstrip().upper().startswith(DDL)]


@pytest.mark.spec("N-003")
@pytest.mark.parametrize(
    ("old", "new"),
    [("varchar(20)", "varchar(30)"), ("station : int32", "station : int64"), ("# where", "# whither")],
)
def test_a_changed_line_changes_nothing_and_is_shown(cells, connection, old, new):
    cells.run(STATION)
    before = cells["Station"].describe()
    with connection.statements() as sent:
        _, shown = cells.attempt(STATION.replace(old, new))
    assert not [sql for sql in sent if sql.lstrip().upper().startswith(DDL)]
    assert f"{old.split()[-1]}" in shown and f"{new.split()[-1]}" in shown and "differs" in shown
    connection.forget()
    assert cells["Station"].describe() == before


def test_populate_progress_and_listing(cells):
    cells.run(STATION, RECORDING, DOUBLE, "Station.insert1({'station': 1})")
    cells.run(
        "Recording.insert({'station': 1, 'recording': n, 'gain': g}"
        " for n, g in ((1, 1.5), (2, 2.0), (3, 9.0)))"
    )
    cells.run("result = %dj populate Double --suppress")
    assert cells["result"]["success_count"] == 2 and len(cells["result"]["error_list"]) == 1
    assert list(cells["Double"].to_arrays("double", order_by="KEY")) == [3.0, 4.0]
    assert len(cells["Double"].Channel) == 4
    for cell in ("%dj progress", "%dj ls"):
        row = next(line for line in cells.run(cell).split("\n") if line.startswith("Double "))
        assert "2/3" in row
    _, shown = cells.fail("%dj populate Double")
    assert "-> 8" in shown and 'raise ValueError("too much gain")' in shown


def test_describe_sql_and_connection(cells, connection):
    cells.run(STATION, RECORDING)
    assert "-> Station" in cells.run("%dj describe Recording")
    assert "SELECT" in cells.run("%dj sql Recording & {'station': 1}")
    assert "(Total: 0)" in cells.run("%dj preview Recording")
    shown = cells.run("%dj connect --as db")
    assert cells["db"] is connection
    names = {"sqlite": ("SQLite",), "mysql": ("MySQL", "MariaDB"), "postgresql": ("PostgreSQL",)}
    assert shown.startswith(names[connection.spec.backend]) and "connected" in shown
    assert connection.spec.backend == "sqlite" or "TLS" in shown


def test_recreate_drops_empty_tables_below(cells):
    cells.run(STATION, RECORDING, DOUBLE)
    assert "recreated" in cells.run(
        STATION.replace("Station", "Station --recreate").replace("int32", "int64")
    )
    assert cells["lab"].list_tables() == ["station"]
