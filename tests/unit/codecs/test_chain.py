"""Chains of codecs: resolution, order, checks, arguments."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest

from datajoint_nb.codecs import (
    REGISTRY,
    Codec,
    chain_of,
    decode,
    encode,
    get_codec,
    parse_type_spec,
    resolve_dtype,
)
from datajoint_nb.codecs.chain import complete, prepare, validate
from datajoint_nb.errors import CodecTypeError, CodecValueError, DataJointError, SourceFileError
from datajoint_nb.storage.stores import open_store
from tests.unit.storage.stores import file_config

KEY = {"site": "dune", "nr": 4}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = dict(REGISTRY._codecs)
    yield
    REGISTRY._codecs = before
    REGISTRY.version += 1


def context(config=None):
    return {"schema": "ornis", "table": "_flight", "field": "track", "config": config}


def define(codec_name, inner, **members):
    """A codec that notes its calls in `calls`."""
    calls: list[tuple] = []

    def note(kind):
        def method(self, value, *, key=None, context=None, store_name=None):
            calls.append((codec_name, kind, value, key, context, store_name))
            return value

        return method

    def decode_noted(self, stored, *, key=None, context=None):
        calls.append((codec_name, "decode", stored, key, context, None))
        return stored

    body = {
        "name": codec_name,
        "get_dtype": lambda self, is_store: inner,
        "encode": note("encode"),
        "decode": decode_noted,
        "calls": calls,
        **members,
    }
    type(codec_name, (Codec,), body)
    return calls


@pytest.mark.spec("C-009")
@pytest.mark.parametrize(
    "text, parsed",
    [
        ("<blob>", ("blob", None)),
        ("<blob@>", ("blob", "")),
        ("<blob@ cold >", ("blob", "cold")),
        ("< blob >", ("blob", None)),
    ],
)
def test_type_text(text, parsed):
    assert parse_type_spec(text) == parsed


def names(resolved):
    core, codecs, store = resolved
    return core, [codec.name for codec in codecs], store


@pytest.mark.parametrize(
    "text, resolved",
    [
        ("<blob>", ("bytes", ["blob"], None)),
        ("<blob@>", ("json", ["blob", "hash"], "")),
        ("<blob@cold>", ("json", ["blob", "hash"], "cold")),
        ("<zz_spectrogram@cold>", ("json", ["zz_spectrogram", "blob", "hash"], "cold")),
        ("<zz_tag>", ("int32", ["zz_tag"], None)),
        ("<zz_inner>", ("json", ["zz_inner", "blob", "hash"], "")),
        ("<zz_inner@cold>", ("json", ["zz_inner", "blob", "hash"], "cold")),
        ("<zz_warm@cold>", ("json", ["zz_warm", "blob", "hash"], "warm")),
        ("int32", ("int32", [], None)),
    ],
)
def test_resolution(text, resolved):
    define("zz_spectrogram", "<blob>")
    define("zz_tag", "int32")
    define("zz_inner", "<blob@>")
    define("zz_warm", "<blob@warm>")
    assert names(resolve_dtype(text)) == resolved
    chain = chain_of(text)
    assert names((chain.core, chain.codecs, chain.store))[::2] == resolved[::2]


@pytest.mark.spec("C-010")
def test_circular_chains():
    define("zz_a", "<zz_b>")
    define("zz_b", "<zz_a>")
    for text in ("<zz_a>", "<zz_b@cold>"):
        with pytest.raises(DataJointError, match="circular"):
            resolve_dtype(text)


@pytest.mark.parametrize("text", ["<hash>", "<object>", "<npy>", "<filepath>"])
def test_stores_are_required(text):
    with pytest.raises(DataJointError, match="@>"):
        chain_of(text)


def test_the_cache_knows_new_codecs():
    with pytest.raises(DataJointError):
        chain_of("<zz_new>")
    define("zz_new", "int32")
    assert chain_of("<zz_new>").core == "int32"
    assert chain_of("<zz_new>") is chain_of("<zz_new>")


@pytest.mark.spec("C-011")
def test_bare_at_uses_the_default_store(tmp_path):
    config = file_config(tmp_path)
    stored = encode(chain_of("<blob@>"), [1, 2], key=KEY, context=context(config))
    assert stored["store"] == "main" and open_store(config, "main").exists(stored["path"])
    assert decode(chain_of("<blob@>"), stored, key=KEY, context=context(config)) == [1, 2]
    config["stores.default"] = "cold"
    assert encode(chain_of("<blob@>"), 5, key=KEY, context=context(config))["store"] == "cold"


@pytest.mark.spec("C-012")
def test_an_inner_bare_at_keeps_the_outer_store(tmp_path):
    calls = define("zz_x", "<blob@>")
    config = file_config(tmp_path)
    stored = encode(chain_of("<zz_x@cold>"), [1], key=KEY, context=context(config))
    assert stored["store"] == "cold" and open_store(config, "cold").exists(stored["path"])
    assert list(open_store(config, "main").list()) == []
    assert calls[0][5] == "cold"


@pytest.mark.spec("C-013")
def test_order():
    outer, inner = define("zz_outer", "<zz_inner>"), define("zz_inner", "int32")
    both = []
    outer_codec, inner_codec = get_codec("zz_outer"), get_codec("zz_inner")
    chain = chain_of("<zz_outer>")
    assert chain.codecs == (outer_codec, inner_codec)
    encode(chain, 3, key=KEY, context=context())
    decode(chain, 3, key=KEY, context=context())
    assert [call[1] for call in outer] == [call[1] for call in inner] == ["encode", "decode"]
    for codec_name, inner_type in (("zz_o2", "<zz_i2>"), ("zz_i2", "int32")):
        define(
            codec_name,
            inner_type,
            encode=lambda self, value: both.append(f"+{self.name}") or value,
            decode=lambda self, stored: both.append(f"-{self.name}") or stored,
        )
    encode(chain_of("<zz_o2>"), 3, key=KEY, context=context())
    decode(chain_of("<zz_o2>"), 3, key=KEY, context=context())
    assert both == ["+zz_o2", "+zz_i2", "-zz_i2", "-zz_o2"]


@pytest.mark.spec("C-014")
def test_validate_runs_before_any_upload(tmp_path):
    def refuse(self, value):
        raise TypeError("birds only")

    define("zz_picky", "<blob@>", validate=refuse)
    config = file_config(tmp_path)
    for act in (encode, validate, prepare):
        for error in (TypeError, DataJointError, CodecTypeError):
            with pytest.raises(
                error, match=r"`ornis`\.`_flight`\.track \(site=dune, nr=4\).*birds only"
            ) as caught:
                act(chain_of("<zz_picky@>"), "cat", key=KEY, context=context(config))
        assert isinstance(caught.value.__cause__, TypeError)
    assert list(open_store(config).list()) == []


def test_every_codec_checks_its_own_input():
    seen = []
    define(
        "zz_out",
        "<zz_in>",
        encode=lambda self, value: value + 1,
        validate=lambda self, v: seen.append(("out", v)),
    )
    define(
        "zz_in",
        "int32",
        encode=lambda self, value: value * 2,
        validate=lambda self, v: seen.append(("in", v)),
    )
    assert encode(chain_of("<zz_out>"), 1, key=KEY, context=context()) == 4
    assert seen == [("out", 1), ("in", 2)]


def test_prepare_finds_bad_rows_without_uploading(tmp_path):
    config = file_config(tmp_path)
    chain = chain_of("<blob@>")
    ready = prepare(chain, np.arange(3), key=KEY, context=context(config))
    with pytest.raises(DataJointError, match=r"nr=4"):
        prepare(chain, object(), key=KEY, context=context(config))
    assert list(open_store(config).list()) == []
    assert complete(ready, key=KEY, context=context(config))["store"] == "main"
    assert len(list(open_store(config).list())) == 1


@pytest.mark.parametrize(
    "raised, caught",
    [
        (ValueError, CodecValueError),
        (FileNotFoundError, SourceFileError),
        (RuntimeError, DataJointError),
        (OSError, DataJointError),
    ],
)
def test_builtin_errors_are_translated(raised, caught):
    def fail(self, value):
        raise raised("reason")

    define("zz_fail", "int32", encode=fail, decode=fail)
    with pytest.raises(caught, match="reason"):
        encode(chain_of("<zz_fail>"), 1, key=KEY, context=context())
    with pytest.raises(DataJointError, match="cannot decode: reason"):
        decode(chain_of("<zz_fail>"), 1, key=KEY, context=context())


@pytest.mark.spec("C-015")
def test_none_skips_everything():
    def fail(self, *args, **options):
        raise AssertionError

    define("zz_never", "int32", encode=fail, decode=fail, validate=fail)
    chain = chain_of("<zz_never>")
    assert encode(chain, None, key=KEY, context=context()) is None
    assert decode(chain, None, key=KEY, context=context()) is None
    assert validate(chain, None, key=KEY, context=context()) is None


@pytest.mark.spec("C-016")
@pytest.mark.parametrize(
    "method",
    [lambda self, value: value, lambda self, value, *, key=None: value, lambda self, value, **options: value],
)
def test_codecs_get_only_the_arguments_they_take(method):
    define("zz_few", "int32", encode=method, decode=method)
    chain = chain_of("<zz_few>")
    assert encode(chain, 3, key=KEY, context=context()) == 3
    assert decode(chain, 3, key=KEY, context=context()) == 3


@pytest.mark.spec("C-018")
def test_arguments(tmp_path):
    calls = define("zz_all", "int32")
    config = file_config(tmp_path)
    encode(chain_of("<zz_all@cold>"), 3, key=KEY, context=context(config))
    encode(chain_of("<zz_all@>"), 3, key=KEY, context=context(config))
    encode(chain_of("<zz_all>"), 3, key=KEY, context=context(config))
    decode(chain_of("<zz_all>"), 3, key=KEY, context=context(config))
    assert [call[5] for call in calls] == ["cold", "main", None, None]
    for _, _, _, key, given, _ in calls:
        assert given == {"schema": "ornis", "table": "_flight", "field": "track", "config": config}
        legacy = {"_schema": "ornis", "_table": "_flight", "_field": "track", "_config": config}
        assert key == {**KEY, **legacy}


CORE = [
    ("int32", 7, 7),
    ("int32", 7.0, 7),
    ("varchar(8)", "owl", "owl"),
    ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
    ("bool", 1, True),
    ("decimal(6,2)", "1.235", Decimal("1.24")),
    ("bytes", memoryview(b"owl"), b"owl"),
    ("json", {"a": (1, 2)}, {"a": [1, 2]}),
]


@pytest.mark.parametrize("core, value, stored", CORE)
def test_core_values_are_converted(core, value, stored):
    define("zz_core", core)
    chain = chain_of("<zz_core>")
    encoded = encode(chain, value, key=KEY, context=context())
    assert encoded == stored and type(encoded) is type(stored)
    decoded = decode(chain, encoded, key=KEY, context=context())
    assert decoded == stored and type(decoded) is type(stored)


@pytest.mark.parametrize("core, value", [("int32", 2**40), ("varchar(2)", "owl"), ("json", float("nan"))])
def test_core_values_are_checked(core, value):
    define("zz_core", core)
    with pytest.raises(CodecValueError, match="track"):
        encode(chain_of("<zz_core>"), value, key=KEY, context=context())


def test_squeeze_applies_to_the_final_value():
    chain = chain_of("<blob>")
    stored = encode(chain, np.ones((1, 3)), key=KEY, context=context())
    assert decode(chain, stored, key=KEY, context=context()).shape == (1, 3)
    assert decode(chain, stored, key=KEY, context=context(), squeeze=True).shape == (3,)
