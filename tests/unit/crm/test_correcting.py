"""What follows from an auditor's numbers: derived where the counts say so, refused where they contradict."""

from typing import Any

import pytest

from crm.audits.correcting import COOLERS_MAX, corrected
from crm.kernel.errors import Invalid
from crm.workflows.fakes import fake_facts
from pipeline.interval import Interval

OWN, NEW, OTHERS = frozenset({"cola", "lime"}), frozenset({"lime"}), frozenset({"rival", "zest"})
COLA, RIVAL = 'facings.sku["cola"]', 'facings.sku["rival"]'


def facts(cola: tuple[int, int, int] = (8, 8, 8), rival: tuple[int, int, int] = (2, 2, 2)) -> dict[str, Any]:
    """A display without a cooler; 8 of 10 fronts are own."""
    return fake_facts({"cola": cola, "lime": (0, 0, 0), "rival": rival}, OWN, NEW)


def in_cooler() -> dict[str, Any]:
    """All ten fronts in one cooler."""
    made = facts()
    made["cooler"] = {name: exact(value) for name, value in COOLER.items()}
    return made


COOLER = {"present": 1, "count": 1, "facings": 10, "own_facings": 8, "purity": 0.8}


def exact(value: float) -> dict[str, float]:
    return Interval.exact(value).as_dict()


def after(values: dict[str, float], given_facts: dict[str, Any] | None = None) -> dict[str, Any]:
    return corrected(facts() if given_facts is None else given_facts, values, OWN, NEW, OTHERS)[0]


def between(low: float, high: float) -> dict[str, float]:
    """The bounds alone."""
    return {"low": low, "high": high}


def bounds(made: dict[str, Any], *paths: str) -> list[dict[str, float]]:
    """Bounds of fronts by the last part of their path."""
    known = {**made["facings"], **made["facings"]["sku"]}
    return [between(known[path]["low"], known[path]["high"]) for path in paths]


def test_what_was_read_is_kept_and_the_facts_given_stay_whole() -> None:
    read = facts((5, 6, 7))
    made, before = corrected(read, {COLA: 6, 'facings.sku["zest"]': 1}, OWN, NEW, OTHERS)
    assert before == {COLA: {"low": 5, "best": 6, "high": 7}, 'facings.sku["zest"]': {}}
    assert made["facings"]["sku"]["zest"] == exact(1)
    assert made["rows"] == read["rows"]
    assert read == facts((5, 6, 7))


def test_fronts_too_few_were_missed_or_had_another_name() -> None:
    read = facts()
    read["facings"]["unknown"], read["facings"]["total"] = exact(2), exact(12)
    made = after({COLA: 10}, read)
    assert bounds(made, "cola", "own", "total") == [between(10, 10), between(10, 10), between(12, 14)]
    assert bounds(made, "unknown", "competitor", "rival", "lime") == [between(0, 2)] * 3 + [between(0, 0)]
    assert made["share"]["own"] == pytest.approx({"low": 10 / 14, "best": 10 / 14, "high": 10 / 12})
    del read["facings"]["sku"]["rival"]
    read["facings"]["competitor"], read["facings"]["total"] = exact(0), exact(10)
    assert bounds(after({COLA: 10}, read), "total", "unknown", "competitor") == [
        between(10, 12), between(0, 2), between(0, 0),
    ]  # fmt: skip


def test_fronts_too_many_are_none_or_have_another_name() -> None:
    made = after({COLA: 3})
    assert bounds(made, "own", "lime", "total") == [between(3, 8), between(0, 5), between(5, 10)]
    assert bounds(made, "competitor", "rival", "unknown") == [between(2, 7), between(2, 7), between(0, 5)]
    assert made["share"]["own"]["low"] == 3 / 10


def test_own_fronts_too_few_may_be_of_any_own_product() -> None:
    made = after({"facings.own": 10})
    assert bounds(made, "cola", "lime", "new", "total") == [between(8, 10), *[between(0, 2)] * 2, between(10, 12)]
    assert made["facings"]["sku"]["cola"]["best"] == 8


def test_a_number_as_it_was_read_changes_nothing() -> None:
    assert after({COLA: 8}) == facts()


def test_a_fact_of_unknown_relation_stays_as_read() -> None:
    read = facts()
    read["rows"]["fronts"] = [exact(5), exact(5)]
    assert after({COLA: 12}, read)["rows"] == read["rows"]


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
    made = after({'facings.sku["lime"]': 3})
    assert bounds(made, "new", "own", "total") == [between(3, 3), between(8, 11), between(10, 13)]
    assert bounds(made, "cola", "competitor") == [between(5, 8), between(0, 2)]
    assert [made["facings"][name]["best"] for name in ("new", "own", "total")] == [3, 11, 13]


