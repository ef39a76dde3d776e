"""The type marker in column comments: ``:varchar(12):short site code``.

This is the contract with every database that DataJoint 2.x ever made; it is written and read
here only. See ``tests/spec/01-definitions.md`` §3.2.
"""

from __future__ import annotations

import re

from datajoint_nb.errors import DataJointError
from datajoint_nb.model.types import TypeFault, TypeSpec, parse_type

# a type text: quotes and parentheses may hide colons
TYPE_TEXT = re.compile(r""":((?:'(?:[^']|'')*'|"(?:[^"]|"")*"|<[^>]*>|[^:'"<])+):""", re.DOTALL)


def write(spec: TypeSpec, comment: str) -> str:
    """The stored comment of a column: marker and user's comment; native types store the bare comment."""
    return f":{spec.text}:{comment}" if spec.has_marker else comment


def read(stored: str) -> tuple[TypeSpec | None, str]:
    """Split a stored comment into declared type and user's comment.

    The type is None when the comment carries no marker, or a malformed one, which then is text.

    Raises
    ------
    DataJointError
        For markers of the legacy ``external`` type.
    """
    match = TYPE_TEXT.match(stored)
    if not match:
        return None, stored
    text, comment = match[1], stored[match.end() :]
    if text.startswith("external"):
        raise DataJointError(
            f"The column comment {stored!r} marks legacy data of DataJoint 0.11 (`{text}`), "
            "which has to be migrated with DataJoint 0.14 before it can be read"
        )
    legacy = re.fullmatch(r"(blob|attach|filepath)(@[\w.-]*)?", text)
    if legacy:
        return TypeSpec("core", "legacy", text, (legacy[1],), (legacy[2] or "")[1:] or None), comment
    try:
        spec = parse_type(text)
    except TypeFault:
        # unknown to this version: keep what was written
        return TypeSpec("core", text, text), comment
    return (TypeSpec("core", text, text), comment) if spec.kind == "native" else (spec, comment)
