"""Facts of several photos of one display."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.merge import merge_facts
from pipeline.interval import Interval
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


def with_rows(*rows: int) -> dict[str, Any]:
    """Facts of a photo with that many own fronts on its rows, from the top."""
    rows = (*rows, *[0] * (6 - len(rows)))
    facts = photo((sum(rows),) * 3, (sum(rows),) * 3, (0, 0, 0))
    for number in range(1, 7):
        for name, count in ((f"row{number}", rows[number - 1]), (f"top{number}", sum(rows[:number]))):
            if name != "top1":
                facts[name] = {"own": leaf(count, count, count), "sku": {"7up-chai": leaf(count, count, count)}}
    return facts | {"eye_level": {"own": leaf(1, 1, 1)}}


def test_a_row_of_one_photo_may_be_a_lower_one_of_the_display() -> None:
    merged = merge_facts([with_rows(4, 3, 2), with_rows(3, 2)])  # the second perhaps from the second row on
    assert merged["row1"]["own"] == leaf(3, 4, 7)
    assert merged["row2"]["own"] == leaf(2, 3, 12)  # row 2 of the display is row 1 or 2 of a photo
    assert merged["top2"]["own"] == leaf(5, 7, 12)
    assert merged["row2"]["sku"]["7up-chai"] == leaf(2, 3, 12)
    assert "eye_level" not in merged
    assert "eye_level" in merge_facts([with_rows(4, 3, 2)])


def test_a_photo_whose_top_is_unseen_leaves_the_rows_of_the_display_unsure() -> None:
    lower = with_rows(3, 2)
    for name in [name for name in lower if name.startswith(("row", "top"))]:
        for leaves in (lower[name], lower[name]["sku"]):
            for part, value in leaves.items():
                if part != "sku":
                    leaves[part] = leaf(0, value["best"], 5)
    merged = merge_facts([with_rows(4, 3), lower])
    assert merged["row1"]["own"] == leaf(0, 4, 9)
    assert merged["top2"]["sku"]["7up-chai"] == leaf(0, 7, 12)
    assert merged["facings"]["own"] == leaf(7, 7, 12)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=6), st.data())
def test_the_truth_of_rows_lies_within_merged_facts(rows: list[int], data: st.DataObject) -> None:
    """Each photo shows some rows of the display that follow one another, one of them from the top."""
    begins = [0, *data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=2))]
    photos = [with_rows(*rows[begin : data.draw(st.integers(begin, len(rows) - 1)) + 1]) for begin in begins[1:]]
    merged = merge_facts([with_rows(*rows), *photos])
    for number in range(1, len(rows) + 1):
        assert rows[number - 1] in Interval.from_dict(merged[f"row{number}"]["own"])
        if number > 1:
            assert sum(rows[:number]) in Interval.from_dict(merged[f"top{number}"]["own"])


def test_photos_that_disagree_on_the_scene_leave_it_open() -> None:
    one, two = ({"scene": {"cooler": leaf(*value)}} for value in ((1, 1, 1), (0, 0, 0)))
    assert merge_facts([one, two])["scene"]["cooler"] == leaf(0, 1, 1)
    assert merge_facts([one, one])["scene"]["cooler"] == leaf(1, 1, 1)


def test_fill_and_share_with_empty_slots_are_taken_anew() -> None:
    facts = {
        "facings": {"own": leaf(4, 4, 4), "with_empty": leaf(8, 8, 8)},
        "share": {"own_with_empty": leaf(0.5, 0.5, 0.5), "linear_own": leaf(0.5, 0.5, 0.5)},
        "cooler": {"filled": leaf(6, 6, 6), "slots": leaf(8, 8, 8), "fill": leaf(0.75, 0.75, 0.75)},
    }
    merged = merge_facts([facts, facts])
    assert merged["share"] == {"own_with_empty": leaf(4 / 16, 0.5, 1)}  # widths of two photos have no common unit
    assert merged["cooler"]["fill"]["low"] == 6 / 16


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
