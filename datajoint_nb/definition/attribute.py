"""Attribute lines: ``name [= default] : type [# comment]``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from datajoint_nb.definition.defaults import NUMBER, literal_problem, normal_bool
from datajoint_nb.definition.explain import explain_line
from datajoint_nb.definition.scan import DOUBLING, LineFault, Scanner, code_end
from datajoint_nb.model.definition import NULL, AttributeLine, Default, Position
from datajoint_nb.model.types import TypeFault, TypeSpec, parse_type

HEAD = re.compile(r"\s*([a-z][a-z0-9_]*)\s*([=:])")
BARE = re.compile(r"[^:#]*")
WORDS = re.compile(r"[\w.-]+(?: +[\w.-]+)*")
SWAPPED = re.compile(r"""((?:[^'"=]|'[^']*'|"[^"]*")+)=\s*(.*)""", re.DOTALL)
NOW = re.compile(r"current_timestamp\s*(?:\(\s*([0-6]?)\s*\))?", re.IGNORECASE)
SQL_CONSTANTS = frozenset(
    {
        *("current_date", "current_time", "localtime", "localtimestamp", "sysdate"),
        *("utc_date", "utc_time", "utc_timestamp", "current_user", "session_user"),
    }
)


def read_attribute(source: str, number: int, in_key: bool) -> AttributeLine:
    """``attribute = name [ "=" default ] ":" type [ "#" text ]``.

    Raises
    ------
    LineFault
        At the first character that does not fit.
    """
    head = HEAD.match(source)
    if head is None:
        raise explain_line(source)
    name, at, default, default_position = head[1], head.end(), None, Position()
    if head[2] == "=":
        default, start, end = _default(source, at)
        default_position = Position(number, start + 1, max(1, end - start))
        at = _colon(source, end, name)
    spec, start, end = _type(source, at, name, default)
    if default is not None and spec.is_bool and default.kind == "literal":
        default = replace(default, text=normal_bool(default.text))
    return AttributeLine(
        name,
        spec,
        default,
        _comment(source, end),
        in_key,
        Position(number, head.start(1) + 1, len(name)),
        Position(number, start + 1, max(1, len(source[start:end].rstrip()))),
        default_position,
    )


def check_attribute(line: AttributeLine) -> Iterator[LineFault]:
    """What is wrong with a well-formed attribute line: its place, or its default for its type."""
    where, spec, default = line.default_position, line.type, line.default
    null_in_key = line.in_key and default is not None and default.kind == "null"
    if null_in_key:
        yield LineFault(
            where.column - 1,
            where.length,
            f"the primary attribute `{line.name}` cannot be null",
            "remove =null, or move the line below ---",
        )
    if line.in_key and not spec.allows_key:
        yield LineFault(
            line.type_position.column - 1,
            line.type_position.length,
            f"`{line.name}` of type `{spec.text}` cannot be in the primary key",
            "codec, bytes, blob and json attributes go below ---",
        )
    problem = literal_problem(spec, default) if default is not None else None
    if problem:
        yield LineFault(where.column - 1, where.length, f"default of `{line.name}`: {problem}")


def _default(source: str, at: int) -> tuple[Default, int, int]:
    """``default = "null" | now | string | bare``; returns it with its start and end."""
    scanner = Scanner(source, at).skip_blanks()
    start = scanner.at
    if scanner.char and scanner.char in "'\"":
        return Default("literal", scanner.quoted(), quoted=True), start, scanner.at
    text = (scanner.match(BARE) or "").rstrip()
    return _bare(text, start), start, start + len(text)


def _bare(text: str, start: int) -> Default:
    """``null``, ``CURRENT_TIMESTAMP [ "(" [ digit ] ")" ]``, a number or plain words."""
    lowered = text.lower()
    if lowered == "null":
        return NULL
    now = NOW.fullmatch(text)
    if now:
        return Default("now", precision=int(now[1]) if now[1] else None)
    if not text:
        raise LineFault(start, 1, "no default after `=`", 'write =null, a number, or a text such as ="abc"')
    if lowered.startswith(("now", "current_timestamp", "current_date", "getdate", "localtime")) and (
        "(" in text or lowered in SQL_CONSTANTS
    ):
        hint = "write =CURRENT_TIMESTAMP or =CURRENT_TIMESTAMP(n), n from 0 to 6"
        raise LineFault(start, len(text), f"`{text}` cannot be a default", hint)
    if lowered in SQL_CONSTANTS or not (WORDS.fullmatch(text) or NUMBER.fullmatch(text)):
        hint = "null, CURRENT_TIMESTAMP, numbers and plain words go unquoted; any other text in quotes"
        raise LineFault(
            start, len(text), f"`{text}` cannot be a default: expressions are not evaluated", hint
        )
    return Default("literal", text)


def _colon(source: str, at: int, name: str) -> int:
    """Past the colon after the default."""
    scanner = Scanner(source, at)
    found = scanner.rest
    if not found or found[0] == "#":
        scanner.fail(
            f"no `:` and type after the default of `{name}`", f"write {name}=default : type", length=1
        )
    if not scanner.accept(":"):
        hint = DOUBLING if source[at - 1] in "'\"" else ""
        scanner.fail(f"expected `:` after the default of `{name}`, found `{found}`", hint)
    return scanner.at


def _type(source: str, at: int, name: str, default: Default | None) -> tuple[TypeSpec, int, int]:
    """``type = core | native | "<" codec [ "@" [ store ] ] ">"``; returns it with its start and end."""
    end = code_end(source, at)
    text = source[at:end].strip()
    if not text:
        raise LineFault(at, 1, f"no type after `{name} :`", f"write {name} : type, such as {name} : int32")
    start = source.index(text, at)
    try:
        return parse_type(text), start, end
    except TypeFault as fault:
        message, hint = fault.message, fault.hint
    swapped = SWAPPED.fullmatch(text)
    if swapped:
        hint = f"the default comes before the type: {name}={swapped[2]} : {swapped[1].strip()}"
    elif default is not None and ":" in text and not default.quoted and text[0].isdigit():
        hint = "a default that contains a colon goes in quotes"
    raise LineFault(start, len(text), message, hint)


def _comment(source: str, at: int) -> str:
    comment = source[at + 1 :].strip()
    if comment.startswith(":"):
        start = source.index(":", at)
        raise LineFault(start, 1, "a comment cannot start with a colon", "start it with a word")
    return comment
