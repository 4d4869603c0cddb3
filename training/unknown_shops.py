"""From which score fronts should count in shops never seen: what each rule would have counted on the folds' photos.

Command: `python -m training.unknown_shops [detector_shop]`, after `shelfproof train detector_shop_folds` (seconds). The
truth is what was boxed, 1.06 times: fronts counted by eye are 1.14 times as many as boxed ones where both are known
(datasets/shop_fronts.md), and of what is unclear half is taken for fronts. The last tables tell what each rule makes of
photos that show no display.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from datasets.field import IGNORED, negatives
from models.detections import PRODUCT
from pipeline.familiar import strong_score
from pipeline.thresholds import SCORE_MAYBE
from training.configs import require_data
from training.judge import judge, shipped_detector
from training.judged import Judged, paired
from training.rendered import rendered_set
from training.ultralytics_offline import RUNS

LEAST = 0.02  # of the scores that are kept
BOXED_TO_TRUE, NEAR = 1.06, 0.15
SHARES, SCORES = (0.2, 0.24, 0.28, 0.32, 0.36, 0.4, 0.5, 0.6), (0.15, 0.2, 0.25, 0.3, 0.35)
UNCLEAR_RIGHT = 0.5  # of the boxes in unclear areas, how many are taken for fronts when chances are fitted
RIDGE, STEPS = 0.01, 50
DISPLAY_MIN = 3  # fronts that make a display of clutter

Rule = Callable[[Mapping[str, Any]], float]


def found_on(photo: Judged) -> dict[str, Any]:
    """Fronts boxed, the fronts found, best first, and the strong scores' quantile by which photos are familiar.

    found: [score, 1 on a boxed front, 0 on nothing, -1 on what is unclear].
    """
    keep = (photo.found.labels == PRODUCT) & (photo.found.scores >= LEAST)
    boxes, scores = photo.found.boxes[keep], photo.found.scores[keep]
    fronts, unclear = (photo.boxes[photo.labels == kind] for kind in (PRODUCT, IGNORED))
    right = (paired(fronts, boxes) >= 0).astype(int)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = (unclear[None, :, :2] <= middle[:, None]) & (middle[:, None] <= unclear[None, :, 2:])
    right[(right == 0) & inside.all(axis=2).any(axis=1)] = -1
    return {
        "photo": photo.name,
        "boxed": len(fronts),
        "strong": round(strong_score(photo.found, SCORE_MAYBE), 3),
        "found": [[round(float(score), 4), kind] for score, kind in zip(scores, right.tolist(), strict=True)],
    }


def from_score(score: float) -> Rule:
    return lambda photo: float((_scores(photo) >= score).sum())


def from_share(share: float) -> Rule:
    """Counts from a share of the photo's strong score."""
    return lambda photo: float((_scores(photo) >= share * photo["strong"]).sum())


def expected(photos: Sequence[Mapping[str, Any]]) -> Rule:
    """The sum of the chances that each box is a front: logistic in the logits of its score and the strong one.

    Fitted on `photos`, each weighing the same, by Newton's method with a small ridge.
    """
    inputs = np.concatenate([_inputs(photo) for photo in photos])
    kinds = np.concatenate([[kind for _, kind in photo["found"]] for photo in photos])
    right = np.where(kinds < 0, UNCLEAR_RIGHT, kinds)
    weights = np.concatenate([np.full(len(photo["found"]), 1 / photo["boxed"]) for photo in photos])
    ridge = RIDGE * np.array([1e-6, 1, 1])
    slopes = np.zeros(3)
    for _ in range(STEPS):
        chance = _chances(inputs, slopes)
        gradient = inputs.T @ (weights * (chance - right)) + ridge * slopes
        bend = (inputs * (weights * chance * (1 - chance))[:, None]).T @ inputs + np.diag(ridge)
        slopes = slopes - np.linalg.solve(bend, gradient)
    return lambda photo: float(_chances(_inputs(photo), slopes).sum())


def agreement(photos: Sequence[Mapping[str, Any]], by: Sequence[Rule]) -> dict[str, float]:
    """Photos whose count, each by its own rule, is near the truth; and the mean of |log(count ÷ truth)|."""
    counts = [max(rule(photo), 0.5) / photo["boxed"] for rule, photo in zip(by, photos, strict=True)]
    ratios = np.array(counts) / BOXED_TO_TRUE
    return {
        "near": int((np.abs(ratios - 1) <= NEAR).sum()),
        "of": len(photos),
        "mean_log_error": round(float(np.abs(np.log(ratios)).mean()), 3),
    }


def rules(photos: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Each rule's figures; `expected` is fitted without the photo that it counts."""
    simple = {f"from {score}": from_score(score) for score in SCORES}
    simple |= {f"from {share} of strong": from_share(share) for share in SHARES}
    table = {name: agreement(photos, [rule] * len(photos)) for name, rule in simple.items()}
    fitted = [expected([other for other in photos if other is not photo]) for photo in photos]
    return table | {"expected": agreement(photos, fitted)}


def clutter(photos: Sequence[Mapping[str, Any]], judged: Sequence[Judged]) -> dict[str, int]:
    """Of photos that show no display, how many each rule gives DISPLAY_MIN fronts or more."""
    seen = [found_on(photo) for photo in judged]
    named = {f"from {share} of strong": from_share(share) for share in SHARES} | {"expected": expected(photos)}
    return {name: sum(rule(photo) >= DISPLAY_MIN for photo in seen) for name, rule in named.items()} | {"of": len(seen)}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "detector_shop"
    photos = json.loads((RUNS / f"{name}_folds.json").read_text())
    detector = shipped_detector(RUNS / f"{name}_fold_0")
    bare = [photo for photo in rendered_set("test") if not (photo.classes == PRODUCT).any()]
    report = {
        "rules": rules(photos),
        "displays made of fruit": clutter(photos, judge(negatives(require_data(), train=False), detector)),
        "displays made of rendered clutter": clutter(photos, judge(bare, detector)),
    }
    print(json.dumps(report, indent=1))


def _scores(photo: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    return np.array([score for score, _ in photo["found"]])


def _inputs(photo: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    scores = _logit(_scores(photo))
    return np.stack([np.ones(len(scores)), scores, np.full(len(scores), _logit(photo["strong"]))], axis=1)


def _chances(inputs: npt.NDArray[np.float64], slopes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-inputs @ slopes)), np.float64)


def _logit(score: Any) -> Any:
    clipped = np.clip(score, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))


if __name__ == "__main__":
    main()
