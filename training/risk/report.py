"""The whole report: calibrated scores, settings that keep a bound, and what they and the shipped one decide."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.gallery import Gallery
from models.manifest import WEIGHTS
from pipeline.thresholds import THRESHOLDS_VERSION
from training.risk.binomial import CONFIDENCE, interval, laxest, needed, upper
from training.risk.displays import Display
from training.risk.fronts import scored
from training.risk.outcomes import Outcomes, outcomes
from training.risk.reading import Reader
from training.risk.scores import before_and_after
from training.risk.settings import SHIPPED, STRICTNESS, Setting, cooler_least, setting

LIMITS = (0.005, 0.01, 0.02, 0.05)  # of wrong among automatic payments, per display; the first is asked for


def report(sets: Mapping[str, Sequence[Display]], reader: Reader) -> dict[str, Any]:
    """Everything, ready for JSON. The test split and the proof set choose nothing."""
    demo, field = (Gallery.load(WEIGHTS / f"gallery-{name}.npz") for name in ("demo", "pepsico_vn"))
    cooler = cooler_least((reader.seen(each), len(each.truth().coolers) > 0) for each in sets["pilot"])
    path = [setting(strictness, cooler) for strictness in STRICTNESS]
    pilot = outcomes(sets["pilot"], reader, demo, path)
    calibration = outcomes(sets["calibration"], reader, demo, path)
    bounds = [bound(limit, pilot, calibration) for limit in LIMITS]
    chosen = sorted({entry["place"] for entry in bounds if entry["place"] is not None})
    tried = [SHIPPED, *(path[place] for place in chosen)]
    galleries = {"proof": demo, "held out": field, "test": field}
    found = {part: outcomes(sets[part], reader, gallery, tried) for part, gallery in galleries.items()}
    return {
        "versions": reader.versions | {"thresholds": THRESHOLDS_VERSION, "galleries": [demo.version, field.version]},
        "confidence": CONFIDENCE,
        "displays": {part: len(displays) for part, displays in sets.items()},
        "bounds": bounds,
        "settings": [
            {
                "strictness": each.strictness,
                "counting": asdict(each.counting),
                "galleries": {
                    gallery.version: {"sure": round(limits.sure, 3), "margin": round(limits.margin, 3)}
                    for gallery in (demo, field)
                    for limits in [each.limits(gallery)]
                },
                **{part: decided.rates(number) for part, decided in found.items()},
            }
            for number, each in enumerate(tried)
        ],
        "supported": {part: supported(decided.displays) for part, decided in found.items()},
        "path": _path(path, pilot, calibration),
        "scores": {"rendered": _scores(sets["calibration"], sets["proof"], reader, demo)}
        | ({"field": _scores(sets["held out"], sets["test"], reader, field)} if sets["test"] else {}),
    }


def bound(limit: float, pilot: Outcomes, calibration: Outcomes) -> dict[str, Any]:
    """The laxest setting proven on the calibration displays to keep `limit`.

    The pilot fixes where the tests start: at the strictest setting that by the lower bound of its share of paid
    displays will pay as many as prove the limit where none is wrong. Stricter ones could prove nothing.
    """
    wanted, counts, place = needed(limit), calibration.by_display(), None
    least = [interval(paid, pilot.displays)[0] for _, paid in pilot.by_display()]
    start = next((number for number, share in enumerate(least) if share * calibration.displays >= wanted), None)
    if start is not None and (proven := laxest(counts[start:], limit)) is not None:
        place = start + proven
    return {
        "limit": limit,
        "paid_displays_needed": wanted,
        "starts_at": None if start is None else STRICTNESS[start],
        "place": place,
        "strictness": None if place is None else STRICTNESS[place],
        "calibration": None if place is None else _counted(*counts[place]),
    }


def supported(displays: int) -> dict[str, float]:
    """The least bound that so many displays can prove, were all of them paid and none wrong."""
    return {"displays": displays, "at_most": upper(0, displays)}


def _path(path: Sequence[Setting], pilot: Outcomes, calibration: Outcomes) -> list[dict[str, Any]]:
    counts = zip(path, pilot.by_display(), calibration.by_display(), strict=True)
    return [
        {"strictness": each.strictness, "pilot": _counted(*first), "calibration": _counted(*second)}
        for each, first, second in counts
    ]


def _counted(wrong: int, paid: int) -> dict[str, Any]:
    return {"wrong": wrong, "paid": paid, "at_most": upper(wrong, paid)}


def _scores(fitted: Sequence[Display], tested: Sequence[Display], reader: Reader, gallery: Gallery) -> dict[str, Any]:
    fit, test = scored(fitted, reader, gallery), scored(tested, reader, gallery)
    return {name: before_and_after(fit[place], test[place]) for place, name in enumerate(("fronts", "names"))}
