"""What is known of a number: a lower bound, an estimate, an upper bound."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.numbers import is_number

# A count whose `high` is not below this has no upper bound. No display has as many fronts, and it is more than
# `corners` tries one by one: what depends on each whole number up to it is unsure, not slow.
OPEN = 10_000


@dataclass(frozen=True, slots=True)
class Interval:
    """`low <= best <= high`; the true value is held to lie between `low` and `high`, both included.

    Counts are integers at low and high, ratios are floats in 0..1. ValueError when the order is broken or
    a bound is not a finite number.
    """

    low: float
    best: float
    high: float

    def __post_init__(self) -> None:
        for value in (self.low, self.best, self.high):
            if not is_number(value):
                raise ValueError(f"an interval holds finite numbers, not {value!r}")
        if not self.low <= self.best <= self.high:
            raise ValueError(f"an interval needs low <= best <= high, not {self.low}, {self.best}, {self.high}")

    @classmethod
    def exact(cls, value: float) -> "Interval":
        """A number that is known for sure."""
        return cls(value, value, value)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Interval":
        """The reverse of `as_dict`; ValueError when a bound is missing or the values are no interval."""
        try:
            return cls(data["low"], data["best"], data["high"])
        except (KeyError, TypeError) as error:
            raise ValueError("an interval is an object with low, best and high") from error

    @property
    def is_exact(self) -> bool:
        """Whether only one value is possible."""
        return self.low == self.high

    def __add__(self, other: "Interval") -> "Interval":
        """Bounds of the sum of two numbers."""
        return Interval(self.low + other.low, self.best + other.best, self.high + other.high)

    def as_dict(self) -> dict[str, float]:
        """`{"low", "best", "high"}`, ready for JSON."""
        return {"low": self.low, "best": self.best, "high": self.high}

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def ratio(own: Interval, other: Interval) -> Interval:
    """Sound bounds of own ÷ (own + other) for two non-negative counts, each a float in 0..1.

    own ÷ (own + other) rises with own and falls with other, so its extremes lie at opposite ends of the two;
    dividing bounds of the same name would be wrong. Where nothing may be there the ratio has no value: then
    it is (0, 0, 1), which no clause can settle.
    """
    low = _share(own.low, other.high, nothing=0.0)
    high = _share(own.high, other.low, nothing=1.0)
    best = _share(own.best, other.best, nothing=0.0)
    return Interval(low, min(max(best, low), high), high)


def part_of(part: Interval, whole: Interval) -> Interval:
    """Bounds of part ÷ whole, of counts: the rest lies in `whole.low - part.high`..`whole.high - part.low`."""
    low, high = max(0, whole.low - part.high), max(0, whole.high - part.low)
    return ratio(part, Interval(low, min(max(whole.best - part.best, low), high), high))


def _share(own: float, other: float, nothing: float) -> float:
    return own / (own + other) if own + other > 0 else nothing
