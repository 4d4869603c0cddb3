"""Whole numbers from callers: fen, hours, displays, days."""

from typing import Any

from crm.errors import Invalid
from pipeline.numbers import is_whole


def checked_whole(field: str, value: Any, least: int, most: int) -> int:
    """`value` if it is a whole number from `least` to `most`, else Invalid(field)."""
    if not is_whole(value) or not least <= value <= most:
        raise Invalid(field, f"{field} is {value!r}: give a whole number from {least} to {most}"[:300])
    return value
