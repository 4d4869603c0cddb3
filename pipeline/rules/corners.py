"""Corners: the points at which rules are tried so that the answers hold for every value the facts may have.

A corner takes each fact at an end of its interval or beside a breakpoint of the rule, in every combination.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.interval import Interval
from pipeline.rules.syntax import Breakpoints
from pipeline.vocabulary import Kind, Parts, kind_of

CORNERS_MAX = 4096

Point = dict[Parts, float]
_PROBES: tuple[tuple[float, float], ...] = ((0, 0.0), (1, 0.5), (7, 1.0))  # a count, a ratio


def corners(
    intervals: Mapping[Parts, Interval], breakpoints: Mapping[Parts, Breakpoints] | None, limit: int = CORNERS_MAX
) -> Iterator[Point] | None:
    """Points that stand for the whole box of `intervals`: an answer that is the same at all, holds inside.

    With `breakpoints` (see `syntax.breakpoints_of`) the ends of each interval and both sides of each breakpoint;
    without, or where that is fewer, every whole number of counts. None when more than `limit` points are
    needed, or when a ratio is uncertain and its breakpoints are not known.
    """
    axes: list[tuple[Parts, list[float]]] = []
    total = 1
    for path, interval in intervals.items():
        kind = kind_of(path)
        size, every = _every_value(interval, kind)
        if breakpoints is not None and path in breakpoints and (size is None or size > 2):
            some = _breakpoint_values(interval, kind, breakpoints[path])
            if size is None or len(some) < size:
                size, every = len(some), iter(some)
        if size is None or (total := total * size) > limit:
            return None
        axes.append((path, list(every)))
    names = [path for path, _ in axes]
    return (dict(zip(names, values, strict=True)) for values in itertools.product(*(axis for _, axis in axes)))


def probe_points(paths: Iterable[Parts]) -> list[Point]:
    """Three points with a value for each path: nothing there, little, much."""
    named = tuple(paths)
    return [{path: share if kind_of(path) == "ratio" else count for path in named} for count, share in _PROBES]


def context_of(point: Point) -> dict[str, Any]:
    """A point as the nested dict that the rule engine reads; only the facts of the point are in it."""
    context: dict[str, Any] = {}
    for path, value in point.items():
        node = context
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
    return context


def _every_value(interval: Interval, kind: Kind | None) -> tuple[int | None, Iterator[float]]:
    if interval.is_exact:
        return 1, iter((interval.low,))
    if kind != "count":
        return None, iter(())
    low, high = int(interval.low), int(interval.high)
    return high - low + 1, iter(range(low, high + 1))


def _breakpoint_values(interval: Interval, kind: Kind | None, breakpoints: Breakpoints) -> list[float]:
    if breakpoints == "ends":
        return [interval.low, interval.high]
    if kind == "count":
        sides = {
            int(side)
            for at in breakpoints
            for side in (math.ceil(at) - 1, math.floor(at), math.ceil(at), math.floor(at) + 1)
        }
        ends = {int(interval.low), int(interval.high)}
        return sorted(ends | {side for side in sides if side in interval})
    marks = sorted({interval.low, interval.high} | {float(at) for at in breakpoints if float(at) in interval})
    between = {(left + right) / 2 for left, right in itertools.pairwise(marks)}
    return sorted({*marks, *between})
