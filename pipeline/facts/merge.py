"""The facts of one display from several photos of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.interval import Interval, part_of
from pipeline.vocabulary import FactError, Parts, has_skus, is_measured, kind_of, read_fact

# A ratio of merged facts: its path, the part and the whole that it is taken of.
_RATIOS: dict[Parts, tuple[Parts, Parts]] = {
    ("share", "own"): (("facings", "own"), ("facings", "total")),
    ("share", "own_with_empty"): (("facings", "own"), ("facings", "with_empty")),
    ("cooler", "purity"): (("cooler", "own_facings"), ("cooler", "facings")),
    ("cooler", "fill"): (("cooler", "filled"), ("cooler", "slots")),
}
_POSITION = re.compile(r"(row|top)(\d)")
_EYE_LEVEL = "eye_level"  # which rows of the display a photo has there, several do not tell


def merge_facts(photos: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One nested dict of facts (leaves `{low, best, high}`) for photos that show parts of one display.

    How far the photos overlap is unknown: at least the most that one of them shows is there, at most the sum.
    Ratios are taken anew from the merged counts, since a mean of ratios bounds nothing; one without counts, such as
    the linear share, is left out, and so is what several photos do not tell or one of them lacks: a clause over it is
    unsure. ValueError for no photo, FactError for a leaf that is no interval.
    """
    if not photos:
        raise ValueError("no photo to merge: give the facts of at least one")
    named = dict.fromkeys(path for photo in photos for path in _leaves(photo))
    paths = [path for path in named if all(is_measured(photo, path) for photo in photos)]
    merged: dict[str, Any] = {}
    for path in paths:
        if kind_of(path) == "count" and (len(photos) == 1 or path[0] != _EYE_LEVEL):
            _put(merged, path, _merge_counts(photos, path))
    for path in paths:
        if kind_of(path) != "ratio":
            continue
        if len(photos) == 1:
            _put(merged, path, read_fact(photos[0], path))
        elif path in _RATIOS and all(is_measured(merged, count) for count in _RATIOS[path]):
            part, whole = (read_fact(merged, count) for count in _RATIOS[path])
            _put(merged, path, part_of(part, whole))
    return merged


def _merge_counts(photos: Sequence[Mapping[str, Any]], path: Parts) -> Interval:
    intervals = [read_fact(photo, path) for photo in photos]
    if len(intervals) == 1:
        return intervals[0]
    lows, bests, highs = zip(*((each.low, each.best, each.high) for each in intervals), strict=True)
    if path[0] == "scene":  # a display is of one kind, and each photo may have it wrong
        return Interval(min(lows), max(bests), max(highs))
    if path == ("cooler", "present"):  # there or not: a sum has no meaning
        return Interval(max(lows), max(bests), max(highs))
    if position := _POSITION.fullmatch(path[0]):
        # One photo begins with the display's top row, and nobody knows which; in the others a row of the display has
        # its own number or a smaller one.
        down = (f"top{position[2]}" if position[2] != "1" else "row1", *path[1:])
        return Interval(min(lows), max(bests), sum(read_fact(photo, down).high for photo in photos))
    return Interval(max(lows), max(bests), sum(highs))


def _leaves(facts: Mapping[str, Any], above: Parts = ()) -> list[Parts]:
    """Paths of the leaves, in order; keys at the first two levels are groups, below them leaves."""
    found: list[Parts] = []
    for key, value in facts.items():
        path = (*above, key)
        if has_skus(path) or (not above and isinstance(value, Mapping)):
            found.extend(_leaves(value, path))
        else:
            if kind_of(path) is None:
                raise FactError(f"{'.'.join(path)} is not a fact", f"{'.'.join(path)} 不是识别项")
            found.append(path)
    return found


def _put(facts: dict[str, Any], path: Parts, value: Interval) -> None:
    for part in path[:-1]:
        facts = facts.setdefault(part, {})
    facts[path[-1]] = value.as_dict()
