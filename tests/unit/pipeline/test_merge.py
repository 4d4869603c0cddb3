"""Facts of several photos of one display."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interval import Interval
from pipeline.merge import merge_facts
from pipeline.vocabulary import FactError


def leaf(low: float, best: float, high: float) -> dict[str, float]:
    return Interval(low, best, high).as_dict()


def photo(own: tuple[int, int, int], total: tuple[int, int, int], present: tuple[int, int, int]) -> dict[str, Any]:
    return {
        "facings": {"total": leaf(*total), "own": leaf(*own), "sku": {"7up-chai": leaf(*own)}},
        "share": {"own": leaf(0, 0.5, 1)},
        "cooler": {"present": leaf(*present)},
    }


def test_counts_of_overlapping_photos_lie_between_the_most_and_the_sum() -> None:
    merged = merge_facts([photo((3, 4, 5), (8, 9, 10), (0, 0, 1)), photo((2, 2, 2), (4, 5, 6), (1, 1, 1))])
    assert merged["facings"]["sku"]["7up-chai"] == leaf(3, 4, 7)
    assert merged["facings"]["total"] == leaf(8, 9, 16)
    assert merged["cooler"]["present"] == leaf(1, 1, 1)
    # own 3..7 of 8..16 fronts: the others are 8-7=1 at least and 16-3=13 at most
    assert merged["share"]["own"] == leaf(3 / 16, 4 / 9, 7 / 8)


def test_one_photo_keeps_its_facts() -> None:
    facts = photo((3, 4, 5), (8, 9, 10), (0, 0, 1))
    assert merge_facts([facts]) == facts


def test_a_fact_that_one_photo_lacks_is_left_out() -> None:
    one, other = photo((3, 4, 5), (8, 9, 10), (0, 0, 1)), photo((3, 4, 5), (8, 9, 10), (0, 0, 1))
    del other["facings"]["total"], other["cooler"]
    merged = merge_facts([one, other])
    assert set(merged) == {"facings"}  # the share needs the total
    assert set(merged["facings"]) == {"own", "sku"}


def test_no_photo_and_wrong_facts_are_refused() -> None:
    with pytest.raises(ValueError, match="no photo"):
        merge_facts([])
    with pytest.raises(FactError, match=r"facings\.typo is not a fact"):
        merge_facts([{"facings": {"typo": leaf(0, 0, 0)}}])
    with pytest.raises(FactError, match="whole bounds"):
        merge_facts([{"facings": {"own": leaf(0.5, 1, 2)}}])


@given(st.lists(st.sets(st.integers(0, 30), max_size=20), min_size=1, max_size=4), st.sets(st.integers(0, 30)))
def test_the_truth_lies_within_merged_facts(views: list[set[int]], own: set[int]) -> None:
    """Fronts are numbers; each photo sees some of them exactly; together they see the union."""
    photos = [
        {
            "facings": {"own": Interval.exact(len(v & own)).as_dict(), "total": Interval.exact(len(v)).as_dict()},
            "share": {"own": leaf(0, 0, 1)},
        }
        for v in views
    ]
    merged = merge_facts(photos)
    seen: set[int] = set().union(*views)
    assert len(seen) in Interval.from_dict(merged["facings"]["total"])
    assert len(seen & own) in Interval.from_dict(merged["facings"]["own"])
    if seen and len(views) > 1:
        assert len(seen & own) / len(seen) in Interval.from_dict(merged["share"]["own"])
