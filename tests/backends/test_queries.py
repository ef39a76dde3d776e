"""The algebra on real databases: keys, headings and rows of ``03-queries.md``."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import datajoint_nb as dj
from datajoint_nb.errors import DataJointError, QuerySyntaxError, UnknownAttributeError
from tests.backends.sky import ids

FIELD = "field_id"


@pytest.mark.spec("Q-001")
def test_operators_return_new_objects(sky: SimpleNamespace) -> None:
    whole = sky.Field()
    part = whole & "field_id=1"
    assert (len(whole), len(part)) == (4, 1)


@pytest.mark.spec("Q-002")
def test_augmented_assignment_rebinds(sky: SimpleNamespace) -> None:
    x = sky.Field()
    y = x
    x &= "field_id=1"
    assert len(y) == 4
    assert x is not y


@pytest.mark.spec("Q-003")
def test_restrict_in_place_mutates(sky: SimpleNamespace) -> None:
    x = sky.Field()
    x.restrict_in_place("field_id=1")
    assert len(x) == 1


@pytest.mark.spec("Q-004")
def test_a_true_condition_gives_the_same_object(sky: SimpleNamespace) -> None:
    x = sky.Field()
    assert (x & True) is x


@pytest.mark.spec("Q-005")
def test_join_takes_the_key_of_the_determining_side(sky: SimpleNamespace) -> None:
    joined = sky.Field * sky.Exposure
    assert joined.primary_key == ["field_id", "exposure"]
    assert joined.heading.secondary_attributes[0] == "observer"


@pytest.mark.spec("Q-006")
def test_join_over_a_secondary_foreign_key(sky: SimpleNamespace) -> None:
    joined = sky.Exposure * sky.Observer
    assert joined.primary_key == ["field_id", "exposure"]
    assert len(joined) == 3


@pytest.mark.spec("Q-007")
def test_join_without_dependency_is_a_product(sky: SimpleNamespace) -> None:
    joined = sky.Field * sky.Observer
    assert joined.primary_key == ["field_id", "observer"]
    assert len(joined) == len(joined.to_dicts()) == 12
    assert joined.heading.names[-3:] == ["depth", "tag", "full_name"]


@pytest.mark.spec("Q-008")
def test_a_grand_total_joins_to_every_row(sky: SimpleNamespace) -> None:
    joined = sky.Field * dj.U().aggr(sky.Field, t="sum(depth)")
    assert joined.primary_key == ["field_id"]
    assert [row["t"] for row in joined.to_dicts()] == [8.75] * 4


@pytest.mark.spec("Q-009")
def test_parent_and_child_join_alike_both_ways(sky: SimpleNamespace) -> None:
    one, other = sky.Exposure * sky.Exposure.Star, sky.Exposure.Star * sky.Exposure
    assert one.heading == other.heading
    assert len(one) == len(other) == 9


@pytest.mark.spec("Q-010")
def test_determines(sky: SimpleNamespace) -> None:
    assert not sky.Field.heading.determines(sky.Exposure.heading)
    assert sky.Exposure.heading.determines(sky.Field.heading)


@pytest.mark.spec("Q-011")
def test_secondary_attributes(sky: SimpleNamespace) -> None:
    assert sky.Field.heading.secondary_attributes == ["region", "added", "depth", "tag"]


@pytest.mark.spec("Q-012")
def test_class_is_kept_by_restriction_only(sky: SimpleNamespace) -> None:
    assert type(sky.Field & "field_id=1") is sky.Field
    assert not isinstance(sky.Field * sky.Exposure, sky.Field)


@pytest.mark.spec("Q-013")
def test_join_binds_tighter_than_restriction(sky: SimpleNamespace) -> None:
    assert len(sky.Field * sky.Exposure & "seconds>6") == 3


@pytest.mark.spec("Q-014")
def test_removed_operators_say_what_to_use(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="restrict"):
        sky.Field ^ sky.Exposure
    with pytest.raises(DataJointError, match="join"):
        sky.Field @ sky.Exposure


@pytest.mark.spec("Q-015")
def test_inversion_is_no_operator(sky: SimpleNamespace) -> None:
    with pytest.raises(TypeError):
        ~sky.Field()


RESTRICTIONS: list[Any] = [
    pytest.param({FIELD: 1}, [1], marks=pytest.mark.spec("Q-016"), id="mapping"),
    pytest.param({"nope": 1}, [1, 2, 3, 4], marks=pytest.mark.spec("Q-017"), id="unknown name"),
    pytest.param(dj.Not({"nope": 1}), [], marks=pytest.mark.spec("Q-017"), id="not unknown name"),
    pytest.param({"nope": 1, FIELD: 1}, [1], marks=pytest.mark.spec("Q-018"), id="known and unknown"),
    pytest.param({}, [1, 2, 3, 4], marks=pytest.mark.spec("Q-019"), id="empty mapping"),
    pytest.param(dj.Not({}), [], marks=pytest.mark.spec("Q-019"), id="not empty mapping"),
    pytest.param([], [], marks=pytest.mark.spec("Q-020"), id="empty list"),
    pytest.param((), [], marks=pytest.mark.spec("Q-020"), id="empty tuple"),
    pytest.param(set(), [], marks=pytest.mark.spec("Q-020"), id="empty set"),
    pytest.param(dj.Not([]), [1, 2, 3, 4], marks=pytest.mark.spec("Q-020"), id="not empty list"),
    pytest.param(dj.AndList(), [1, 2, 3, 4], marks=pytest.mark.spec("Q-021"), id="empty AndList"),
    pytest.param(dj.Not(dj.AndList()), [], marks=pytest.mark.spec("Q-021"), id="not empty AndList"),
    pytest.param(False, [], marks=pytest.mark.spec("Q-022"), id="False"),
    pytest.param(dj.Not(False), [1, 2, 3, 4], marks=pytest.mark.spec("Q-022"), id="not False"),
    pytest.param(np.bool_(True), [1, 2, 3, 4], marks=pytest.mark.spec("Q-025"), id="numpy bool"),
    pytest.param("TRUE", [1, 2, 3, 4], marks=pytest.mark.spec("Q-027"), id="TRUE"),
    pytest.param("false", [], marks=pytest.mark.spec("Q-027"), id="false"),
    pytest.param([{FIELD: 1}, {FIELD: 2}], [1, 2], marks=pytest.mark.spec("Q-028"), id="list"),
    pytest.param([True, "field_id=1"], [1, 2, 3, 4], marks=pytest.mark.spec("Q-029"), id="list with True"),
    pytest.param([False, "field_id=1"], [1], marks=pytest.mark.spec("Q-029"), id="list with False"),
    pytest.param(
        dj.AndList([False, "field_id=1"]), [], marks=pytest.mark.spec("Q-030"), id="AndList with False"
    ),
    pytest.param(dj.Not(dj.Not("field_id=1")), [1], marks=pytest.mark.spec("Q-031"), id="double Not"),
    pytest.param(
        [dj.Not("field_id>1"), {FIELD: 3}], [1, 3], marks=pytest.mark.spec("Q-032"), id="Not in list"
    ),
    pytest.param(
        dj.Not({FIELD: 1, "region": "halo"}), [2, 3, 4], marks=pytest.mark.spec("Q-033"), id="not two names"
    ),
    pytest.param(
        dj.Not(dj.AndList(["field_id=1", "region='halo'"])),
        [2, 3, 4],
        marks=pytest.mark.spec("Q-034"),
        id="not AndList",
    ),
    pytest.param(
        [dj.AndList(["depth>1", "depth<3"]), "tag='y'"],
        [1, 3],
        marks=pytest.mark.spec("Q-035"),
        id="AndList in list",
    ),
    pytest.param(dj.U(FIELD), [1, 2, 3, 4], marks=pytest.mark.spec("Q-041"), id="universal set"),
    pytest.param({"region": "o'disk"}, [3], marks=pytest.mark.spec("Q-045"), id="quote in value"),
    pytest.param({"region": "50%"}, [4], marks=pytest.mark.spec("Q-045"), id="percent in value"),
    pytest.param({"tag": "a\\b"}, [4], marks=pytest.mark.spec("Q-045"), id="backslash in value"),
    pytest.param("region='50%'", [4], marks=pytest.mark.spec("Q-046"), id="percent in text"),
    pytest.param("region LIKE '%disk'", [3], marks=pytest.mark.spec("Q-046"), id="LIKE"),
    pytest.param({"depth": None}, [2], marks=pytest.mark.spec("Q-047"), id="None"),
    pytest.param({"depth": float("nan")}, [2], marks=pytest.mark.spec("Q-047"), id="NaN"),
    pytest.param({"added": dt.date(2024, 1, 5)}, [1], marks=pytest.mark.spec("Q-048"), id="date"),
    pytest.param({"added": "2024-01-05"}, [1], marks=pytest.mark.spec("Q-048"), id="date text"),
    pytest.param(
        {"added": np.datetime64("2024-01-05")}, [1], marks=pytest.mark.spec("Q-048"), id="datetime64"
    ),
    pytest.param({FIELD: [1, 2]}, [1, 2], marks=pytest.mark.spec("Q-051"), id="list as value"),
    pytest.param({FIELD: []}, [], marks=pytest.mark.spec("Q-051"), id="empty list as value"),
    pytest.param(
        "case when depth>1 then 1 else 0 end = 1", [1, 3, 4], marks=pytest.mark.spec("Q-056"), id="case"
    ),
    pytest.param("cast(depth as char) = '1.5'", [1], marks=pytest.mark.spec("Q-057"), id="cast"),
    pytest.param("field_id % 2 = 1", [1, 3], marks=pytest.mark.spec("Q-058"), id="modulo"),
    pytest.param('region="halo"', [1, 2], marks=pytest.mark.spec("Q-059"), id="double quotes"),
    pytest.param("YEAR(added)=2024", [1, 2], marks=pytest.mark.spec("Q-060"), id="year"),
    pytest.param(
        "added > '2024-01-01' + INTERVAL 1 MONTH", [2, 3, 4], marks=pytest.mark.spec("Q-061"), id="interval"
    ),
    pytest.param("IFNULL(depth,0)=0", [2], marks=pytest.mark.spec("Q-062"), id="ifnull"),
    pytest.param("if(depth>1,1,0)=1", [1, 3, 4], marks=pytest.mark.spec("Q-062"), id="if"),
    pytest.param("depth>2 || field_id=1", [1, 3, 4], marks=pytest.mark.spec("Q-063"), id="double bar"),
    pytest.param(dj.Not("depth>2"), [1, 2], marks=pytest.mark.spec("Q-072"), id="not NULL comparison"),
    pytest.param(dj.Not({"depth": 1.5}), [2, 3, 4], marks=pytest.mark.spec("Q-072"), id="not value"),
]


@pytest.mark.parametrize(("condition", "expected"), RESTRICTIONS)
def test_restriction(sky: SimpleNamespace, condition: Any, expected: list[int]) -> None:
    restricted = sky.Field & condition
    assert ids(restricted) == expected
    assert len(restricted) == len(expected)
    assert bool(restricted) == bool(expected)


@pytest.mark.parametrize(("condition", "expected"), RESTRICTIONS)
def test_complement_has_exactly_the_other_rows(
    sky: SimpleNamespace, condition: Any, expected: list[int]
) -> None:
    assert ids(sky.Field - condition) == [n for n in (1, 2, 3, 4) if n not in expected]


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(None, marks=pytest.mark.spec("Q-023")),
        pytest.param(5, marks=pytest.mark.spec("Q-024")),
        pytest.param("", marks=pytest.mark.spec("Q-026")),
        pytest.param([dj.Top(1)], marks=pytest.mark.spec("Q-043")),
        pytest.param(dj.AndList([dj.Top(1)]), marks=pytest.mark.spec("Q-043")),
        pytest.param(int, id="class"),
        pytest.param(dj.Top, id="Top class"),
    ],
)
def test_what_restricts_nothing_is_refused(sky: SimpleNamespace, condition: Any) -> None:
    with pytest.raises(DataJointError):
        sky.Field & condition


@pytest.mark.spec("Q-043")
def test_top_has_no_complement(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="Top"):
        sky.Field - dj.Top(1)


@pytest.mark.spec("Q-036")
def test_generator(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & ({FIELD: i} for i in (1, 2))) == [1, 2]


@pytest.mark.spec("Q-037", "Q-038")
def test_structured_arrays(sky: SimpleNamespace) -> None:
    array = sky.Field.to_arrays(order_by="KEY")
    assert ids(sky.Field & array[0]) == [1]
    assert ids(sky.Field & array[:2]) == [1, 2]


@pytest.mark.spec("Q-039", "Q-040")
def test_data_frames(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & sky.Field.to_pandas(order_by="KEY").iloc[:2]) == [1, 2]
    assert len(sky.Field & pd.DataFrame({"zz": [1]})) == 4
    assert len(sky.Field & pd.DataFrame({FIELD: pd.Series([], dtype=int)})) == 0


@pytest.mark.spec("Q-042")
def test_thousands_of_keys(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & [{FIELD: n} for n in range(3000)]) == [1, 2, 3, 4]
    assert ids(sky.Exposure & [{FIELD: n, "exposure": 1} for n in range(3000)]) == [(1, 1), (2, 1), (3, 1)]
    tags = [{"tag": f"t{n}"} for n in range(3000)]
    assert ids(sky.Catalog & [*tags, {"tag": "x"}]) == ["x"]


@pytest.mark.spec("Q-044")
def test_membership(sky: SimpleNamespace) -> None:
    assert {FIELD: 1} in sky.Field()
    assert "field_id=99" not in sky.Field()
    assert {FIELD: 1} in sky.Field
    assert "field_id=99" not in sky.Field


@pytest.mark.spec("Q-049")
def test_decimal_values(sky: SimpleNamespace) -> None:
    assert ids(sky.Exposure & {"seconds": Decimal("10.5")}) == [(1, 1)]
    assert ids(sky.Exposure & {"seconds": 10.5}) == [(1, 1)]
    assert ids(sky.Exposure & {"seconds": Decimal("10.501")}) == []


@pytest.mark.spec("Q-050")
@pytest.mark.parametrize("condition", [{"good": 1}, {"good": True}, "good", "good=1"])
def test_truth_values(sky: SimpleNamespace, condition: Any) -> None:
    assert len(sky.Exposure.Star & condition) == 6


@pytest.mark.spec("Q-052")
def test_enumeration_value(sky: SimpleNamespace) -> None:
    assert ids(sky.Setup & {"mode": "a"}) == [1, 3]
    assert ids(sky.Setup & {"mode": "no such label"}) == []


@pytest.mark.spec("Q-053")
def test_uuid_values(schema: dj.Schema) -> None:
    import uuid

    @schema
    class Thing(dj.Manual):
        definition = "thing : uuid"

    first, second = uuid.uuid4(), uuid.uuid4()
    Thing.insert([{"thing": first}, {"thing": second}])
    assert (Thing & {"thing": str(first)}).fetch1("thing") == first
    assert (Thing & {"thing": first}).fetch1("thing") == first
    with pytest.raises(DataJointError, match=r"thing.*nope"):
        Thing & {"thing": "nope"}


@pytest.mark.spec("Q-054")
def test_blobs_compare_with_none_only(schema: dj.Schema) -> None:
    @schema
    class Trace(dj.Manual):
        definition = """
        trace : int32
        ---
        data=null : <blob>
        """

    Trace.insert([{"trace": 1, "data": np.zeros(3)}, {"trace": 2}])
    with pytest.raises(DataJointError, match="data"):
        Trace & {"data": np.zeros(3)}
    assert ids(Trace & {"data": None}) == [2]


@pytest.mark.spec("Q-055", "Q-071")
def test_unknown_names_are_found_before_any_query(sky: SimpleNamespace) -> None:
    len(sky.Field())
    with sky.connection.statements() as sent:
        for text in ("nope=1", "NOPE=1"):
            with pytest.raises(UnknownAttributeError, match="(?i)nope"):
                sky.Field & text
        sky.Field & sky.Observer
        sky.Field & (sky.Observer & False)
    assert sent == []


@pytest.mark.spec("Q-064")
def test_statements_are_no_conditions(sky: SimpleNamespace) -> None:
    with pytest.raises(QuerySyntaxError):
        sky.Field & "field_id=1;"


@pytest.mark.spec("Q-065")
def test_projected_away_names_are_unknown(sky: SimpleNamespace) -> None:
    with pytest.raises(UnknownAttributeError, match="region"):
        sky.Field.proj("depth") & "region='halo'"
    assert len(sky.Field.proj("depth") & {"region": "halo"}) == 4


@pytest.mark.spec("Q-066")
def test_semijoin_and_complement(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & sky.Exposure) == [1, 2, 3]
    assert ids(sky.Field - sky.Exposure) == [4]


@pytest.mark.spec("Q-067")
def test_semijoin_with_restricted_expression(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & (sky.Exposure & "seconds>6")) == [1, 3]


@pytest.mark.spec("Q-068")
def test_null_in_the_other_operand(sky: SimpleNamespace) -> None:
    assert ids(sky.Observer & sky.Exposure) == ["ann", "ben"]
    assert ids(sky.Observer - sky.Exposure) == ["cyd"]


@pytest.mark.spec("Q-069")
def test_null_in_the_operand(sky: SimpleNamespace) -> None:
    assert len(sky.Exposure & sky.Observer) == 3
    assert ids(sky.Exposure - sky.Observer) == [(2, 1)]


@pytest.mark.spec("Q-070")
def test_no_common_attributes(sky: SimpleNamespace) -> None:
    assert len(sky.Field & sky.Observer) == 4
    assert len(sky.Field & (sky.Observer & False)) == 0
    assert len(sky.Field - sky.Observer) == 0


@pytest.mark.spec("Q-073")
def test_limited_expression_as_restriction(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & (sky.Exposure & dj.Top(1))) == [1]


@pytest.mark.spec("Q-074")
def test_union_as_restriction(sky: SimpleNamespace) -> None:
    one, two = (sky.Exposure & "field_id=1").proj(), (sky.Exposure & "field_id=2").proj()
    assert ids(sky.Field.proj() & (one + two)) == [1, 2]


@pytest.mark.spec("Q-075")
def test_restriction_by_itself(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="region"):
        sky.Field & sky.Field
    assert len(sky.Field & sky.Field.proj()) == 4


@pytest.mark.spec("Q-076")
def test_expression_in_a_list(sky: SimpleNamespace) -> None:
    assert ids(sky.Field & [sky.Exposure]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"cfg.k.n": 3}, [1], marks=pytest.mark.spec("Q-077")),
        pytest.param(dj.Not({"cfg.k.n": 3}), [2, 3], marks=pytest.mark.spec("Q-077")),
        pytest.param({"cfg.k.s": "hi"}, [1], marks=pytest.mark.spec("Q-078")),
        pytest.param({"cfg.k.s": None}, [2, 3], marks=pytest.mark.spec("Q-078")),
        pytest.param({"cfg.b": True}, [1], marks=pytest.mark.spec("Q-079")),
        pytest.param({"cfg.v[0]": 1}, [1], marks=pytest.mark.spec("Q-079")),
        pytest.param({"cfg.k": {"n": 10}}, [3], marks=pytest.mark.spec("Q-080")),
        pytest.param({"cfg.k": {"s": "hi", "n": 3}}, [1], id="keys in another order"),
        pytest.param({"cfg.v": [1, 2]}, [1], marks=pytest.mark.spec("Q-080")),
        pytest.param({"cfg.v": [2, 1]}, [], id="items in another order"),
        pytest.param({"cfg.f:decimal(4,2)": 2.5}, [1], marks=pytest.mark.spec("Q-081")),
        pytest.param({"cfg.k.n:unsigned": 3}, [1], marks=pytest.mark.spec("Q-081")),
        pytest.param({"cfg": None}, [2], id="document absent"),
        pytest.param({"cfg": {"k": {"n": 10}}}, [3], id="document"),
    ],
)
def test_json(sky: SimpleNamespace, condition: Any, expected: list[int]) -> None:
    assert ids(sky.Setup & condition) == expected


@pytest.mark.spec("Q-082", "Q-083")
def test_json_projection(sky: SimpleNamespace) -> None:
    typed = sky.Setup.proj(n="cfg.k.n:unsigned") & "n>3"
    assert typed.to_dicts() == [{"setup_id": 3, "n": 10}]
    assert (sky.Setup.proj(n="cfg.k.n") & {"setup_id": 1}).fetch1("n") == "3"


@pytest.mark.spec("Q-084")
def test_numbers_are_no_paths(sky: SimpleNamespace) -> None:
    one = sky.Field & {FIELD: 1}
    assert float(one.proj(a="1.5").fetch1("a")) == 1.5
    assert float(one.proj(a="2.0*depth").fetch1("a")) == 3.0


@pytest.mark.parametrize(
    ("positional", "named", "names"),
    [
        pytest.param((), {}, ["field_id"], marks=pytest.mark.spec("Q-085")),
        pytest.param(("tag", "region"), {}, ["field_id", "region", "tag"], marks=pytest.mark.spec("Q-086")),
        pytest.param(
            (..., "-tag", "-depth"), {}, ["field_id", "region", "added"], marks=pytest.mark.spec("Q-087")
        ),
        pytest.param(("-nope",), {}, ["field_id"], marks=pytest.mark.spec("Q-088")),
        pytest.param((), {"kind": "region"}, ["field_id", "kind"], marks=pytest.mark.spec("Q-090")),
        pytest.param(
            ("region",), {"kind": "region"}, ["field_id", "region", "kind"], marks=pytest.mark.spec("Q-090")
        ),
        pytest.param((), {"fid": "field_id"}, ["fid"], marks=pytest.mark.spec("Q-091")),
        pytest.param(
            (...,),
            {"fid": "field_id"},
            ["fid", "region", "added", "depth", "tag"],
            marks=pytest.mark.spec("Q-091"),
        ),
    ],
)
def test_projected_names(sky: SimpleNamespace, positional: Any, named: Any, names: list[str]) -> None:
    projected = sky.Field.proj(*positional, **named)
    assert projected.heading.names == names
    assert list(projected.to_dicts()[0]) == names


@pytest.mark.spec("Q-088")
def test_the_key_cannot_be_dropped(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="field_id"):
        sky.Field.proj(..., "-field_id")


@pytest.mark.spec("Q-089")
@pytest.mark.parametrize(
    ("positional", "named"), [(("nope",), {}), ((), {"k": "nope"}), ((), {"k": "nope+1"})]
)
def test_unknown_names_in_proj(sky: SimpleNamespace, positional: Any, named: Any) -> None:
    with pytest.raises(UnknownAttributeError, match="nope"):
        sky.Field.proj(*positional, **named)


@pytest.mark.spec("Q-091")
def test_a_renamed_key(sky: SimpleNamespace) -> None:
    assert sky.Field.proj(fid="field_id").primary_key == ["fid"]


@pytest.mark.spec("Q-092")
def test_a_duplicated_key_attribute_is_secondary(sky: SimpleNamespace) -> None:
    doubled = sky.Field.proj(fid="(field_id)")
    assert doubled.primary_key == ["field_id"]
    assert doubled.heading.secondary_attributes == ["fid"]
    assert len(doubled) == 4


@pytest.mark.spec("Q-093")
def test_swapped_names(sky: SimpleNamespace) -> None:
    row = (sky.Field.proj(region="tag", tag="region") & {FIELD: 1}).fetch1()
    assert (row["region"], row["tag"]) == ("x", "halo")


@pytest.mark.spec("Q-094")
def test_name_taken(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="already exists"):
        sky.Field.proj("region", region="depth")


@pytest.mark.spec("Q-095", "Q-096", "Q-097")
def test_computed_attributes(sky: SimpleNamespace) -> None:
    one = {FIELD: 1}
    assert (sky.Field.proj(depth="depth*2") & one).fetch1("depth") == 3.0
    assert (sky.Field.proj(a="depth+1").proj(b="a*2") & one).fetch1("b") == 5.0
    assert ids(sky.Field.proj(a="depth+1") & "a>4") == [3, 4]
    rows = (sky.Field & "depth>2").proj("region", depth="field_id+0").to_dicts(order_by="KEY")
    assert [(row["field_id"], row["depth"]) for row in rows] == [(3, 3), (4, 4)]


@pytest.mark.spec("Q-098")
def test_percent_in_expressions(sky: SimpleNamespace) -> None:
    rows = sky.Field.proj(a="field_id % 2").to_dicts(order_by="KEY")
    assert [int(row["a"]) for row in rows] == [1, 0, 1, 0]
    rows = sky.Field.proj(a="region LIKE 'h%'").to_dicts(order_by="KEY")
    assert [int(row["a"]) for row in rows] == [1, 1, 0, 0]


@pytest.mark.spec("Q-099")
@pytest.mark.parametrize(("text", "value"), [("NULL", None), ("TRUE", 1), ("'hey'", "hey"), ("1", 1)])
def test_constants(sky: SimpleNamespace, text: str, value: Any) -> None:
    assert (sky.Field.proj(a=text) & {FIELD: 1}).fetch1("a") == value


@pytest.mark.spec("Q-100")
def test_lineage_of_projected_attributes(sky: SimpleNamespace) -> None:
    assert sky.Field.proj(a="(field_id)").heading["a"].lineage.endswith("field.field_id")
    assert sky.Field.proj(a="field_id+0").heading["a"].lineage is None


@pytest.mark.spec("Q-101")
def test_extend_keeps_all_rows(sky: SimpleNamespace) -> None:
    rows = sky.Exposure.extend(sky.Observer).to_dicts(order_by="KEY")
    assert [row["full_name"] for row in rows] == ["Ann Lee", "Ben Kay", None, "Ann Lee"]


@pytest.mark.spec("Q-102")
def test_undetermined_left_joins(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="exposure"):
        sky.Field.extend(sky.Exposure)
    with pytest.raises(DataJointError, match="star"):
        sky.Exposure.join(sky.Exposure.Star, left=True)


@pytest.mark.spec("Q-103")
def test_chained_extend(sky: SimpleNamespace) -> None:
    assert len(sky.Exposure.Star.extend(sky.Exposure).extend(sky.Field).extend(sky.Observer)) == 9


@pytest.mark.spec("Q-104")
def test_joins_with_no_expression(sky: SimpleNamespace) -> None:
    for operation in (
        lambda: sky.Field * 5,
        lambda: sky.Field * dj.U("region"),
        lambda: dj.U("region") * sky.Field,
    ):
        with pytest.raises(DataJointError):
            operation()


@pytest.mark.spec("Q-105", "Q-106")
def test_self_joins(sky: SimpleNamespace) -> None:
    pairs = sky.Field * sky.Field.proj(other="field_id")
    assert pairs.primary_key == ["field_id", "other"]
    assert len(pairs) == 16
    with pytest.raises(DataJointError, match="region"):
        sky.Field * sky.Field
    assert len(sky.Field.proj() * sky.Field.proj("region")) == 4


@pytest.mark.spec("Q-107", "Q-108")
def test_limited_and_distinct_operands(sky: SimpleNamespace) -> None:
    assert len((sky.Field & dj.Top(1)) * sky.Exposure) == 2
    joined = (dj.U("observer") & sky.Exposure) * sky.Observer
    assert len(joined) == len(joined.to_dicts()) == 2


def values(expression: Any, name: str) -> list[Any]:
    return [row[name] for row in expression.to_dicts(order_by="KEY")]


@pytest.mark.spec("Q-109")
def test_counts(sky: SimpleNamespace) -> None:
    assert values(sky.Field.aggr(sky.Exposure, n="count(*)"), "n") == [2, 1, 1, 1]
    assert values(sky.Field.aggr(sky.Exposure, n="count(exposure)"), "n") == [2, 1, 1, 0]


@pytest.mark.spec("Q-110")
def test_exclude_nonmatching(sky: SimpleNamespace) -> None:
    assert ids(sky.Field.aggr(sky.Exposure, n="count(*)", exclude_nonmatching=True)) == [1, 2, 3]


@pytest.mark.spec("Q-111", "Q-112")
def test_secondary_attributes_in_aggregation(sky: SimpleNamespace) -> None:
    counted = sky.Field.aggr(sky.Exposure, "region", n="count(exposure)")
    assert values(counted, "region") == ["halo", "halo", "o'disk", "50%"]
    assert values(sky.Field.aggr(sky.Exposure, ..., n="count(exposure)"), "depth") == [1.5, None, 3.25, 4.0]
    ratio = sky.Field.aggr(sky.Exposure, r="max(seconds)/depth")
    assert float(values(ratio, "r")[0]) == pytest.approx(13.33, abs=0.01)


@pytest.mark.spec("Q-113")
def test_restricted_group(sky: SimpleNamespace) -> None:
    assert values(sky.Field.aggr(sky.Exposure & "seconds>10", n="count(exposure)"), "n") == [2, 0, 0, 0]


@pytest.mark.spec("Q-114")
def test_group_without_the_key(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match="exposure"):
        sky.Exposure.aggr(sky.Field, n="count(*)")


@pytest.mark.spec("Q-115")
def test_group_over_a_secondary_foreign_key(sky: SimpleNamespace) -> None:
    assert values(sky.Observer.aggr(sky.Exposure, n="count(exposure)"), "n") == [2, 1, 0]


@pytest.mark.spec("Q-116")
def test_restricted_aggregation(sky: SimpleNamespace) -> None:
    counted = sky.Field.aggr(sky.Exposure, n="count(exposure)")
    assert ids(counted & "n>1") == [1]
    assert ids(counted - "n>1") == [2, 3, 4]
    assert ids(counted & {"n": 2}) == [1]


@pytest.mark.spec("Q-117")
def test_joined_group(sky: SimpleNamespace) -> None:
    grouped = sky.Field.aggr(sky.Exposure * sky.Exposure.Star, n="count(star)", m="max(seconds)")
    row = (grouped & {FIELD: 1}).fetch1()
    assert (row["n"], row["m"]) == (6, 20)


@pytest.mark.spec("Q-118")
def test_sums_of_truth_values(sky: SimpleNamespace) -> None:
    assert values(sky.Field.aggr(sky.Exposure.Star, s="sum(flux>15)"), "s") == [4, 2, None, None]
    assert values(sky.Field.aggr(sky.Exposure.Star, s="sum(good)"), "s") == [4, 2, None, None]


@pytest.mark.spec("Q-119")
def test_group_concat(sky: SimpleNamespace) -> None:
    assert values(sky.Field.aggr(sky.Exposure, s="group_concat(exposure)"), "s") == ["1,2", "1", "1", None]
    joined = sky.Field.aggr(sky.Exposure, s="group_concat(exposure separator ';')")
    assert values(joined, "s")[0] == "1;2"


@pytest.mark.spec("Q-120")
def test_standard_deviation(sky: SimpleNamespace) -> None:
    spread = values(sky.Field.aggr(sky.Exposure.Star, s="std(flux)"), "s")[0]
    assert float(spread) == pytest.approx(8.165, abs=1e-3)


@pytest.mark.spec("Q-121")
def test_aggregation_of_aggregation(sky: SimpleNamespace) -> None:
    counted = dj.U("n").aggr(sky.Field.aggr(sky.Exposure, n="count(exposure)"), m="count(*)")
    assert {row["n"]: row["m"] for row in counted.to_dicts()} == {0: 1, 1: 2, 2: 1}


@pytest.mark.spec("Q-122", "Q-123")
def test_limited_operands_of_aggregation(sky: SimpleNamespace) -> None:
    total = dj.U().aggr(sky.Exposure & dj.Top(2, "seconds DESC"), s="sum(seconds)")
    assert float(total.fetch1("s")) == 30.5
    assert ids((sky.Field & dj.Top(2)).aggr(sky.Exposure, n="count(exposure)")) == [1, 2]


@pytest.mark.spec("Q-124", "Q-125")
def test_aggregation_of_everything(sky: SimpleNamespace) -> None:
    assert dj.U().aggr(sky.Exposure & False, n="count(*)").to_dicts() == [{"n": 0}]
    assert dj.U("observer").aggr(sky.Exposure & False, n="count(*)").to_dicts() == []
    restricted = dj.U().aggr(sky.Exposure, n="count(*)") & "n>1"
    assert len(restricted) == 1
    assert restricted.primary_key == []


@pytest.mark.spec("Q-126", "Q-127")
def test_null_is_one_group(sky: SimpleNamespace) -> None:
    counted = dj.U("observer").aggr(sky.Exposure, n="count(*)")
    assert {row["observer"]: row["n"] for row in counted.to_dicts()} == {None: 1, "ann": 2, "ben": 1}
    distinct = dj.U("observer") & sky.Exposure
    assert len(distinct) == len(distinct.to_dicts()) == 3


@pytest.mark.spec("Q-128", "Q-129")
def test_misused_universal_sets(sky: SimpleNamespace) -> None:
    for operation in (
        lambda: dj.U("zz") & sky.Field,
        lambda: dj.U("zz").aggr(sky.Field, n="count(*)"),
        lambda: dj.U("region") - sky.Field,
        lambda: dj.U("region").aggr(sky.Field, n="count(*)", exclude_nonmatching=False),
    ):
        with pytest.raises(DataJointError):
            operation()


@pytest.mark.spec("Q-130")
def test_the_empty_tuple(sky: SimpleNamespace) -> None:
    assert len(dj.U() & sky.Field) == 1
    assert len(dj.U() & (sky.Field & False)) == 0
    assert (dj.U() & sky.Field).to_dicts() == [{}]


@pytest.mark.spec("Q-131")
def test_distinct_values_of_limited_rows(sky: SimpleNamespace) -> None:
    assert (dj.U("region") & (sky.Field & dj.Top(2))).to_dicts() == [{"region": "halo"}]


@pytest.mark.spec("Q-132", "Q-133")
def test_unions(sky: SimpleNamespace) -> None:
    assert len(sky.Field.proj() + (sky.Field & "field_id=2").proj()) == 4
    union = (sky.Field & "field_id<3").proj("region") + (sky.Field & "field_id>1").proj("tag")
    rows = {row["field_id"]: (row["region"], row["tag"]) for row in union.to_dicts()}
    assert rows == {1: ("halo", None), 2: ("halo", None), 3: (None, "y"), 4: (None, "a\\b")}


@pytest.mark.spec("Q-134", "Q-136")
def test_impossible_unions(sky: SimpleNamespace) -> None:
    for operation in (
        lambda: sky.Field + sky.Field,
        lambda: sky.Field + sky.Exposure,
        lambda: sky.Field + 5,
        lambda: sky.Field.proj() + sky.Setup.proj(field_id="setup_id"),
    ):
        with pytest.raises(DataJointError):
            operation()


@pytest.mark.spec("Q-135")
def test_three_way_union(sky: SimpleNamespace) -> None:
    union = (
        (sky.Field & "field_id=1").proj("region")
        + (sky.Field & "field_id=2").proj("tag")
        + (sky.Field & "field_id=4").proj("depth")
    )
    assert ids(union) == [1, 2, 4]
    assert [row["field_id"] for row in union.to_dicts(order_by="field_id DESC", limit=1)] == [4]
    assert {row["field_id"]: row["depth"] for row in union.to_dicts()} == {1: None, 2: None, 4: 4.0}


def test_unions_of_keys_with_null(sky: SimpleNamespace) -> None:
    one, other = dj.U("observer") & sky.Exposure, dj.U("observer") & sky.Observer
    names = [row["observer"] for row in (one + other).to_dicts()]
    assert set(names) == {None, "ann", "ben", "cyd"}
    assert len(names) == len(one + other) == 4
    counted = dj.U("observer").aggr(sky.Exposure, n="count(*)") + dj.U("observer").aggr(
        sky.Exposure & "seconds > 5", m="max(exposure)"
    )
    found = {row["observer"]: (row["n"], row["m"]) for row in counted.to_dicts()}
    assert found == {None: (1, None), "ann": (2, 1), "ben": (1, 2)}
    again = dj.U("observer").aggr(sky.Exposure, m="max(exposure)")
    both = dj.U("observer").aggr(sky.Exposure, n="count(*)") + again
    assert {row["observer"]: row["m"] for row in both.to_dicts()} == {None: 1, "ann": 1, "ben": 2}


def test_aggregations_have_one_value_for_each_group(sky: SimpleNamespace) -> None:
    assert dj.U().aggr(sky.Exposure, a="1").to_dicts() == [{"a": 1}]
    assert dj.U().aggr(sky.Exposure & False, a="1").to_dicts() == [{"a": 1}]
    assert values(sky.Field.aggr(sky.Exposure, a="depth+1"), "a") == [2.5, None, 4.25, 5.0]
    for operation in (
        lambda: sky.Field.aggr(sky.Exposure, a="seconds"),
        lambda: dj.U("region").aggr(sky.Field, a="depth"),
        lambda: dj.U().aggr(sky.Field, a="depth"),
    ):
        with pytest.raises(DataJointError, match="aggregate function"):
            operation()


def test_computed_attributes_compare_with_decimals_and_times(sky: SimpleNamespace) -> None:
    total = sky.Field.aggr(sky.Exposure, s="sum(seconds)")
    assert ids(total & {"s": Decimal("30.5")}) == [1]
    later = sky.Exposure.proj(s="started + interval 1 hour")
    assert ids(later & {"s": dt.datetime(2024, 1, 6, 11)}) == [(1, 1)]


def order(expression: Any) -> list[int]:
    return [row["field_id"] for row in expression.to_dicts()]


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        pytest.param(dj.Top(), [1], marks=pytest.mark.spec("Q-137")),
        pytest.param(dj.Top(2, "KEY DESC"), [4, 3], marks=pytest.mark.spec("Q-137")),
        pytest.param(dj.Top(None, "depth DESC"), [4, 3, 1, 2], marks=pytest.mark.spec("Q-138")),
        pytest.param(dj.Top(None, "depth"), [2, 1, 3, 4], marks=pytest.mark.spec("Q-138")),
        pytest.param(dj.Top(2, offset=1), [2, 3], marks=pytest.mark.spec("Q-139")),
        pytest.param(dj.Top(None, offset=3), [4], marks=pytest.mark.spec("Q-139")),
        pytest.param(dj.Top(0), [], marks=pytest.mark.spec("Q-139")),
        pytest.param(dj.Top(np.int64(1)), [1], id="numpy"),
        pytest.param(dj.Top(None, ["region", "field_id DESC"]), [4, 2, 1, 3], id="two items"),
    ],
)
def test_top(sky: SimpleNamespace, top: dj.Top, expected: list[int]) -> None:
    assert order(sky.Field & top) == expected


@pytest.mark.spec("Q-140", "Q-141", "Q-142")
def test_chained_tops(sky: SimpleNamespace) -> None:
    field = sky.Field
    assert order((field & dj.Top(3, offset=1)) & dj.Top(3, offset=1)) == [3, 4]
    assert order((field & dj.Top(2)) & dj.Top(2, order_by=None, offset=1)) == [2]
    assert order((field & dj.Top(3, "depth DESC")) & dj.Top(2)) == [1, 3]
    assert ids((field & dj.Top(3, "depth DESC")) & "field_id<4") == [1, 3]


@pytest.mark.spec("Q-143")
@pytest.mark.parametrize(
    "arguments", [("2",), (2.0,), (2, 5), (2, ["a", 5])], ids=["text", "float", "number", "mixed"]
)
def test_types_of_top(arguments: Any) -> None:
    with pytest.raises(TypeError):
        dj.Top(*arguments)
    with pytest.raises(TypeError):
        dj.Top(2, offset="a")  # type: ignore[arg-type]


@pytest.mark.spec("Q-144", "Q-145", "Q-146")
def test_limits_hold_for_len_bool_and_proj(sky: SimpleNamespace) -> None:
    assert not (sky.Field & dj.Top(0))
    assert len(sky.Field & dj.Top(2, offset=100)) == 0
    assert not (sky.Field & dj.Top(2, offset=100))
    assert ids((sky.Field & dj.Top(2, "depth DESC")).proj(depth="-field_id")) == [3, 4]
    with pytest.raises(UnknownAttributeError, match="nope"):
        sky.Field & dj.Top(1, "nope")


@pytest.mark.spec("Q-147", "Q-148")
def test_semantic_check(sky: SimpleNamespace) -> None:
    with pytest.raises(DataJointError, match=r"`tag`.*lineage missing"):
        sky.Field * sky.Catalog
    assert len(sky.Field.join(sky.Catalog, semantic_check=False)) == 2
    assert ids(sky.Field().restrict(dj.Not(sky.Catalog()), semantic_check=False)) == [2, 4]


@pytest.mark.spec("Q-149")
def test_unrelated_namesakes(sky: SimpleNamespace, schema_name: Any) -> None:
    other = dj.Schema(schema_name(), connection=sky.connection)

    @other
    class Plot(dj.Manual):
        definition = """
        field_id : int32
        ---
        crop : varchar(10)
        """

    for operation in (
        lambda: sky.Field * Plot,
        lambda: sky.Field & Plot,
        lambda: sky.Field - Plot,
        lambda: sky.Field.aggr(Plot, n="count(*)"),
        lambda: sky.Field.extend(Plot),
        lambda: sky.Field + Plot,
    ):
        with pytest.raises(DataJointError, match="different lineages"):
            operation()


@pytest.mark.spec("Q-150")
def test_lineage_through_a_secondary_foreign_key(sky: SimpleNamespace) -> None:
    assert sky.Exposure.heading["observer"].lineage.endswith("#observer.observer")
    assert sky.Exposure.heading["seconds"].lineage is None


@pytest.mark.spec("Q-152")
def test_operands_of_two_connections(sky: SimpleNamespace, connection: dj.Connection) -> None:
    foreign = dj.FreeTable(connection, str(sky.Field().name))
    for operation in (
        lambda: sky.Field * foreign,
        lambda: sky.Field & foreign,
        lambda: sky.Field - foreign,
        lambda: sky.Field + foreign,
        lambda: sky.Field.aggr(foreign, n="count(*)"),
    ):
        with pytest.raises(DataJointError, match="different connections"):
            operation()


@pytest.mark.spec("Q-153")
def test_join_over_renamed_namesakes(sky: SimpleNamespace) -> None:
    assert len(sky.Exposure.proj(obs="observer") * sky.Observer.proj(obs="observer")) == 3


@pytest.mark.spec("Q-157")
def test_restriction_through_ancestors(sky: SimpleNamespace) -> None:
    assert len(sky.Exposure.Star & (sky.Field & "field_id=1")) == 6
    ann = sky.Exposure & (sky.Observer & "observer='ann'")
    assert len(sky.Exposure.Star & ann) == 3


def test_sql_shown_is_sql_run(sky: SimpleNamespace) -> None:
    shown = (sky.Field & {"region": "o'disk"}).make_sql(["field_id"])
    assert re.search(r"'o''disk'", shown)
    assert sky.connection.query(shown).fetchall() == [(3,)]
