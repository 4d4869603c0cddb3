"""What the clauses of a task leave together: within what the facts lie where all hold, which contradict each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.interval import Interval
from pipeline.rules import rule_engine
from pipeline.rules.corners import Point, context_of, corners
from pipeline.rules.expression import paths_read
from pipeline.rules.relations import relations_of
from pipeline.rules.syntax import Comparison, Connective, breakpoints_of, syntax_tree_of
from pipeline.vocabulary import Parts, kind_of, range_of

Within = dict[Parts, Interval]


class ContradictionError(Exception):
    """No display meets all of these `clauses`, by their numbers from 0."""

    def __init__(self, clauses: tuple[int, ...]) -> None:
        super().__init__(f"no display meets all of the clauses {clauses}")
        self.clauses = clauses


@dataclass(frozen=True, slots=True)
class _Part:
    """A condition that must hold, as an expression over its facts; `clause` is the number of the one it stands in."""

    clause: int
    text: str
    paths: tuple[Parts, ...]


def within_of(expressions: Sequence[str]) -> Within:
    """Within what each fact of the clauses lies where all of them hold; ContradictionError where they cannot.

    Sound and not complete: what contradicts itself by more than single facts, sums of them and what is known of any
    display may be left. ExpressionError as for `tokens`.
    """
    parts = [part for number, text in enumerate(expressions) for part in _parts(number, text)]
    within: Within = {}
    bound_by: dict[Parts, tuple[int, ...]] = {}
    for path in dict.fromkeys(path for part in parts for path in part.paths):
        mine = [part for part in parts if part.paths == (path,)]
        bound_by[path] = tuple(dict.fromkeys(part.clause for part in mine))
        within[path] = _hull(path, mine)
    for part in parts:
        if len(part.paths) > 1 and not _can_hold(part.text, within):
            raise ContradictionError(_numbers([part.clause], *(bound_by[path] for path in part.paths)))
    for relation in relations_of(within):
        if not relation.is_possible(within):
            facts = relation.parts if relation.whole is None else (*relation.parts, relation.whole)
            raise ContradictionError(_numbers(*(bound_by[path] for path in facts)))
    return within


def _numbers(*clauses: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted({number for each in clauses for number in each}))


def _parts(number: int, expression: str) -> Iterator[_Part]:
    """The comparisons that a clause joins by 'and', or the clause as a whole."""
    tree = syntax_tree_of(expression)
    nodes = tree.nodes if isinstance(tree, Connective) and tree.word == "and" else (tree,)
    texts = [node.text for node in nodes if isinstance(node, Comparison)]
    for text in texts if len(texts) == len(nodes) else [expression]:
        yield _Part(number, text, paths_read(text))


def _hull(path: Parts, parts: Sequence[_Part]) -> Interval:
    """Within what a fact lies where all these conditions on it hold; ContradictionError where it has no value."""
    tried, held = _tried(path, parts)
    if not held:
        pairs = ((one, other) for at, one in enumerate(parts) for other in parts[: at + 1])
        fewest = next((pair for pair in pairs if not _tried(path, pair)[1]), parts)
        raise ContradictionError(_numbers([part.clause for part in fewest]))
    least, most = held[0], held[-1]
    if kind_of(path) == "ratio":  # between the points tried anything may hold that holds at one of them
        least, most = tried[max(0, tried.index(least) - 1)], tried[min(len(tried) - 1, tried.index(most) + 1)]
    return Interval(least, least, most)


def _tried(path: Parts, parts: Sequence[_Part]) -> tuple[list[float], list[float]]:
    """The values of a fact that matter, and those at which all these conditions on it hold, in order."""
    trees = [syntax_tree_of(part.text) for part in parts]
    known = [tree for tree in trees if tree is not None]
    breakpoints = (breakpoints_of(known, monotone=True) if known else {path: ()}) if len(known) == len(trees) else None
    points = corners({path: range_of(path)}, breakpoints)
    if points is None:  # a ratio within a formula, which is no clause
        return [range_of(path).low, range_of(path).high], [range_of(path).low, range_of(path).high]
    tried = [(point[path], all(_holds(part.text, point) for part in parts)) for point in points]
    return [value for value, _ in tried], [value for value, holds in tried if holds]


def _holds(text: str, point: Point) -> bool:
    """Whether a condition holds; not where the rule engine cannot tell, since nothing passes there."""
    try:
        return rule_engine.holds(text, context_of(point))
    except rule_engine.RuleEngineError:
        return False


def _can_hold(text: str, within: Within) -> bool:
    """Whether a comparison of a sum can hold; True for another form."""
    comparison = syntax_tree_of(text)
    if not isinstance(comparison, Comparison) or comparison.operator not in (">=", ">", "<=", "<", "=="):
        return True
    ends = [
        sorted((factor * Decimal(str(within[path].low)), factor * Decimal(str(within[path].high))))
        for path, factor in comparison.terms
    ]
    least, most, value = sum(low for low, _ in ends), sum(high for _, high in ends), comparison.values[0]
    return {
        ">=": most >= value, ">": most > value, "<=": least <= value, "<": least < value, "==": least <= value <= most,
    }[comparison.operator]  # fmt: skip
