"""Exact bounds against published values, and the level that the sequence of tests keeps on simulated displays."""

import itertools
import math

import numpy as np
import pytest

from training.risk.binomial import at_most, interval, laxest, needed, upper


def test_the_tail_is_the_sum_of_its_terms() -> None:
    exact = sum(math.comb(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(6))
    assert at_most(5, 20, 0.3) == pytest.approx(exact, rel=1e-12)
    assert at_most(1000, 10_000, 0.1) == pytest.approx(0.5, abs=0.01)
    assert (at_most(3, 3, 0.9), at_most(0, 5, 0.0), at_most(4, 5, 1.0)) == (1.0, 1.0, 0.0)


# by the quantiles of the beta distribution: R, binom.test(hits, trials)$conf.int
@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.3084971),
        (1, 10, 0.002528579, 0.4450161),
        (5, 10, 0.1870860, 0.8129140),
        (7, 20, 0.1539092, 0.5921885),
        (10, 10, 0.6915029, 1.0),
    ],
)
def test_interval_is_that_of_clopper_and_pearson(hits: int, trials: int, low: float, high: float) -> None:
    assert interval(hits, trials) == pytest.approx((low, high), abs=1e-6)


def test_no_wrong_payment_proves_what_the_rule_of_three_says() -> None:
    assert upper(0, 598) == pytest.approx(1 - 0.05 ** (1 / 598), rel=1e-9)
    assert upper(0, 598) <= 0.005 < upper(0, 597)
    assert needed(0.005) == 598
    assert upper(0, needed(0.02)) <= 0.02 < upper(0, needed(0.02) - 1)
    assert (upper(0, 0), interval(0, 0)) == (1.0, (0.0, 1.0))


def test_the_sequence_ends_at_the_first_setting_that_is_not_proven() -> None:
    assert laxest([(0, 400), (1, 700), (9, 900), (0, 1000)], 0.01) == 1
    assert laxest([(0, 100), (0, 400)], 0.01) is None
    assert laxest([], 0.01) is None


def test_a_setting_over_the_limit_is_chosen_in_at_most_one_of_twenty_repetitions() -> None:
    """Planted: laxer settings pay more displays and are wrong more often; from the fifth on over the limit."""
    rng = np.random.default_rng(5)
    limit, displays, repetitions = 0.02, 1500, 2000
    paid_share = np.linspace(0.3, 0.8, 10)
    added_risk = np.array([0.004, 0.01, 0.02, 0.04, 0.10, 0.10, 0.10, 0.10, 0.10, 0.10])
    shares = np.diff(paid_share, prepend=0.0)
    true_risk = np.cumsum(shares * added_risk) / paid_share
    assert (true_risk > limit).any()
    assert true_risk[0] < limit
    broken = chosen = 0
    for _ in range(repetitions):
        # each display is paid from one setting on; what it is wrong with hangs on which that is
        paid = rng.multinomial(displays, [*shares, 1 - paid_share[-1]])[:-1]
        wrong = rng.binomial(paid, added_risk)
        counts = list(zip(itertools.accumulate(wrong.tolist()), itertools.accumulate(paid.tolist()), strict=True))
        place = laxest(counts, limit)
        chosen += place is not None
        broken += place is not None and true_risk[place] > limit
    assert chosen > 0.9 * repetitions
    assert 0 < broken <= 0.05 * repetitions
