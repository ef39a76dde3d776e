"""Paths in stores: layout, key components, safety."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import numpy as np
import pytest

from datajoint_nb.errors import DataJointError
from datajoint_nb.storage.content_hash import md5_text, parse_hash
from datajoint_nb.storage.paths import (
    dotted,
    hash_path,
    in_section,
    key_component,
    key_text,
    new_token,
    safe_path,
    schema_path,
)

ABC = "saavbgb42jh3bvuwh56sryl7oi"


@pytest.mark.spec("C-089")
@pytest.mark.parametrize(
    "settings, path",
    [
        ({}, f"_hash/ornis/{ABC}"),
        ({"subfolding": [2, 2]}, f"_hash/ornis/sa/av/{ABC}"),
        ({"hash_prefix": ""}, f"ornis/{ABC}"),
        ({"hash_prefix": "/a/b/"}, f"a/b/ornis/{ABC}"),
    ],
)
def test_hash_paths(settings, path):
    assert md5_text(b"abc") == ABC
    assert md5_text(b"") == "2qoyzwmpaczaj2mabgmoz6ccpy"
    assert hash_path(settings, "ornis", md5_text(b"abc")) == path


@pytest.mark.parametrize("bad", ["../x", "ABC", ABC[:-1], ABC + "a"])
def test_hash_path_refuses_other_text(bad):
    with pytest.raises(DataJointError, match="26 characters"):
        hash_path({}, "ornis", bad)


@pytest.mark.parametrize(
    "text", [ABC, "900150983cd24fb0d6963f7d28e17f72", "md5:900150983cd24fb0d6963f7d28e17f72"]
)
def test_all_spellings_of_a_hash_have_one_digest(text):
    assert parse_hash(text) == ("md5", bytes.fromhex("900150983cd24fb0d6963f7d28e17f72"))


@pytest.mark.spec("C-094")
@pytest.mark.parametrize("length", [None, 4, 12, 16])
def test_schema_path(length):
    spec = {"token_length": length, "schema_prefix": "_schema"}
    key = {"site": "dune", "day": dt.date(2025, 6, 1), "nr": 4}
    path, token = schema_path(spec, "ornis", "_flight", "track", key, "npy")
    assert path == f"_schema/ornis/_flight/site=dune/day=2025-06-01/nr=4/track_{token}.npy"
    assert re.fullmatch(rf"[A-Za-z0-9_-]{{{length or 8}}}", token)


@pytest.mark.spec("C-095")
@pytest.mark.parametrize("asked, given", [(2, 4), (99, 16), (8, 8)])
def test_token_length_is_clamped(asked, given):
    assert len(new_token(asked)) == given


@pytest.mark.spec("C-096")
@pytest.mark.parametrize("pattern", ["{site}/{day}", "site/day", "{site}/{absent}/{day}", "site/absent/day"])
def test_partition(pattern):
    key = {"site": "dune", "day": dt.date(2025, 6, 1), "nr": 4}
    path, token = schema_path({"partition_pattern": pattern}, "ornis", "flight", "track", key, ".npy")
    assert path == f"_schema/site=dune/day=2025-06-01/ornis/flight/nr=4/track_{token}.npy"


@pytest.mark.parametrize(
    "value, text",
    [
        (4, "4"),
        (-0.0, "0.0"),
        (np.float64(-0.0), "0.0"),
        (True, "1"),
        (np.bool_(False), "0"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2025, 6, 1), "2025-06-01"),
        (dt.datetime(2025, 6, 1, 4, 30, 15), "2025-06-01T04-30-15"),
        (dt.datetime(2025, 6, 1, 4, 30, 15, 250), "2025-06-01T04-30-15.000250"),
        (np.datetime64("2025-06-01T04:30:15.000250000", "ns"), "2025-06-01T04-30-15.000250"),
        (dt.time(4, 30), "04%3A30%3A00"),
        ("plain text", "plain text"),
        ("a/b", "a%2Fb"),
        ("é/", "%C3%A9%2F"),
        ("50%", "50%25"),
        ("..", "%2E%2E"),
        (" x", "%20x"),
        ("x.", "x%2E"),
    ],
)
def test_key_values(value, text):
    assert key_text(value) == text


@pytest.mark.spec("C-097")
@pytest.mark.parametrize(
    "value",
    [
        "/",
        "\\",
        ":",
        "%",
        "#",
        "..",
        ".",
        "a\nb",
        "\0",
        "x" * 300,
        "🦉" * 300,
        "🦉" * 60,
        "ж" * 100,
        "\ud800",
        "é" * 99,
    ],
)
def test_hostile_keys_give_safe_components(value):
    component = key_component("a" * 64, value)
    assert len(component.encode()) <= 255
    assert safe_path(component) == component
    assert not re.search(r'[/\\:*?"<>|#\x00-\x1f]', component)


def test_long_keys_that_differ_only_at_the_end_differ():
    assert key_text("x" * 300) != key_text("x" * 299 + "y")
    assert key_text("x" * 300).startswith("x" * 50 + "_")


@pytest.mark.parametrize(
    "path, safe", [("a/b", "a/b"), ("./a//b/.", "a/b"), ("/data/store/a", "a"), ("a..b/c", "a..b/c")]
)
def test_safe_paths_are_normalised(path, safe):
    assert safe_path(path, "/data/store") == safe


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "./",
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "/etc/passwd",
        "/data/store2/x",
        "C:/x",
        "c:x",
        "a\\b",
        "a\0b",
        "s3://b/x",
        3,
    ],
)
def test_unsafe_paths_are_refused(path):
    with pytest.raises(DataJointError, match="Unsafe path") as caught:
        safe_path(path, "/data/store")
    assert repr(path) in str(caught.value)


@pytest.mark.parametrize("ext, suffix", [("", ""), (None, ""), ("csv", ".csv"), (".tar.gz", ".tar.gz")])
def test_extensions_are_dotted(ext, suffix):
    assert dotted(ext) == suffix


@pytest.mark.parametrize("ext", ["a/b", "..", ".", "a\\b", "x" * 65, "a\nb"])
def test_unsafe_extensions_are_refused(ext):
    with pytest.raises(DataJointError, match="extension"):
        dotted(ext)


@pytest.mark.parametrize("schema, table, field", [("a/b", "t", "f"), ("a", "..", "f"), ("a", "t", "f/g")])
def test_names_must_be_single_segments(schema, table, field):
    with pytest.raises(DataJointError, match="single path segment"):
        schema_path({}, schema, table, field, {"n": 1})


@pytest.mark.parametrize(
    "path, prefix, inside",
    [("_hash/x", "_hash", True), ("_hash", "/_hash/", True), ("_hashes/x", "_hash", False), ("x", "", False)],
)
def test_sections(path, prefix, inside):
    assert in_section(path, prefix) is inside
