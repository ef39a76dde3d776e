"""MySQL's functions on SQLite; those named ``djnb_…`` are registered by each session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datajoint_nb.sql.fragments.calls import Calls, expand, forms
from datajoint_nb.sql.fragments.piece import NUMERIC, Piece

if TYPE_CHECKING:
    from datajoint_nb.sql.fragments.sqlite import SQLiteWriter

__all__ = ["SQLITE_CALLS"]


def _concat(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    if not arguments:
        raise writer.refuse("CONCAT takes at least one argument")
    return Piece(" || ".join(writer.text(a).operand for a in arguments), "text", compound=True)


def _texts(name: str, writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    return f"{name}({', '.join(writer.text(a).sql for a in arguments)})"


def _coalesce(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    pieces, kind = writer.unify(arguments)
    return Piece(f"COALESCE({', '.join(p.sql for p in pieces)})", kind)


def _extreme(name: str, writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    pieces, kind = writer.unify(arguments)
    if kind in {"int", "float", "decimal"}:
        pieces = [_plain(writer, piece) for piece in pieces]
    if len(pieces) < 2:
        raise writer.refuse("GREATEST and LEAST take at least two arguments")
    return Piece(f"{name}({', '.join(p.sql for p in pieces)})", kind)


def _plain(writer: SQLiteWriter, piece: Piece) -> Piece:
    # a decimal may be stored as text, which is above any number
    return Piece(f"CAST({piece.sql} AS REAL)", "float") if piece.kind == "decimal" else piece


def _aggregate(name: str, writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    """Return MIN or MAX of a group; the same names with two arguments are GREATEST and LEAST."""
    if len(arguments) != 1:
        raise writer.refuse(f"{name} takes one argument; of several values take GREATEST or LEAST")
    return Piece(f"{name}({arguments[0].sql})", "int" if arguments[0].kind == "bool" else arguments[0].kind)


def _nullif(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    value = arguments[0]
    same = writer.compare("=", arguments[0], arguments[1])
    kind = "int" if value.kind == "bool" else value.kind
    return Piece(f"CASE WHEN {same.sql} THEN NULL ELSE {value.sql} END", kind)


def _field(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    first, rest = arguments[0], arguments[1:]
    whens = (f"WHEN {writer.compare('=', first, item).sql} THEN {n}" for n, item in enumerate(rest, 1))
    return Piece(f"CASE {' '.join(whens)} ELSE 0 END", "int")


def _substring(writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    start = arguments[1].integer or 0
    length = arguments[2].integer if len(arguments) > 2 else 0
    plain = start > 0 and length is not None and length >= 0
    rest = ", {2:integer}" if len(arguments) > 2 else ""
    return expand(
        f"{'SUBSTR' if plain else 'djnb_substring'}({{0:text}}, {{1:integer}}{rest})", writer, arguments
    )


def _hex(writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    if arguments[0].kind in NUMERIC:
        return expand("PRINTF('%X', {0:integer})", writer, arguments)
    return expand("HEX({0})" if arguments[0].kind == "bytes" else "HEX({0:text})", writer, arguments)


def _length(writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    return expand("LENGTH({0:binary})", writer, arguments)


def _round(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    places = arguments[1].integer if len(arguments) > 1 else 0
    name = "ROUND" if places is not None and 0 <= places <= 30 else "djnb_round"
    rest = f", {writer.integer(arguments[1]).sql}" if len(arguments) > 1 else ""
    return Piece(f"{name}({writer.number(arguments[0]).sql}{rest})", "float")


def _mod(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    return writer.remainder(writer.number(arguments[0]), writer.number(arguments[1]))


def _str_to_date(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    text = arguments[1].string or ""
    timed = any(f"%{part}" in text for part in "fHhIiklprSsT")
    return Piece(_texts("djnb_str_to_date", writer, arguments), "datetime" if timed else "date")


def _from_unixtime(writer: SQLiteWriter, arguments: Sequence[Piece]) -> Piece:
    stamp = expand("djnb_from_unixtime({0:number})", writer, arguments)
    if len(arguments) == 1:
        return Piece(stamp, "datetime")
    return Piece(f"djnb_date_format({stamp}, {arguments[1].sql})", "text")


def _json_unquote(writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    return f"djnb_json_unquote({arguments[0].sql})"


def _at_path(name: str, place: int, writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    if len(arguments) > place:
        writer.path(arguments[place])
    return f"{name}({', '.join(argument.sql for argument in arguments)})"


def _build(name: str, writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    return f"{name}({', '.join(writer.document(a).sql for a in arguments)})"


def _array_of_group(writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    return f"CASE WHEN COUNT(*) > 0 THEN {_build('JSON_GROUP_ARRAY', writer, arguments)} END"


def _object_of_group(writer: SQLiteWriter, arguments: Sequence[Piece]) -> str:
    pieces = [writer.text(arguments[0]), *arguments[1:]]
    return f"CASE WHEN COUNT(*) > 0 THEN {_build('JSON_GROUP_OBJECT', writer, pieces)} END"


def _part(code: str) -> str:
    return f"CAST(STRFTIME('{code}', {{0}}) AS INTEGER)"


_NOW = "DATETIME('now')"
_REAL = ["SQRT", "EXP", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "COT", "DEGREES", "RADIANS"]
_STATISTICS = {
    "STD": "djnb_stddev_pop",
    "STDDEV": "djnb_stddev_pop",
    "STDDEV_POP": "djnb_stddev_pop",
    "STDDEV_SAMP": "djnb_stddev_samp",
    "VARIANCE": "djnb_var_pop",
    "VAR_POP": "djnb_var_pop",
    "VAR_SAMP": "djnb_var_samp",
    "SUM": "SUM",
    "AVG": "AVG",
}
_ON_TEXT = {
    "ASCII": "djnb_ascii",
    "CONCAT_WS": "djnb_concat_ws",
    "FIND_IN_SET": "djnb_find_in_set",
    "LCASE": "djnb_lower",
    "LOWER": "djnb_lower",
    "LTRIM": "LTRIM",
    "REPLACE": "REPLACE",
    "REVERSE": "djnb_reverse",
    "RTRIM": "RTRIM",
    "UCASE": "djnb_upper",
    "UNHEX": "djnb_unhex",
    "UPPER": "djnb_upper",
}

SQLITE_CALLS: Calls = {
    **{name: forms(f"{own}({{0:number}})") for name, own in _STATISTICS.items()},
    **{name: forms(f"djnb_{name.lower()}({{0:number}})") for name in _REAL},
    **{
        name: (lambda writer, arguments, own=own: _texts(own, writer, arguments))
        for name, own in _ON_TEXT.items()
    },
    "ABS": forms("ABS({0:number})"),
    "ANY_VALUE": lambda writer, arguments: _aggregate("MAX", writer, arguments),
    "ATAN2": forms("djnb_atan2({0:number}, {1:number})"),
    "BIT_AND": forms("djnb_bit_and({0:integer})"),
    "BIT_OR": forms("djnb_bit_or({0:integer})"),
    "BIT_XOR": forms("djnb_bit_xor({0:integer})"),
    "CEIL": forms("djnb_ceil({0:number})"),
    "CEILING": forms("djnb_ceil({0:number})"),
    "CHARACTER_LENGTH": forms("LENGTH({0:text})"),
    "CHAR_LENGTH": forms("LENGTH({0:text})"),
    "COALESCE": _coalesce,
    "CONCAT": _concat,
    "CURDATE": forms("DATE('now')"),
    "CURRENT_DATE": forms("DATE('now')"),
    "CURRENT_TIME": forms("TIME('now')"),
    "CURRENT_TIMESTAMP": forms(_NOW),
    "CURTIME": forms("TIME('now')"),
    "DATE": forms("djnb_date({0})"),
    "DATEDIFF": forms("djnb_datediff({0}, {1})"),
    "DATE_FORMAT": forms("djnb_date_format({0}, {1})"),
    "DAY": forms(_part("%d")),
    "DAYNAME": forms("djnb_date_format({0}, '%W')"),
    "DAYOFMONTH": forms(_part("%d")),
    "DAYOFWEEK": forms("CAST(STRFTIME('%w', {0}) AS INTEGER) + 1"),
    "DAYOFYEAR": forms(_part("%j")),
    "FIELD": _field,
    "FLOOR": forms("djnb_floor({0:number})"),
    "FORMAT": forms("djnb_format({0:number}, {1:integer})"),
    "FROM_UNIXTIME": _from_unixtime,
    "GREATEST": lambda writer, arguments: _extreme("MAX", writer, arguments),
    "HEX": _hex,
    "HOUR": forms(_part("%H")),
    "IFNULL": _coalesce,
    "INSTR": forms("INSTR({0:text}, {1:text})"),
    "ISNULL": forms("{0} IS NULL"),
    "JSON_ARRAY": lambda writer, arguments: _build("JSON_ARRAY", writer, arguments),
    "JSON_ARRAYAGG": _array_of_group,
    "JSON_CONTAINS": lambda writer, arguments: _at_path("djnb_json_contains", 2, writer, arguments),
    "JSON_LENGTH": lambda writer, arguments: _at_path("djnb_json_length", 1, writer, arguments),
    "JSON_OBJECT": lambda writer, arguments: _build("JSON_OBJECT", writer, arguments),
    "JSON_OBJECTAGG": _object_of_group,
    "JSON_UNQUOTE": _json_unquote,
    "LAST_DAY": forms("djnb_last_day({0})"),
    "LEAST": lambda writer, arguments: _extreme("MIN", writer, arguments),
    "LEFT": forms("djnb_left({0:text}, {1:integer})"),
    "LENGTH": _length,
    "LN": forms("djnb_log({0:number})"),
    "LOCALTIME": forms(_NOW),
    "LOCALTIMESTAMP": forms(_NOW),
    "LOCATE": forms("INSTR({1:text}, {0:text})", "djnb_locate({0:text}, {1:text}, {2:integer})"),
    "LOG": forms("djnb_log({0:number})", "djnb_log({0:number}, {1:number})"),
    "LOG10": forms("djnb_log(10, {0:number})"),
    "LOG2": forms("djnb_log(2, {0:number})"),
    "LPAD": forms("djnb_lpad({0:text}, {1:integer}, {2:text})"),
    "MAX": lambda writer, arguments: _aggregate("MAX", writer, arguments),
    "MD5": forms("djnb_md5({0})"),
    "MICROSECOND": forms("djnb_microsecond({0})"),
    "MID": _substring,
    "MIN": lambda writer, arguments: _aggregate("MIN", writer, arguments),
    "MINUTE": forms(_part("%M")),
    "MOD": _mod,
    "MONTH": forms(_part("%m")),
    "MONTHNAME": forms("djnb_date_format({0}, '%M')"),
    "NOW": forms(_NOW),
    "NULLIF": _nullif,
    "OCTET_LENGTH": _length,
    "PI": forms("djnb_pi()"),
    "POW": forms("djnb_pow({0:number}, {1:number})"),
    "POWER": forms("djnb_pow({0:number}, {1:number})"),
    "QUARTER": forms("(CAST(STRFTIME('%m', {0}) AS INTEGER) + 2) / 3"),
    "RAND": forms("djnb_rand()"),
    "REPEAT": forms("djnb_repeat({0:text}, {1:integer})"),
    "RIGHT": forms("djnb_right({0:text}, {1:integer})"),
    "ROUND": _round,
    "RPAD": forms("djnb_rpad({0:text}, {1:integer}, {2:text})"),
    "SECOND": forms(_part("%S")),
    "SIGN": forms("djnb_sign({0:number})"),
    "STR_TO_DATE": _str_to_date,
    "SUBSTR": _substring,
    "SUBSTRING": _substring,
    "SUBSTRING_INDEX": forms("djnb_substring_index({0:text}, {1:text}, {2:integer})"),
    "SYSDATE": forms(_NOW),
    "TIME": forms("djnb_time({0})"),
    "TIMESTAMP": forms("djnb_datetime({0})"),
    "TRUNCATE": forms("djnb_truncate({0:number}, {1:integer})"),
    "UNIX_TIMESTAMP": forms("CAST(STRFTIME('%s', 'now') AS INTEGER)", "djnb_unix_timestamp({0})"),
    "UTC_TIMESTAMP": forms(_NOW),
    "WEEKDAY": forms("(CAST(STRFTIME('%w', {0}) AS INTEGER) + 6) % 7"),
    "YEAR": forms(_part("%Y")),
}