def test_a_whole_takes_down_the_parts_that_were_not_given() -> None:
    made = after({"facings.own": 3, "facings.total": 5})
    assert made["facings"]["sku"]["cola"] == exact(3)
    assert made["facings"]["competitor"]["low"] == 0  # a rival may be unknown
    assert made["share"]["own"] == exact(0.6)


def test_fronts_that_nobody_named_are_unknown_at_best() -> None:
    made = after({"facings.total": 14})
    assert made["facings"]["unknown"] == {"low": 0, "best": 4, "high": 4}
    assert bounds(made, "own", "cola", "competitor") == [between(8, 12), between(8, 12), between(2, 6)]
    assert made["share"]["own"] == pytest.approx({"low": 8 / 14, "best": 8 / 14, "high": 12 / 14})


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


@pytest.mark.parametrize("path", ["cooler.present", "cooler.count"])
def test_what_stands_in_a_cooler_that_was_not_read_is_not_known(path: str) -> None:
    made = after({path: 1})["cooler"]
    assert made["present"] == exact(1)
    assert made["count"] == {"low": 1, "best": 1, "high": 1 if path == "cooler.count" else COOLERS_MAX}
    assert made["facings"] == {"low": 0, "best": 0, "high": 10}
    assert made["own_facings"] == {"low": 0, "best": 0, "high": 8}
    assert made["purity"] == {"low": 0, "best": 0, "high": 1}


def test_coolers_more_or_fewer_hold_more_or_fewer_fronts() -> None:
    read = in_cooler()
    read["cooler"] |= {"facings": exact(4), "own_facings": exact(3), "purity": exact(0.75)}
    more, fewer = after({"cooler.count": 2}, read)["cooler"], after({"cooler.facings": 6}, read)["cooler"]
    assert (more["facings"], more["own_facings"]["high"]) == ({"low": 4, "best": 4, "high": 10}, 8)
    assert (fewer["count"], fewer["own_facings"]) == (exact(1), {"low": 3, "best": 3, "high": 5})
    assert after({"cooler.own_facings": 2})["cooler"]["present"] == exact(1)


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
        {"facings.new": 11, "facings.own": 10},
        {"cooler.own_facings": 3, "cooler.facings": 2, "facings.total": 10},
        {"cooler.facings": 11, "facings.total": 10},
        {"cooler.own_facings": 3, "cooler.facings": 9, "facings.own": 8, "facings.total": 10},
        {"cooler.present": 0, "cooler.facings": 3},
        {"cooler.present": 1, "cooler.count": 0},
        {"share.own": 0.5},
        {"share.own": 0.9, "facings.own": 8, "facings.total": 10},
        {"facings.total": 14, "facings.own": 8, "facings.competitor": 2, "facings.unknown": 2},
        {"facings.total": 14, "facings.unknown": 15},
    ],
)
def test_a_correction_that_contradicts_itself_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(Invalid) as caught:
        after(values, in_cooler())
    assert (caught.value.field, caught.value.code) == ("facts", "facts_contradict")


def test_a_code_that_no_catalogue_knows_is_refused() -> None:
    with pytest.raises(Invalid, match="zset") as caught:
        after({'facings.sku["zset"]': 3})
    assert (caught.value.field, caught.value.code) == ("facts", "unknown_sku")
    read = facts()
    read["facings"]["sku"]["stranger"] = exact(0)  # a product of the gallery that is not in the catalogue
    made = after({'facings.sku["stranger"]': 3, 'facings.sku["zest"]': 1}, read)
    assert bounds(made, "stranger", "zest", "competitor") == [between(3, 3), between(1, 1), between(4, 6)]


@pytest.mark.parametrize("value", [-1, 1.5, True, "6", None, float("nan"), float("inf")])
def test_a_count_is_a_whole_number_from_0_up(value: Any) -> None:
    with pytest.raises(Invalid):
        after({"facings.own": value})
    with pytest.raises(Invalid):
        after({"cooler.present": 2})


def placed():
    """As read, with facts of rows, slots and scene."""
    made = facts()
    made["row1"] = {"total": exact(4), "sku": {"cola": exact(4)}}
    made["facings"]["columns"] = exact(10)
    made["scene"] = {"rack": exact(1)}
    return made


def test_of_rows_and_slots_nothing_is_known_where_the_reading_was_wrong():
    made = after({COLA: 10}, placed())
    assert "row1" not in made
    assert "columns" not in made["facings"]
    assert made["scene"] == {}
    assert after({COLA: 10, 'row1.sku["cola"]': 5}, placed())["row1"] == {"sku": {"cola": exact(5)}}


def test_rows_and_slots_stay_where_the_reading_held_the_number_possible():
    made = after({COLA: 8}, placed())
    assert made["row1"] == placed()["row1"]
    assert made["facings"]["columns"] == placed()["facings"]["columns"]
