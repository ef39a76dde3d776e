"""The reference library reads what is packed here, and what it packs is read here."""

from __future__ import annotations

import collections
import datetime as dt
import importlib
import uuid
import warnings
from decimal import Decimal

import numpy as np
import pytest

from datajoint_nb.codecs import blob
from tests.unit.codecs.blob_vectors import VECTORS, same

NUMBERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", "c8", "c16"]
NOISE = np.random.default_rng(57)


@pytest.fixture(scope="module")
def reference():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("datajoint.blob")


def structured(shape=(4,)):
    array = np.zeros(shape, [("n", "i4"), ("x", "f8"), ("s", object), ("when", "M8[ms]")])
    array["s"] = "wren"
    array["x"] = 2.5
    return array.view(np.recarray)


def cell():
    made = np.empty((2, 2), object)
    made[0, 0], made[1, 0], made[0, 1], made[1, 1] = np.eye(2), "text", np.array([[1]], "u1"), [1, 2]
    return made.view(blob.MatCell)


def struct():
    made = np.empty((1, 2), [("b", object), ("a", object)])
    made["b"] = "wren"
    made["a"][0, 0], made["a"][0, 1] = np.arange(3), cell()
    return made.view(blob.MatStruct)


def objects(*items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


VALUES = {
    "None": None,
    "bool": True,
    "ints": [0, -1, 127, 128, -128, -129, 2**63, -(2**63), 2**1000, -(2**1000)],
    "float": -2.5,
    "complex": 1 - 2j,
    "text": "Zaunkönig 🦉",
    "bytes": bytes(range(256)),
    "decimal": Decimal("-1.50E+7"),
    "date": dt.date(1, 1, 1),
    "time": dt.time(23, 59, 59, 999999),
    "datetime": dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
    "uuid": uuid.UUID(int=7),
    "tuple": (1, (2.5, "a"), ()),
    "list": [[], [None, [True]]],
    "set": {1, "a", b"b", (1, 2)},
    "dict": {"a": 1, 2: [3], (4, 5): {"b": None}},
    "run of ints": NOISE.integers(-(2**40), 2**40, 2000).tolist(),
    "run of mixed widths": [*range(-500, 70_000, 37)],
    "run of floats": NOISE.random(2000).tolist(),
    "noise": NOISE.random((300, 200)),
    "small ints": NOISE.integers(0, 100, (300, 400)),
    "counting": np.arange(200_000),
    "long text": "owl " * 50_000,
    "noise, then zeros": [NOISE.bytes(1_200_000), bytes(1_200_000)],
    "empty array": np.zeros((0, 3), "i2"),
    "objects": objects("a", 1, None, {"k": [1.5]}),
    "structured": structured(),
    "nested structured": np.zeros(3, [("a", [("b", "i4")]), ("c", "f4")]).view(np.recarray),
    "cell": cell(),
    "struct": struct(),
    **{f"array {code}": NOISE.integers(0, 2, (3, 4)).astype(code) for code in NUMBERS},
    **{f"scalar {code}": np.dtype(code).type(1) for code in NUMBERS},
    **{
        f"dates {unit}": np.array(["1999-12-31"], f"M8[{unit}]") for unit in ("D", "h", "s", "ms", "us", "ns")
    },
}


def as_ours(value):
    """Return what the reference has read with its MATLAB classes replaced by ours, at every depth."""
    if isinstance(value, np.ndarray):
        classes = {"MatCell": blob.MatCell, "MatStruct": blob.MatStruct}
        kind = classes.get(type(value).__name__)
        plain = np.array(value)
        for name in plain.dtype.names or [...]:
            if plain[name].dtype == object:
                plain[name] = objects(*map(as_ours, plain[name].ravel().tolist())).reshape(plain.shape)
        return plain.view(kind or type(value))
    if isinstance(value, (list, tuple)):
        return type(value)(map(as_ours, value))
    return {key: as_ours(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.spec("C-057")
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_the_reference_reads_what_is_packed_here(reference, value, compress):
    assert same(as_ours(reference.unpack(blob.pack(value, compress))), value)


def as_theirs(reference, value):
    """Return a MATLAB value of ours as one of the reference's, at every depth; others as they are."""
    if not isinstance(value, (blob.MatCell, blob.MatStruct)):
        return value
    plain = np.array(value)
    for name in plain.dtype.names or [...]:
        items = [as_theirs(reference, item) for item in plain[name].ravel().tolist()]
        plain[name] = objects(*items).reshape(plain.shape)
    return plain.view(getattr(reference, type(value).__name__))


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_what_the_reference_packs_is_read_here(reference, value):
    assert same(blob.unpack(reference.pack(as_theirs(reference, value))), value)


@pytest.mark.spec("C-057")
def test_the_reference_reads_records_of_one(reference):
    one = reference.unpack(blob.pack(np.array([(7, 0.25)], [("n", "u1"), ("x", "f4")])[0]))
    assert one["n"] == 7 and one["x"] == 0.25


@pytest.mark.spec("C-055")
@pytest.mark.parametrize("vector", [v for v in VECTORS if v.written], ids=lambda v: v.name)
def test_the_reference_writes_the_same_bytes(reference, vector):
    assert reference.pack(as_theirs(reference, vector.value)) == vector.blob


def test_sequences_and_mappings_of_other_kinds(reference):
    value = collections.OrderedDict(a=range(3), b=collections.deque([1]))
    assert reference.unpack(blob.pack(value)) == {"a": (0, 1, 2), "b": [1]}
