"""Intervals and calibration against values worked out by hand or published."""

import numpy as np
import pytest

from training.report.statistics import calibration_error, reliability, share_interval, wilson


def test_wilson_is_the_published_interval() -> None:
    # Newcombe 1998, table I: 81 of 263, and 0 of 20 (at 95 %)
    assert wilson(81, 263) == pytest.approx([0.2553, 0.3662], abs=1e-4)
    assert wilson(0, 20) == pytest.approx([0, 0.1611], abs=1e-4)
    assert wilson(0, 0) == [0, 1]


def test_the_interval_of_a_share_is_of_photos_not_of_fronts() -> None:
    one_photo_wrong = share_interval([100, 0, 100, 100], [100, 100, 100, 100])
    spread = share_interval([75] * 4, [100] * 4)
    assert one_photo_wrong[0] <= 0.5
    assert one_photo_wrong[1] == 1
    assert spread == [0.75, 0.75]


def test_bins_hold_score_share_and_number() -> None:
    scores, right = np.array([0.05, 0.15, 0.15, 0.95, 1.0]), np.array([False, False, True, True, True])
    bins = reliability(scores, right, np.linspace(0, 1, 11))
    assert [(round(each["low"], 1), each["n"], each["share"]) for each in bins] == [
        (0, 1, 0),
        (0.1, 2, 0.5),
        (0.9, 2, 1),
    ]
    assert bins[2]["score"] == pytest.approx(0.975)


def test_calibration_error_weighs_bins_by_their_number() -> None:
    bins = [{"n": 3, "score": 0.9, "share": 0.7}, {"n": 1, "score": 0.2, "share": 0.6}]
    assert calibration_error(bins) == pytest.approx((3 * 0.2 + 1 * 0.4) / 4)
    assert calibration_error([]) is None


def test_scores_that_are_their_own_shares_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    bins = reliability(scores, rng.random(20_000) < scores, np.linspace(0, 1, 11))
    assert calibration_error(bins) == pytest.approx(0, abs=0.02)
