"""What comes back from the values that are packed, and what is refused."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csc_array

from datajoint_nb.codecs import blob
from datajoint_nb.errors import CodecTypeError, CodecValueError, DataJointError
from tests.unit.codecs.blob_vectors import same

DTYPES = ["?", *(c + n for c in "iu" for n in "1248"), "f4", "f8", "c8", "c16"]
DATES = [f"M8[{unit}]" for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")]
SHAPES = [(5,), (2, 3), (2, 3, 4), (1, 1), (1, 7)]


def trip(value, **options):
    return blob.unpack(blob.pack(value), **options)


def filled(shape, dtype):
    return (np.arange(np.prod(shape)) % 100).astype(dtype).reshape(shape)


@pytest.mark.spec("C-058")
@pytest.mark.parametrize("dtype", DTYPES + DATES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back_writable_and_fortran_ordered(dtype, shape, order):
    array = np.asarray(filled(shape, dtype), order=order)
    back = trip(array)
    assert same(back, np.asarray(array))
    assert back.flags.writeable and back.flags.f_contiguous and back.flags.aligned
    back[...] = (
        back.dtype.type(0) if array.dtype.kind != "M" else np.datetime64("2020", array.dtype.str[4:-1])
    )


@pytest.mark.spec("C-058")
@pytest.mark.parametrize("noise", [True, False])
def test_large_arrays_come_back_writable_and_fortran_ordered(noise):
    array = np.random.default_rng(1).random((300, 200)) if noise else np.zeros((300, 200))
    for value in (array, array.T, array[::2, ::3], array[::-1]):
        for compress in (True, False):
            back = blob.unpack(blob.pack(value, compress))
            assert back.flags.writeable and back.flags.f_contiguous and back.flags.aligned
            assert np.array_equal(back, value) and back.dtype == value.dtype


def test_an_aligned_array_of_a_bytearray_is_not_copied():
    stored = bytearray(blob.pack(np.arange(50, dtype="u1"), compress=False))
    assert np.shares_memory(blob.unpack(stored), np.frombuffer(stored, np.uint8))
    assert not np.shares_memory(blob.unpack(bytes(stored)), np.frombuffer(stored, np.uint8))


def test_small_array_of_a_large_blob_keeps_only_itself():
    back = trip({"large": np.zeros(100_000), "small": np.arange(3)})["small"]
    assert back.base is None or back.base.nbytes == back.nbytes


@pytest.mark.spec("C-059")
@pytest.mark.parametrize("shape", [(0,), (0, 0), (0, 3), (3, 0), (2, 0, 5), (0, 1, 0, 7)])
@pytest.mark.parametrize("dtype", ["f8", "?", "c8", "M8[s]", "O", "U3", "u2"])
def test_empty_arrays_keep_shape(shape, dtype):
    back = trip(np.empty(shape, dtype))
    assert back.shape == shape
    assert back.dtype == ("O" if dtype == "U3" else dtype)


@pytest.mark.spec("C-060")
@pytest.mark.parametrize("dtype", DTYPES + DATES[3:])
def test_arrays_without_dimensions_come_back_as_scalars(dtype):
    for value in (filled((1,), dtype).reshape(()), filled((1,), dtype)[0]):
        back = trip(value)
        assert isinstance(back, np.generic) and back == value and back.dtype == np.dtype(dtype)


@pytest.mark.spec("C-061")
def test_object_arrays_of_equal_shaped_arrays_keep_their_shape():
    array = np.empty(3, object)
    for at in range(3):
        array[at] = np.arange(4) + at
    back = trip(array)
    assert back.shape == (3,) and back[2].tolist() == [2, 3, 4, 5]
    lists = np.empty((2, 2), object)
    for at in np.ndindex(2, 2):
        lists[at] = list(at)
    assert same(trip(lists), lists)


@pytest.mark.spec("C-067")
def test_squeeze_at_every_depth():
    value = {"a": [np.array([[2.5]]), (np.array([[[1], [2]]]),)]}
    back = trip(value, squeeze=True)
    assert type(back["a"][0]) is float and back["a"][0] == 2.5
    assert back["a"][1][0].tolist() == [1, 2]
    objects = np.empty((1, 1), object)
    objects[0, 0] = np.array([[7]], "u1")
    assert type(trip(objects, squeeze=True)) is int
    cell = objects.view(blob.MatCell)
    assert type(trip(cell, squeeze=True)) is blob.MatCell and trip(cell, squeeze=True)[()] == 7


def test_squeeze_keeps_the_precision_of_dates():
    back = trip(np.array(["2025-01-01T00:00:00.000000001"], "M8[ns]"), squeeze=True)
    assert same(back, np.datetime64("2025-01-01T00:00:00.000000001", "ns"))


def test_squeeze_of_records():
    records = np.zeros((1, 3), [("a", "i4"), ("b", object)])
    assert trip(records, squeeze=True).shape == (3,)
    assert trip(records[:, :1], squeeze=True)["a"] == 0


@pytest.mark.spec("C-069")
def test_sets_give_equal_bytes_in_every_process():
    code = (
        "from datajoint_nb.codecs.blob import pack;"
        "print(pack({'wren', 'owl', 'finch', b'x', 3, ('a', 'b'), None, 2.5}, False).hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    back = blob.unpack(bytes.fromhex(outputs.pop()))
    assert back == {"wren", "owl", "finch", b"x", 3, ("a", "b"), None, 2.5}


@pytest.mark.spec("C-070")
def test_a_datetime_with_a_zone_is_stored_as_utc():
    zone = dt.timezone(dt.timedelta(hours=-5, minutes=-30))
    assert trip(dt.datetime(2025, 6, 1, 20, 0, 0, 7, zone)) == dt.datetime(2025, 6, 2, 1, 30, 0, 7)
    with pytest.raises(CodecValueError, match="9999"):
        blob.pack(dt.datetime(9999, 12, 31, 23, tzinfo=zone))


REFUSED = [
    (np.ma.array([1, 2], mask=[0, 1]), "filled"),
    (np.ma.masked, "filled"),
    (pd.DataFrame({"a": [1]}), "to_dict"),
    (pd.Series([1]), "to_numpy"),
    (pd.NA, "None"),
    (pd.NaT, "None"),
    (pd.Timestamp("2020-01-01T00:00:00.000000001"), "numpy.datetime64"),
    (xr.Dataset({"a": ("x", [1])}), "to_zarr"),
    (csc_array((2, 2)), "indptr"),
    (dt.timedelta(1), "total_seconds"),
    (pd.Timedelta(1), "total_seconds"),
    (np.timedelta64(1, "s"), "int64"),
    (np.array([1], "m8[s]"), "int64"),
    (np.array([1.0], "f2"), "float64.*npy"),
    (np.float16(1), "float64"),
    (np.longdouble(1), "float64"),
    (np.clongdouble(1), "complex128"),
    (np.array(["NaT"], "M8"), "datetime64"),
    (np.zeros(2, [("a", "f8", (3,))]), "shape of its own"),
    (np.zeros(2, [("a", "f2")]), "float64"),
    (np.zeros(2, "V3"), "tobytes"),
    (dt.time(1, tzinfo=dt.timezone.utc), "zone"),
    ("\ud800", "surrogate"),
    (object(), "codec"),
    (len, "codec"),
    (enum.Enum("E", "a").a, "codec"),
    ({frozenset({1})}, "tuple"),
    ({(frozenset({1}),): 1}, "tuple"),
]


@pytest.mark.spec("C-071")
@pytest.mark.parametrize(("value", "hint"), REFUSED, ids=lambda v: type(v).__name__)
def test_refusals_tell_the_way_out(value, hint):
    with pytest.raises(DataJointError, match=f"(?s){hint}"):
        blob.pack(value)
    with pytest.raises(DataJointError, match=f"(?s)In value.*{hint}"):
        blob.pack({"deep": [value]})


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [1, (2, len)]}, r"In value\['a'\]\[1\]\[1\]: "),
        ({len: 1}, "In value key <built-in"),
        ([*range(50), len], r"In value\[50\]: "),
        ({len}, "In value element"),
    ],
)
def test_refusals_tell_the_place(value, where):
    with pytest.raises(CodecTypeError, match=where):
        blob.pack(value)


@pytest.mark.spec("C-072")
def test_neighbouring_types_keep_their_content():
    assert trip(memoryview(b"abcd")[::2]) == b"ac"
    assert trip(bytearray(b"ab")) == b"ab"
    big = np.array([[1, 2], [3, 256]], ">i4")
    assert same(trip(big), big.astype("<i4"))
    assert same(trip(np.array([1.5], ">f8")), np.array([1.5]))
    assert trip(np.array(["2020-01-01"], ">M8[D]"))[0] == np.datetime64("2020-01-01")
    assert same(trip(np.array([b"ab", b"c"], "S3")), np.array([b"ab", b"c"], object))
    assert trip(np.array(list("Owl"), "c")).tolist() == ["Owl"]
    assert same(trip(np.array([1, 2], "M8[25s]")), np.array([25, 50], "M8[s]"))


@pytest.mark.spec("C-073")
def test_large_ints():
    for number in (2**1000, -(2**1000), 2**63, -(2**63), 2**63 - 1, 2**64, -1, 0, 255, -128, -129):
        assert trip(number) == number
        assert trip([number] * 40) == [number] * 40
    widest = 2 ** (8 * 65535 - 1) - 1
    assert trip(widest) == widest
    with pytest.raises(CodecValueError, match="65535"):
        blob.pack(widest + 1)


@pytest.mark.spec("C-074")
def test_dicts_keep_order_and_keys():
    value = {"z": 1, 3: "b", (1, 2): None, b"k": [], 2.5: {}, None: 1, dt.date(2020, 1, 1): 2}
    assert same(trip(value), value)
    numbers = {number: number * 2 for number in range(300, 0, -1)}
    assert same(trip(numbers), numbers)


class Colour(enum.IntEnum):
    RED = 1


class Name(str):
    pass


Point = collections.namedtuple("Point", "x y")

ALIKE = [
    (Colour.RED, 1),
    (Name("a"), "a"),
    (np.str_("a"), "a"),
    (np.bytes_(b"a"), b"a"),
    (np.float64(1), np.float64(1)),
    (np.complex128(1j), np.complex128(1j)),
    (np.bool_(True), np.bool_(True)),
    (Point(1, 2), (1, 2)),
    (range(3), (0, 1, 2)),
    (collections.deque([1]), [1]),
    (collections.OrderedDict(a=1), {"a": 1}),
    ({"a": 1}.keys(), {"a"}),
    (frozenset({1}), {1}),
    (pd.Timestamp(2020, 1, 1), dt.datetime(2020, 1, 1)),
    (np.matrix([[1, 2]]), np.array([[1, 2]])),
]


@pytest.mark.parametrize(("value", "expected"), ALIKE, ids=lambda v: type(v).__name__)
def test_types_that_are_packed_like_another(value, expected):
    assert same(trip(value), expected)


def test_structured_arrays():
    plain = np.array([(1, 2.5, "a"), (2, 3.5, "b")], [("n", "i4"), ("x", "f8"), ("s", "U2")])
    back = trip(plain)
    assert isinstance(back, np.recarray) and back.s.tolist() == ["a", "b"] and back.n.dtype == "i4"
    nested = np.zeros((2, 3), [("a", [("b", "i2"), ("c", object)]), ("d", "M8[s]")])
    nested["a"]["c"][1, 2] = {"k": [1]}
    back = trip(nested)
    assert back.shape == (2, 3) and back["a"]["c"][1, 2] == {"k": [1]} and back.d.dtype == "M8[s]"


def test_a_structured_scalar_is_a_record():
    back = trip(np.array([(1, 2.5)], [("n", "i4"), ("x", "f8")])[0])
    assert back.n == 1 and back.x == 2.5 and isinstance(back, np.record)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.uuids()
    | hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=1, min_side=0), fill=st.just(0)),
    lambda inner: (
        st.lists(inner, max_size=40)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])) | st.integers(), inner)
        | st.frozensets(st.integers() | st.binary()).map(set)
    ),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_every_value_comes_back(value):
    assert same(trip(value), value)
    assert blob.pack(value) == blob.pack(trip(value))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(2**66), 2**66), min_size=20, max_size=60) | st.lists(st.floats(), min_size=24))
def test_runs_of_numbers_are_written_as_one_by_one(numbers):
    packed = blob.pack(numbers, compress=False)
    singly = b"".join(
        (len(one) - 4).to_bytes(8, "little") + one[4:] for one in (blob.pack(number) for number in numbers)
    )
    assert packed == b"dj0\0\x02" + len(numbers).to_bytes(8, "little") + singly
    assert same(blob.unpack(packed), numbers)


def test_runs_with_other_values_in_between():
    numbers = [*range(100), 2.5, True, *range(100), None]
    assert same(trip(numbers), numbers)
    assert same(trip([True] * 50), [True] * 50)


def test_a_run_that_holds_bytes_like_its_own_header():
    numbers = [10, 0x0A000A, 0x0A, 4, 1 << 40] * 20 + [0x000000000000000A, 0x01000A << 32]
    assert same(trip(numbers), numbers)


@pytest.mark.parametrize("uuid", [UUID(int=0), UUID(int=2**128 - 1)])
def test_uuid(uuid):
    assert trip(uuid) == uuid


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-0", "1E+500", "0.10", "sNaN"])
def test_decimal(text):
    assert str(trip(Decimal(text))) == text


def test_a_list_that_contains_itself_is_refused():
    endless: list = []
    endless.append(endless)
    with pytest.raises(DataJointError, match="contains itself"):
        blob.pack(endless)
    endless_dict: dict = {}
    endless_dict["a"] = (endless_dict,)
    with pytest.raises(DataJointError, match="contains itself"):
        blob.pack(endless_dict)
