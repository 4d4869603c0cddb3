import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detections import best_first
from pipeline.facts.display import read_display
from pipeline.facts.make import FactContext, make_facts
from pipeline.facts.seen import Recognised
from pipeline.thresholds import COOLER_BEST, COOLER_SURE, SCORE_MAYBE, SCORE_SURE
from pipeline.vocabulary import FACTS, FactError, read_fact

GALLERY = ("cola", "tea", "rival")
CONTEXT = FactContext(own=frozenset({"cola", "tea"}), new=frozenset({"tea"}))
SURE, BEST, MAYBE, NEVER = 0.95, 0.5, 0.2, 0.01


def facts_of(fronts, coolers=(), context=CONTEXT):
    """fronts: (score, code, candidates) or (score, code, candidates, box); coolers: (score, box)."""
    rows = []
    for number, (score, code, names, *box) in enumerate(fronts):
        default = [10 + 50 * number, 100, 50 + 50 * number, 200]
        rows.append((score, 0, box[0] if box else default, code, frozenset(names)))
    rows += [(score, 1, box, None, frozenset()) for score, box in coolers]
    rows.sort(key=lambda row: -row[0])
    found = best_first(np.array([row[2] for row in rows], np.float32), [r[0] for r in rows], [r[1] for r in rows])
    seen = Recognised(tuple(r[3] for r in rows), tuple(0.9 for _ in rows), tuple(r[4] for r in rows))
    return make_facts(read_display(found), seen, GALLERY, context)


def span(fact):
    return fact["low"], fact["best"], fact["high"]


def test_scores_make_the_interval_of_the_total():
    facts = facts_of(
        [(SURE, "cola", {"cola"}), (BEST, "cola", {"cola"}), (MAYBE, "cola", {"cola"}), (NEVER, "cola", set())]
    )
    assert span(facts["facings"]["total"]) == (1, 2, 3)
    assert span(facts["facings"]["own"]) == (1, 2, 3)
    assert span(facts["facings"]["sku"]["cola"]) == (1, 2, 3)
    assert span(facts["facings"]["sku"]["tea"]) == (0, 0, 0)


def test_a_front_that_may_be_one_of_two_own_codes_is_surely_own_but_of_neither_surely():
    facts = facts_of([(SURE, "cola", {"cola", "tea"})])
    assert span(facts["facings"]["own"]) == (1, 1, 1)
    assert span(facts["facings"]["sku"]["cola"]) == (0, 1, 1)
    assert span(facts["facings"]["sku"]["tea"]) == (0, 0, 1)
    assert span(facts["facings"]["new"]) == (0, 0, 1)
    assert span(facts["facings"]["competitor"]) == (0, 0, 0)


def test_an_unknown_front_that_may_be_own_is_on_both_sides_of_the_share():
    facts = facts_of([(SURE, "cola", {"cola"}), (SURE, "unknown", {"cola", "unknown"}), (SURE, "rival", {"rival"})])
    assert span(facts["facings"]["unknown"]) == (0, 1, 1)
    assert span(facts["share"]["own"]) == pytest.approx((1 / 3, 1 / 3, 2 / 3))


def test_a_competitor_counts_against_share_and_purity():
    inside = [0, 0, 1000, 1000]
    facts = facts_of([(SURE, "cola", {"cola"}), (SURE, "rival", {"rival"})], [(SURE, inside)])
    assert span(facts["facings"]["competitor"]) == (1, 1, 1)
    assert span(facts["share"]["own"]) == (0.5, 0.5, 0.5)
    assert span(facts["cooler"]["purity"]) == (0.5, 0.5, 0.5)


def test_only_fronts_whose_centre_is_in_a_cooler_count_there():
    front = (SURE, "cola", {"cola"})
    facts = facts_of([(*front, [10, 10, 50, 90]), (*front, [90, 10, 130, 90]), (*front, [200, 10, 240, 90])],
                     [(SURE, [0, 0, 120, 100])])  # fmt: skip
    assert span(facts["cooler"]["facings"]) == (2, 2, 2)
    assert span(facts["facings"]["total"]) == (3, 3, 3)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(0, (1, 1, 1)), (68, (1, 1, 1)), (72, (0, 1, 1)), (82, (0, 0, 1)), (88, (0, 0, 1)), (92, (0, 0, 0))],
)
def test_a_front_on_the_edge_of_a_cooler_is_doubtful_in_purity(left, expected):
    front = (SURE, "cola", {"cola"}, [left, 10, left + 40, 90])
    facts = facts_of([front], [(SURE, [0, 0, 100, 100])])
    assert span(facts["cooler"]["own_facings"]) == expected
    assert span(facts["cooler"]["purity"])[0] == expected[0]


