"""Intervals and the bounds of a ratio."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interval import Interval, ratio

COUNTS = st.lists(st.integers(0, 60), min_size=3, max_size=3).map(lambda three: Interval(*sorted(three)))


@pytest.mark.parametrize(
    "bounds", [(2, 1, 3), (1, 4, 3), (math.nan, 1, 2), (0, 0, math.inf), (True, 1, 2), ("0", 1, 2)]
)
def test_what_is_no_interval_is_refused(bounds: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="interval"):
        Interval(*bounds)


def test_an_interval_comes_back_from_its_dict() -> None:
    assert Interval.from_dict(Interval(1, 2, 4).as_dict()) == Interval(1, 2, 4)
    with pytest.raises(ValueError, match="low, best and high"):
        Interval.from_dict({"low": 1, "best": 2})


def test_a_ratio_takes_opposite_ends() -> None:
    assert ratio(Interval(4, 5, 6), Interval(2, 5, 6)) == Interval(0.4, 0.5, 0.75)


def test_nothing_seen_leaves_the_ratio_open() -> None:
    assert ratio(Interval.exact(0), Interval.exact(0)) == Interval(0, 0, 1)


@given(COUNTS, COUNTS, st.data())
def test_a_ratio_bounds_every_pair_of_counts(own: Interval, other: Interval, data: st.DataObject) -> None:
    bounds = ratio(own, other)
    mine = data.draw(st.integers(int(own.low), int(own.high)))
    theirs = data.draw(st.integers(int(other.low), int(other.high)))
    assert 0 <= bounds.low <= bounds.best <= bounds.high <= 1
    if mine + theirs:
        assert mine / (mine + theirs) in bounds
