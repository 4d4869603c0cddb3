"""What each setting decides on each display, beside what is true; and the rates of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from models.gallery import Gallery
from pipeline.rules.verdict import decide
from training.risk.binomial import CONFIDENCE, interval, upper
from training.risk.displays import Display
from training.risk.reading import Reader
from training.risk.settings import Setting
from training.risk.tasks import TASKS, cases, left_out

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcomes:
    """paid, refused: bool (settings, displays, tasks), decided without a person. holds: bool (displays, tasks)."""

    paid: Mask
    refused: Mask
    holds: Mask

    @property
    def displays(self) -> int:
        return len(self.holds)

    def by_display(self) -> list[tuple[int, int]]:
        """Per setting (wrong, paid) displays: paid where any task is, wrong where any such payment is.

        The display is the trial, not the payment: the payments of one photo fail together.
        """
        wrong = (self.paid & ~self.holds).any(axis=2).sum(axis=1)
        return list(zip(wrong.tolist(), self.paid.any(axis=2).sum(axis=1).tolist(), strict=True))

    def rates(self, setting: int) -> dict[str, Any]:
        """Per task and for all tasks of a display: shares with exact 95 % intervals."""
        paid, refused = self.paid[setting], self.refused[setting]
        report: dict[str, Any] = {
            name: _rates(paid[:, place], refused[:, place], self.holds[:, place]) for place, name in enumerate(TASKS)
        }
        wrong, trials = self.by_display()[setting]
        report["any_task"] = {"displays": self.displays, "wrong_pay": _share(wrong, trials)}
        return report


def outcomes(displays: Sequence[Display], reader: Reader, gallery: Gallery, settings: Sequence[Setting]) -> Outcomes:
    """Decides three tasks on each display, with each setting, from what was read of it."""
    shape = len(settings), len(displays), len(TASKS)
    paid, refused = np.zeros(shape, bool), np.zeros(shape, bool)
    holds = np.zeros(shape[1:], bool)
    steps = track(displays, "Deciding", console=Console(stderr=True), transient=True)
    for row, display in enumerate(steps):
        seen, known = reader.seen(display), gallery.without(left_out(display, gallery))
        given = cases(display, display.truth(), known)
        holds[row] = [given[name].holds for name in TASKS]
        for number, setting in enumerate(settings):
            facts = setting.facts(seen, known, given[TASKS[0]].context)
            decided = [decide(facts, seen.flags, given[name].rules).outcome for name in TASKS]
            paid[number, row] = [outcome == "pass" for outcome in decided]
            refused[number, row] = [outcome == "refuse" for outcome in decided]
    return Outcomes(paid, refused, holds)


def _rates(paid: Mask, refused: Mask, holds: Mask) -> dict[str, Any]:
    return {
        "displays": len(holds),
        "fulfilled": _share(int(holds.sum()), len(holds)),
        "automatic": _share(int((paid | refused).sum()), len(holds)),
        "wrong_pay": _share(int((paid & ~holds).sum()), int(paid.sum())),
        "wrong_refuse": _share(int((refused & holds).sum()), int(refused.sum())),
    }


def _share(hits: int, trials: int) -> dict[str, Any]:
    """The share with its two-sided interval, and the one-sided bound, exact, at 95 %."""
    return {
        "hits": hits,
        "trials": trials,
        "share": hits / trials if trials else None,
        "interval": list(interval(hits, trials, CONFIDENCE)),
        "at_most": upper(hits, trials, CONFIDENCE),
    }
