"""How much wider the facts are by what a photo cannot show.

What surely is there stays: `>= N` passes on what is seen. What is hidden, or lies beyond the picture's edge, may be
anything, so a clause that limits from above, a share, a number of rows, or which row it is, is unsure.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.facts.seen import Doubts
from pipeline.interval import OPEN, Interval
from pipeline.vocabulary import SHELF_POSITIONS, Parts, kind_of

_COOLERS: tuple[Parts, ...] = ("cooler", "present"), ("cooler", "count")
_EMPTY: tuple[Parts, ...] = ("rows", "empty"), ("cooler", "empty")


def widen(facts: Mapping[str, Any], doubts: Doubts) -> dict[str, Any]:
    """The facts (nested, leaves `{low, best, high}`) with what the photo cannot show."""
    return _widened(facts, doubts, ()) if doubts.cut or doubts.hidden else dict(facts)


def _widened(node: Mapping[str, Any], doubts: Doubts, path: Parts) -> dict[str, Any]:
    if kind_of(path) is not None:
        return _fact(Interval.from_dict(node), path, doubts).as_dict()
    return {name: _widened(value, doubts, (*path, name)) for name, value in node.items()}


def _fact(seen: Interval, path: Parts, doubts: Doubts) -> Interval:
    cut, hidden = doubts.cut, doubts.hidden
    if path in _COOLERS:  # not a second one: of another cooler out of the picture no photo tells
        return replace(seen, high=max(seen.high, 1)) if cut else seen
    if path[0] == "scene":  # what a cut off display stands in may be beyond the picture
        cooler = path[1] == "cooler"
        return seen if not cut else replace(seen, high=max(seen.high, 1)) if cooler else replace(seen, low=0)
    if path == ("rows", "count"):
        return replace(seen, high=OPEN) if "top" in cut or "bottom" in cut else seen
    if kind_of(path) == "ratio":
        return Interval(0.0, seen.best, 1.0) if cut or hidden else seen
    # a row above those seen moves each of them down; one below changes which ones are at eye level
    moved = path[0] in SHELF_POSITIONS and ("top" in cut or (path[0] == "eye_level" and "bottom" in cut))
    filled = path in _EMPTY and hidden  # what seems empty may hold what a reflection hides
    return replace(seen, low=0 if moved or filled else seen.low, high=OPEN if cut else seen.high + hidden)
