"""A few points at which a rule is tried before it is published."""

from collections.abc import Iterable

from pipeline.corners import Point
from pipeline.vocabulary import Parts, kind_of

_TRIALS: tuple[tuple[float, float], ...] = ((0, 0.0), (1, 0.5), (7, 1.0))  # a count, a ratio


def sample_points(paths: Iterable[Parts]) -> list[Point]:
    """Three points with a value for each path: nothing there, little, much."""
    named = tuple(paths)
    return [{path: share if kind_of(path) == "ratio" else count for path in named} for count, share in _TRIALS]
