"""Dates and times, which SQLite keeps as text: ``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM:SS[.ffffff]``."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from datajoint_nb.backends.sqlite.functions_text import Function, number_of, strict, text_of

__all__ = ["DATE_FUNCTIONS"]

_MOMENT = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})\d*)?)?)?\s*"
)
_TIME = re.compile(r"\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})\d*)?)?\s*")
_EPOCH = datetime(1970, 1, 1)
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_MICROSECONDS = {
    "MICROSECOND": 1,
    "SECOND": 10**6,
    "MINUTE": 60 * 10**6,
    "HOUR": 3600 * 10**6,
    "DAY": 86400 * 10**6,
    "WEEK": 7 * 86400 * 10**6,
}


def _moment(value: object) -> datetime | None:
    """Return the date and time that a text spells, or None."""
    found = _MOMENT.fullmatch(text_of(value))
    if found is None:
        return None
    *numbers, fraction = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    try:
        return datetime(year, month, day, hour, minute, second, int((fraction or "").ljust(6, "0")))
    except ValueError:
        return None


def _text(moment: datetime, places: int | None = None) -> str:
    """Return a date and time as stored; as many decimal places as asked, or as needed."""
    fraction = f"{moment.microsecond:06}"
    fraction = fraction.rstrip("0") if places is None else fraction[:places]
    whole = f"{moment.year:04}-{moment:%m-%d %H:%M:%S}"
    return f"{whole}.{fraction}" if fraction else whole


def _on_moment(
    function: Callable[..., str | int | float | None],
) -> Callable[..., str | int | float | bytes | None]:
    """Return `function` of a date and time, with NULL for a text that spells none."""

    def called(value: object, *arguments: object) -> str | int | float | None:
        moment = _moment(value)
        return None if moment is None else function(moment, *arguments)

    return strict(called)


def _date_add(value: object, amount: object, unit: str) -> str | None:
    start = _moment(value)
    if start is None:
        return None
    number = number_of(amount)
    try:
        if unit in _MONTHS:
            moved = _months_later(start, round(number) * _MONTHS[unit])
        else:
            number = number if unit == "SECOND" else round(number)
            moved = start + timedelta(microseconds=round(number * _MICROSECONDS[unit]))
    except (ValueError, OverflowError):
        return None
    whole_days = unit in _MONTHS or unit in {"DAY", "WEEK"}
    return moved.date().isoformat() if whole_days and ":" not in text_of(value) else _text(moved)


def _months_later(start: datetime, months: int) -> datetime:
    """Return the same day of another month, or its last day if it is shorter."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(
        year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1])
    )


