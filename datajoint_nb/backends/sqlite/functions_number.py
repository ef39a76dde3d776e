"""Numbers, as MySQL computes with them: outside its domain a function gives NULL."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from datajoint_nb.backends.sqlite.functions_text import Function, number_of, strict, text_of

__all__ = ["NUMBER_FUNCTIONS"]


def _real(function: Callable[..., float]) -> Callable[..., float | None]:
    """Return `function` on numbers, with NULL for what it cannot compute."""

    def computed(*arguments: object) -> float | None:
        if any(argument is None for argument in arguments):
            return None
        try:
            return function(*(float(number_of(argument)) for argument in arguments))
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return computed


def _log(first: float, second: float | None = None) -> float:
    if second is None:
        return math.log(first)
    # exact for powers, unlike the quotient of two logarithms
    exact = {2.0: math.log2, 10.0: math.log10}.get(first)
    return exact(second) if exact else math.log(second) / math.log(first)


def _whole(function: Callable[[float], int], value: object) -> int:
    number = number_of(value)
    return number if isinstance(number, int) else function(number)


def _to_places(value: object, places: int, rounding: str) -> float | int:
    number = number_of(value)
    try:
        shortened = Decimal(str(number)).quantize(Decimal(1).scaleb(-places), rounding=rounding)
    except InvalidOperation:  # more digits than a number has
        return number
    return int(shortened) if isinstance(number, int) else float(shortened)


def _modulo(dividend: object, divisor: object) -> float | int | None:
    a, b = number_of(dividend), number_of(divisor)
    if not b:
        return None
    if isinstance(a, int) and isinstance(b, int):
        return int(math.copysign(1, a)) * (abs(a) % abs(b))
    return float(Decimal(text_of(a)) % Decimal(text_of(b)))


def _format(value: object, places: int) -> str:
    number = Decimal(str(number_of(value)))
    places = max(0, min(int(places), 30))
    return f"{number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"


def _integer(value: object) -> int:
    """Return CAST(value AS SIGNED): numbers are rounded, text is cut."""
    number = number_of(value)
    if isinstance(number, int):
        return number
    rounding = ROUND_DOWN if isinstance(value, str) else ROUND_HALF_UP
    whole = int(Decimal(str(number)).to_integral_value(rounding=rounding))
    return max(-(2**63), min(whole, 2**63 - 1))


def _sign(value: object) -> int:
    number = number_of(value)
    return (number > 0) - (number < 0)


_REAL: tuple[tuple[str, Callable[..., float]], ...] = (
    ("sqrt", math.sqrt),
    ("exp", math.exp),
    ("sin", math.sin),
    ("cos", math.cos),
    ("tan", math.tan),
    ("asin", math.asin),
    ("acos", math.acos),
    ("atan", math.atan),
    ("cot", lambda x: 1 / math.tan(x)),
    ("degrees", math.degrees),
    ("radians", math.radians),
)

NUMBER_FUNCTIONS: tuple[Function, ...] = (
    *((name, 1, _real(function)) for name, function in _REAL),
    ("atan2", 2, _real(math.atan2)),
    ("ceil", 1, strict(lambda value: _whole(math.ceil, value))),
    ("floor", 1, strict(lambda value: _whole(math.floor, value))),
    ("format", 2, strict(_format)),
    ("integer", 1, strict(_integer)),
    ("log", 1, _real(_log)),
    ("log", 2, _real(_log)),
    ("mod", 2, strict(_modulo)),
    ("pi", 0, lambda: math.pi),
    ("pow", 2, _real(math.pow)),
    ("round", 1, strict(lambda value: _to_places(value, 0, ROUND_HALF_UP))),
    ("round", 2, strict(lambda value, places: _to_places(value, int(places), ROUND_HALF_UP))),
    ("sign", 1, strict(_sign)),
    ("truncate", 2, strict(lambda value, places: _to_places(value, int(places), ROUND_DOWN))),
)
