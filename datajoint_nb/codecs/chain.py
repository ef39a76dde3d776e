"""Chains of codecs: from a type text to the codecs behind it, and values through them.

See ``tests/spec/07-codecs-storage.md`` §1.3 and §1.4.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from datajoint_nb.codecs.faults import translated
from datajoint_nb.codecs.registry import REGISTRY, CodecLike, parse_type_spec
from datajoint_nb.errors import DataJointError
from datajoint_nb.model.types import parse_type
from datajoint_nb.model.values import converter
from datajoint_nb.storage.stores import store_name

CONTEXT = ("schema", "table", "field", "config")


@dataclass(frozen=True)
class Chain:
    """The codecs of a column.

    Attributes
    ----------
    core : str
        Type text at the end, a core or native type: what the database stores.
    codecs : tuple
        Outermost first.
    store : str or None
        None for values in the table, ``''`` for the default store, or the store's name.
    """

    core: str
    codecs: tuple[CodecLike, ...]
    store: str | None


@dataclass(frozen=True)
class Prepared:
    """A value on its way through a chain: encoded up to, and checked by, the codec at `position`."""

    chain: Chain
    value: Any
    position: int


def resolve_dtype(
    dtype: str, seen: tuple[str, ...] | None = None, store_name: str | None = None
) -> tuple[str, list[CodecLike], str | None]:
    """Core type, codecs outermost first, and store of a type text.

    A store written at an inner level counts from there on; a bare inner ``@`` keeps an outer name.

    Raises
    ------
    DataJointError
        A codec is not registered, does not support the mode, or occurs twice ("circular").
    """
    if not dtype.strip().startswith("<"):
        return dtype.strip(), [], store_name
    name, written = parse_type_spec(dtype)
    passed = seen or ()
    if name in passed:
        raise DataJointError(f"Codecs are circular: {' over '.join((*passed, name))}.")
    store = store_name if written is None or (written == "" and store_name) else written
    codec = REGISTRY.get(name)
    core, inner, final = resolve_dtype(codec.get_dtype(store is not None), (*passed, name), store)
    return core, [codec, *inner], final


def chain_of(spec: str) -> Chain:
    """The chain behind a type text such as ``<blob@cold>``; cached until a codec is registered.

    Raises
    ------
    DataJointError
        As `resolve_dtype`.
    """
    return _chain(spec, REGISTRY.version)


@lru_cache(maxsize=512)
def _chain(spec: str, version: int) -> Chain:
    core, codecs, store = resolve_dtype(spec)
    return Chain(core, tuple(codecs), store)


def validate(chain: Chain, value: Any, *, key: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Let the outermost codec check a value; None passes.

    Raises
    ------
    CodecTypeError, CodecValueError, SourceFileError, DataJointError
        The value is refused; table, attribute and row are named.
    """
    if value is not None and chain.codecs:
        with translated(chain.codecs[0], "encode", key, context):
            _validate(chain.codecs[0], value)


def prepare(chain: Chain, value: Any, *, key: Mapping[str, Any], context: Mapping[str, Any]) -> Prepared:
    """Check a value and encode it as far as that writes to no store.

    With this, all rows of an insert are known to be good before the first upload; `complete`
    does the rest.

    Raises
    ------
    CodecTypeError, CodecValueError, SourceFileError, DataJointError
        The value is refused; table, attribute and row are named.
    """
    if value is None:
        return Prepared(chain, None, len(chain.codecs))
    return _advance(Prepared(chain, value, 0), key, context, until_write=True)


