"""How often a trial opens, exact; and simulated from displays."""

import numpy as np
import pytest

from training.trial import STAGES, TRIALS, Enrolled, Paid, opening, simulated, told

RIGHT, WRONG = Paid(False, 3, True), Paid(True, 1, True)


def test_a_trial_opens_by_the_stages_and_rarely_where_one_in_twenty_is_wrong() -> None:
    assert opening(0.0) == [1.0, 0.0, 0.0]
    assert 0.03 < sum(opening(0.05)) <= 0.05
    assert sum(opening(0.1)) < 0.001
    rng = np.random.default_rng(0)
    wrong = (rng.random((4000, STAGES[-1])) < 0.02).cumsum(axis=1)
    first = np.full(len(wrong), 3)
    for stage in (2, 1, 0):
        first[wrong[:, STAGES[stage] - 1] <= stage] = stage
    drawn = [float((first == stage).mean()) for stage in range(3)]
    assert drawn == pytest.approx(opening(0.02), abs=0.02)


def test_simulated_trials_open_for_clean_displays_and_never_for_bad_ones() -> None:
    rng = np.random.default_rng(0)
    clean, bad = Enrolled("a", (RIGHT,) * 9, 0, 27, 27), Enrolled("b", (RIGHT, WRONG), 0, 4, 8)
    assert simulated(clean, rng) == {"80": TRIALS, "119": 0, "153": 0, "never": 0}
    assert simulated(bad, rng) == {"80": 0, "119": 0, "153": 0, "never": TRIALS}
    figures = told([clean, bad])
    assert figures["precision of sure names"] == "31 of 35: 0.89"
    assert figures["before: wrong of displays paid by itself"].startswith("1 of 11")
    assert figures["trials"]["more than 5 % wrong"] == {"enrolments": 1, "80": 0, "119": 0, "153": 0, "never": TRIALS}
