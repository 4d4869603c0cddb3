"""What is a number where somebody hands one in: no truth value, no text, nothing endless.

Python takes True for 1 and "1_000" for 1000; whoever pays by such a number pays what nobody wrote.
"""

from math import isfinite
from typing import Any, TypeGuard

DIGITS_MAX = 18  # what a column of 64 bits holds for sure


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it is a finite number; True and False are none."""
    kind = type(value)  # asked thousands of times for a photo, and nearly always one of these
    if kind is int or kind is float:
        return isfinite(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether it is an integer; neither True nor 1.0 is one."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole_of(text: str) -> int | None:
    """The number that a text of 1 to 18 ASCII digits says; None for any other: signs, spaces, '1_000', '１'."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None
