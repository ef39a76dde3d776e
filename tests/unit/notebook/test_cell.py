"""Cells of ``%%dj table`` in their two parts."""

from __future__ import annotations

import pytest

from datajoint_nb.notebook.cell import Place, begins_python, locate, split


@pytest.mark.parametrize(
    "line",
    [
        "def make(self, key):",
        "class Part(dj.Part):",
        "class Part:",
        "@property",
        "import math",
        "from math import pi",
        "from . import x",
        "contents = [",
        "contents = [[1, 'a']]",
        "contents: list = [1]",
        "contents += other",
    ],
)
def test_first_lines_of_a_python_part(line):
    assert begins_python(line)


@pytest.mark.parametrize(
    "line",
    [
        "station : int32",
        "from : datetime",
        "class : varchar(8)",
        "def : int8",
        "import : bool",
        "contents : json",
        "contents=1 : int8",
        "contents='a' : varchar(3)  # what is in it",
        "contents_of_box : int8",
        "  def make(self, key):",
        "# def make(self)",
        "-> Station",
        "",
    ],
)
def test_lines_of_a_definition(line):
    assert not begins_python(line)


def test_both_parts_keep_their_lines():
    body = split("# one\n-> A\n---\nx : int8\nimport math\n\ndef make(self, key):\n    pass\n")
    assert body.definition == "# one\n-> A\n---\nx : int8"
    assert body.python == "import math\n\ndef make(self, key):\n    pass\n"
    assert body.python_line == 5


def test_without_python_part_all_is_definition():
    body = split("a : int8\n---\nb : int8\n")
    assert (body.definition, body.python) == ("a : int8\n---\nb : int8\n", "")


@pytest.mark.parametrize(
    ("raw", "lines", "columns"),
    [
        ("%%dj table A\na : int8\n", 1, 0),
        ("\n\n%%dj table A\na : int8", 3, 0),
        ("    %%dj table A\n    a : int8\n", 1, 4),
    ],
)
def test_the_body_is_found_in_its_cell(raw, lines, columns):
    assert locate(raw, "table A", "a : int8\n") == Place(raw, lines, columns, is_running=True)


@pytest.mark.parametrize("raw", [None, "print(1)", "%%dj table A\nother : int8"])
def test_a_magic_called_from_python_makes_up_its_cell(raw):
    place = locate(raw, "table A", "a : int8\n")
    assert place == Place("%%dj table A\na : int8\n", 1, 0, is_running=False)
