"""Codecs: how a column's values become what the database or a store can hold, and back.

Importing the package registers the built-in codecs, so that no other class can take their names.

See ``tests/spec/07-codecs-storage.md`` §1 and §2.
"""

from __future__ import annotations

from datajoint_nb.codecs.attach import AttachCodec
from datajoint_nb.codecs.base import Codec, SchemaCodec, SparkAdapter
from datajoint_nb.codecs.blob_codec import BlobCodec
from datajoint_nb.codecs.chain import Chain, chain_of, decode, decode_attribute, encode, resolve_dtype
from datajoint_nb.codecs.filepath import FilepathCodec
from datajoint_nb.codecs.hash import HashCodec
from datajoint_nb.codecs.npy import NpyCodec
from datajoint_nb.codecs.object import ObjectCodec
from datajoint_nb.codecs.registry import (
    REGISTRY,
    get_codec,
    is_codec_registered,
    list_codecs,
    lookup_codec,
    parse_type_spec,
    unregister_codec,
)

__all__ = [
    "REGISTRY",
    "AttachCodec",
    "BlobCodec",
    "Chain",
    "Codec",
    "FilepathCodec",
    "HashCodec",
    "NpyCodec",
    "ObjectCodec",
    "SchemaCodec",
    "SparkAdapter",
    "chain_of",
    "decode",
    "decode_attribute",
    "encode",
    "get_codec",
    "is_codec_registered",
    "list_codecs",
    "lookup_codec",
    "parse_type_spec",
    "resolve_dtype",
    "unregister_codec",
]
