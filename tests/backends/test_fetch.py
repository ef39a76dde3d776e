"""Fetching on real databases: ``04-fetch.md``."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, UnknownAttributeError

NAMES = ["field_id", "region", "added", "depth", "tag"]


def order(rows: list[dict[str, Any]]) -> list[int]:
    return [row["field_id"] for row in rows]


@pytest.mark.spec("F-001", "F-002")
def test_dicts(sky: SimpleNamespace) -> None:
    rows = sky.Field.to_dicts(order_by="KEY")
    assert len(rows) == 4
    assert list(rows[0]) == NAMES
    assert rows[1]["depth"] is None
    assert rows[1]["tag"] is None
    assert type(rows[1]["added"]) is dt.date


@pytest.mark.spec("F-003", "F-004")
def test_python_types(sky: SimpleNamespace) -> None:
    row = sky.Exposure.to_dicts(order_by="KEY")[0]
    assert row["seconds"] == Decimal("10.50")
    assert str(row["seconds"]) == "10.50"
    assert row["started"] == dt.datetime(2024, 1, 6, 10)
    assert sky.Exposure.Star.to_dicts(order_by="KEY")[0]["good"] is True


@pytest.mark.spec("F-005")
def test_no_rows(sky: SimpleNamespace) -> None:
    assert (sky.Field & False).to_dicts() == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"order_by": "depth DESC"}, [4, 3, 1, 2], marks=pytest.mark.spec("F-006")),
        pytest.param(
            {"order_by": ["region", "field_id DESC"]}, [4, 2, 1, 3], marks=pytest.mark.spec("F-007")
        ),
        pytest.param({"order_by": "KEY DESC", "limit": 2}, [4, 3], marks=pytest.mark.spec("F-008")),
        pytest.param({"offset": 2}, [3, 4], marks=pytest.mark.spec("F-009")),
        pytest.param({"offset": 0}, [1, 2, 3, 4], marks=pytest.mark.spec("F-009")),
        pytest.param({"limit": 0}, [], marks=pytest.mark.spec("F-009")),
        pytest.param({"limit": np.int64(1)}, [1], marks=pytest.mark.spec("F-010")),
    ],
)
def test_order_and_limit(sky: SimpleNamespace, options: dict[str, Any], expected: list[int]) -> None:
    assert order(sky.Field.to_dicts(**options)) == expected


@pytest.mark.spec("F-010", "F-011")
def test_wrong_order_and_limit(sky: SimpleNamespace) -> None:
    with pytest.raises(TypeError):
        sky.Field.to_dicts(limit="2")
    with pytest.raises(UnknownAttributeError, match="nope"):
        sky.Field.to_dicts(order_by="nope")


@pytest.mark.spec("F-012", "F-013", "F-014")
def test_limits_never_widen_a_top(sky: SimpleNamespace) -> None:
    top = sky.Field & dj.Top(3, "depth DESC")
    assert order(top.to_dicts(limit=1)) == [4]
    assert order(top.to_dicts(order_by="KEY", limit=1)) == [1]
    assert sky.Field.proj(z="field_id").to_dicts(order_by="z DESC", limit=1) == [{"z": 4}]


@pytest.mark.spec("F-015", "F-016", "F-017", "F-018")
def test_keys(sky: SimpleNamespace) -> None:
    assert sorted(key["field_id"] for key in sky.Field.keys()) == [1, 2, 3, 4]
    first = sky.Exposure.keys(order_by=["exposure DESC", "field_id"])[0]
    assert first == {"field_id": 1, "exposure": 2}
    with pytest.raises(TypeError):
        sky.Field.keys(squeeze=True)
    regions = (dj.U("region") & sky.Field).keys()
    assert len(regions) == 3
    assert all(list(key) == ["region"] for key in regions)
    assert dj.U().aggr(sky.Field, n="count(*)").keys() == [{}]


@pytest.mark.spec("F-019", "F-020", "F-021", "F-038")
def test_structured_array(sky: SimpleNamespace) -> None:
    array = sky.Field.to_arrays(order_by="KEY")
    assert list(array.dtype.names) == NAMES
    assert [array.dtype[n] for n in ("field_id", "depth", "region")] == [np.int64, np.float64, object]
    assert np.isnan(array["depth"][1])
    empty = (sky.Field & False).to_arrays()
    assert empty.shape == (0,)
    assert empty.dtype == array.dtype


@pytest.mark.spec("F-022", "F-023", "F-024", "T-045")
def test_column_arrays(sky: SimpleNamespace) -> None:
    assert (sky.Field & False).to_arrays("field_id").dtype == np.int64
    assert sky.Field.to_arrays("field_id").dtype == np.int64
    assert sky.Exposure.Star.to_arrays("flux").dtype == np.float64
    assert sky.Field.to_arrays("region").ndim == 1
    pair = sky.Field.to_arrays("region", "depth")
    assert isinstance(pair, tuple)
    assert len(pair) == 2
    depth = sky.Field.to_arrays("depth")
    assert depth.dtype == object
    assert None in depth.tolist()


@pytest.mark.spec("F-025", "F-026", "F-027", "F-028")
def test_column_arrays_with_keys_and_order(sky: SimpleNamespace) -> None:
    keys, regions = sky.Field.to_arrays("region", include_key=True)
    expected = {row["field_id"]: row["region"] for row in sky.Field.to_dicts()}
    assert {key["field_id"]: region for key, region in zip(keys, regions, strict=True)} == expected
    assert len(sky.Field.to_arrays("field_id", "region", include_key=True)) == 3
    assert sky.Field.to_arrays("region", order_by="depth DESC", limit=2).tolist() == ["50%", "o'disk"]
    for name in ("zz", "KEY"):
        with pytest.raises(UnknownAttributeError):
            sky.Field.to_arrays(name)


@pytest.fixture
def trace(schema: dj.Schema) -> Any:
    """A table of packed values."""

    @schema
    class Trace(dj.Manual):
        definition = """
        trace : int32
        ---
        data=null : <blob>
        raw=null : bytes
        doc=null : json
        """

    return Trace


@pytest.mark.spec("F-029", "F-030", "F-031", "F-032")
def test_arrays_of_objects_stay_flat(trace: Any) -> None:
    trace.insert(
        [
            {"trace": 1, "data": np.ones((2, 3)), "raw": b"\x00\x01"},
            {"trace": 2, "data": np.zeros((2, 3)), "raw": b"\x00\x01"},
        ]
    )
    data = trace.to_arrays("data")
    assert (data.shape, data.dtype) == ((2,), object)
    assert trace.to_arrays("raw").tolist() == [b"\x00\x01"] * 2
    assert type(trace.to_dicts()[0]["raw"]) is bytes
    trace.delete_quick()
    trace.insert([{"trace": n, "data": [1, 2]} for n in (1, 2)])
    assert trace.to_arrays("data").tolist() == [[1, 2], [1, 2]]
    trace.delete_quick()
    trace.insert1({"trace": 1, "data": np.ones((1, 3))})
    assert trace.to_arrays("data", squeeze=True)[0].shape == (3,)


@pytest.mark.spec("F-036", "T-037")
def test_json_values(trace: Any) -> None:
    documents: list[Any] = [{"a": [1, None], "b": {"c": "µ"}}, [1, 2], "text", 7, True, None]
    trace.insert([{"trace": n, "doc": doc} for n, doc in enumerate(documents)])
    assert [row["doc"] for row in trace.to_dicts(order_by="KEY")] == documents


@pytest.mark.spec("F-033", "F-034")
def test_attributes_made_nullable(schema: dj.Schema) -> None:
    @schema
    class Base(dj.Manual):
        definition = "base : int32"

    @schema
    class Extra(dj.Manual):
        definition = """
        -> Base
        ---
        n : int32
        """

    Base.insert([{"base": 1}, {"base": 2}])
    Extra.insert1({"base": 1, "n": 5})
    array = Base.extend(Extra).to_arrays(order_by="KEY")
    assert array["n"].tolist() == [5, None]
    union = (Base & "base=2").proj() + Extra.proj("n")
    assert {row["base"]: row["n"] for row in union.to_arrays()} == {1: 5, 2: None}


@pytest.mark.spec("F-035", "F-037", "T-027", "T-034")
def test_uuid_and_char(schema: dj.Schema) -> None:
    @schema
    class Thing(dj.Manual):
        definition = """
        thing : uuid
        ---
        code : char(5)
        """

    key = uuid.uuid4()
    for given in (key, str(uuid.uuid4()), uuid.uuid4().bytes):
        Thing.insert1({"thing": given, "code": "abc"})
    rows = Thing.to_dicts()
    assert len(rows) == 3
    assert {type(row["thing"]) for row in rows} == {uuid.UUID}
    assert {row["code"] for row in rows} == {"abc"}
    assert key in [row["thing"] for row in rows]


@pytest.mark.spec("F-039", "F-040", "F-041", "F-042")
def test_pandas(sky: SimpleNamespace) -> None:
    frame = sky.Field.to_pandas()
    assert frame.index.name == "field_id"
    assert list(frame.columns) == NAMES[1:]
    assert list(sky.Exposure.to_pandas().index.names) == ["field_id", "exposure"]
    empty = (sky.Field & False).to_pandas()
    assert (len(empty), list(empty.columns), empty.index.name) == (0, NAMES[1:], "field_id")
    total = dj.U().aggr(sky.Field, n="count(*)").to_pandas()
    assert list(total.columns) == ["n"]
    assert total.index.name is None


@pytest.mark.spec("F-043", "F-044")
def test_polars_and_arrow(sky: SimpleNamespace) -> None:
    assert sky.Field.to_polars().columns == NAMES
    assert sky.Field.to_arrow().column_names == NAMES
    assert (sky.Field & False).to_arrow().schema == sky.Field.to_arrow().schema
    assert (sky.Field & False).to_polars().schema == sky.Field.to_polars().schema
    assert sorted(sky.Field.to_polars()["region"].to_list()) == ["50%", "halo", "halo", "o'disk"]


@pytest.mark.spec("F-045")
def test_polars_missing(sky: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(ImportError, match="polars"):
        sky.Field.to_polars()


@pytest.mark.spec("F-046")
def test_matrices_do_not_fit_arrow(trace: Any) -> None:
    trace.insert1({"trace": 1, "data": np.ones((2, 3))})
    with pytest.raises(DataJointError, match="data"):
        trace.to_arrow()
    trace.delete_quick()
    trace.insert1({"trace": 1, "data": np.ones(3)})
    assert trace.to_arrow()["data"].to_pylist() == [[1.0, 1.0, 1.0]]


@pytest.mark.spec("F-047", "F-048", "F-049", "F-051")
def test_fetch1(sky: SimpleNamespace) -> None:
    one = sky.Field & "field_id=1"
    assert list(one.fetch1()) == NAMES
    assert one.fetch1("region") == "halo"
    assert one.fetch1("region", "depth") == ("halo", 1.5)
    assert one.fetch1("KEY") == {"field_id": 1}
    assert one.fetch1("KEY", "depth") == ({"field_id": 1}, 1.5)
    assert (sky.Field & dj.Top(1)).fetch1("field_id") == 1


@pytest.mark.spec("F-050")
def test_fetch1_needs_one_row(sky: SimpleNamespace) -> None:
    for call in (
        sky.Field.fetch1,
        lambda: sky.Field.fetch1("region"),
        lambda: (sky.Field & False).fetch1("KEY"),
    ):
        with pytest.raises(DataJointError, match="exactly one"):
            call()


@pytest.mark.spec("F-053", "F-054")
def test_head_and_tail(sky: SimpleNamespace) -> None:
    assert order(sky.Field.head(2)) == [1, 2]
    assert order(sky.Field.tail(2)) == [3, 4]
    assert len(sky.Field.head()) == 4
    assert order((sky.Field & dj.Top(3, "depth DESC")).head(2)) == [1, 3]


@pytest.mark.spec("F-055", "F-056", "F-057", "F-059")
def test_iteration(sky: SimpleNamespace) -> None:
    assert sorted(row["field_id"] for row in sky.Field) == [1, 2, 3, 4]
    assert sorted(row["field_id"] for row in sky.Field()) == [1, 2, 3, 4]
    pairs = [(row["field_id"], len(sky.Field)) for row in sky.Field]
    assert sorted(pairs) == [(n, 4) for n in (1, 2, 3, 4)]
    for _ in sky.Field:
        break
    assert len(sky.Field) == 4
    assert [row["field_id"] for row in sky.Field & dj.Top(2, "KEY DESC")] == [4, 3]


@pytest.mark.spec("F-060")
def test_cursor(sky: SimpleNamespace) -> None:
    cursor = (sky.Exposure & {"field_id": 1, "exposure": 1}).cursor(as_dict=True)
    assert cursor.fetchone()["field_id"] == 1
    assert cursor.fetchone() is None


@pytest.mark.spec("F-061", "F-062", "F-063", "F-064")
def test_legacy_fetch(sky: SimpleNamespace) -> None:
    with pytest.warns(DeprecationWarning, match="to_dicts") as caught:
        assert len(sky.Field.fetch()) == 4
    assert len(caught) == 1
    with pytest.warns(DeprecationWarning):
        keys, regions = sky.Field.fetch("KEY", "region", limit=2)
        assert [key["field_id"] for key in keys] == [1, 2]
        assert regions.tolist() == ["halo", "halo"]
        assert sky.Field.fetch("region", as_dict=True, limit=1) == [{"field_id": 1, "region": "halo"}]
        for options in ({"format": "frame"}, {"format": "bogus"}):
            with pytest.raises(DataJointError):
                sky.Field.fetch("region", **options)


@pytest.mark.spec("F-065", "F-066", "F-067")
def test_text_preview(sky: SimpleNamespace) -> None:
    lines = str(sky.Field()).splitlines()
    assert lines[0].startswith("*field_id")
    assert [line for line in lines if line.strip()][-1] == " (Total: 4)"
    short = sky.Field.preview(limit=2).splitlines()
    assert short[4] == "   ..."
    assert len(short) == 6
    narrow = sky.Field.preview(width=8).splitlines()
    assert max(len(word) for word in narrow[1].split()) <= 8
    assert (sky.Field & False).preview().splitlines()[-1] == " (Total: 0)"


@pytest.mark.spec("F-068")
def test_preview_without_count(sky: SimpleNamespace) -> None:
    with sky.connection.config.override(display__show_tuple_count=False), sky.connection.statements() as sent:
        text = sky.Field.preview(limit=2)
    assert "Total" not in text
    assert len(sent) == 1


@pytest.mark.spec("F-069")
def test_preview_never_fetches_binary_values(trace: Any) -> None:
    trace.insert1({"trace": 1, "data": np.ones(1000), "raw": b"secret bytes", "doc": {"a": 1}})
    with trace().connection.statements() as sent:
        line = trace.preview(width=20).splitlines()[2]
    assert line.split() == ["1", "<blob>", "bytes", "json"]
    assert not any("data" in sql or "raw" in sql for sql in sent)


@pytest.mark.spec("F-070", "F-071")
def test_html_preview(schema: dj.Schema) -> None:
    @schema
    class Note(dj.Manual):
        definition = """
        note : int32
        ---
        text : varchar(40)  # <i>comment</i>
        """

    Note.insert([{"note": n, "text": "<b>x</b>"} for n in range(13)])
    html = Note()._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "13 rows" in html
    lines = str(Note()).splitlines()
    assert "   ..." in lines
    assert sum(line.startswith(tuple("0123456789")) for line in lines) == 12


def test_html_preview_shows_what_binary_values_hold(trace: Any) -> None:
    trace.insert1({"trace": 1, "data": np.ones((1000, 3)), "raw": b"12345"})
    with trace().connection.statements() as sent:
        html = trace()._repr_html_()
    assert "float64 [1000×3]" in html
    assert "5 B" in html
    assert 'class="djnb-null"' in html
    assert len(sent) <= 2


@pytest.mark.spec("F-072", "F-073")
def test_make_sql(sky: SimpleNamespace) -> None:
    text = (sky.Field & "region LIKE 'h%'").make_sql(["field_id"])
    assert text.count("%") == 1
    assert sorted(sky.connection.query(text).fetchall()) == [(1,), (2,)]
    with pytest.raises(UnknownAttributeError, match="zz"):
        sky.Field.make_sql(["zz"])


@pytest.mark.spec("F-074")
def test_attachments_go_to_the_download_path(schema: dj.Schema, tmp_path: Path) -> None:
    @schema
    class Letter(dj.Manual):
        definition = """
        letter : int32
        ---
        file : <attach>
        """

    source = tmp_path / "note.txt"
    source.write_text("hello")
    Letter.insert1({"letter": 1, "file": source})
    target = tmp_path / "downloads"
    with schema.connection.config.override(download_path=str(target)):
        found = Path(Letter.fetch1("file"))
    assert found.parent == target
    assert found.read_text() == "hello"


@pytest.mark.spec("F-075")
def test_server_errors_are_ours(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError):
        sky.Field.proj(a="no_such_function(depth)").to_dicts()


def test_an_unreachable_table_does_not_break_repr(schema: dj.Schema) -> None:
    @schema
    class Gone(dj.Manual):
        definition = "gone : int32"

    table = Gone()
    schema.connection.query(f"DROP TABLE {table.full_table_name}")
    schema.connection.catalogue.invalidate(None)
    assert "Gone" in repr(table)
    assert "Gone" in table._repr_html_()


def test_statements_of_a_fetch(sky: SimpleNamespace) -> None:
    len(sky.Field())
    with sky.connection.statements() as sent:
        sky.Field.to_dicts()
        sky.Field.keys()
        (sky.Field & {"field_id": 1}).fetch1()
        (sky.Field & {"field_id": 1}).fetch1("region")
        bool(sky.Field())
        len(sky.Field * sky.Exposure)
    assert len(sent) == 6


def test_preview_of_rows_ordered_by_a_renamed_binary_attribute(trace: Any) -> None:
    trace.insert([{"trace": 1, "raw": b"z"}, {"trace": 2, "raw": b"a"}])
    first = trace.proj(c="raw") & dj.Top(1, "c")
    assert first.keys() == [{"trace": 2}]
    assert ">2</td>" in first._repr_html_()
