"""What is wrong with a line that has no form of the language, in its writer's words."""

from __future__ import annotations

import re
from difflib import get_close_matches

from datajoint_nb.definition.scan import CODE, LineFault
from datajoint_nb.model.names import ATTRIBUTE_PATTERN

# Lines of other languages and slips of the finger: pattern, what it is, what to write.
FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), message, hint)
    for pattern, message, hint in (
        (r"--(?!-)|[–—_=*~]{2,}$|- -", "`{}` is no separator", "three dashes `---` end the primary key"),
        (r"[–—−]>|→|⇒|=+>|- +>|>", "`{}` is no foreign key", "a foreign key is written `-> Parent`"),
        (
            r"foreign\s+key\b|references\b",
            "`{}` is no line of a definition",
            "write `-> Parent` for a foreign key",
        ),
        (r"primary\s+key\b", "`{}` is no line of a definition", "attributes above `---` are the primary key"),
        (r"unique\s*(?:key\s*)?\(", "`{}` is no index", "write `unique index(…)`"),
        (r"key\s*\(", "`{}` is no index", "write `index(…)`"),
        (r"//|/\*|;|%|\"|'", "`{}` is no line of a definition", "a comment starts with `#`"),
    )
)
CALL = re.compile(r"((?:\w+\s+)?\w+)\s*\(")


def explain_line(source: str) -> LineFault:
    """The fault of a line that is neither attribute, foreign key, index, separator nor comment."""
    match = CODE.match(source)
    code = (source[: match.end()] if match else source).rstrip() or source.rstrip()
    text = code.strip()
    start = len(code) - len(code.lstrip())
    for pattern, message, hint in FORMS:
        if pattern.match(text):
            return LineFault(start, len(text), message.format(text), hint)
    mark = re.search("[=:]", text)
    if mark is None:
        return LineFault(start, len(text), f"`{text}` has no `:`", _without_colon(text))
    name = text[: mark.start()].rstrip()
    return LineFault(start, len(name), *_bad_name(name, text[mark.start()]))


def _without_colon(text: str) -> str:
    call = CALL.match(text)
    near = get_close_matches(call[1].lower()[:40], ["index", "unique index"], n=1) if call else []
    if near:
        return f"did you mean `{near[0]}(…)`?"
    if re.fullmatch(r"[A-Z]\w*(?:\.[A-Z]\w*)*", text):
        return f"a foreign key is written `-> {text}`"
    words = text.split(None, 1)
    if len(words) == 2 and ATTRIBUTE_PATTERN.fullmatch(words[0]):
        return f"did you mean `{words[0]} : {words[1]}`?"
    return "an attribute is written `name : type` or `name=default : type`"


def _bad_name(name: str, mark: str) -> tuple[str, str]:
    if not name:
        return f"no attribute name before `{mark}`", "an attribute is written `name : type`"
    if ATTRIBUTE_PATTERN.fullmatch(name):  # the mark is there, but something stands between
        return f"expected `:` after `{name}`", "an attribute is written `name : type`"
    message = f"bad attribute name `{name}`: lower-case letters, digits and underscores, a letter first"
    better = (
        re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name), flags=re.ASCII).lower().strip("_")
    )
    better = re.sub(r"_+", "_", better)
    return message, f"did you mean `{better}`?" if ATTRIBUTE_PATTERN.fullmatch(better) else ""
