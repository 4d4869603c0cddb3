"""When a trial opens: by three stages, exact, and never through wrong displays that are forgotten."""

import math
from fractions import Fraction

import numpy as np
import pytest

from pipeline.enrol.acceptance import (
    ACCEPTANCE_NUMBERS,
    SISTERS_MIN,
    STAGE_ERROR,
    Confirmed,
    at_most,
    count,
    sample_size,
    upper,
)

CLEAN, WITH_SISTER, WRONG, UNSEEN = Confirmed(False), Confirmed(False, True), Confirmed(True, True), Confirmed(None)
SISTERS = [WITH_SISTER] * SISTERS_MIN


def exactly(wrong: int, trials: int) -> Fraction:
    """P(X <= wrong) of Binomial(trials, 5 %) in whole numbers."""
    share = Fraction(5, 100)
    return sum((math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(wrong + 1)), Fraction(0))


def test_the_samples_are_the_smallest_that_an_exact_binomial_allows() -> None:
    assert [sample_size(wrong) for wrong in ACCEPTANCE_NUMBERS] == [80, 119, 153]
    for wrong in ACCEPTANCE_NUMBERS:
        assert exactly(wrong, sample_size(wrong)) <= Fraction(5, 300) < exactly(wrong, sample_size(wrong) - 1)
        assert float(exactly(wrong, sample_size(wrong))) == pytest.approx(at_most(wrong, sample_size(wrong), 0.05))
        assert upper(wrong, sample_size(wrong)) <= 0.05 < upper(wrong, sample_size(wrong) - 1)
    assert upper(0, 80) == pytest.approx(1 - STAGE_ERROR ** (1 / 80))
    assert upper(0, 0) == 1.0


@pytest.mark.parametrize(
    ("displays", "opens"),
    [
        (SISTERS + [CLEAN] * 60, True),
        (SISTERS + [CLEAN] * 59, False),
        ([WRONG, *SISTERS] + [CLEAN] * 98, True),
        ([WRONG, *SISTERS] + [CLEAN] * 97, False),
        (SISTERS + [CLEAN] * 98 + [WRONG], True),  # the wrong one comes with the stage itself
        ([WRONG] * 2 + SISTERS + [CLEAN] * 131, True),
        ([WRONG] * 2 + SISTERS + [CLEAN] * 130, False),
        ([WRONG] * 3 + SISTERS + [CLEAN] * 5000, False),
        ([CLEAN] * 61 + SISTERS[1:], False),  # 19 with a sister
        ([CLEAN] * 80 + SISTERS, True),  # the stage is passed at 80, it opens once the sisters are there
        ([CLEAN] * 80 + SISTERS[1:] + [WRONG], False),  # and no longer once one was wrong before
        (SISTERS + [CLEAN] * 60 + [WRONG], False),  # opened at 80, closed by the next
        (SISTERS + [CLEAN] * 60 + [WRONG] + [CLEAN] * 38, True),  # and opened again at 119 with one wrong
        (SISTERS + [CLEAN] * 133 + [WRONG], False),  # beyond the last stage a wrong one closes for good
    ],
)
def test_it_opens_where_a_stage_is_passed(displays: list[Confirmed], opens: bool) -> None:
    assert count(displays).is_open is opens


def test_none_is_forgotten() -> None:
    """Displays that nobody ticks cannot be left out: a stage waits for them, and what is known wrong closes at once."""
    waiting = count([UNSEEN, *SISTERS, *[CLEAN] * 200])
    assert (waiting.displays, waiting.waiting, waiting.is_open) == (0, 1, False)
    assert count([*SISTERS, *[CLEAN] * 60, UNSEEN, CLEAN]).is_open
    closed = count([*SISTERS, *[CLEAN] * 60, UNSEEN, WRONG])
    assert (closed.is_open, closed.passed, closed.waiting) == (False, False, 1)


def test_what_is_missing_is_told() -> None:
    begun = count([WITH_SISTER] * 5)
    assert (begun.next_stage, begun.displays_missing, begun.sisters_missing) == ((80, 0), 75, 15)
    once = count([WRONG] + [CLEAN] * 9)
    assert (once.next_stage, once.displays_missing) == ((119, 1), 109)
    never = count([WRONG] * 3)
    assert (never.next_stage, never.displays_missing) == (None, 0)
    armed = count([CLEAN] * 85)
    assert (armed.passed, armed.displays_missing, armed.sisters_missing) == (True, 0, 20)


def test_a_sku_that_is_wrong_on_one_display_in_twenty_opens_in_at_most_one_trial_in_twenty() -> None:
    rng, runs = np.random.default_rng(0), 4000
    opened = 0
    for _ in range(runs):
        wrong = rng.random(153) < 0.05
        displays = [Confirmed(bool(each), True) for each in wrong]
        opened += any(count(displays[:number]).is_open for number in (80, 119, 153))
    # exact: the three stages overlap, so less than 5 %
    assert opened / runs <= 0.05
    assert opened / runs == pytest.approx(0.036, abs=0.012)
