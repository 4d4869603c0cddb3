"""The facts of one display from several photos of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.interval import Interval, ratio
from pipeline.vocabulary import SKU_PREFIX, FactError, Parts, kind_of, read_fact

# A ratio of merged facts: its path, the part and the whole that it is taken of.
_RATIOS: dict[Parts, tuple[Parts, Parts]] = {
    ("share", "own"): (("facings", "own"), ("facings", "total")),
    ("cooler", "purity"): (("cooler", "own_facings"), ("cooler", "facings")),
}


def merge_facts(photos: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One nested dict of facts (leaves `{low, best, high}`) for photos that show parts of one display.

    How far the photos overlap is unknown: at least the most that one of them shows is there, at most the sum.
    Ratios are taken anew from the merged counts, since a mean of ratios bounds nothing. A fact that one photo
    lacks is left out, so that a clause over it is unsure. ValueError for no photo, FactError for a leaf that
    is no interval.
    """
    if not photos:
        raise ValueError("no photo to merge: give the facts of at least one")
    paths = [path for path in _leaves(photos[0]) if all(_has(photo, path) for photo in photos[1:])]
    merged: dict[str, Any] = {}
    for path in paths:
        if kind_of(path) == "count":
            _put(merged, path, _merge_counts([read_fact(photo, path) for photo in photos], path))
    for path in paths:
        if kind_of(path) != "ratio":
            continue
        if len(photos) == 1:
            _put(merged, path, read_fact(photos[0], path))
        elif path in _RATIOS and all(_has(merged, count) for count in _RATIOS[path]):
            part, whole = (read_fact(merged, count) for count in _RATIOS[path])
            _put(merged, path, _part_of(part, whole))
    return merged


def _merge_counts(intervals: Sequence[Interval], path: Parts) -> Interval:
    low, best = max(each.low for each in intervals), max(each.best for each in intervals)
    if path == ("cooler", "present"):  # there or not: a sum has no meaning
        return Interval(low, best, max(each.high for each in intervals))
    return Interval(low, best, sum(each.high for each in intervals))


def _part_of(part: Interval, whole: Interval) -> Interval:
    """Bounds of part ÷ whole: the rest lies in `whole.low - part.high`..`whole.high - part.low`."""
    low, high = max(0, whole.low - part.high), max(0, whole.high - part.low)
    rest = Interval(low, min(max(whole.best - part.best, low), high), high)
    return ratio(part, rest)


def _leaves(facts: Mapping[str, Any], above: Parts = ()) -> list[Parts]:
    """Paths of the leaves, in order; keys at the first two levels are groups, below them leaves."""
    found: list[Parts] = []
    for key, value in facts.items():
        path = (*above, key)
        if path == SKU_PREFIX or (not above and isinstance(value, Mapping)):
            found.extend(_leaves(value, path))
        else:
            if kind_of(path) is None:
                raise FactError(f"{'.'.join(path)} is not a fact")
            found.append(path)
    return found


def _has(facts: Mapping[str, Any], path: Parts) -> bool:
    node: Any = facts
    for part in path:
        if not isinstance(node, Mapping) or part not in node:
            return False
        node = node[part]
    return True


def _put(facts: dict[str, Any], path: Parts, value: Interval) -> None:
    for part in path[:-1]:
        facts = facts.setdefault(part, {})
    facts[path[-1]] = value.as_dict()
