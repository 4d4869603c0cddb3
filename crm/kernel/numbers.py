"""Whole numbers from callers: fen, hours, displays, days."""

from typing import Any

from crm.kernel.errors import Invalid
from pipeline.numbers import is_whole


def checked_whole(field: str, value: Any, least: int, most: int) -> int:
    """`value` if it is a whole number from `least` to `most`, else Invalid(field)."""
    if not is_whole(value) or not least <= value <= most:
        told = repr(value)[:200]
        raise Invalid(
            field,
            f"{field} is {told}: give a whole number from {least} to {most}",
            f"{field} 为 {told}：请填写 {least} 至 {most} 的整数",
        )
    return value
