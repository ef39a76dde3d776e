"""The operators: each takes nodes and gives a node, or says why it cannot.

The rules for headings, keys and order of attributes are those of ``03-queries.md`` §2-§9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from types import EllipsisType
from typing import Any

from datajoint_nb.errors import DataJointError, UnknownAttributeError
from datajoint_nb.model.heading import Attribute, Heading, computed, renamed
from datajoint_nb.query.conditions import Condition, JsonPath, SqlText, Translator, all_of
from datajoint_nb.query.nodes import Aggregate, Distinct, Join, Limit, Node, Project, Restrict, Source, Union
from datajoint_nb.query.operands import Top
from datajoint_nb.query.restriction import json_path
from datajoint_nb.query.semantics import check_homologous, common_names

OrderParser = Callable[[Sequence[str]], tuple[tuple[str, bool], ...]]
DUPLICATE = re.compile(r"\(\s*([a-z_][a-z0-9_]*)\s*\)")
PLAIN = re.compile(r"\s*([a-z_][a-z0-9_]*)\s*")


def unknown(names: Sequence[str], heading: Heading, what: str) -> UnknownAttributeError:
    """The error for names that `heading` lacks, with near ones."""
    parts = []
    for name in names:
        near = get_close_matches(name, list(heading), n=1)
        parts.append(f"`{name}`" + (f" (did you mean `{near[0]}`?)" if near else ""))
    known = ", ".join(heading) or "none"
    return UnknownAttributeError(f"{what}: unknown attribute {', '.join(parts)}. Attributes are: {known}")


def restrict(node: Node, condition: Condition) -> Node:
    """Rows of `node` that meet `condition` as well."""
    if isinstance(node, Restrict):
        return Restrict(node.arg, all_of((node.condition, condition)))
    return Restrict(node, condition)


def project(
    node: Node, attributes: Sequence[Any], named: Mapping[str, Any], translate: Translator
) -> Project:
    """``node.proj(*attributes, **named)``."""
    heading = node.heading
    positional, everything, dropped = _positional(attributes, heading)
    changes = {new: _source(new, text, heading, translate) for new, text in named.items()}
    moved = {
        source: new
        for new, (source, duplicate) in changes.items()
        if isinstance(source, str) and not duplicate and source not in positional
    }
    kept = [
        name
        for name, attribute in heading.items()
        if (attribute.in_key or name in positional or everything)
        and name not in dropped
        and (name not in moved or name in positional)
    ]
    return _assemble(node, kept, changes, moved)


def _positional(attributes: Sequence[Any], heading: Heading) -> tuple[set[str], bool, set[str]]:
    """Names to include, whether all secondaries are, and names to leave out."""
    everything = False
    included: set[str] = set()
    dropped: set[str] = set()
    for item in attributes:
        if isinstance(item, EllipsisType):
            everything = True
        elif not isinstance(item, str):
            raise DataJointError(f"proj takes attribute names as texts, not {type(item).__name__}")
        elif item.lstrip().startswith("-"):
            dropped.add(item.lstrip()[1:].strip())
        else:
            included.add(item.strip())
    missing = [name for name in included if name not in heading]
    if missing:
        raise unknown(sorted(missing), heading, "proj")
    keys = [name for name in dropped if name in heading and heading[name].in_key]
    if keys:
        raise DataJointError(f"proj cannot leave out primary key attribute `{keys[0]}`")
    return included, everything, dropped


def _source(new: str, text: Any, heading: Heading, translate: Translator) -> tuple[Source, bool]:
    """Where a named attribute comes from, and whether it is a duplicate of one that may stay."""
    if not isinstance(text, str):
        raise DataJointError(
            f"proj({new}=…) takes an attribute name or an SQL expression as a text, not {type(text).__name__}"
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", new):
        raise DataJointError(
            f"invalid attribute name `{new}`: lower-case letters, digits and underscores only"
        )
    plain = PLAIN.fullmatch(text)
    if plain and plain[1] in heading:
        return plain[1], False
    duplicate = DUPLICATE.fullmatch(text.strip())
    if duplicate and duplicate[1] in heading:
        return duplicate[1], True
    place = json_path(text, heading)
    if place is not None:
        return place, False
    sql = translate(text, heading.types, False)
    if sql.aggregate:
        raise DataJointError(f"proj({new}={text!r}) holds an aggregate function; use .aggr() for that")
    return sql, False


def _assemble(
    node: Node, kept: list[str], changes: Mapping[str, tuple[Source, bool]], moved: Mapping[str, str]
) -> Project:
    heading = node.heading
    attributes: list[Attribute] = []
    sources: dict[str, Source] = {}
    for name, attribute in heading.items():
        if name in kept:
            attributes.append(attribute)
            sources[name] = name
        for new, (source, duplicate) in changes.items():
            if source == name:
                in_key = attribute.in_key and not duplicate and moved.get(name) == new
                attributes.append(renamed(attribute, new, in_key))
                sources[new] = name
    for new, (source, _) in changes.items():
        if not isinstance(source, str):
            attributes.append(_computed(new, source))
            sources[new] = source
    names = [attribute.name for attribute in attributes]
    for new in changes:
        if names.count(new) > 1:
            raise DataJointError(
                f"proj: attribute `{new}` already exists; choose another name or leave it out"
            )
    return Project(node, heading.with_attributes(attributes), sources)


def _computed(name: str, source: SqlText | JsonPath) -> Attribute:
    if isinstance(source, JsonPath):
        return computed(name, f"{source.name}{source.path}" + (f":{source.cast}" if source.cast else ""))
    return computed(name, source.sql)


def join(left: Node, right: Node, semantic_check: bool = True, outer: bool = False) -> Join:
    """``left * right``, or with `outer` all rows of `left` extended by `right`."""
    on = common_names(left.heading, right.heading)
    if semantic_check:
        check_homologous(left.heading, right.heading, on, "join")
    if outer:
        missing = [name for name in right.heading.primary_key if name not in left.heading]
        if missing:
            raise DataJointError(
                "A left join needs the left side to determine the right one; missing on the left: "
                + ", ".join(f"`{name}`" for name in missing)
            )
    return Join(left, right, on, outer, join_heading(left.heading, right.heading, outer))


def join_heading(left: Heading, right: Heading, outer: bool = False) -> Heading:
    """Heading of the join; the key is that of the side which determines the other, else of both."""
    if outer or left.determines(right):
        first, second, key = left, right, set(left.primary_key)
    elif right.determines(left):
        first, second, key = right, left, set(right.primary_key)
    else:
        return _pair_heading(left, right)
    rest = [_keyed(second[n], False, outer) for n in second if n not in first]
    available = left.lineage_available and right.lineage_available
    return Heading([*(_keyed(a, n in key) for n, a in first.items()), *rest], lineage_available=available)


def _pair_heading(left: Heading, right: Heading) -> Heading:
    key = [*left.primary_key, *(n for n in right.primary_key if n not in left.primary_key)]
    attributes = [_keyed(left[n] if n in left else right[n], True) for n in key]
    rest = [*left.values(), *(a for n, a in right.items() if n not in left)]
    attributes += [_keyed(a, False) for a in rest if a.name not in key]
    return Heading(attributes, lineage_available=left.lineage_available and right.lineage_available)


def _keyed(attribute: Attribute, in_key: bool, nullable: bool = False) -> Attribute:
    if attribute.in_key == in_key and (attribute.nullable or not nullable):
        return attribute
    return replace(attribute, in_key=in_key, nullable=attribute.nullable or nullable)


def aggregate(
    left: Node,
    right: Node,
    attributes: Sequence[Any],
    named: Mapping[str, Any],
    translate: Translator,
    exclude_nonmatching: bool,
) -> Aggregate:
    """``left.aggr(right, …)``: rows of `right` grouped by the key of `left`."""
    key = left.heading.primary_key
    missing = [name for name in key if name not in right.heading]
    if missing:
        raise DataJointError(
            "aggr needs the grouped expression to have the whole primary key; it lacks "
            + ", ".join(f"`{name}`" for name in missing)
        )
    on = common_names(left.heading, right.heading)
    check_homologous(left.heading, right.heading, on, "aggregate")
    merged = Heading(
        [*left.heading.values(), *(_keyed(a, False, True) for n, a in right.heading.items() if n not in on)],
        lineage_available=left.heading.lineage_available,
    )
    paired = Join(left, right, on, not exclude_nonmatching, merged)
    chosen, extra = _chosen(left.heading, attributes, named)
    expressions = {
        n: _aggregated(n, t, merged, left.heading, translate) for n, t in named.items() if n not in extra
    }
    kept = [name for name in left.heading if name in key or name in chosen]
    node = paired if not extra else _with_renames(paired, extra, translate)
    mentioned = set().union(*(e.names for e in expressions.values())) if expressions else set()
    constant = tuple(n for n in left.heading if n in mentioned and n not in key)
    heading = Heading(
        [
            *(left.heading[n] for n in kept),
            *(renamed(left.heading[old], new) for new, old in extra.items()),
            *(computed(n, e.sql) for n, e in expressions.items()),
        ],
        lineage_available=left.heading.lineage_available,
    )
    _check_unique(heading, len(kept) + len(extra) + len(expressions))
    return Aggregate(node, tuple(key), (*kept, *extra), constant, expressions, not key, heading)


def _with_renames(node: Join, extra: Mapping[str, str], translate: Translator) -> Node:
    return project(node, [..., *extra.values()], {new: f"({old})" for new, old in extra.items()}, translate)


def _chosen(
    heading: Heading, attributes: Sequence[Any], named: Mapping[str, Any]
) -> tuple[set[str], dict[str, str]]:
    """Secondary attributes of the left side to keep, and renamed ones: new -> old."""
    included, everything, dropped = _positional(attributes, heading)
    chosen = (set(heading.secondary_attributes) if everything else set()) | included
    extra: dict[str, str] = {}
    for new, text in named.items():
        plain = PLAIN.fullmatch(text) if isinstance(text, str) else None
        if plain and plain[1] in heading:
            extra[new] = plain[1]
    return chosen - dropped, extra


def _aggregated(
    name: str, text: Any, heading: Heading, constant: Collection[str], translate: Translator
) -> SqlText:
    """An expression with one value for each group: aggregates, and attributes constant within it."""
    if not isinstance(text, str):
        raise DataJointError(f"aggr({name}=…) takes an SQL expression as a text, not {type(text).__name__}")
    sql = translate(text, heading.types, False)
    varying = sorted(sql.names.difference(constant))
    if varying and not sql.aggregate:
        raise DataJointError(
            f"aggr({name}={text!r}): attribute `{varying[0]}` has many values in a group; "
            f"put it into an aggregate function, such as max({varying[0]})"
        )
    return sql


def _check_unique(heading: Heading, expected: int) -> None:
    if len(heading) != expected:
        raise DataJointError("aggr: an attribute of that name already exists; choose another name")


def universal_aggregate(
    names: Sequence[str], node: Node, named: Mapping[str, Any], translate: Translator
) -> Aggregate:
    """``U(*names).aggr(node, …)``."""
    missing = [name for name in names if name not in node.heading]
    if missing:
        raise unknown(missing, node.heading, "aggr over a universal set")
    expressions = {n: _aggregated(n, t, node.heading, names, translate) for n, t in named.items()}
    heading = node.heading.with_attributes(
        [
            *(_keyed(node.heading[n], True) for n in names),
            *(computed(n, e.sql) for n, e in expressions.items()),
        ]
    )
    _check_unique(heading, len(names) + len(expressions))
    return Aggregate(node, tuple(names), tuple(names), (), expressions, False, heading)


def distinct(names: Sequence[str], node: Node) -> Distinct:
    """``U(*names) & node``."""
    missing = [name for name in names if name not in node.heading]
    if missing:
        raise unknown(missing, node.heading, "universal set")
    return Distinct(node, node.heading.with_attributes(_keyed(node.heading[n], True) for n in names))


def union(left: Node, right: Node) -> Union:
    """``left + right``."""
    if set(left.heading.primary_key) != set(right.heading.primary_key):
        raise DataJointError(
            "A union needs equal primary keys, found "
            f"({', '.join(left.heading.primary_key)}) and ({', '.join(right.heading.primary_key)})"
        )
    clash = [n for n in left.heading.secondary_attributes if n in right.heading.secondary_attributes]
    if clash:
        raise DataJointError(
            f"A union cannot merge secondary attribute `{clash[0]}`; leave it out with .proj()"
        )
    key = left.heading.primary_key
    check_homologous(left.heading, right.heading, key, "unite")
    attributes = [
        *(_keyed(left.heading[n], True) for n in key),
        *(_keyed(left.heading[n], False, True) for n in left.heading.secondary_attributes),
        *(_keyed(right.heading[n], False, True) for n in right.heading.secondary_attributes),
    ]
    available = left.heading.lineage_available and right.heading.lineage_available
    return Union(left, right, Heading(attributes, lineage_available=available))


def limit(node: Node, top: Top, parse_order: OrderParser) -> Limit:
    """``node & top``; successive tops in one order become one."""
    if top.order_by is None:
        if isinstance(node, Limit):
            return _merge(node, top)
        order = tuple((name, False) for name in node.heading.primary_key)
    else:
        order = _order(node.heading, parse_order(tuple(top.order_by)))
        if isinstance(node, Limit) and node.order == order:
            return _merge(node, top)
    return Limit(node, top.limit, top.offset or 0, order)


def _order(heading: Heading, items: Sequence[tuple[str, bool]]) -> tuple[tuple[str, bool], ...]:
    order: list[tuple[str, bool]] = []
    for name, descending in items:
        if name == "KEY":
            order.extend((key, descending) for key in heading.primary_key)
        elif name in heading or name in heading.hidden:
            order.append((name, descending))
        else:
            raise unknown([name], heading, "order_by")
    return tuple(order)


def _merge(node: Limit, top: Top) -> Limit:
    """Select within what the first top selects: it is never widened."""
    offset = top.offset or 0
    left = None if node.limit is None else max(node.limit - offset, 0)
    limits = [n for n in (top.limit, left) if n is not None]
    return Limit(node.arg, min(limits) if limits else None, node.offset + offset, node.order)
