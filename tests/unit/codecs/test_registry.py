"""Registration and look-up of codecs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from datajoint_nb.codecs import (
    REGISTRY,
    BlobCodec,
    Codec,
    SchemaCodec,
    SparkAdapter,
    get_codec,
    is_codec_registered,
    list_codecs,
    lookup_codec,
    unregister_codec,
)
from datajoint_nb.codecs.registry import Registry, installed_entry_points
from datajoint_nb.codecs.spark import check_spark_value
from datajoint_nb.errors import DataJointError


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = dict(REGISTRY._codecs)
    yield
    REGISTRY._codecs = before
    REGISTRY.version += 1


class Plain(Codec, register=False):
    """A base whose subclasses only need a name."""

    def get_dtype(self, is_store):
        return "int32"

    def encode(self, value, **options):
        return value

    def decode(self, stored, **options):
        return stored


@pytest.mark.spec("C-001")
def test_a_named_subclass_is_registered():
    class Tag(Plain):
        name = "zz.tag-1"

    assert "zz.tag-1" in list_codecs() and list_codecs() == sorted(list_codecs())
    assert isinstance(get_codec("zz.tag-1"), Tag)


@pytest.mark.spec("C-002")
def test_unregistered_classes():
    class Base(Plain, register=False):
        name = "zz_base"

    class Nameless(Plain):
        name = None

    assert not is_codec_registered("zz_base")
    assert not any(isinstance(get_codec(name), (Base, Nameless)) for name in list_codecs())


@pytest.mark.spec("C-003")
@pytest.mark.parametrize("bad", ["", "a@b", "a>b", "a:b", "1a", "a b", 7])
def test_bad_names(bad):
    with pytest.raises(DataJointError, match="not valid"):

        class Bad(Plain):
            name = bad


def define_again(result):
    class Again(Plain):
        name = "zz_again"
        token = result

    return Again


@pytest.mark.spec("C-004")
def test_taken_names():
    define_again(1)
    define_again(2)
    assert get_codec("zz_again").token == 2
    with pytest.raises(DataJointError, match=r"'zz_again'.*taken by.*define_again"):

        class Other(Plain):
            name = "zz_again"

    with pytest.raises(DataJointError, match="taken"):

        class Blob(BlobCodec):
            pass


@pytest.mark.spec("C-005")
def test_a_missing_method():
    with pytest.raises(DataJointError, match="lacks decode"):

        class Half(Codec):
            name = "zz_half"

            def get_dtype(self, is_store):
                return "bytes"

            def encode(self, value, **options):
                return value

    assert not is_codec_registered("zz_half")


@pytest.mark.spec("C-006")
@pytest.mark.parametrize("spelling", ["blob", "<blob>", "<blob@cold>", "< blob @ >", "blob@"])
def test_spellings(spelling):
    assert isinstance(get_codec(spelling), BlobCodec)
    assert lookup_codec("<blob@cold>")[1] == "cold"


def test_aliases_share_one_instance():
    class Two(Plain):
        name = "zz_two"
        aliases = ("zz_zwei",)

    assert get_codec("zz_two") is get_codec("zz_zwei")
    unregister_codec("zz_two")
    assert not is_codec_registered("zz_zwei")
    with pytest.raises(DataJointError, match="zz_two"):
        unregister_codec("zz_two")


def entry(name, value):
    return EntryPoint(name, value, "datajoint.codecs")


@pytest.mark.spec("C-007")
def test_an_unknown_codec_names_failed_plugins(caplog):
    registry = Registry(lambda: [entry("spectro", "no_such_module:Spectro")])
    with pytest.raises(
        DataJointError, match=r"'spectro' is not registered.*'spectro' failed.*no_such_module"
    ):
        registry.get("<spectro@>")
    assert "spectro" in caplog.text
    with pytest.raises(DataJointError, match="Did you mean 'blob'"):
        get_codec("<blod>")


PLUGIN = """
class Spectro:
    name = "zz_spectro"
    def get_dtype(self, is_store): return "<blob>"
    def encode(self, value, *, key=None): return value
    def decode(self, stored, *, key=None): return stored
"""


@pytest.mark.spec("C-008")
@pytest.mark.parametrize("group", ["datajoint_nb.codecs", "datajoint.codecs", "datajoint.types"])
def test_an_installed_plugin_is_found(tmp_path, monkeypatch, group):
    (tmp_path / "zz_plugin.py").write_text(PLUGIN)
    info = tmp_path / "zz_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zz-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\nzz_spectro = zz_plugin:Spectro\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "zz_plugin", raising=False)
    assert Registry(installed_entry_points).get("<zz_spectro@cold>").get_dtype(True) == "<blob>"
    # the registry that everything uses, as it is before its first miss
    monkeypatch.setattr(REGISTRY, "_loaded", False)
    assert "zz_spectro" in list_codecs()


class Misnamed(Plain, register=False):
    name = "zz_real"


def test_plugins_register_under_their_own_name_and_lose_to_the_program(caplog):
    here = f"{__name__}:Misnamed"
    registry = Registry(lambda: [entry("zz_entry", here), entry("zz_taken", "no_such_module:X")])

    class Taken(Plain, register=False):
        name = "zz_taken"

    registry.register(Taken)
    assert type(registry.get("zz_real")).__name__ == "Misnamed"
    assert "'zz_entry' provides codec 'zz_real'" in caplog.text
    assert isinstance(registry.get("zz_taken"), Taken) and "no_such_module" not in caplog.text


@pytest.mark.spec("C-022")
def test_spark_adapters():
    class Sparky(Plain):
        name = "zz_spark"

        def to_spark(self, decoded, *, key=None):
            return [decoded]

    assert isinstance(get_codec("zz_spark"), SparkAdapter)
    built_in = ("attach", "blob", "filepath", "hash", "npy", "object")
    assert not any(isinstance(get_codec(name), SparkAdapter) for name in built_in)


def test_spark_values():
    check_spark_value({"a": [1, None, {"b": b"x"}], "c": True})
    for bad, path in (
        ({"a": [1, (2,)]}, r"value\['a'\]\[1\]"),
        ({1: 2}, "key 1"),
        ({"z": 1j}, r"value\['z'\]"),
    ):
        with pytest.raises(DataJointError, match=path):
            check_spark_value(bad)


def test_referenced_paths():
    codec = get_codec("object")
    assert codec.referenced_paths({"path": "a/x", "store": "main"}) == [("a/x", "main")]
    assert codec.referenced_paths('{"path": "a/x"}') == [("a/x", None)]
    assert (
        codec.referenced_paths("no json") == codec.referenced_paths([1]) == codec.referenced_paths(None) == []
    )


def test_schema_codecs_need_a_store():
    class Own(SchemaCodec):
        name = "zz_own"

        def encode(self, value, **options):
            return value

        def decode(self, stored, **options):
            return stored

    assert get_codec("zz_own").get_dtype(True) == "json"
    with pytest.raises(DataJointError, match="<zz_own@>"):
        get_codec("zz_own").get_dtype(False)
