"""What follows from an auditor's numbers: derived where the counts say so, refused where they contradict."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.audits.correcting import corrected
from crm.errors import Invalid
from crm.workflows.fakes import fake_facts
from pipeline.interval import Interval

OWN, NEW = frozenset({"cola", "lime"}), frozenset({"lime"})
COLA, RIVAL = 'facings.sku["cola"]', 'facings.sku["rival"]'


def facts(cola: tuple[int, int, int] = (8, 8, 8), rival: tuple[int, int, int] = (2, 2, 2)) -> dict[str, Any]:
    """A display without a cooler; 8 of 10 fronts are own."""
    return fake_facts({"cola": cola, "lime": (0, 0, 0), "rival": rival}, OWN)


def in_cooler() -> dict[str, Any]:
    """All ten fronts in one cooler."""
    made = facts()
    made["cooler"] = {name: exact(value) for name, value in COOLER.items()}
    return made


COOLER = {"present": 1, "count": 1, "facings": 10, "own_facings": 8, "purity": 0.8}


def exact(value: float) -> dict[str, float]:
    return Interval.exact(value).as_dict()


def after(values: dict[str, float], given_facts: dict[str, Any] | None = None) -> dict[str, Any]:
    return corrected(facts() if given_facts is None else given_facts, values, OWN, NEW)[0]


def test_what_was_read_is_kept_and_the_facts_given_stay_whole() -> None:
    read = facts((5, 6, 7))
    made, before = corrected(read, {COLA: 6, 'facings.sku["zest"]': 1}, OWN, NEW)
    assert before == {COLA: {"low": 5, "best": 6, "high": 7}, 'facings.sku["zest"]': {}}
    assert made["facings"]["sku"]["zest"] == exact(1)
    assert made["rows"] == read["rows"]
    assert read == facts((5, 6, 7))


@pytest.mark.parametrize("count", [3, 8, 12])
def test_the_fronts_of_a_sku_count_for_own_for_all_and_for_the_share(count: int) -> None:
    made = after({COLA: count})
    assert made["facings"]["own"] == exact(count)
    assert made["facings"]["total"] == exact(count + 2)
    assert made["share"]["own"] == pytest.approx(exact(count / (count + 2)))


def test_a_number_that_the_reading_held_possible_narrows_and_adds_nothing() -> None:
    read = facts()
    read["facings"]["own"] = {"low": 4, "best": 6, "high": 8}
    read["facings"]["unknown"] = {"low": 0, "best": 2, "high": 4}
    read["facings"]["sku"]["cola"] = {"low": 4, "best": 6, "high": 8}
    made = after({"facings.own": 5}, read)
    assert made["facings"]["total"] == exact(10)
    assert made["share"]["own"] == exact(0.5)
    assert made["facings"]["sku"]["cola"]["high"] == 5


def test_a_launch_counts_as_new_and_as_own() -> None:
    made = after({'facings.sku["lime"]': 3})["facings"]
    assert [made[name] for name in ("new", "own", "total", "competitor")] == [exact(n) for n in (3, 11, 13, 2)]


def test_a_whole_takes_down_the_parts_that_were_not_given() -> None:
    made = after({"facings.own": 3})
    assert made["facings"]["sku"]["cola"] == exact(3)
    assert made["facings"]["total"] == exact(5)
    assert made["share"]["own"] == exact(0.6)


def test_fronts_that_nobody_named_are_unknown() -> None:
    made = after({"facings.total": 14})
    assert made["facings"]["unknown"] == exact(4)
    assert made["share"]["own"] == pytest.approx(exact(8 / 14))


def test_the_purity_follows_from_the_fronts_in_the_cooler() -> None:
    made = after({"cooler.own_facings": 5, "cooler.facings": 10}, in_cooler())
    assert made["cooler"]["purity"] == exact(0.5)
    grown = after({"cooler.own_facings": 10, "facings.own": 10}, in_cooler())
    # two fronts more of our own: named otherwise before, or missed
    assert grown["cooler"]["facings"] == {"low": 10, "best": 12, "high": 12}
    assert grown["cooler"]["purity"] == pytest.approx({"low": 10 / 12, "best": 10 / 12, "high": 1})


@pytest.mark.parametrize("path", ["cooler.present", "cooler.count"])
def test_without_a_cooler_nothing_stands_in_one(path: str) -> None:
    made = after({path: 0}, in_cooler())["cooler"]
    assert made["purity"] == {"low": 0.0, "best": 0.0, "high": 1.0}
    assert [made[name] for name in ("present", "count", "facings", "own_facings")] == [exact(0)] * 4
    assert after({path: 1})["cooler"]["count"] == after({path: 1})["cooler"]["present"] == exact(1)


def test_a_ratio_by_hand_may_be_rounded() -> None:
    assert after({"share.own": 0.67, "facings.own": 2, "facings.total": 3, RIVAL: 1})["share"]["own"] == exact(0.67)


def test_of_an_unreadable_photo_only_what_was_given_is_known() -> None:
    made, before = corrected({}, {"facings.own": 6, "facings.total": 8}, OWN, NEW)
    assert made == {"facings": {"own": exact(6), "total": exact(8)}, "share": {"own": exact(0.75)}}
    assert before == {"facings.own": {}, "facings.total": {}}
    assert corrected({}, {COLA: 6}, OWN, NEW)[0] == {"facings": {"sku": {"cola": exact(6)}}}


@pytest.mark.parametrize(
    "values",
    [
        {"facings.own": 9, "facings.total": 8},
        {COLA: 9, "facings.own": 8},
        {COLA: 9, "facings.total": 8},
        {COLA: 5, RIVAL: 5, "facings.total": 9},
        {COLA: 8, RIVAL: 2, "facings.total": 9},
        {"facings.new": 11},
        {"cooler.own_facings": 3, "cooler.facings": 2, "facings.total": 10},
        {"cooler.facings": 11},
        {"cooler.present": 0, "cooler.facings": 3},
        {"cooler.present": 1, "cooler.count": 0},
        {"share.own": 0.5},
        {"share.own": 0.9, "facings.own": 8, "facings.total": 10},
        {"facings.total": 14, "facings.unknown": 2},
    ],
)
def test_a_correction_that_contradicts_itself_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(Invalid) as caught:
        after(values, in_cooler())
    assert (caught.value.field, caught.value.code) == ("facts", "facts_contradict")


@pytest.mark.parametrize("value", [-1, 1.5, True, "6", None, float("nan"), float("inf")])
def test_a_count_is_a_whole_number_from_0_up(value: Any) -> None:
    with pytest.raises(Invalid):
        after({"facings.own": value})
    with pytest.raises(Invalid):
        after({"cooler.present": 2})


SKUS = ("cola", "lime", "rival")
COUNT = st.integers(0, 6)


def around(truth: int, below: int, above: int) -> tuple[int, int, int]:
    return max(0, truth - below), truth, truth + above


@given(
    truth=st.tuples(COUNT, COUNT, COUNT),
    spread=st.tuples(*[st.tuples(COUNT, COUNT)] * 3),
    misread=st.tuples(COUNT, COUNT),
    wrong=st.sampled_from(SKUS),
)
@settings(max_examples=300, deadline=None)
def test_right_numbers_leave_no_fact_that_excludes_the_truth(
    truth: tuple[int, int, int], spread: tuple[tuple[int, int], ...], misread: tuple[int, int], wrong: str
) -> None:
    """One SKU was misread, the others hold the truth; the auditor puts that one right."""
    real = dict(zip(SKUS, truth, strict=True))
    read = {code: around(real[code], *bounds) for code, bounds in zip(SKUS, spread, strict=True)}
    read[wrong] = (min(misread), min(misread), max(misread))
    made = after({f'facings.sku["{wrong}"]': real[wrong]}, fake_facts(read, OWN))
    exactly = fake_facts({code: (count,) * 3 for code, count in real.items()}, OWN)
    for name in ("total", "own", "competitor"):
        assert exactly["facings"][name]["best"] in Interval.from_dict(made["facings"][name]), name
    if sum(truth):
        share = Interval.from_dict(made["share"]["own"])
        assert share.low - 1e-12 <= exactly["share"]["own"]["best"] <= share.high + 1e-12
