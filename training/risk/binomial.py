"""Exact bounds of a share from a count, and the order of tests that keeps one level for many of them.

Clopper and Pearson 1934 (exact binomial interval); Angelopoulos, Bates, Candes, Jordan, Lei 2021, 'Learn then test',
arXiv:2110.01052, section 2.4 (fixed-sequence testing). scipy is not needed: the tail is summed by logarithms.
"""

import math
from collections.abc import Sequence

import numpy as np

CONFIDENCE = 0.95
_HALVINGS = 60  # of [0, 1], to the last bit of a float


def at_most(hits: int, trials: int, share: float) -> float:
    """P(X <= hits) for X of Binomial(trials, share), 0 <= share <= 1; relative error below 1e-9 for 10,000 trials."""
    if share <= 0 or hits >= trials:
        return 1.0
    if share >= 1 or hits < 0:
        return 0.0
    k = np.arange(hits + 1)
    choose = np.array([math.lgamma(trials + 1) - math.lgamma(i + 1) - math.lgamma(trials - i + 1) for i in k.tolist()])
    logs = choose + k * math.log(share) + (trials - k) * math.log1p(-share)
    greatest = float(logs.max())
    return min(1.0, math.exp(greatest) * float(np.exp(logs - greatest).sum()))


def upper(hits: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Greatest share that `hits` of `trials` do not rule out, one-sided; 1 without trials. 0 of n: 1 - 0.05^(1/n)."""
    if hits >= trials:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(hits, trials, middle) > 1 - confidence else (low, middle)
    return high


def interval(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Clopper and Pearson's two-sided interval; (0, 1) without trials."""
    each = (1 + confidence) / 2
    return 1 - upper(trials - hits, trials, each), upper(hits, trials, each)


def needed(limit: float, confidence: float = CONFIDENCE) -> int:
    """Trials without a hit that prove a share of at most `limit`: 598 for 0.5 % at 95 %."""
    return math.ceil(math.log(1 - confidence) / math.log1p(-limit))


def laxest(counts: Sequence[tuple[int, int]], limit: float, confidence: float = CONFIDENCE) -> int | None:
    """Place of the last setting proven to keep `limit`, tested one after another until the first that is not.

    counts: (wrong, paid) per setting, in an order fixed without these data. Each is tested at the full level: a
    wrong statement needs the first setting that breaks the limit to pass its own test. None where the first fails.
    """
    proven = None
    for place, (wrong, paid) in enumerate(counts):
        if at_most(wrong, paid, limit) > 1 - confidence:  # upper(wrong, paid) > limit
            break
        proven = place
    return proven
