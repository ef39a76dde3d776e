"""Magics that look, what objects show, and completion."""

from __future__ import annotations

import datetime as dt
import html.parser

import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.notebook.completion import complete
from datajoint_nb.populate.auto import PopulateResult
from datajoint_nb.storage.npyref import NpyRef
from datajoint_nb.storage.objectref import ObjectRef

EVIL = "<img src=x onerror=alert(1)>"
CELLS = (
    "%%dj table Station\n# listening station\nstation : int32\n---\nsite='' : varchar(60)",
    "%%dj table Double\n-> Station\n---\ndouble : int32\n"
    "def make(self, key):\n    self.insert1({**key, 'double': 2 * key['station']})",
    "Station.insert({'station': n, 'site': 'north'} for n in (1, 2, 3))",
)


@pytest.fixture
def full(lab):
    lab.run(*CELLS)
    return lab


class Elements(html.parser.HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def shown_html(cells, expression):
    """The HTML that a value has at the end of a cell."""
    value = cells.shell.ev(expression) if isinstance(expression, str) else expression
    return cells.shell.display_formatter.format(value)[0].get("text/html", "")


def test_ls_lists_tables_in_dependency_order(full):
    full.run("%dj populate Double 'station = 1'")
    shown = full.run("%dj ls")
    assert shown.index("Station") < shown.index("Double")
    row = next(line for line in shown.split("\n") if line.startswith("Double"))
    assert "computed" in row and "1/3" in row
    assert "listening station" in shown
    assert full.run("%dj ls lab") == shown


def test_describe_shows_the_definition_of_the_database(full):
    shown = full.run("%dj describe Double")
    assert "-> Station" in shown and "double" in shown and "lab.__double" in shown
    assert full.run("del Double", "%dj describe Double").count("-> Station") == 1


@pytest.mark.parametrize(
    ("restriction", "done"),
    [
        ("", {1, 2, 3}),
        ("'station = 1'", {1}),
        ('"station > 1"', {2, 3}),
        ("{'station': 2}", {2}),
        ('{"station": 2}', {2}),
        ("[{'station': 1}, {'station': 3}]", {1, 3}),
        ("chosen", {3}),
        ("'station = {number}'", {2}),
        ("'station = $number'", {2}),
        ("-n 2", {1, 2}),
    ],
)
def test_populate_takes_a_restriction(full, restriction, done):
    full.run("chosen = {'station': 3}; number = 2", f"result = %dj populate Double {restriction}")
    assert set(full["Double"].to_arrays("station")) == done
    assert full["result"] is None


def test_populate_returns_what_its_display_has_not_told(full):
    full.run("%dj populate Double", "result = %dj populate Double")
    assert full["result"]["success_count"] == 0


def test_a_restriction_is_never_evaluated(full):
    full.run("calls = []")
    error, _ = full.fail("%dj populate Double calls.append(1)")
    assert "neither a table nor a restriction" in str(error)
    assert full["calls"] == [] and len(full["Double"]) == 0
    full.fail("%dj help {calls.append(1)}")
    assert full["calls"] == []


def test_tables_without_make_cannot_be_populated(full):
    error, _ = full.fail("%dj populate Station")
    assert "cannot be populated" in str(error)


def test_progress_of_schema_and_table(full):
    full.run("%dj populate Double -n 1")
    for cell in ("%dj progress", "%dj progress lab", "%dj progress Double"):
        assert "1/3" in full.run(cell)
    full.fail("%dj progress Station")


def test_sql_and_preview_of_an_expression(full):
    shown = full.run("%dj sql Station & 'station = 2'")
    assert "SELECT" in shown and "= 2" in shown
    assert "(Total: 1)" in full.run("%dj preview Station & 'station = 2'")
    assert "<table" in full.html


def test_diagram_of_schema_and_expression(full):
    assert "Double" in full.run("%dj diagram")
    assert "Station" in full.run("%dj diagram Double - 1")
    assert "Station" not in full.run("%dj diagram Double")
    assert "Station" in full.run("%dj diagram lab + 1")


def test_a_table_class_shows_its_rows(full):
    assert "<caption>" in shown_html(full, "Station") and "north" in shown_html(full, "Station")
    assert "(Total: 3)" in full.run("Station")
    full.run("import datajoint_nb as dj")
    assert shown_html(full, "dj.Manual") == ""
    assert "Manual" in full.run("dj.Manual")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("lab", ("Schema lab", "Station", "<progress")),
        ("Station.heading", ("djnb-t-type", "int32", "listening station")),
        ("lab.connection", ("SQLite", "lab.db")),
        ("__import__('datajoint_nb').config", ("database.host", "default", "<caption>")),
    ],
)
def test_other_objects_have_html(full, expression, words):
    shown = shown_html(full, expression)
    assert all(word in shown for word in words)