def test_a_doubtful_cooler_makes_what_is_inside_doubtful():
    facts = facts_of([(SURE, "cola", {"cola"})], [(MAYBE, [0, 0, 500, 500])])
    assert span(facts["cooler"]["present"]) == (0, 0, 1)
    assert span(facts["cooler"]["own_facings"]) == (0, 0, 1)
    assert span(facts["cooler"]["purity"]) == (0, 0, 1)


def test_two_coolers_are_present_once_and_counted_twice():
    facts = facts_of([], [(SURE, [0, 0, 90, 90]), (COOLER_BEST, [100, 0, 190, 90])])
    assert span(facts["cooler"]["present"]) == (1, 1, 1)
    assert span(facts["cooler"]["count"]) == (1, 2, 2)


def test_nothing_seen_is_zero_of_everything_and_no_share():
    facts = facts_of([])
    assert span(facts["facings"]["total"]) == (0, 0, 0)
    assert span(facts["share"]["own"]) == (0, 0, 1)
    assert span(facts["rows"]["count"]) == (0, 0, 0)


def test_doubtful_fronts_on_a_shelf_of_their_own_make_the_rows_doubtful():
    sure = [(SURE, "cola", {"cola"}, [50 * i, 100, 50 * i + 40, 200]) for i in range(5)]
    assert span(facts_of(sure)["rows"]["count"]) == (1, 1, 1)
    doubtful = [(MAYBE, "cola", {"cola"}, [left, 400, left + 40, 500]) for left in (50, 150)]
    assert span(facts_of([*sure, *doubtful])["rows"]["count"]) == (1, 1, 2)
    assert span(facts_of([*sure, doubtful[0]])["rows"]["count"]) == (1, 1, 1)  # one faint box makes no row


def test_every_fact_of_the_vocabulary_is_there():
    facts = facts_of([(SURE, "cola", {"cola"})])
    for parts in FACTS:
        leaf = facts
        for part in parts:
            leaf = leaf[part]
        assert set(leaf) == {"low", "best", "high"}


def shelf(*rows, score=SURE):
    """Fronts of 40 × 80 pixels: per row, from the top, the code of each slot or None for an empty one."""
    return [
        (score, code, {code}, [44 * column, 100 * row, 44 * column + 40, 100 * row + 80])
        for row, codes in enumerate(rows)
        for column, code in enumerate(codes)
        if code
    ]


def test_fronts_are_counted_by_row_from_the_top_and_at_eye_level():
    facts = facts_of(shelf(["cola"] * 4, ["tea", "cola", "cola", "rival"], ["rival"] * 4, ["tea"] * 4))
    assert span(facts["rows"]["count"]) == (4, 4, 4)
    assert [span(facts[f"row{row}"]["own"]) for row in (1, 2, 3, 4, 5)] == [(n, n, n) for n in (4, 3, 0, 4, 0)]
    assert [span(facts[f"top{row}"]["new"]) for row in (2, 3, 4, 6)] == [(n, n, n) for n in (1, 1, 5, 5)]
    assert span(facts["eye_level"]["total"]) == (8, 8, 8)  # rows 2 and 3 of four
    assert {code: span(count) for code, count in facts["eye_level"]["sku"].items()} == {
        "cola": (2, 2, 2), "rival": (5, 5, 5), "tea": (1, 1, 1),
    }  # fmt: skip
    few = facts_of(shelf(["cola"] * 4, ["tea"] * 4, ["rival"] * 4))
    assert (span(few["eye_level"]["own"]), span(few["eye_level"]["total"])) == ((8, 8, 8), (8, 8, 8))


def test_a_sku_that_a_row_does_not_list_reads_as_none_there():
    facts = facts_of(shelf(["cola"] * 4, ["tea"] * 4))
    assert "tea" not in facts["row1"]["sku"]
    assert read_fact(facts, ("row1", "sku", "tea")).high == 0
    with pytest.raises(FactError, match="not measured"):
        read_fact(facts, ("row1", "sku", "nobody"))


