"""Where items of ranked layers stand across the ranks: order by barycentre, then positions.

The coordinate computed here is *across* the direction of the diagram (downwards for LR, to the right
for TB). Items belong to blocks: a block is a schema, whose frame must not meet another frame, or a
piece of a long edge that passes between frames.

See ``tests/spec/08-compute-diagram.md`` §16.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

ROUNDS: Final = 6
SWEEPS: Final = 3
BLOCK_GAP: Final = 16.0
PASSING_GAP: Final = 6.0
LOOSE_WEIGHT: Final = 0.01


@dataclass
class Item:
    """A unit, or the place where a long edge crosses a rank.

    Attributes
    ----------
    rank, block
        Where it belongs.
    half
        Half of its extent across the ranks, with its share of the gap to the next item.
    weight
        How strongly it holds on to its wish; bends of long edges hold harder, so that they run straight.
    above, below
        Neighbours in lower and in higher ranks, each with the shift that makes the edge between straight.
    at
        The position of its centre.
    loose
        Whether it has no neighbour inside its block.
    """

    rank: int
    block: int
    half: float
    weight: float = 1.0
    above: list[tuple[int, float]] = field(default_factory=list)
    below: list[tuple[int, float]] = field(default_factory=list)
    at: float = 0.0
    loose: bool = False


@dataclass
class Block:
    """Items that stay together, by rank and in order; `before`, `after` is the room its frame needs."""

    layers: dict[int, list[int]]
    before: float
    after: float
    passing: bool = False
    least: float = 0.0

    @property
    def ranks(self) -> tuple[int, int]:
        """First and last rank."""
        return min(self.layers), max(self.layers)


Interval = tuple[float, float]


def place(items: Sequence[Item], blocks: Sequence[Block]) -> None:
    """Set `at` of all `items` and the order of the layers of `blocks`.

    Afterwards no two items of a layer overlap, and no two blocks that share a rank do.
    """
    for item in items:
        item.loose = all(items[other].block != item.block for other, _ in item.above + item.below)
    for block in blocks:
        for layer in block.layers.values():
            _stack(items, layer)
    for turn in range(ROUNDS):
        last = turn >= ROUNDS - 2
        for block in blocks:
            if block.passing:
                _straighten(items, block)
            else:
                _arrange(items, block, settle=last)
        _separate(items, [block for block in blocks if last or not block.passing])


def straighten(items: Sequence[Item], blocks: Sequence[Block], chains: Sequence[Sequence[int]]) -> None:
    """Move the bends of each edge onto as few levels as the items beside them allow.

    Parameters
    ----------
    chains
        By edge: the item where it starts, its bends, the item where it ends.
    """
    insides = []
    for block in blocks:
        low, high = extent(items, block)
        insides.append((low + block.before, high - block.after))
    for chain in chains:
        _straighten_one(items, blocks, insides, chain)


def _straighten_one(
    items: Sequence[Item], blocks: Sequence[Block], insides: Sequence[Interval], chain: Sequence[int]
) -> None:
    bends = chain[1:-1]
    if not bends:
        return
    rooms = [_room(items, blocks[items[bend].block], insides[items[bend].block], bend) for bend in bends]
    shift_in = next(shift for other, shift in items[bends[0]].above if other == chain[0])
    shift_out = next(shift for other, shift in items[bends[-1]].below if other == chain[-1])
    forth = _levels(items[chain[0]].at + shift_in, rooms)
    back = _levels(items[chain[-1]].at + shift_out, rooms[::-1])[::-1]
    best = min(forth, back, key=lambda levels: len(set(levels)))
    for bend, level in zip(bends, best, strict=True):
        items[bend].at = level


def _levels(start: float, rooms: Sequence[Interval]) -> list[float]:
    levels = []
    for low, high in rooms:
        start = min(max(start, low), high)
        levels.append(start)
    return levels


def _room(items: Sequence[Item], block: Block, inside: Interval, index: int) -> Interval:
    """Return the interval in which item `index` can move; none for the piece of a passing edge."""
    item = items[index]
    if block.passing:
        return item.at, item.at
    layer = block.layers[item.rank]
    place = layer.index(index)
    low, high = inside[0] + item.half, inside[1] - item.half
    if place:
        former = items[layer[place - 1]]
        low = former.at + former.half + item.half
    if place + 1 < len(layer):
        latter = items[layer[place + 1]]
        high = latter.at - latter.half - item.half
    return low, max(low, high)


def extent(items: Sequence[Item], block: Block) -> Interval:
    """Return the interval that the frame of `block` takes across the ranks."""
    members = [items[index] for layer in block.layers.values() for index in layer]
    low = min(item.at - item.half for item in members) - block.before
    high = max(item.at + item.half for item in members) + block.after
    missing = max(block.least - (high - low), 0.0)
    return low, high + missing


def spread(wishes: Sequence[float], weights: Sequence[float], halves: Sequence[float]) -> list[float]:
    """Return the positions nearest to `wishes` (least squares) that keep the order and do not overlap.

    Isotonic regression by pooling neighbours that violate the order.

    Examples
    --------
    >>> spread([0.0, 0.0], [1.0, 1.0], [5.0, 5.0])
    [-5.0, 5.0]
    """
    offsets, pools, reach = [], [], 0.0
    for index, (wish, weight) in enumerate(zip(wishes, weights, strict=True)):
        reach += halves[index] + (halves[index - 1] if index else 0.0)
        offsets.append(reach)
        pools.append([wish - reach, weight, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, mass, count = pools.pop()
            former = pools[-1]
            former[0] = (former[0] * former[1] + mean * mass) / (former[1] + mass)
            former[1] += mass
            former[2] += count
    bases = [mean for mean, _, count in pools for _ in range(int(count))]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _stack(items: Sequence[Item], layer: list[int]) -> None:
    total = sum(2 * items[index].half for index in layer)
    at = -total / 2
    for index in layer:
        items[index].at = at + items[index].half
        at += 2 * items[index].half


def _arrange(items: Sequence[Item], block: Block, *, settle: bool) -> None:
    """Order and place the layers of `block`, looking up the ranks, then down; `settle` keeps the order."""
    ranks = sorted(block.layers)
    low, high = _natural(items, block)
    for sweep in range(2 * SWEEPS):
        downwards = sweep % 2 == 0
        for rank in ranks if downwards else reversed(ranks):
            layer = block.layers[rank]
            wishes = {index: _wish(items, index, downwards, settle, low, high) for index in layer}
            if not settle:
                layer.sort(key=wishes.__getitem__)
            _apply(items, layer, wishes, (low + high) / 2)


def _natural(items: Sequence[Item], block: Block) -> Interval:
    """Return the interval that the fullest layer of `block` needs, about the present centre."""
    members = [index for layer in block.layers.values() for index in layer]
    centre = sum(items[index].at for index in members) / len(members)
    height = max(sum(2 * items[index].half for index in layer) for layer in block.layers.values())
    return centre - height / 2, centre + height / 2


def _wish(items: Sequence[Item], index: int, downwards: bool, both: bool, low: float, high: float) -> float:
    """Return where item `index` would like to be; neighbours outside its block pull only within the block."""
    item = items[index]
    if both:
        neighbours = item.above + item.below
    else:
        neighbours = (item.above if downwards else item.below) or item.above + item.below
    if not neighbours:
        return item.at
    total = 0.0
    for other, shift in neighbours:
        aim = items[other].at + shift
        total += aim if items[other].block == item.block else min(max(aim, low), high)
    return total / len(neighbours)


def _apply(items: Sequence[Item], layer: list[int], wishes: dict[int, float], centre: float) -> None:
    """Place `layer` in its order; items that nothing holds inside the block just close up to the others."""
    loose = {index for index in layer if items[index].loose}
    places = spread(
        [centre if index in loose else wishes[index] for index in layer],
        [LOOSE_WEIGHT if index in loose else items[index].weight for index in layer],
        [items[index].half for index in layer],
    )
    for index, at in zip(layer, places, strict=True):
        items[index].at = at


def _straighten(items: Sequence[Item], block: Block) -> None:
    """Put all bends of a passing edge on one line, half way between the ends."""
    members = [index for layer in block.layers.values() for index in layer]
    outside = [
        items[other].at + shift
        for index in members
        for other, shift in items[index].above + items[index].below
        if items[other].block != items[index].block
    ]
    for index in members:
        items[index].at = sum(outside) / len(outside) if outside else 0.0


def _separate(items: Sequence[Item], blocks: Sequence[Block]) -> None:
    """Shift whole blocks towards their neighbours, the largest first, each to the nearest free place."""
    taken: list[tuple[int, int, float, float]] = []
    by_size = sorted(blocks, key=lambda block: (block.passing, -sum(map(len, block.layers.values()))))
    for block in by_size:
        members = [index for layer in block.layers.values() for index in layer]
        pull = 0.0 if block.passing else _pull(items, members)
        low, high = extent(items, block)
        first, last = block.ranks
        gap = PASSING_GAP if block.passing else BLOCK_GAP
        busy = sorted(
            (start - gap, end + gap) for begin, stop, start, end in taken if begin <= last and first <= stop
        )
        shift = nearest_free(low + pull, high - low, busy) - low
        for index in members:
            items[index].at += shift
        taken.append((first, last, low + shift, high + shift))


def _pull(items: Sequence[Item], members: Sequence[int]) -> float:
    """Return the mean shift that would straighten the edges leaving the block."""
    shifts = [
        items[other].at + shift - items[index].at
        for index in members
        for other, shift in items[index].above + items[index].below
        if items[other].block != items[index].block
    ]
    return sum(shifts) / len(shifts) if shifts else 0.0


def nearest_free(wish: float, length: float, busy: Sequence[Interval]) -> float:
    """Return the start nearest to `wish` of a gap of `length` between the sorted intervals `busy`.

    Examples
    --------
    >>> nearest_free(3.0, 2.0, [(0.0, 10.0)])
    -2.0
    """
    best = float("inf")
    reached = float("-inf")
    for start, end in [*busy, (float("inf"), float("inf"))]:
        if start - reached >= length:
            candidate = min(max(wish, reached), start - length)
            if abs(candidate - wish) < abs(best - wish):
                best = candidate
        reached = max(reached, end)
    return best