def test_stored_objects_show_their_metadata():
    from datajoint_nb.notebook import formatters

    ref = ObjectRef(
        EVIL, size=1234, hash="a" * 26, is_dir=True, item_count=3, timestamp=dt.datetime(2024, 1, 2), url=EVIL
    )
    shown = formatters.object_ref(ref)
    assert "folder" in shown and "1.2 kB" in shown and "2024-01-02" in shown and EVIL not in shown
    array = NpyRef({"path": "a/b.npy", "dtype": "<f8", "shape": [10, 3]})
    shown = formatters.npy_ref(array)
    assert "10 × 3" in shown and "float64" in shown and "240 B" in shown


def test_secrets_are_masked_in_the_configuration(full):
    full.run("import datajoint_nb as dj", "dj.config['database.password'] = 'Hush-7'")
    shown = shown_html(full, "dj.config")
    assert "Hush-7" not in shown
    row = shown[shown.index("database.password") :].partition("</tr>")[0]
    assert "••••" in row and "assignment" in row


def test_a_populate_result_folds_its_errors():
    from datajoint_nb.notebook import formatters

    result = PopulateResult(skipped=1, duration=2.0, stopped="max_calls")
    result["success_count"] = 2
    result["error_list"].append(({"a": EVIL}, f"ValueError: {EVIL}\nmore"))
    shown = formatters.populate_result(result)
    assert EVIL not in shown and "<details" in shown and "max_calls" in shown and "2/4" in shown


def test_hostile_text_stays_text(lab):
    lab.run(
        f"%%dj table Evil\n# {EVIL}\nevil : int32  # {EVIL}\n---\ntext='{EVIL}' : varchar(99)",
        f"Evil.insert1({{'evil': 1, 'text': '{EVIL}'}})",
    )
    pages = [lab.html]
    for cell in ("%dj ls", "%dj describe Evil", "%dj preview Evil", "%dj sql Evil", "%dj diagram"):
        lab.run(cell)
        pages.append(lab.html)
    pages += [shown_html(lab, name) for name in ("Evil", "lab", "Evil.heading")]
    for page in pages:
        assert not [tag for tag, _ in Elements(page).found if tag in ("img", "script")]


def test_listings_have_captions_scopes_and_no_repeated_ids(full):
    full.run("%dj ls")
    elements = Elements(full.html).found
    assert [tag for tag, _ in elements].count("caption") == 1
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in elements if tag == "th")
    assert not [attrs for _, attrs in elements if "id" in attrs]


def test_a_closed_database_gives_one_line(full, monkeypatch):
    def refuse(schema):
        raise DataJointError(EVIL)

    monkeypatch.setattr("datajoint_nb.notebook.formatters.list_schema", refuse)
    assert shown_html(full, "lab").startswith("<pre>DataJointError: &lt;img")


def completions(cells, text):
    """What the shell's own completer offers at the end of `text`: whole texts that would result."""
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        found = list(cells.shell.Completer.completions(text, len(text)))
    return {text[: c.start] + c.text for c in found}


@pytest.mark.spec("N-020")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%dj table X\n-> ", "%%dj table X\n-> Station"),
        ("%%dj table X\n-> Sta", "%%dj table X\n-> Station"),
        ("%%dj table X\n-> [nullable] Sta", "%%dj table X\n-> [nullable] Station"),
        ("%%dj table X\n-> Station.Se", "%%dj table X\n-> Station.Sensor"),
        ("%%dj table X\na : ", "%%dj table X\na : int32"),
        ("%%dj table X\na : flo", "%%dj table X\na : float64"),
        ("%%dj table X\na=1 : in", "%%dj table X\na=1 : int8"),
        ("%%dj table X\na : <", "%%dj table X\na : <blob"),
        ("%%dj table X\na : <ob", "%%dj table X\na : <object"),
        ("%%dj table X\na : <object@", "%%dj table X\na : <object@main"),
        ("%%dj table X\na : <object@ma", "%%dj table X\na : <object@main"),
        ("%dj ", "%dj populate"),
        ("%dj pop", "%dj populate"),
        ("%dj populate --su", "%dj populate --suppress"),
        ("%dj describe Sta", "%dj describe Station"),
        ("%dj ls la", "%dj ls lab"),
        ("%%dj ta", "%%dj table"),
    ],
)
def test_completion(full, text, expected):
    full.run(
        "import datajoint_nb as dj",
        "dj.config['stores'] = {'main': {'protocol': 'file', 'location': '/tmp'}}",
        "%%dj table Station.Sensor\n-> master\nsensor : int8",
    )
    assert expected in completions(full, text)


@pytest.mark.parametrize(
    "text",
    ["Sta", "%%dj table X\nimport math\nmath.", "%%dj table X\n# : ", "print('-> Sta", "%%time\n-> St"],
)
def test_elsewhere_completion_is_left_to_others(full, text):
    assert complete(full.shell.magics_manager.registry["DataJointMagics"].notebook, text) is None


def test_the_primary_key_stands_beside_a_table(full):
    from IPython.core.completer import provisionalcompleter

    text = "%%dj table X\n-> Sta"
    with provisionalcompleter():
        found = [c for c in full.shell.Completer.completions(text, len(text)) if c.text == "Station"]
    assert found[0].type == "station"
