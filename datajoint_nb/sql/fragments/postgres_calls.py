"""MySQL's functions on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datajoint_nb.sql.fragments.calls import Calls, expand, forms
from datajoint_nb.sql.fragments.date_format import to_char_template
from datajoint_nb.sql.fragments.piece import NUMERIC, TEXTUAL, Piece

if TYPE_CHECKING:
    from datajoint_nb.sql.fragments.postgres import PostgresWriter

__all__ = ["POSTGRES_CALLS"]


def _concat(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    # PostgreSQL's CONCAT ignores NULL
    if not arguments:
        raise writer.refuse("CONCAT takes at least one argument")
    return Piece(" || ".join(writer.text(a).operand for a in arguments), "text", compound=True)


def _concat_ws(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    return f"CONCAT_WS({', '.join(writer.text(a).sql for a in arguments)})"


def _coalesce(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    pieces, kind = writer.unify(arguments)
    return Piece(f"COALESCE({', '.join(p.sql for p in pieces)})", kind)


def _nullif(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    value = writer.unify(arguments[:1])[0][0]
    same = writer.compare("=", arguments[0], arguments[1])
    return Piece(f"CASE WHEN {same.sql} THEN NULL ELSE {value.sql} END", value.kind)


def _extreme(name: str, writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    # GREATEST and LEAST ignore NULL here
    pieces, kind = writer.unify(arguments)
    missing = " OR ".join(f"{p.operand} IS NULL" for p in pieces)
    return Piece(f"CASE WHEN {missing} THEN NULL ELSE {name}({', '.join(p.sql for p in pieces)}) END", kind)


def _aggregate(name: str, writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    """Return MIN, MAX: there is none of booleans and UUIDs."""
    piece = arguments[0]
    if piece.kind in {"uuid", "json"} or piece.kind in TEXTUAL:
        piece = writer.text(piece)
    elif piece.kind == "bool":
        piece = writer.number(piece)
    return Piece(f"{name}({piece.sql})", piece.kind)


def _field(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    first, rest = arguments[0], arguments[1:]
    whens = (f"WHEN {writer.compare('=', first, item).sql} THEN {n}" for n, item in enumerate(rest, 1))
    return Piece(f"CASE {' '.join(whens)} ELSE 0 END", "int")


def _substring(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    start = arguments[1].integer
    count = "" if len(arguments) < 3 else " FOR GREATEST({2:integer}, 0)"
    if len(arguments) > 2 and (arguments[2].integer or 0) > 0:
        count = " FOR {2}"
    if start is not None and start > 0:
        return expand("SUBSTRING({0:text} FROM {1}" + count + ")", writer, arguments)
    template = (
        "CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL"
        " WHEN {1:integer} > 0 THEN SUBSTRING({0:text} FROM CAST({1:integer} AS INTEGER)" + count + ")"
        " WHEN {1:integer} < 0 AND -({1:integer}) <= LENGTH({0:text})"
        " THEN SUBSTRING({0:text} FROM CAST(LENGTH({0:text}) + 1 + {1:integer} AS INTEGER)" + count + ")"
        " ELSE '' END"
    )
    return expand(template, writer, arguments)


def _substring_index(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    template = (
        "CASE WHEN {2:integer} >= 0"
        " THEN ARRAY_TO_STRING((STRING_TO_ARRAY({0:text}, {1:text}))[1:{2:integer}], {1:text})"
        " ELSE ARRAY_TO_STRING((STRING_TO_ARRAY({0:text}, {1:text}))"
        "[GREATEST(CARDINALITY(STRING_TO_ARRAY({0:text}, {1:text})) + {2:integer} + 1, 1):], {1:text}) END"
    )
    return expand(template, writer, arguments)


def _hex(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    if arguments[0].kind in NUMERIC:
        return expand("UPPER(TO_HEX(CAST({0:integer} AS BIGINT)))", writer, arguments)
    return expand("UPPER(ENCODE({0:binary}, 'hex'))", writer, arguments)


def _length(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    form = "OCTET_LENGTH({0})" if arguments[0].kind == "bytes" else "OCTET_LENGTH({0:text})"
    return expand(form, writer, arguments)


def _md5(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    return expand("MD5({0})" if arguments[0].kind == "bytes" else "MD5({0:text})", writer, arguments)


def _format(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    places = arguments[1].integer if len(arguments) == 2 else None
    if places is None or not 0 <= places <= 30:
        raise writer.refuse("FORMAT takes a number and a literal number of decimal places")
    template = "FM999,999,999,999,999,990" + (f".{'0' * places}" if places else "")
    return f"TO_CHAR(ROUND({writer.exact(arguments[0]).sql}, {places}), '{template}')"


def _rounded(name: str, writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    # only NUMERIC is rounded to decimal places
    places = f", CAST({writer.integer(arguments[1]).sql} AS INTEGER)" if len(arguments) > 1 else ""
    sql = f"{name}({writer.exact(arguments[0]).sql}{places})"
    if writer.number(arguments[0]).kind == "float":
        return Piece(f"CAST({sql} AS DOUBLE PRECISION)", "float")
    return Piece(sql, "decimal")


def _round(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    return _rounded("ROUND", writer, arguments)


def _truncate(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    return _rounded("TRUNC", writer, arguments)


def _log(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    if len(arguments) == 1:
        return expand(_LN, writer, arguments)
    sql = "LOG(NULLIF(GREATEST({0:exact}, 0), 0), NULLIF(GREATEST({1:exact}, 0), 0))"
    return expand(f"CAST({sql} AS DOUBLE PRECISION)", writer, arguments)


def _mod(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    return writer.remainder(writer.number(arguments[0]), writer.number(arguments[1]))


def _template_of(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    text = arguments[1].string if len(arguments) == 2 else None
    template = to_char_template(text) if text is not None else None
    if template is None:
        raise writer.refuse("the format of a date must be a string literal without %U %u %V %X %w")
    return writer.string(template).sql


def _date_format(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    return f"TO_CHAR({writer.stamp(arguments[0]).sql}, {_template_of(writer, arguments)})"


def _str_to_date(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    template, text = _template_of(writer, arguments), writer.text(arguments[0]).sql
    if any(part in template for part in ("HH", "MI", "SS", "US")):
        return Piece(f"CAST(TO_TIMESTAMP({text}, {template}) AS TIMESTAMP)", "datetime")
    return Piece(f"TO_DATE({text}, {template})", "date")


def _date_difference(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    return expand("{0:date} - {1:date}", writer, arguments)


def _from_unixtime(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    stamp = Piece(f"(TO_TIMESTAMP({writer.double(arguments[0]).sql}) AT TIME ZONE 'UTC')", "datetime")
    if len(arguments) == 1:
        return stamp
    return Piece(_date_format(writer, [stamp, *arguments[1:]]), "text")


def _json_unquote(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    if arguments[0].kind == "json":
        return writer.text(arguments[0]).sql
    template = "CASE WHEN {0:text} LIKE '\"%\"' THEN CAST({0:text} AS JSONB) #>> '{{}}' ELSE {0:text} END"
    return expand(template, writer, arguments)


def _at_path(writer: PostgresWriter, arguments: Sequence[Piece], place: int) -> Piece:
    if len(arguments) <= place:
        return writer.document(arguments[0])
    return writer.extracted(arguments[0], writer.path(arguments[place]))


def _json_length(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    found = _at_path(writer, arguments, 1).operand
    return (
        f"CASE JSONB_TYPEOF({found}) WHEN 'array' THEN JSONB_ARRAY_LENGTH({found})"
        f" WHEN 'object' THEN CAST((SELECT COUNT(*) FROM JSONB_OBJECT_KEYS({found})) AS INTEGER)"
        f" ELSE CASE WHEN {found} IS NULL THEN NULL ELSE 1 END END"
    )


def _json_contains(writer: PostgresWriter, arguments: Sequence[Piece]) -> Piece:
    found, candidate = _at_path(writer, arguments, 2), writer.document(arguments[1])
    return Piece(f"{found.operand} @> {candidate.operand}", "bool", compound=True)


def _build(name: str, writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    pieces = [writer.number(a) if a.kind == "bool" else a for a in arguments]
    texts = (f"CAST({p.sql} AS TEXT)" if p.kind in TEXTUAL else p.sql for p in pieces)
    return f"{name}({', '.join(texts)})"


def _json_object_agg(writer: PostgresWriter, arguments: Sequence[Piece]) -> str:
    return _build("JSONB_OBJECT_AGG", writer, [writer.text(arguments[0]), *arguments[1:]])


def _part(field: str) -> str:
    return f"CAST(EXTRACT({field} FROM {{0:stamp}}) AS INTEGER)"


_LN = "LN(NULLIF(GREATEST({0:double}, 0), 0))"
_NOW = "DATE_TRUNC('second', LOCALTIMESTAMP)"
_UTC = "DATE_TRUNC('second', CURRENT_TIMESTAMP AT TIME ZONE 'UTC')"
_EPOCH = "EXTRACT(EPOCH FROM {0:stamp})"
_STATISTICS = {
    "STD": "STDDEV_POP",
    "STDDEV": "STDDEV_POP",
    "STDDEV_POP": "STDDEV_POP",
    "STDDEV_SAMP": "STDDEV_SAMP",
    "VARIANCE": "VAR_POP",
    "VAR_POP": "VAR_POP",
    "VAR_SAMP": "VAR_SAMP",
    "SUM": "SUM",
    "AVG": "AVG",
}
_REAL = ["SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "COT", "EXP", "DEGREES", "RADIANS"]

POSTGRES_CALLS: Calls = {
    **{name: forms(f"{own}({{0:number}})") for name, own in _STATISTICS.items()},
    **{name: forms(f"{name}({{0:double}})") for name in _REAL},
    **{
        name: (lambda writer, arguments, name=name: _extreme(name, writer, arguments))
        for name in ("GREATEST", "LEAST")
    },
    **{
        name: (lambda writer, arguments, own=own: _aggregate(own, writer, arguments))
        for name, own in (("MIN", "MIN"), ("MAX", "MAX"), ("ANY_VALUE", "MIN"))
    },
    "ABS": forms("ABS({0:number})"),
    "ASCII": forms("ASCII({0:text})"),
    "ATAN2": forms("ATAN2({0:double}, {1:double})"),
    "BIT_AND": forms("BIT_AND({0:integer})"),
    "BIT_OR": forms("COALESCE(BIT_OR({0:integer}), 0)"),
    "BIT_XOR": forms("COALESCE(BIT_XOR({0:integer}), 0)"),
    "CEIL": forms("CAST(CEIL({0:number}) AS BIGINT)"),
    "CEILING": forms("CAST(CEIL({0:number}) AS BIGINT)"),
    "CHARACTER_LENGTH": forms("LENGTH({0:text})"),
    "CHAR_LENGTH": forms("LENGTH({0:text})"),
    "COALESCE": _coalesce,
    "CONCAT": _concat,
    "CONCAT_WS": _concat_ws,
    "CURDATE": forms("CURRENT_DATE"),
    "CURRENT_DATE": forms("CURRENT_DATE"),
    "CURRENT_TIME": forms("DATE_TRUNC('second', LOCALTIMESTAMP)::TIME"),
    "CURRENT_TIMESTAMP": forms(_NOW),
    "CURTIME": forms("DATE_TRUNC('second', LOCALTIMESTAMP)::TIME"),
    "DATE": forms("{0:date}"),
    "DATEDIFF": _date_difference,
    "DATE_FORMAT": _date_format,
    "DAY": forms(_part("DAY")),
    "DAYNAME": forms("TO_CHAR({0:stamp}, 'FMDay')"),
    "DAYOFMONTH": forms(_part("DAY")),
    "DAYOFWEEK": forms("CAST(EXTRACT(DOW FROM {0:stamp}) AS INTEGER) + 1"),
    "DAYOFYEAR": forms(_part("DOY")),
    "FIELD": _field,
    "FIND_IN_SET": forms(
        "CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL ELSE"
        " COALESCE(ARRAY_POSITION(STRING_TO_ARRAY({1:text}, ','), CAST({0:text} AS TEXT)), 0) END"
    ),
    "FLOOR": forms("CAST(FLOOR({0:number}) AS BIGINT)"),
    "FORMAT": _format,
    "FROM_UNIXTIME": _from_unixtime,
    "HEX": _hex,
    "HOUR": forms(_part("HOUR")),
    "IFNULL": _coalesce,
    "INSTR": forms("POSITION({1:text} IN {0:text})"),
    "ISNULL": forms("{0} IS NULL"),
    "JSON_ARRAY": lambda writer, arguments: _build("JSONB_BUILD_ARRAY", writer, arguments),
    "JSON_ARRAYAGG": lambda writer, arguments: _build("JSONB_AGG", writer, arguments),
    "JSON_CONTAINS": _json_contains,
    "JSON_LENGTH": _json_length,
    "JSON_OBJECT": lambda writer, arguments: _build("JSONB_BUILD_OBJECT", writer, arguments),
    "JSON_OBJECTAGG": _json_object_agg,
    "JSON_UNQUOTE": _json_unquote,
    "LAST_DAY": forms("CAST(DATE_TRUNC('month', {0:date}) + INTERVAL '1 MONTH' - INTERVAL '1 DAY' AS DATE)"),
    "LCASE": forms("LOWER({0:text})"),
    "LEFT": forms("LEFT({0:text}, CAST(GREATEST({1:integer}, 0) AS INTEGER))"),
    "LENGTH": _length,
    "LN": forms(_LN),
    "LOCALTIME": forms(_NOW),
    "LOCALTIMESTAMP": forms(_NOW),
    "LOCATE": forms(
        "POSITION({0:text} IN {1:text})",
        "CASE WHEN POSITION({0:text} IN SUBSTRING({1:text} FROM {2:integer})) = 0 THEN 0"
        " ELSE POSITION({0:text} IN SUBSTRING({1:text} FROM {2:integer})) + {2:integer} - 1 END",
    ),
    "LOG": _log,
    "LOG10": forms("CAST(LOG(NULLIF(GREATEST({0:exact}, 0), 0)) AS DOUBLE PRECISION)"),
    "LOG2": forms("CAST(LOG(CAST(2 AS NUMERIC), NULLIF(GREATEST({0:exact}, 0), 0)) AS DOUBLE PRECISION)"),
    "LOWER": forms("LOWER({0:text})"),
    "LPAD": forms("LPAD({0:text}, CAST({1:integer} AS INTEGER), {2:text})"),
    "LTRIM": forms("LTRIM({0:text})"),
    "MD5": _md5,
    "MICROSECOND": forms("CAST(EXTRACT(MICROSECONDS FROM {0:stamp}) AS INTEGER) % 1000000"),
    "MID": _substring,
    "MINUTE": forms(_part("MINUTE")),
    "MOD": _mod,
    "MONTH": forms(_part("MONTH")),
    "MONTHNAME": forms("TO_CHAR({0:stamp}, 'FMMonth')"),
    "NOW": forms(_NOW),
    "NULLIF": _nullif,
    "OCTET_LENGTH": _length,
    "POW": forms("POWER({0:double}, {1:double})"),
    "POWER": forms("POWER({0:double}, {1:double})"),
    "QUARTER": forms(_part("QUARTER")),
    "RAND": forms("RANDOM()"),
    "REPEAT": forms("REPEAT({0:text}, CAST({1:integer} AS INTEGER))"),
    "REPLACE": forms("REPLACE({0:text}, {1:text}, {2:text})"),
    "REVERSE": forms("REVERSE({0:text})"),
    "RIGHT": forms("RIGHT({0:text}, CAST(GREATEST({1:integer}, 0) AS INTEGER))"),
    "ROUND": _round,
    "RPAD": forms("RPAD({0:text}, CAST({1:integer} AS INTEGER), {2:text})"),
    "RTRIM": forms("RTRIM({0:text})"),
    "SECOND": forms("CAST(FLOOR(EXTRACT(SECOND FROM {0:stamp})) AS INTEGER)"),
    "SIGN": forms("CAST(SIGN({0:number}) AS INTEGER)"),
    "SQRT": forms("SQRT(CASE WHEN {0:double} >= 0 THEN {0:double} END)"),
    "STR_TO_DATE": _str_to_date,
    "SUBSTR": _substring,
    "SUBSTRING": _substring,
    "SUBSTRING_INDEX": _substring_index,
    "SYSDATE": forms(_NOW),
    "TIME": forms("CAST({0:stamp} AS TIME)"),
    "TIMESTAMP": forms("{0:stamp}"),
    "TRUNCATE": _truncate,
    "UCASE": forms("UPPER({0:text})"),
    "UNHEX": forms("DECODE({0:text}, 'hex')"),
    "UNIX_TIMESTAMP": forms("CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS BIGINT)", _EPOCH),
    "UPPER": forms("UPPER({0:text})"),
    "UTC_TIMESTAMP": forms(_UTC),
    "WEEKDAY": forms("CAST(EXTRACT(ISODOW FROM {0:stamp}) AS INTEGER) - 1"),
    "YEAR": forms(_part("YEAR")),
}