def complete(prepared: Prepared, *, key: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """What the column takes for a prepared value: the rest of its encoding, uploads included."""
    if prepared.value is None and prepared.position == len(prepared.chain.codecs):
        return None
    done = _advance(prepared, key, context, until_write=False)
    with translated(done.chain.codecs[-1] if done.chain.codecs else None, "encode", key, context):
        return _core_value(done.chain.core, done.value)


def encode(chain: Chain, value: Any, *, key: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """What the column takes for a value: every codec checks and encodes what the one before gave.

    Parameters
    ----------
    key : mapping
        Primary-key values in heading order.
    context : mapping
        ``schema``, ``table`` (name in the database), ``field`` and ``config``.

    Returns
    -------
    Any
        None for None; else the canonical Python value of the core type.

    Raises
    ------
    CodecTypeError, CodecValueError, SourceFileError, DataJointError
        The value is refused, or could not be written; table, attribute and row are named.
    """
    return complete(prepare(chain, value, key=key, context=context), key=key, context=context)


def decode(
    chain: Chain,
    stored: Any,
    *,
    key: Mapping[str, Any],
    context: Mapping[str, Any],
    squeeze: bool = False,
) -> Any:
    """The value for what the column holds, innermost codec first; None for NULL.

    Parameters
    ----------
    stored : Any
        Bytes, parsed JSON, or the value of the core type.
    squeeze : bool
        Drop axes of length one from an array that comes out at the end.

    Raises
    ------
    MissingExternalFile, StorageIntegrityError, DataJointError
        An object is gone or damaged, or a codec fails; table, attribute and row are named.
    """
    if stored is None:
        return None
    value = from_core(chain, stored, key=key, context=context)
    for codec in reversed(chain.codecs):
        value = decode_step(codec, value, key=key, context=context)
    return squeezed(value) if squeeze else value


def from_core(chain: Chain, stored: Any, *, key: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """The input of the innermost decoder: bytes, parsed JSON, or the value of the core type."""
    with translated(None, "decode", key, context):
        return stored if chain.core == "json" else _core_value(chain.core, stored)


def decode_step(codec: CodecLike, value: Any, *, key: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
    """What one codec decodes."""
    with translated(codec, "decode", key, context):
        return codec.decode(value, **_arguments(codec, "decode", key, context, None))


def squeezed(value: Any) -> Any:
    """An array without its axes of length one; anything else as it is."""
    return value.squeeze() if isinstance(value, np.ndarray) else value


def decode_attribute(attr: Any, data: Any, squeeze: bool = False, connection: Any = None) -> Any:
    """The value of one attribute for what the database returned.

    Parameters
    ----------
    attr : object
        With `name` and `type`, the declared type text; other than codec types return `data`.
    data : Any
        As the driver gave it; JSON may be text.
    connection : object, optional
        With `config`; default: the process's configuration.
    """
    if data is None or not str(attr.type).startswith("<"):
        return data
    chain = chain_of(attr.type)
    if chain.core == "json" and isinstance(data, (str, bytes)):
        data = json.loads(data)
    context = {
        "schema": None,
        "table": None,
        "field": attr.name,
        "config": getattr(connection, "config", None),
    }
    return decode(chain, data, key={}, context=context, squeeze=squeeze)


def _advance(
    prepared: Prepared, key: Mapping[str, Any], context: Mapping[str, Any], *, until_write: bool
) -> Prepared:
    chain, value, position = prepared.chain, prepared.value, prepared.position
    checked = position > 0 or not until_write
    for codec in chain.codecs[position:]:
        with translated(codec, "encode", key, context):
            if not checked:
                _validate(codec, value)
            checked = False
            if until_write and writes_objects(codec):
                return Prepared(chain, value, position)
            value = codec.encode(value, **_arguments(codec, "encode", key, context, chain))
        position += 1
    return Prepared(chain, value, position)


def _validate(codec: CodecLike, value: Any) -> None:
    check = getattr(codec, "validate", None)
    if check is not None:
        check(value)


def writes_objects(codec: CodecLike) -> bool:
    """Whether the codec's `encode` writes to a store; codecs of foreign bases are told by their shape."""
    return bool(getattr(codec, "writes_objects", hasattr(codec, "_build_path")))


def _core_value(core: str, value: Any) -> Any:
    return None if value is None else _converter(core)(value)


@lru_cache(maxsize=512)
def _converter(core: str) -> Any:
    return converter(parse_type(core))


def _arguments(
    codec: CodecLike, method: str, key: Mapping[str, Any], context: Mapping[str, Any], chain: Chain | None
) -> dict[str, Any]:
    """Keyword arguments of the call protocol, those that the method's signature has."""
    known = _parameters(type(codec), method)
    # plugins for the reference library read these from the key
    legacy = {f"_{name}": context.get(name) for name in CONTEXT}
    offered: dict[str, Any] = {"key": {**key, **legacy}, "context": dict(context)}
    if chain is not None and ("store_name" in known or "**" in known):
        offered["store_name"] = _resolved_store(chain, context)
    return {name: value for name, value in offered.items() if name in known or "**" in known}


@lru_cache(maxsize=1024)
def _parameters(cls: type, method: str) -> frozenset[str]:
    parameters = inspect.signature(getattr(cls, method)).parameters.values()
    return frozenset("**" if p.kind is p.VAR_KEYWORD else p.name for p in parameters)


def _resolved_store(chain: Chain, context: Mapping[str, Any]) -> str | None:
    config = context.get("config")
    if chain.store != "" or config is None:
        return chain.store
    by_filepath = bool(getattr(chain.codecs[-1], "uses_filepath_default", False))
    return store_name(config, None, use_filepath_default=by_filepath)
