"""When an enrolled SKU may pay without a person: acceptance sampling of the displays that it would have paid; pure.

The unit is a display that would have been paid, since fronts of one photo fail together. A stage is passed where the
exact one-sided bound on the share of wrong would-be payments is at most 5 %. Each of the three planned stages is at an
error of 5/3 %, so that a SKU of which 5 % are wrong passes any of them in at most 5 % of trials (Bonferroni).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

WRONG_SHARE_MAX = 0.05  # of the displays that would have been paid
ACCEPTANCE_NUMBERS = (0, 1, 2)  # wrong displays that the stages allow, in their order
STAGE_ERROR = 0.05 / len(ACCEPTANCE_NUMBERS)
SISTERS_MIN = 20  # displays that show another SKU of the same brand: others prove nothing about sisters
_HALVINGS = 60  # of [0, 1], to the last bit of a float


@dataclass(frozen=True)
class Confirmed:
    """A display that would have been paid, as a person has confirmed it; wrong is None until one has."""

    wrong: bool | None
    with_sister: bool = False


@dataclass(frozen=True)
class Counts:
    """Where a trial stands.

    displays: confirmed by a person, one after another from the enrolment on; wrong, with_sister: of them. waiting:
    displays that no person has confirmed. is_open: the SKU pays without a person. next_stage: displays and the wrong
    ones allowed at the next stage that it can still pass; None where there is none. passed: a stage was passed since
    the last wrong one.
    """

    displays: int
    wrong: int
    with_sister: int
    waiting: int
    is_open: bool
    passed: bool
    next_stage: tuple[int, int] | None

    @property
    def bound(self) -> float:
        """The greatest share of wrong would-be payments that these displays do not rule out, at an error of 5/3 %."""
        return upper(self.wrong, self.displays)

    @property
    def displays_missing(self) -> int:
        """Until the next stage; 0 where one was passed, or none is left."""
        return 0 if self.passed or self.next_stage is None else self.next_stage[0] - self.displays

    @property
    def sisters_missing(self) -> int:
        """Displays with a sister until it can open."""
        return max(0, SISTERS_MIN - self.with_sister)


def count(displays: Sequence[Confirmed]) -> Counts:
    """Reckon from all displays since the enrolment, in the order in which they came.

    None is forgotten: a stage is the first n of them, and waits until a person has seen each of these. Any wrong one
    closes the trial; it opens again with the next stage that is passed.
    """
    seen = list(displays)
    unseen = next((number for number, each in enumerate(seen) if each.wrong is None), len(seen))
    wrong = sisters = 0
    passed = is_open = False
    for number, each in enumerate(seen[:unseen], start=1):
        wrong, sisters = wrong + bool(each.wrong), sisters + each.with_sister
        if each.wrong:
            passed = is_open = False
        passed = passed or any(number == sample_size(allowed) and wrong <= allowed for allowed in ACCEPTANCE_NUMBERS)
        is_open = is_open or (passed and sisters >= SISTERS_MIN)
    late = sum(bool(each.wrong) for each in seen[unseen:])  # known before an earlier one is
    waiting = sum(each.wrong is None for each in seen)
    ahead = ((sample_size(allowed), allowed) for allowed in ACCEPTANCE_NUMBERS if sample_size(allowed) > unseen)
    following = next((stage for stage in ahead if wrong + late <= stage[1]), None)
    return Counts(unseen, wrong, sisters, waiting, is_open and not late, passed and not late, following)


@cache
def sample_size(wrong: int) -> int:
    """Displays of which `wrong` may be wrong at a stage: 80 of 0, 119 of 1, 153 of 2."""
    number = wrong + 1
    while at_most(wrong, number, WRONG_SHARE_MAX) > STAGE_ERROR:
        number += 1
    return number


def at_most(hits: int, trials: int, share: float) -> float:
    """P(X <= hits) for X of Binomial(trials, share)."""
    return sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(min(hits, trials) + 1))


def upper(hits: int, trials: int, error: float = STAGE_ERROR) -> float:
    """Clopper and Pearson's one-sided upper bound of a share (1934); 1 without trials."""
    if hits >= trials:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(hits, trials, middle) > error else (low, middle)
    return high
