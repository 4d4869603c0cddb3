"""What the boxes of the photos allow to be counted; pure."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from pipeline.interval import OPEN
from pipeline.rules.expression import paths_read
from pipeline.thresholds import COUNTING
from pipeline.vocabulary import SHELF_POSITIONS, FactError, Parts, read_fact

_COOLERS = frozenset({("cooler", "count"), ("cooler", "present")})
_OF_FRONTS = frozenset(
    {("rows", "count"), *(("cooler", part) for part in ("facings", "own_facings", "outside", "filled"))}
)
_SLOTS = frozenset({("facings", "with_empty")})  # empty slots have no boxes


def beyond_boxes(
    values: Mapping[str, float], facts: Mapping[str, Any], detections: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """Of the corrected numbers at these paths those that the photos do not show: path → the most that they allow.

    A front, a row and a cooler need a box each, however faint, whatever it was read as. What the reading itself holds
    possible (`facts`, as read) is allowed too; an open bound, of a display that is cut off, allows no number.
    """
    fronts, coolers = _counted(detections)
    beyond: dict[str, int] = {}
    for path, value in values.items():
        [parts] = paths_read(path)
        boxes = coolers if parts in _COOLERS else fronts if _is_of_fronts(parts) else None
        if boxes is None:
            continue
        most = max(boxes, _most_read(facts, parts))
        if value > most:
            beyond[path] = most
    return beyond


def within_boxes(facts: Mapping[str, Any], detections: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The facts (nested, leaves `{low, best, high}`) with each open bound closed at the number of boxes of fronts."""
    fronts, _ = _counted(detections)

    def closed(node: Mapping[str, Any]) -> dict[str, Any]:
        if {"low", "best", "high"} != set(node):
            return {name: closed(value) for name, value in node.items()}
        high = node["high"] if node["high"] < OPEN else max(ceil(node["best"]), fronts)
        return {**node, "high": high}

    return closed(facts)


def _counted(detections: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """How many boxes there are of fronts, and of coolers."""
    counted = [each for each in detections if certainty_of(each) is not None]
    coolers = sum(each["label"] == "cooler" for each in counted)
    return len(counted) - coolers, coolers


def _is_of_fronts(parts: Parts) -> bool:
    return (parts[0] in ("facings", *SHELF_POSITIONS) and parts not in _SLOTS) or parts in _OF_FRONTS


def _most_read(facts: Mapping[str, Any], parts: Parts) -> int:
    try:
        high = read_fact(facts, parts).high
    except FactError:
        return 0
    return int(high) if high < OPEN else 0


def certainty_of(detection: Mapping[str, Any]) -> str | None:
    """Of a box of a stored reading, see `Counting.certainty`; readings up to thresholds 2026.11-5 do not tell, and were
    drawn and explained by what every photo was then counted by."""
    if "certainty" in detection:
        return str(detection["certainty"]) if detection["certainty"] else None
    return COUNTING.certainty(detection["score"], detection["label"] == "cooler")