def _difference(unit: str, start: object, stop: object) -> int | None:
    """Return the whole units from `start` to `stop`, cut towards 0."""
    a, b = _moment(start), _moment(stop)
    if a is None or b is None:
        return None
    if unit not in _MONTHS:
        micros = (b - a) // timedelta(microseconds=1)
        return _towards_zero(micros, _MICROSECONDS[unit])
    sign, first, last = (1, a, b) if a <= b else (-1, b, a)
    months = (last.year - first.year) * 12 + last.month - first.month
    if (last.day, last.time()) < (first.day, first.time()):
        months -= 1
    return sign * (months // _MONTHS[unit])


def _towards_zero(number: int, divisor: int) -> int:
    return number // divisor if number >= 0 else -(-number // divisor)


def _datediff(left: object, right: object) -> int | None:
    a, b = _moment(left), _moment(right)
    return None if a is None or b is None else (a.date() - b.date()).days


def _suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _week(moment: datetime, monday: bool, first_full: bool) -> int:
    """Return the week of the year as MySQL counts it: from 0, or within the year it belongs to."""
    code = "%W" if monday else "%U"
    week = int(moment.strftime(code))
    if first_full and not monday and not week:
        return int(datetime(moment.year - 1, 12, 31).strftime(code))
    if first_full and monday:
        return moment.isocalendar()[1]
    if monday:  # the first week has more than three days in this year
        return week + (date(moment.year, 1, 1).weekday() in {1, 2, 3})
    return week


_PARTS: dict[str, Callable[[datetime], str]] = {
    "Y": lambda m: f"{m.year:04}",
    "y": lambda m: f"{m.year % 100:02}",
    "m": lambda m: f"{m.month:02}",
    "c": lambda m: str(m.month),
    "d": lambda m: f"{m.day:02}",
    "e": lambda m: str(m.day),
    "D": lambda m: f"{m.day}{_suffix(m.day)}",
    "H": lambda m: f"{m.hour:02}",
    "k": lambda m: str(m.hour),
    "h": lambda m: f"{(m.hour + 11) % 12 + 1:02}",
    "I": lambda m: f"{(m.hour + 11) % 12 + 1:02}",
    "l": lambda m: str((m.hour + 11) % 12 + 1),
    "i": lambda m: f"{m.minute:02}",
    "s": lambda m: f"{m.second:02}",
    "S": lambda m: f"{m.second:02}",
    "f": lambda m: f"{m.microsecond:06}",
    "p": lambda m: "AM" if m.hour < 12 else "PM",
    "M": lambda m: calendar.month_name[m.month],
    "b": lambda m: calendar.month_abbr[m.month],
    "W": lambda m: calendar.day_name[m.weekday()],
    "a": lambda m: calendar.day_abbr[m.weekday()],
    "j": lambda m: f"{m.timetuple().tm_yday:03}",
    "w": lambda m: str(m.isoweekday() % 7),
    "U": lambda m: f"{_week(m, False, False):02}",
    "u": lambda m: f"{_week(m, True, False):02}",
    "V": lambda m: f"{_week(m, False, True):02}",
    "v": lambda m: f"{_week(m, True, True):02}",
    "x": lambda m: f"{m.isocalendar()[0]:04}",
    "T": lambda m: f"{m:%H:%M:%S}",
    "r": lambda m: f"{(m.hour + 11) % 12 + 1:02}:{m:%M:%S} {'AM' if m.hour < 12 else 'PM'}",
}
# MySQL's directives of STR_TO_DATE, as those of datetime.strptime
_PARSED = {
    **{part: f"%{part}" for part in "YymdHIpbajfS"},
    "c": "%m",
    "e": "%d",
    "k": "%H",
    "h": "%I",
    "l": "%I",
    "i": "%M",
    "s": "%S",
    "M": "%B",
    "W": "%A",
    "T": "%H:%M:%S",
    "r": "%I:%M:%S %p",
    "%": "%%",
}
_TIMED = frozenset("fHhIiklprSsT")


def _date_format(moment: datetime, form: object) -> str:
    def part(found: re.Match[str]) -> str:
        code = found.group(1)
        return _PARTS[code](moment) if code in _PARTS else code

    return re.sub(r"%(.)", part, text_of(form), flags=re.DOTALL)


def _str_to_date(text: str, form: str) -> str | None:
    codes = re.findall(r"%(.)", form, re.DOTALL)
    if any(code not in _PARSED for code in codes):
        return None
    try:
        moment = datetime.strptime(text, re.sub(r"%(.)", lambda found: _PARSED[found.group(1)], form))
    except ValueError:
        return None
    return _text(moment) if _TIMED & set(codes) else moment.date().isoformat()


def _time(value: object, places: int | None = None) -> str | None:
    moment = _moment(value)
    if moment is None:
        found = _TIME.fullmatch(text_of(value))
        moment = _moment(f"1970-01-01 {text_of(value).strip()}") if found else None
    return None if moment is None else _text(moment, places)[11:]


def _unix_timestamp(moment: datetime) -> int | float:
    seconds = (moment - _EPOCH).total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def _from_unixtime(seconds: object) -> str | None:
    try:
        moment = _EPOCH + timedelta(microseconds=round(number_of(seconds) * 10**6))
    except (ValueError, OverflowError):
        return None
    return _text(moment.replace(tzinfo=timezone.utc))


def _number(moment: datetime, timed: bool) -> int:
    return int(f"{moment.year:04}{moment:%m%d%H%M%S}" if timed else f"{moment.year:04}{moment:%m%d}")


def _date_number(value: object) -> int | None:
    moment = _moment(value)
    return None if moment is None else _number(moment, ":" in text_of(value))


def _last_day(moment: datetime) -> str:
    return f"{moment.year:04}-{moment.month:02}-{calendar.monthrange(moment.year, moment.month)[1]:02}"


DATE_FUNCTIONS: tuple[Function, ...] = (
    ("date", 1, _on_moment(lambda moment: _text(moment)[:10])),
    ("date_add", 3, strict(_date_add)),
    ("date_format", 2, _on_moment(_date_format)),
    ("date_number", 1, strict(_date_number)),
    ("datediff", 2, strict(_datediff)),
    ("datetime", 1, _on_moment(_text)),
    ("datetime", 2, _on_moment(_text)),
    ("from_unixtime", 1, strict(_from_unixtime)),
    ("last_day", 1, _on_moment(_last_day)),
    ("microsecond", 1, _on_moment(lambda moment: moment.microsecond)),
    ("str_to_date", 2, strict(_str_to_date)),
    ("time", 1, strict(_time)),
    ("time", 2, strict(_time)),
    ("timestampdiff", 3, strict(_difference)),
    ("unix_timestamp", 1, _on_moment(_unix_timestamp)),
)
