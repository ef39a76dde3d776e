"""Foreign key lines: ``-> [options] Target.proj(new='old') [# comment]``.

References are read, never evaluated: whatever is not a table or one projection of a table is refused.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from datajoint_nb.definition.scan import CODE_WITH_NAMES, Scanner, code_end
from datajoint_nb.model.definition import ForeignKeyLine, Position
from datajoint_nb.model.names import ATTRIBUTE_PATTERN

OPTIONS = ("nullable", "unique")
CALL = re.compile(r"\(\s*\)")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
FULL_NAME = re.compile(r'`(?:[^`]|``)+`\s*\.\s*`(?:[^`]|``)+`|"(?:[^"]|"")+"\s*\.\s*"(?:[^"]|"")+"')
WAY_OUT = "a foreign key takes a table or one projection of it, such as Station.proj(site='station')"
OPERATORS = {
    "&": "a restriction",
    "*": "a join",
    "-": "a difference",
    "+": "a union",
    "@": "a join",
    "|": "a union",
    "^": "a restriction",
    "/": "a division",
    "%": "a remainder",
    "(": "a call",
    "[": "an item",
}


def read_foreign_key(source: str, number: int, in_key: bool) -> ForeignKeyLine:
    """``fk = "->" [ "[" option { "," option } "]" ] ref [ "#" text ]``.

    Raises
    ------
    LineFault
        At the first character that does not fit.
    """
    start = source.index("->")
    if source[:start].strip():
        lead = len(source) - len(source.lstrip())
        hint = "the foreign key takes the parent's names; rename them with -> Parent.proj(new='old')"
        Scanner(source, lead).fail("a foreign key line must begin with `->`", hint, length=start + 2 - lead)
    end = code_end(source, start, CODE_WITH_NAMES)
    scanner = Scanner(source[:end].rstrip(), start + 2)
    options = _options(scanner, in_key)
    at = scanner.skip_blanks().at
    target = _target(scanner)
    length = max(1, scanner.at - at)
    _call(scanner)
    renames = _projection(scanner)
    _end(scanner)
    return ForeignKeyLine(
        target,
        renames,
        "nullable" in options,
        "unique" in options,
        in_key,
        source[end + 1 :].strip(),
        Position(number, start + 1, len(scanner.text) - start),
        Position(number, at + 1, length),
    )


def _options(scanner: Scanner, in_key: bool) -> list[str]:
    """``"[" option { "," option } "]"``, option being nullable or unique in any letter case."""
    if not scanner.accept("["):
        return []
    start = scanner.at - 1
    close = scanner.text.find("]", scanner.at)
    if close < 0:
        scanner.fail("the options are not closed with `]`", start=start)
    options = []
    for word in scanner.text[scanner.at : close].split(","):
        option = word.strip().lower()
        place = scanner.at + len(word) - len(word.lstrip())
        scanner.at += len(word) + 1
        if option not in OPTIONS:
            _bad_option(scanner, word.strip(), place)
        if option == "nullable" and in_key:
            hint = "remove [nullable], or move the line below ---"
            scanner.fail("a foreign key of the primary key cannot be nullable", hint, place, len(option))
        options.append(option)
    if scanner.skip_blanks().char == "[":
        scanner.fail("only one bracket group is allowed", "write both options in one: [nullable, unique]")
    return options


def _bad_option(scanner: Scanner, word: str, place: int) -> None:
    near = get_close_matches(word.lower()[:40], OPTIONS, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "the options are nullable and unique"
    what = f"unknown foreign key option `{word}`" if word else "empty foreign key option"
    scanner.fail(what, hint, place, len(word))


def _target(scanner: Scanner) -> str:
    """``target = ident { "." ident } | quoted_full_name``; returned without blanks between names."""
    full = scanner.match(FULL_NAME)
    if full:
        return full
    names = [scanner.match(IDENTIFIER)]
    if names[0] is None:
        what = f"`{scanner.rest}` is no reference to a table" if scanner.rest else "no table after `->`"
        scanner.fail(what, WAY_OUT)
    while scanner.skip_blanks().char == ".":
        at = scanner.at
        scanner.at += 1
        name = scanner.match(IDENTIFIER)
        if name is None:
            scanner.fail("a name is missing after `.`", WAY_OUT, at)
        if name == "proj" or (scanner.skip_blanks().char == "(" and not CALL.match(scanner.text, scanner.at)):
            scanner.at = at
            break
        names.append(name)
    return ".".join(name for name in names if name)


def _call(scanner: Scanner) -> None:
    """``[ "()" ]``."""
    at = scanner.skip_blanks().at
    if scanner.accept("(") and not scanner.accept(")"):
        scanner.fail("a table is referred to without arguments; nothing is evaluated", WAY_OUT, at)


def _projection(scanner: Scanner) -> tuple[tuple[str, str], ...]:
    """``[ ".proj(" [ arg { "," arg } ] ")" ]``."""
    at = scanner.skip_blanks().at
    if not scanner.accept("."):
        return ()
    method = scanner.match(IDENTIFIER)
    if method != "proj":
        scanner.fail(f"`.{method or scanner.rest}` is not allowed in a foreign key", WAY_OUT, at)
    if not scanner.accept("("):
        scanner.fail("`.proj` needs its parentheses", WAY_OUT, at)
    renames: list[tuple[str, str]] = []
    while not scanner.accept(")"):
        rename = _argument(scanner, renames)
        if rename:
            renames.append(rename)
        if not scanner.accept(",") and scanner.char != ")":
            _bad_argument(scanner)
    return tuple(renames)


def _bad_argument(scanner: Scanner) -> None:
    rest = scanner.rest
    if not rest:
        scanner.fail("`.proj(` is not closed with `)`", length=1)
    scanner.fail(f"expected `,` or `)`, found `{rest}`", "renaming is written .proj(new='old', …)")


def _argument(scanner: Scanner, renames: list[tuple[str, str]]) -> tuple[str, str] | None:
    """``arg = ident "=" string | string | "..."``; None for those that rename nothing."""
    at = scanner.skip_blanks().at
    if scanner.accept("..."):
        return None
    if scanner.char and scanner.char in "'\"":
        _attribute(scanner, scanner.quoted(), at)
        return None
    new = scanner.match(IDENTIFIER)
    if new is None or not scanner.accept("="):
        scanner.at = at
        _bad_argument_start(scanner)
    assert new is not None
    _new_name(scanner, new, at, renames)
    at = scanner.skip_blanks().at
    if not scanner.char or scanner.char not in "'\"":
        scanner.fail(f"the old name of `{new}` must be in quotes", f"write .proj({new}='old')", at)
    return new, _attribute(scanner, scanner.quoted(), at)


def _bad_argument_start(scanner: Scanner) -> None:
    what = (
        f"`{scanner.rest}` is no argument of a projection"
        if scanner.rest
        else "`.proj(` is not closed with `)`"
    )
    scanner.fail(what, "renaming is written .proj(new='old', …)")


def _new_name(scanner: Scanner, new: str, at: int, renames: list[tuple[str, str]]) -> None:
    if not ATTRIBUTE_PATTERN.fullmatch(new):
        message = f"bad attribute name `{new}`: lower-case letters, digits and underscores, a letter first"
        scanner.fail(message, "", at, len(new))
    if new in (name for name, _ in renames):
        scanner.fail(f"`{new}` is given twice", "", at, len(new))


def _attribute(scanner: Scanner, old: str, at: int) -> str:
    if not IDENTIFIER.fullmatch(old):
        message = f"`{old}` is no attribute name: a foreign key cannot have computed terms"
        scanner.fail(message, WAY_OUT, at, scanner.at - at)
    return old


def _end(scanner: Scanner) -> None:
    char = scanner.skip_blanks().char
    if not char:
        return
    rest = scanner.rest
    if char == "." and re.match(r"\.\s*proj\b", rest):
        scanner.fail("a foreign key takes one projection, not a chain", "put all renames in one .proj(…)")
    what = OPERATORS.get(char)
    if what:
        scanner.fail(f"`{rest}`: {what} is not allowed in a foreign key", WAY_OUT)
    scanner.fail(f"unexpected `{rest}` after the reference", WAY_OUT)
