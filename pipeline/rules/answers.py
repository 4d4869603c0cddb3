"""Which answers a condition has over all that facts may ever be: one that has a single answer is no condition."""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.rules import rule_engine
from pipeline.rules.corners import Point, context_of, corners
from pipeline.rules.expression import paths_read, tokens
from pipeline.rules.relations import relations_of
from pipeline.rules.syntax import breakpoints_of, syntax_tree_of
from pipeline.vocabulary import FRONTS_MAX, Parts, kind_of, range_of

TRIED_MAX = 8_000
_COUNTS = (0, 1, 2, 3, 6, 12, 24, 100, FRONTS_MAX)
_RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Answers:
    """A display for which the condition holds and one for which it does not; None where none was found. `complete`:
    every case was tried, so that where none was found there is none."""

    holds_at: Point | None
    fails_at: Point | None
    complete: bool


def answers_of(expression: str) -> Answers:
    """The answers of a condition over the ranges of its facts, at points that a display can have (see `relations`).

    ExpressionError, RuleEngineError for an expression that is wrong.
    """
    paths = paths_read(expression)
    tree = syntax_tree_of(expression)
    whole = corners({path: range_of(path) for path in paths}, breakpoints_of([tree], monotone=True) if tree else None)
    relations = relations_of(paths)
    shown: dict[bool, Point] = {}
    anywhere: set[bool] = set()
    for point in itertools.chain(whole or (), drawn_points(paths, expression) if len(paths) > 1 else ()):
        answer = rule_engine.holds(expression, context_of(point))
        anywhere.add(answer)
        if answer not in shown and all(each.allows(point) for each in relations):
            shown[answer] = point
            if len(shown) == 2 and tree is not None:  # of another form each point is tried: it may divide by 0
                break
    complete = whole is not None and (not relations or len(anywhere) < 2)
    return Answers(shown.get(True), shown.get(False), complete)


def drawn_points(paths: Sequence[Parts], text: str, *, cell: bool = False) -> Iterator[Point]:
    """Points at and beside the numbers in an expression, or a `cell`, and some others: all, or TRIED_MAX and a few; the
    same ones each time."""
    numbers = [float(word.text) for word in tokens(text, cell=cell) if word.kind == "number"]
    axes = [_values(path, numbers) for path in paths]
    total = 1
    for axis in axes:
        total *= len(axis)
    for values in itertools.product(*axes) if total <= TRIED_MAX else _some(axes):
        yield dict(zip(paths, values, strict=True))


def _values(path: Parts, numbers: Iterable[float]) -> list[float]:
    most = range_of(path).high
    if kind_of(path) == "ratio":
        return sorted({each for each in (*_RATIOS, *numbers) if each <= most})
    beside = {int(number) + step for number in numbers for step in (-1, 0, 1)}
    return sorted(each for each in {*_COUNTS, *beside, most} if 0 <= each <= most)


def _some(axes: Sequence[list[float]]) -> Iterator[tuple[float, ...]]:
    least, most = [axis[0] for axis in axes], [axis[-1] for axis in axes]
    yield tuple(least)
    yield tuple(most)
    for at in range(len(axes)):
        for value in axes[at]:
            yield (*least[:at], value, *least[at + 1 :])
            yield (*most[:at], value, *most[at + 1 :])
    drawn = random.Random(0)
    for _ in range(TRIED_MAX):
        yield tuple(drawn.choice(axis) for axis in axes)