def test_a_doubtful_row_above_leaves_the_row_of_all_below_open():
    facts = facts_of(shelf(["rival"] * 4, score=MAYBE) + [
        (score, code, names, [left, top + 100, right, foot + 100])
        for score, code, names, (left, top, right, foot) in shelf(["cola"] * 4, ["tea"] * 4)
    ])  # fmt: skip
    assert span(facts["rows"]["count"]) == (2, 2, 3)
    assert span(facts["row1"]["own"]) == (0, 4, 4)
    assert span(facts["row2"]["own"]) == (0, 4, 8)
    assert span(facts["top2"]["own"]) == (4, 8, 8)
    assert span(facts["eye_level"]["own"]) == (4, 8, 8)


def test_empty_slots_count_in_the_second_denominator_and_in_the_fill_rate():
    rows = (["cola"] * 6, ["rival", "rival", None, "rival", "rival", "rival"])
    facts = facts_of(shelf(*rows), [(SURE, [-10, -10, 400, 300])])
    assert span(facts["rows"]["empty"]) == (1, 1, 1)
    assert span(facts["facings"]["with_empty"]) == (12, 12, 12)
    assert span(facts["share"]["own"]) == pytest.approx((6 / 11,) * 3)
    assert span(facts["share"]["own_with_empty"]) == pytest.approx((6 / 12,) * 3)
    assert span(facts["cooler"]["slots"]) == (12, 12, 12)
    assert span(facts["cooler"]["fill"]) == pytest.approx((11 / 12,) * 3)
    assert span(facts["cooler"]["outside"]) == (0, 0, 0)
    assert span(facts["scene"]["cooler"]) == (1, 1, 1)


def test_the_linear_share_goes_by_width_and_a_stack_fills_its_column_once():
    wide = [(SURE, "cola", {"cola"}, [100 * i, 0, 100 * i + 80, 80]) for i in range(3)]
    narrow = [(SURE, "rival", {"rival"}, [300 + 45 * i, 0, 340 + 45 * i, 80]) for i in range(3)]
    on_top = [(SURE, "rival", {"rival"}, [300 + 45 * i, -76, 340 + 45 * i, 4]) for i in range(3)]
    facts = facts_of([*wide, *narrow, *on_top])
    assert facts["share"]["linear_own"]["best"] == pytest.approx(2 / 3)
    assert facts["share"]["own"]["best"] == pytest.approx(3 / 9)
    assert (span(facts["facings"]["columns"]), span(facts["facings"]["own_columns"])) == ((6, 6, 6), (3, 3, 3))
    low, _, high = span(facts["share"]["linear_own"])
    assert low < 2 / 3 < high


FRONT = st.tuples(
    st.floats(0.001, 1), st.sampled_from([*GALLERY, "unknown"]), st.sets(st.sampled_from([*GALLERY, "unknown"]))
)


@given(st.lists(FRONT, max_size=12), st.lists(st.floats(0.001, 1), max_size=2), st.randoms())
@settings(max_examples=40, deadline=None)
def test_any_world_that_agrees_with_the_scores_lies_within_the_intervals(fronts, coolers, random):
    """Draws one possible truth: each front is there or not, and of one of its candidates."""
    fronts = [(score, code, names | {code}) for score, code, names in fronts]
    facts = facts_of(fronts, [(score, [0, 0, 9999, 9999]) for score in coolers])
    truth = []
    for score, _, names in fronts:
        if score >= SCORE_SURE or (score >= SCORE_MAYBE and random.random() < 0.5):
            truth.append(random.choice(sorted(names)))
    own = sum(code in CONTEXT.own for code in truth)
    assert facts["facings"]["total"]["low"] <= len(truth) <= facts["facings"]["total"]["high"]
    assert facts["facings"]["own"]["low"] <= own <= facts["facings"]["own"]["high"]
    inside = facts["cooler"]["facings"]
    if truth:
        assert facts["share"]["own"]["low"] - 1e-9 <= own / len(truth) <= facts["share"]["own"]["high"] + 1e-9
        linear = facts["share"]["linear_own"]  # all fronts are as wide
        assert linear["low"] - 1e-9 <= own / len(truth) <= linear["high"] + 1e-9
        assert facts["row1"]["total"]["low"] <= len(truth) <= facts["row1"]["total"]["high"]
        assert facts["top3"]["own"]["low"] <= own <= facts["top3"]["own"]["high"]
    if any(score >= COOLER_SURE for score in coolers):
        assert inside["low"] <= len(truth) <= inside["high"]
        assert facts["cooler"]["filled"]["low"] <= len(truth) <= facts["cooler"]["filled"]["high"]
    for parts in FACTS:
        leaf = read_fact(facts, parts)
        assert leaf.low <= leaf.best <= leaf.high
