"""Loading, unloading, and connecting."""

from __future__ import annotations

import sqlite3

import pytest

from datajoint_nb.connection import Connection
from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook.formatters import HTML
from datajoint_nb.populate.events import DISPLAYS
from datajoint_nb.tables.table import TableMeta
from tests.shells import open_shell


def registered(cells):
    """All places where the extension can leave something behind."""
    shell = cells.shell
    formatters = shell.display_formatter.formatters
    return {
        "line": "dj" in shell.magics_manager.magics["line"],
        "cell": "dj" in shell.magics_manager.magics["cell"],
        "magics": "DataJointMagics" in shell.magics_manager.registry,
        "html": sum(kind in formatters["text/html"].type_printers for kind in HTML),
        "plain": TableMeta in formatters["text/plain"].type_printers,
        "matchers": len(shell.Completer.custom_matchers),
        "transformers": len(shell.input_transformers_cleanup),
        "callbacks": len(shell.events.callbacks["pre_run_cell"]),
        "displays": len(DISPLAYS._makers),
        "history": "store_inputs" in vars(shell.history_manager),
    }


@pytest.mark.spec("N-001")
def test_loading_twice_registers_once_and_unloading_removes_all(cells):
    once = registered(cells)
    cells.run(
        "import datajoint_nb", "datajoint_nb.load_ipython_extension(get_ipython())", "%load_ext datajoint_nb"
    )
    assert registered(cells) == once
    assert once["line"] and once["cell"] and once["html"] == len(HTML) and once["matchers"] == 1
    cells.run("%unload_ext datajoint_nb")
    off = registered(cells)
    assert not any(off[name] for name in ("line", "cell", "magics", "html", "plain", "matchers", "history"))
    for name in ("transformers", "callbacks", "displays"):
        assert off[name] == once[name] - 1
    cells.run("%load_ext datajoint_nb")
    assert registered(cells) == once


def test_without_the_extension_the_magic_is_unknown(cells):
    cells.run("%unload_ext datajoint_nb")
    error, _ = cells.fail("%dj help")
    assert "not found" in str(error)


def test_connect_shows_the_server_and_binds_the_connection(cells):
    shown = cells.run("%dj connect sqlite:///lab.db --as db")
    assert isinstance(cells["db"], Connection)
    for word in ("SQLite 3.", "connected", "lab.db", "user", "latency"):
        assert word in shown
    assert "<dl>" in cells.html


def test_connecting_again_keeps_the_connection(cells):
    cells.run("%dj connect sqlite:///lab.db --as one", "%dj connect sqlite:///lab.db --as two")
    cells.run("%dj connect --as three", "%dj connect sqlite:///other.db --as four")
    assert cells["one"] is cells["two"] is cells["three"]
    assert cells["four"] is not cells["one"]
    cells.run("import datajoint_nb as dj", "same = dj.conn() is four")
    assert cells["same"]


def test_without_a_url_the_embedded_database_is_used(cells, tmp_path):
    cells.run("%dj connect")
    assert (tmp_path / "datajoint.db").exists()


@pytest.mark.spec("N-011")
def test_a_password_in_a_url_is_refused_and_found_nowhere(tmp_path, capsys):
    with open_shell(tmp_path, capsys, history=True) as cells:
        error, shown = cells.fail("%dj connect mysql://user:Hush-7@host")
        assert "hidden prompt" in str(error)
        assert "Hush-7" not in shown + str(error)
        for command in ("%history", "%history -t", "%history -g", "In", "_ih", "_i1, _i2, _i, _ii, _iii"):
            assert "Hush-7" not in cells.run(command)
    stored = sqlite3.connect(tmp_path / "history.sqlite")
    lines = stored.execute("SELECT source, source_raw FROM history").fetchall()
    stored.close()
    assert any("mysql://user:" in raw for _, raw in lines)
    assert "Hush-7" not in str(lines)
    assert b"Hush-7" not in (tmp_path / "history.sqlite").read_bytes()


def test_a_server_that_needs_a_password_asks_for_it(cells, monkeypatch):
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or "Hush-7")
    error, shown = cells.fail("%dj connect mysql://nobody@127.0.0.1:1")
    assert asked == ["Password of nobody at 127.0.0.1: "]
    assert type(error).__name__ == "LostConnectionError"
    assert "Hush-7" not in shown


def test_a_configured_password_is_not_asked_for(cells, monkeypatch):
    def refuse(prompt):
        raise AssertionError("asked")

    monkeypatch.setattr("getpass.getpass", refuse)
    monkeypatch.setenv("DJ_PASS", "Hush-7")
    cells.run("import datajoint_nb as dj; dj.config.reload()")
    error, _ = cells.fail("%dj connect mysql://nobody@127.0.0.1:1")
    assert type(error).__name__ == "LostConnectionError"


def test_where_nobody_can_be_asked_the_ways_out_are_named(cells, monkeypatch):
    def refuse(prompt):
        raise EOFError

    monkeypatch.setattr("getpass.getpass", refuse)
    error, _ = cells.fail("%dj connect mysql://nobody@127.0.0.1:1")
    assert "DJ_PASS" in str(error)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%dj connect oracle://host", "unknown scheme"),
        ("%dj connect sqlite:////no/such/folder/x.db", "folder"),
        ("%dj schema lab --no-create", "create_schema=False"),
        ("%dj schema a;b", "invalid schema name"),
        ("%dj describe Station", "There is no table `Station`"),
        ("%dj ls", "No schema is active"),
        ("%dj ls nowhere", "`nowhere` is no active schema"),
        ("%dj populate Station", "There is no table `Station`"),
        ("%dj schema lab --as 1x", "no name for a variable"),
        ("%dj popul", "did you mean `%dj populate`"),
        ("%dj table X", "write `%%dj table`"),
        ("%%dj ls\nx", "write `%dj ls`"),
        ("%dj sql", "needs a query expression"),
        ("%dj sql 1 +", "is no expression"),
        ("%dj sql 1 + 1", "is no query expression"),
        ("%dj preview Sation", "'Sation' is not defined"),
        ("%dj diagram f()", "only names, numbers and + - *"),
        ("%dj ls --wrong", "unrecognized arguments"),
        ("%dj help nothing", "no command of dj"),
    ],
)
def test_mistakes_are_one_message_without_traceback(cells, cell, message):
    error, shown = cells.fail(cell)
    assert message in shown
    assert "Traceback" not in shown and "datajoint_nb/" not in shown
    assert type(error).__name__ == "UsageError" or isinstance(error, DataJointError)


@pytest.mark.parametrize("cell", ["%dj", "%dj help", "%dj?"])
def test_help_has_every_command_with_an_example(cells, cell):
    shown = cells.run(cell)
    for name in ("connect", "schema", "ls", "describe", "diagram", "populate", "progress", "sql", "preview"):
        assert f"%dj {name}" in shown
    assert "%%dj table" in shown


@pytest.mark.parametrize("cell", ["%dj help populate", "%dj populate?", "%dj populate ??"])
def test_help_of_one_command_documents_its_arguments(cells, cell):
    shown = cells.run(cell)
    assert "--suppress" in shown and "%dj populate [-n MAX]" in shown
