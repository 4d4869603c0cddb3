"""Isotonic regression and the calibration error, by hand and on scores of known meaning."""

import numpy as np
import pytest

from training.risk.scores import Scored, before_and_after, calibration_error, isotonic, reliability


def test_isotonic_pools_what_falls_and_keeps_what_rises() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    fitted = isotonic(scores, np.array([False, True, False, True, True]))
    assert fitted(scores) == pytest.approx([0, 0.5, 0.5, 1, 1])
    assert fitted(np.array([0.0, 0.25, 0.9])) == pytest.approx([0, 0.5, 1])


def test_isotonic_takes_equal_scores_together() -> None:
    fitted = isotonic(np.array([0.5, 0.5, 0.5, 0.9]), np.array([True, False, False, True]))
    assert fitted(np.array([0.5, 0.9])) == pytest.approx([1 / 3, 1])


def test_calibration_error_is_the_weighted_distance_of_the_bins() -> None:
    scored = Scored(np.array([0.95, 0.95, 0.25, 0.25]), np.array([True, False, False, False]), np.array([0, 1, 2, 3]))
    assert calibration_error(scored)["ece"] == pytest.approx((2 * 0.45 + 2 * 0.25) / 4)
    assert [row["fronts"] for row in reliability(scored)] == [2, 2]
    assert [row["right"] for row in reliability(scored)] == pytest.approx([0, 0.5])


def test_a_map_mends_scores_that_claim_too_much() -> None:
    rng = np.random.default_rng(1)

    def drawn(photos: int) -> Scored:
        scores = rng.uniform(0, 1, photos * 20)
        return Scored(scores, rng.uniform(0, 1, len(scores)) < scores**3, np.repeat(np.arange(photos), 20))

    report = before_and_after(drawn(200), drawn(100))
    assert report["before"]["ece"] == pytest.approx(0.25, abs=0.03)
    assert report["after"]["ece"] < 0.05
    assert report["before"]["interval"][0] < report["before"]["ece"] < report["before"]["interval"][1]
