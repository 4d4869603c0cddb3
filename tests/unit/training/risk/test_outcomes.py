"""Tasks near the truth, what is counted as wrong, and which setting a limit is proven for."""

import numpy as np

from models.gallery import Gallery
from pipeline.rules.clauses import check_rules
from training.risk.displays import Display, Truth
from training.risk.fronts import matched
from training.risk.outcomes import Outcomes
from training.risk.report import bound
from training.risk.settings import STRICTNESS
from training.risk.tasks import FRONTS_OFF, TASKS, cases, left_out

GALLERY = Gallery(
    ("a", "b", "c", "d", "e"), np.eye(5, dtype=np.float32), np.arange(5), accept=0.3, sure=0.4, margin=0.1, reject=0.1,
    competitors=frozenset({"c", "d", "e"}),
)  # fmt: skip


def display(number: int, truth: Truth) -> Display:
    return Display(f"display {number}", number, lambda: b"", lambda: truth)


def truth(codes: str, coolers: int = 1) -> Truth:
    boxes = np.array([[50.0 * i, 10, 50 * i + 40, 110] for i in range(len(codes))])
    cooler = np.array([[0, 0, 50.0 * len(codes), 120]] * coolers).reshape(-1, 4)
    return Truth(boxes, tuple(codes), np.ones(len(codes), np.int64), cooler)


def test_tasks_ask_for_nearly_what_is_there_and_truth_decides_them() -> None:
    there = truth("aaaaac")
    seen = {name: {True: 0, False: 0} for name in TASKS}
    for number in range(60):
        drawn = cases(display(number, there), there, GALLERY)
        for name, case in drawn.items():
            assert check_rules(case.rules, GALLERY.codes) == []
            seen[name][case.holds] += 1
        expression = drawn["sku_fronts"].rules.clauses[0].expression
        if '"a"' in expression:
            least = int(expression.split(">=")[1])
            assert abs(least - 5) <= FRONTS_OFF
            assert drawn["sku_fronts"].holds == (least <= 5)
    assert all(min(each.values()) >= 8 for each in seen.values())


def test_no_cooler_fulfils_no_purity() -> None:
    bare = truth("aaaa", coolers=0)
    assert not any(cases(display(number, bare), bare, GALLERY)["cooler_purity"].holds for number in range(10))


def test_two_competitors_are_unknown_on_a_display_not_always_the_same() -> None:
    drawn = {left_out(display(number, truth("a")), GALLERY) for number in range(30)}
    assert drawn == {frozenset("cd"), frozenset("ce"), frozenset("de")}


def test_a_display_is_one_trial_however_many_of_its_tasks_are_paid() -> None:
    holds = np.array([[True, True, False], [False, False, False], [True, True, True]])
    paid = np.array([[[True, True, True], [True, True, False], [False, False, False]]])
    refused = np.array([[[False] * 3, [False, False, True], [True, False, False]]])
    found = Outcomes(paid, refused, holds)
    assert found.by_display() == [(2, 2)]
    rates = found.rates(0)
    assert (rates["sku_fronts"]["wrong_pay"]["hits"], rates["sku_fronts"]["wrong_pay"]["trials"]) == (1, 2)
    assert (rates["sku_fronts"]["wrong_refuse"]["hits"], rates["sku_fronts"]["automatic"]["hits"]) == (1, 3)
    assert rates["any_task"]["wrong_pay"]["hits"] == 2
    assert rates["new_product"]["wrong_pay"]["at_most"] == 1.0


def planted(displays: int, first_paid: int, first_wrong: int) -> Outcomes:
    """Nine of ten displays are paid from setting `first_paid` on, and all of these wrongly from `first_wrong` on."""
    paid = np.zeros((len(STRICTNESS), displays, len(TASKS)), bool)
    paid[first_paid:, : displays * 9 // 10, 0] = True
    paid[first_wrong:, :, 1] = True
    holds = np.zeros((displays, len(TASKS)), bool)
    holds[:, 0] = True
    return Outcomes(paid, np.zeros_like(paid), holds)


def test_the_laxest_setting_before_the_planted_fault_is_chosen() -> None:
    found = bound(0.01, planted(100, 4, 9), planted(400, 4, 9))
    assert (found["starts_at"], found["place"], found["strictness"]) == (STRICTNESS[4], 8, STRICTNESS[8])
    assert found["calibration"]["wrong"] == 0
    assert 0.005 < found["calibration"]["at_most"] <= 0.01


def test_too_few_displays_prove_nothing_and_a_fault_from_the_start_stops_the_tests() -> None:
    few = bound(0.005, planted(100, 4, 9), planted(400, 4, 9))
    assert (few["starts_at"], few["place"], few["paid_displays_needed"]) == (None, None, 598)
    faulty = bound(0.01, planted(100, 4, 9), planted(400, 4, 4))
    assert (faulty["starts_at"], faulty["place"]) == (STRICTNESS[4], None)


def test_boxes_meet_labels_once_and_best_first() -> None:
    true = np.array([[0, 0, 10, 10], [20, 0, 30, 10.0]])
    found = np.array([[0, 0, 10, 9], [0, 0, 10, 10], [21, 0, 31, 10], [50, 0, 60, 10.0]])
    assert matched(found, true).tolist() == [0, -1, 1, -1]
