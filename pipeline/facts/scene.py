"""What kind of display a photo shows: a cooler, a rack, or none."""

from pipeline.interval import Interval, ratio
from pipeline.thresholds import SCENE_FRONTS_MIN, SCENE_INSIDE_MIN


def read_scene(inside: Interval, outside: Interval, coolers: Interval) -> dict[str, Interval]:
    """`cooler`, `rack`, `other`, each 0 or 1 in its bounds. inside, outside: fronts in a cooler and in none.

    A cooler is a scene where most of the fronts stand in one, or where there is one and hardly a front: so one that
    the rack beside it hides is none, and an empty one is. A rack is a scene with fronts that is no cooler's.
    """
    few = _not(_at_least(inside + outside, SCENE_FRONTS_MIN))
    mostly_inside = _at_least(ratio(inside, outside), SCENE_INSIDE_MIN)
    present = _at_least(coolers, 1)
    cooler = _and(present, _or(few, mostly_inside))
    other = _and(few, _not(present))
    return {"cooler": cooler, "rack": _and(_not(few), _not(mostly_inside)), "other": other}


def _bounds(value: Interval) -> tuple[float, float, float]:
    return value.low, value.best, value.high


def _at_least(value: Interval, limit: float) -> Interval:
    return Interval(*(int(each >= limit) for each in _bounds(value)))


def _not(value: Interval) -> Interval:
    return Interval(1 - value.high, 1 - value.best, 1 - value.low)


def _and(one: Interval, two: Interval) -> Interval:
    return Interval(min(one.low, two.low), min(one.best, two.best), min(one.high, two.high))


def _or(one: Interval, two: Interval) -> Interval:
    return _not(_and(_not(one), _not(two)))
