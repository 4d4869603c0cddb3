"""How small and how great an amount can be that a formula over facts gives: interval arithmetic over its words.

Sound, not always tight: a fact that stands twice is taken as two facts.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import product

from pipeline.interval import Interval
from pipeline.rules.descent import Descent, OtherFormError
from pipeline.rules.expression import Token, tokens
from pipeline.vocabulary import Parts

Bounds = tuple[Decimal, Decimal]

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_ROUNDED = {"ceil": ROUND_CEILING, "floor": ROUND_FLOOR, "round": ROUND_HALF_UP, "trunc": ROUND_DOWN}
_JOINED: dict[str, Callable[[Sequence[Decimal]], Decimal]] = {"max": max, "min": min, "sum": sum}  # type: ignore[dict-item]
_TRUTH: Bounds = (Decimal(0), Decimal(1))


def bounds_of(formula: str, facts: Mapping[Parts, Interval]) -> Bounds | None:
    """Between which numbers the formula lies for facts within these intervals, both included.

    None for a form that this does not follow, and where it divides by what may be 0. ExpressionError as for `tokens`.
    """
    parser = _Parser(tokens(formula), facts)
    try:
        return parser.whole()
    except OtherFormError:
        return None


class _Parser(Descent):
    """Recursive descent over the words, in the rule engine's order of operators."""

    def __init__(self, words: Sequence[Token], facts: Mapping[Parts, Interval]) -> None:
        super().__init__(words)
        self._facts = facts

    def whole(self) -> Bounds:
        found = self._choice()
        self._end()
        return found

    def _choice(self) -> Bounds:
        """`condition ? one : other`: either of the two."""
        condition = self._condition()
        if not self._accept("?"):
            return condition
        one = self._choice()
        self._expect(":")
        other = self._choice()
        return min(one[0], other[0]), max(one[1], other[1])

    def _condition(self) -> Bounds:
        found = self._sum()
        while (word := self._peek()) in _COMPARISONS or word in ("and", "or"):
            self._at += 1
            self._sum()
            found = _TRUTH
        return found

    def _sum(self) -> Bounds:
        low, high = self._product()
        while (word := self._peek()) in ("+", "-"):
            self._at += 1
            least, most = self._product()
            low, high = (low + least, high + most) if word == "+" else (low - most, high - least)
        return low, high

    def _product(self) -> Bounds:
        found = self._single()
        while (word := self._peek()) in ("*", "/", "%"):
            self._at += 1
            other = self._single()
            if word != "*" and other[0] <= 0:
                raise OtherFormError
            if word == "%":
                found = (max(-other[1], min(found[0], Decimal(0))), min(other[1], max(found[1], Decimal(0))))
                continue
            ends = [one * two if word == "*" else one / two for one, two in product(found, other)]
            found = min(ends), max(ends)
        return found

    def _single(self) -> Bounds:
        if self._accept("-"):
            low, high = self._single()
            return -high, -low
        word = self._next()
        if word.kind == "number":
            return Decimal(word.text), Decimal(word.text)
        if word.kind == "path":
            fact = self._facts[word.parts]
            return Decimal(str(fact.low)), Decimal(str(fact.high))
        if word.kind == "function":
            return self._call(word.text)
        if word.text != "(":
            raise OtherFormError
        found = self._choice()
        self._expect(")")
        return found

    def _call(self, name: str) -> Bounds:
        self._expect("(")
        if name in _JOINED:
            self._expect("[")
            each = [self._choice()]
            while self._accept(","):
                each.append(self._choice())
            self._expect("]")
            found = _JOINED[name]([low for low, _ in each]), _JOINED[name]([high for _, high in each])
        else:
            found = self._choice()
            if name == "abs":
                least = Decimal(0) if found[0] <= 0 <= found[1] else min(abs(found[0]), abs(found[1]))
                found = least, max(abs(found[0]), abs(found[1]))
            else:
                found = (found[0].to_integral_value(_ROUNDED[name]), found[1].to_integral_value(_ROUNDED[name]))
        self._expect(")")
        return found
