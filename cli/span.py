"""How the commands print a fact."""

from collections.abc import Callable, Mapping

from pipeline.interval import OPEN


def span(fact: Mapping[str, float], number: Callable[[float], str]) -> str:
    """`best (low–high)`, or one number where the fact is exact. fact: `{low, best, high}`."""
    low, best, high = (number(fact[key]) for key in ("low", "best", "high"))
    high = high if fact["high"] < OPEN else "∞"
    return best if low == high else f"{best} ({low}–{high})"
