"""Facts of a photo with the names of newly enrolled SKUs believed or not, and with what a person says of its fronts.

A SKU that is known from enrolment alone is on trial: what pays cannot rest on its name until people have confirmed it
often enough (docs/trial.md). A reading keeps what is needed to tell the facts either way.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.detections import CLASSES, Detections
from models.gallery import UNKNOWN
from pipeline.facts.display import read_display
from pipeline.facts.make import FactContext, Facts, make_facts
from pipeline.facts.seen import Doubts, Recognised
from pipeline.facts.widen import widen

Stored = Mapping[str, Any]  # PhotoReading.as_dict()


def told(
    found: Detections, recognised: Recognised, doubted: Doubts, gallery: tuple[str, ...], context: FactContext
) -> dict[str, Any]:
    """What a reading keeps to give its facts again, ready for JSON; empty where no front has an enrolled SKU's name.

    boxes, scores: as the facts were made of. codes: of the gallery, and `unknown` at the end; all others are indices
    into it. own, new: those of the brand. fronts: per detection its `candidates`; enrolled: by the detection's index,
    its `named` and its `doubted`.
    """
    if not recognised.enrolled:
        return {}
    codes = (*gallery, UNKNOWN)
    index_of = {code: number for number, code in enumerate(codes)}

    def indices(names: Collection[str]) -> list[int]:
        return sorted(index_of[name] for name in names if name in index_of)

    return {
        "boxes": found.boxes.tolist(),
        "scores": found.scores.tolist(),
        "codes": list(codes),
        "own": indices(context.own),
        "new": indices(context.new),
        "fronts": [indices(names) for names in recognised.candidates],
        "enrolled": {str(index): [indices(each) for each in both] for index, both in recognised.enrolled.items()},
        "cut": list(doubted.cut),
        "hidden": doubted.hidden,
        "top_unseen": doubted.top_unseen,
    }


def enrolled_fronts(reading: Stored) -> dict[int, str]:
    """The code of each front that is named after an enrolled SKU, by its index among the detections."""
    kept = reading.get("trial") or {}
    return {int(index): reading["detections"][int(index)]["sku"] for index in kept.get("enrolled", {})}


def facts_if(reading: Stored, believed: Collection[str], denied: Collection[int] = ()) -> Facts:
    """The facts of a stored reading, were the names of the enrolled SKUs in `believed` certain, and no others.

    denied: indices of detections that a person did not confirm: they are anything but what they are named after.
    """
    kept = reading.get("trial")
    if not kept:
        return dict(reading["facts"])
    codes: tuple[str, ...] = tuple(kept["codes"])
    names = [each["sku"] for each in reading["detections"]]
    candidates = [frozenset(codes[number] for number in each) for each in kept["fronts"]]
    for index, code in enrolled_fronts(reading).items():
        named, doubted = (frozenset(codes[number] for number in each) for each in kept["enrolled"][str(index)])
        candidates[index] = named if code in believed else doubted
        if index in denied:
            names[index], candidates[index] = UNKNOWN, (doubted - {code}) | {UNKNOWN}
    recognised = Recognised(tuple(names), (0.0,) * len(names), tuple(candidates))
    own, new = (frozenset(codes[number] for number in kept[name]) for name in ("own", "new"))
    found = stored_detections(reading)
    exact = replace(
        found, boxes=np.array(kept["boxes"], np.float32).reshape(-1, 4), scores=np.array(kept["scores"], np.float32)
    )
    display = read_display(exact, top_unseen=kept["top_unseen"])
    doubts = Doubts(tuple(kept["cut"]), np.zeros(len(names), bool), kept["hidden"], kept["top_unseen"])
    return widen(make_facts(display, recognised, codes[:-1], FactContext(own, new)), doubts)


def stored_detections(reading: Stored) -> Detections:
    """The boxes of a stored reading, in pixels of the full upright photo."""
    found = reading["detections"]
    return Detections(
        boxes=np.array([each["box"] for each in found], np.float32).reshape(-1, 4),
        scores=np.array([each["score"] for each in found], np.float32),
        labels=np.array([CLASSES.index(each["label"]) for each in found], np.int64),
        complete=True,
    )
