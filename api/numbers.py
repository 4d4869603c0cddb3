"""The numbers of requests. Python's own way is lax: it takes `true` for 1, "1_000" for 1000, and one fen is paid.

In a body a number is a JSON number; in an address or a form it is text, of plain digits.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

from pipeline.numbers import whole_of

Whole = Annotated[int, Strict()]
"""Money and counts in a body: a JSON number without a fraction, neither `true` nor 1.0 nor text."""

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
"""Degrees, facts: a finite JSON number."""


def _whole(value: Any) -> int:
    number = whole_of(value) if isinstance(value, str) else None
    if number is None:
        raise PydanticCustomError("plain_digits", "give a whole number in plain digits")
    return number


Digits = Annotated[int, BeforeValidator(_whole)]
"""A whole number in an address: 1 to 18 ASCII digits, no sign, space or underscore."""
