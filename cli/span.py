"""How the commands print a fact, and the name of a file."""

from collections.abc import Callable, Mapping

from rich.markup import escape

from pipeline.interval import OPEN


def span(fact: Mapping[str, float], number: Callable[[float], str]) -> str:
    """`best (low–high)`, or one number where the fact is exact. fact: `{low, best, high}`."""
    low, best, high = (number(fact[key]) for key in ("low", "best", "high"))
    high = high if fact["high"] < OPEN else "∞"
    return best if low == high else f"{best} ({low}–{high})"


def file_name(name: str) -> str:
    """A name for a table: bytes that are no UTF-8 escaped before the columns are measured, brackets no markup."""
    return escape(name.encode(errors="backslashreplace").decode())
