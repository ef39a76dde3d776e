"""Text of a fragment -> syntax tree, by sqlglot; what is not one expression is refused here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from datajoint_nb.sql.fragments.fragment import Target, refusal

if TYPE_CHECKING:
    from sqlglot import Token
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.expressions import Expr

__all__ = ["Reading", "check_characters", "read_tree"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKER = re.compile(r"\$\d+")
_OWN_DIALECT = {"mysql": "mysql", "mariadb": "mysql", "postgresql": "postgres", "sqlite": "sqlite"}
# Functions with a syntax of their own; every other one arrives as a name with arguments, so that
# this package, not the parser, decides what it means.
_SPECIAL_FORMS = [
    "CAST",
    "CONVERT",
    "EXTRACT",
    "GROUP_CONCAT",
    "STRING_AGG",
    "POSITION",
    "SUBSTRING",
    "SUBSTR",
    "TRIM",
    "JSON_VALUE",
]
# Calls whose first argument is a word and no attribute
_UNIT_FIRST = {"TIMESTAMPDIFF", "TIMESTAMPADD"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A fragment that was read.

    Attributes
    ----------
    names : tuple of str
        The attributes that it mentions, each once, in the order of the text.
    tree : Expr
    """

    names: tuple[str, ...]
    tree: Expr


def check_characters(text: str) -> None:
    """Refuse empty text and control characters other than line ends and tabs."""
    if not text.strip():
        raise refusal(text, "it is empty; to keep all rows, leave the condition out")
    found = _CONTROL.search(text)
    if found:
        raise refusal(
            text, f"it holds the control character {found.group()!r}", f"column {found.start() + 1}"
        )


def read_tree(text: str, target: Target) -> Reading:
    """Return the tree of `text`, read as MySQL or, failing that, in the dialect of `target`."""
    from sqlglot.errors import SqlglotError

    # The parser is not written for hostile text; besides its own errors it can fail in these ways
    failures = (SqlglotError, RecursionError, AttributeError, TypeError, ValueError, LookupError)
    first: Exception | None = None
    for name in dict.fromkeys(("mysql", _OWN_DIALECT[target])):
        try:
            tree = _parse(text, name)
        except failures as error:
            first = first or error
        else:
            return Reading(_names(tree, text), tree)
    assert first is not None
    raise refusal(text, *_explain(first)) from first


def _parse(text: str, name: str) -> Expr:
    from sqlglot import exp

    dialect = _dialect(name)
    tokens = dialect.tokenize(text)
    _check_tokens(tokens, text)
    trees = dialect.parser().parse_into(exp.Condition, tokens, text)
    if len(trees) != 1 or trees[0] is None:
        raise refusal(text, "one expression is expected")
    return trees[0]


@cache
def _dialect(name: str) -> Dialect:
    from sqlglot.dialects.dialect import Dialect

    base = Dialect.get_or_raise(name)
    forms = base.parser_class.FUNCTION_PARSERS
    parser = type(
        "Parser",
        (base.parser_class,),
        {
            "FUNCTIONS": {},
            "FUNCTION_PARSERS": {form: forms[form] for form in _SPECIAL_FORMS if form in forms},
            # the original logs a warning and takes the text as a command
            "_parse_as_command": lambda self, start: self.raise_error("Not an expression", start),
        },
    )
    # without commands, REPLACE(…) at the start is a function and no statement
    tokenizer = type("Tokenizer", (base.tokenizer_class,), {"COMMANDS": set()})
    # a JSON path stays the string that it is; `json_path` reads it
    members = {"Parser": parser, "Tokenizer": tokenizer, "to_json_path": lambda self, path: path}
    own = type(f"Fragment_{name}", (type(base),), members)
    return own()  # type: ignore[no-any-return]


def _check_tokens(tokens: list[Token], text: str) -> None:
    from sqlglot import TokenType

    if not tokens:
        raise refusal(text, "it holds nothing but a comment")
    refused = {
        TokenType.SEMICOLON: "a semicolon has no place in an expression, not even at its end",
        TokenType.PLACEHOLDER: "a bind marker has no place in it; write the value, or restrict by a dict",
        TokenType.PARAMETER: "a variable of the session has no place in it",
        TokenType.SESSION_PARAMETER: "a variable of the session has no place in it",
        TokenType.COLON: "a bind marker has no place in it; write the value, or restrict by a dict",
        TokenType.HINT: "a comment has no place in it",
    }
    for token in tokens:
        reason = "a comment has no place in it" if token.comments else refused.get(token.token_type)
        if token.token_type == TokenType.VAR and _MARKER.fullmatch(token.text):
            reason = refused[TokenType.PLACEHOLDER]
        if reason:
            raise refusal(text, reason, f"line {token.line}, column {token.col}")


def _names(tree: Expr, text: str) -> tuple[str, ...]:
    from sqlglot import exp

    for call in tree.find_all(exp.Anonymous):
        if str(call.this).upper() in _UNIT_FIRST:
            _unit_as_word(call)
    names: dict[str, None] = {}
    for column in tree.find_all(exp.Column, bfs=False):
        if column.table:
            raise refusal(
                text, f"`{column.table}.{column.name}` is qualified; write the name of the attribute alone"
            )
        if isinstance(column.this, exp.Identifier):
            names[column.name] = None
    return tuple(names)


def _unit_as_word(call: Expr) -> None:
    from sqlglot import exp

    if call.expressions and isinstance(call.expressions[0], exp.Column):
        call.expressions[0].replace(exp.Var(this=call.expressions[0].name.upper()))


def _explain(error: Exception) -> tuple[str, str]:
    from sqlglot.errors import ParseError

    if isinstance(error, RecursionError):
        return "it is nested too deeply", ""
    if isinstance(error, ParseError) and error.errors:
        found = error.errors[0]
        near = found.get("highlight") or ""
        reason = f"{found.get('description', 'not understood').rstrip('.')}{f' at {near!r}' if near else ''}"
        return reason, f"line {found.get('line')}, column {found.get('col')}"
    return f"it cannot be read as SQL: {str(error).splitlines()[0] if str(error) else 'not understood'}", ""
