"""Methods and properties that work on a table class as well as on an instance.

``Field.to_dicts()`` means ``Field().to_dicts()``: a class of tables stands for all rows of its table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class either(Generic[P, R]):  # noqa: N801 - used as a decorator
    """Decorator: called on the class, the method is bound to a new instance."""

    def __init__(self, function: Callable[Concatenate[Any, P], R]):
        self.function = function
        update_wrapper(self, function)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type) -> Callable[P, R]:
        return MethodType(self.function, owner() if instance is None else instance)


class either_property(Generic[R]):  # noqa: N801 - used as a decorator
    """Decorator: like ``property``, and read on the class it is that of a new instance."""

    def __init__(self, function: Callable[[Any], R]):
        self.function = function
        update_wrapper(self, function)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type) -> R:
        return self.function(owner() if instance is None else instance)
