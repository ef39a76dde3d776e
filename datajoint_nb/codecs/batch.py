"""Many values of one column through its chain: transfers in threads, in order, within bounds of memory.

See ``tests/spec/07-codecs-storage.md`` §7 and §10.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datajoint_nb.codecs.chain import Chain, Prepared, complete, decode, decode_step, squeezed
from datajoint_nb.codecs.hash import HashCodec
from datajoint_nb.storage.parallel import ordered_map
from datajoint_nb.storage.stores import in_flight_bytes, option

Key = Mapping[str, Any]


def encode_many(
    prepared: Sequence[Prepared], keys: Sequence[Key], context: Mapping[str, Any]
) -> Iterator[Any]:
    """What the column takes for each prepared value, in order, uploaded in ``storage.threads`` threads.

    The first error stops the rest. The caller's `writelog` sees what was written.
    """
    config = context.get("config")

    def finish(item: tuple[Prepared, Key]) -> Any:
        return complete(item[0], key=item[1], context=context)

    items = list(zip(prepared, keys, strict=True))
    if not any(item.position < len(item.chain.codecs) for item in prepared):
        yield from map(finish, items)
        return
    threads = int(option(config, "threads", 16))
    yield from ordered_map(finish, items, threads, lambda i: _bytes(i[0].value), in_flight_bytes(config))


def decode_many(
    chain: Chain,
    stored: Sequence[Any],
    keys: Sequence[Key],
    context: Mapping[str, Any],
    squeeze: bool = False,
) -> Iterator[Any]:
    """The values of a column's rows, in order.

    Objects of hash-addressed columns are downloaded ahead in threads, each once however many rows
    name it, and decoded in threads, for each row anew. The first error cancels the rest.
    """
    rows = list(zip(stored, keys, strict=True))
    if not chain.codecs or not isinstance(chain.codecs[-1], HashCodec):
        for value, key in rows:
            yield decode(chain, value, key=key, context=context, squeeze=squeeze)
        return
    outer = tuple(reversed(chain.codecs[:-1]))

    def finish(item: tuple[bytes | None, Key]) -> Any:
        value: Any = item[0]
        for codec in outer if value is not None else ():
            value = decode_step(codec, value, key=item[1], context=context)
        return squeezed(value) if squeeze else value

    contents = _contents(chain.codecs[-1], rows, context)
    if any(getattr(codec, "in_order", False) for codec in outer):
        yield from map(finish, contents)
        return
    config = context.get("config")
    threads = int(option(config, "threads", 16))
    yield from ordered_map(finish, contents, threads, lambda i: _bytes(i[0]), in_flight_bytes(config) // 2)


def _contents(
    codec: HashCodec, rows: Sequence[tuple[Any, Key]], context: Mapping[str, Any]
) -> Iterator[tuple[bytes | None, Key]]:
    """Bytes and key of each row; contents are kept from their first to their last use."""
    config = context.get("config")
    uses = Counter(_identity(value) for value, _ in rows if value is not None)
    first: dict[tuple[Any, ...], tuple[Any, Key]] = {}
    for value, key in rows:
        if value is not None:
            first.setdefault(_identity(value), (value, key))

    def download(item: tuple[Any, Key]) -> bytes:
        content: bytes = decode_step(codec, item[0], key=item[1], context=context)
        return content

    threads = int(option(config, "threads", 16))
    half = in_flight_bytes(config) // 2
    downloads = ordered_map(download, first.values(), threads, lambda i: int(i[0].get("size") or 0), half)
    kept: dict[tuple[Any, ...], bytes] = {}
    for value, key in rows:
        if value is None:
            yield None, key
            continue
        name = _identity(value)
        if name not in kept:
            kept[name] = next(downloads)  # downloads come in the order of first uses
        uses[name] -= 1
        yield (kept[name] if uses[name] else kept.pop(name)), key


def _identity(value: Mapping[str, Any]) -> tuple[Any, ...]:
    return value.get("store"), value.get("path"), value.get("schema"), value.get("hash")


def _bytes(value: Any) -> int:
    return len(value) if isinstance(value, (bytes, bytearray)) else int(getattr(value, "nbytes", 0))
