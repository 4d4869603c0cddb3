"""The syntax tree of an expression, as far as it tells which points can stand for a whole box of intervals.

Two forms need few points. A fact that is compared with numbers only (`facings.own >= 6`, `rows.count in
[2..4]`) turns the answer at those numbers and nowhere else. A fact in a sum (`facings.own - facings.competitor
>= 2`) under which the answer only ever rises, or only ever falls, needs its two ends. Anything else has no
`SyntaxTree` here, and is evaluated by trying every whole number, or not at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from pipeline.rules.descent import Descent, OtherFormError
from pipeline.rules.expression import Token, tokens
from pipeline.vocabulary import Parts

_MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`sum of factor · fact` compared: `operator` is a comparison with one value, or 'in' / 'not in' with the
    numbers of a range or list. `text` is the comparison as an expression by itself."""

    terms: tuple[tuple[Parts, Decimal], ...]
    operator: str
    values: tuple[Decimal, ...]
    text: str = field(default="", compare=False)

    def direction(self, path: Parts) -> int | None:
        """1 where the comparison can only become true as the fact grows, -1 where only false, None where both."""
        sign = {">=": 1, ">": 1, "<=": -1, "<": -1}.get(self.operator)
        factor = dict(self.terms)[path]
        return None if sign is None or not factor else (sign if factor > 0 else -sign)

    @property
    def is_plain(self) -> bool:
        """Whether it is `fact operator number`."""
        return len(self.terms) == 1 and self.terms[0][1] == 1


@dataclass(frozen=True, slots=True)
class Connective:
    """Conditions joined by 'and' or 'or', or one under 'not'."""

    word: Literal["and", "or", "not"]
    nodes: tuple["Comparison | Connective", ...]


SyntaxTree = Comparison | Connective
Breakpoints = tuple[Decimal, ...] | Literal["ends"]
"""Where a fact turns the answer: at these numbers, or (for a monotone fact) its ends suffice."""


@lru_cache(maxsize=2048)
def syntax_tree_of(expression: str, subject: Parts | None = None) -> SyntaxTree | None:
    """The tree of an expression, or of a cell whose column reads `subject`; None for another form.

    ExpressionError as for `tokens`.
    """
    parser = _Parser(tokens(expression, cell=subject is not None), subject)
    try:
        return parser.whole()
    except OtherFormError:
        return None


def breakpoints_of(trees: Sequence[SyntaxTree], *, monotone: bool) -> dict[Parts, Breakpoints] | None:
    """Where each fact turns any of the answers; None where the trees do not tell.

    `monotone` allows facts within sums; it holds for a single yes or no, not for the row of a table.
    """
    comparisons = [found for tree in trees for found in _comparisons(tree, positive=True)]
    breakpoints: dict[Parts, Breakpoints] = {}
    for path in dict.fromkeys(path for comparison, _ in comparisons for path, _ in comparison.terms):
        mine = [(comparison, positive) for comparison, positive in comparisons if path in dict(comparison.terms)]
        if all(len(comparison.terms) == 1 and comparison.terms[0][1] for comparison, _ in mine):
            breakpoints[path] = tuple(
                value / comparison.terms[0][1] for comparison, _ in mine for value in comparison.values
            )
            continue
        directions = {
            None if (towards := comparison.direction(path)) is None else towards * (1 if positive else -1)
            for comparison, positive in mine
        }
        if not monotone or None in directions or len(directions) > 1:
            return None
        breakpoints[path] = "ends"
    return breakpoints


def comparisons_of(tree: SyntaxTree) -> tuple[Comparison, ...]:
    """All comparisons of a tree, however they are joined."""
    return tuple(comparison for comparison, _ in _comparisons(tree, positive=True))


def conjuncts(tree: SyntaxTree | None) -> tuple[Comparison, ...]:
    """The `fact operator number` conditions that must all hold; empty where it is not such a list."""
    nodes = tree.nodes if isinstance(tree, Connective) and tree.word == "and" else (tree,)
    comparisons = tuple(node for node in nodes if isinstance(node, Comparison) and node.is_plain)
    return comparisons if len(comparisons) == len(nodes) else ()


def _comparisons(tree: SyntaxTree, *, positive: bool) -> Iterator[tuple[Comparison, bool]]:
    if isinstance(tree, Comparison):
        yield tree, positive
        return
    for node in tree.nodes:
        yield from _comparisons(node, positive=positive != (tree.word == "not"))


class _Parser(Descent):
    """Recursive descent over the words; any surprise is another form, never an error."""

    def __init__(self, words: Sequence[Token], subject: Parts | None) -> None:
        super().__init__(words)
        self._subject = subject

    def whole(self) -> SyntaxTree:
        nodes = [self._element()]
        while self._subject is not None and self._accept(","):  # a comma in a cell means 'or'
            nodes.append(self._element())
        self._end()
        return nodes[0] if len(nodes) == 1 else Connective("or", tuple(nodes))

    def _element(self) -> SyntaxTree:
        return (self._bare_value() if self._subject is not None else None) or self._joined("or")

    def _bare_value(self) -> SyntaxTree | None:
        """A number, range or list that stands alone in a cell: the column's fact equals it or lies in it."""
        assert self._subject is not None
        began = self._at
        try:
            if self._peek() in ("[", "("):
                operator, values = "in", self._collection()
            else:
                operator, values = "==", (self._number(),)
            if self._peek() in (None, ","):
                return Comparison(((self._subject, Decimal(1)),), operator, values)
        except OtherFormError:
            pass
        self._at = began
        return None

    def _joined(self, word: Literal["and", "or"]) -> SyntaxTree:
        nodes = [self._joined("and") if word == "or" else self._single()]
        while self._accept(word):
            nodes.append(self._joined("and") if word == "or" else self._single())
        return nodes[0] if len(nodes) == 1 else Connective(word, tuple(nodes))

    def _single(self) -> SyntaxTree:
        if self._peek() in ("not", "!") and self._peek(1) == "(":
            self._at += 1
            return Connective("not", (self._single(),))
        if self._accept("("):
            node = self._joined("or")
            self._expect(")")
            return node
        return self._with_text()

    def _with_text(self) -> Comparison:
        began = self._at
        comparison = self._comparison()
        return replace(comparison, text=" ".join(word.text for word in self._words[began : self._at]))

    def _comparison(self) -> Comparison:
        terms, constant = ({self._subject: Decimal(1)}, Decimal(0)) if self._lacks_subject() else self._sum()
        if self._accept("not"):
            self._expect("in")
            return self._member(terms, constant, "not in")
        if self._accept("in"):
            return self._member(terms, constant, "in")
        operator = self._peek()
        if operator not in _MIRRORED:
            raise OtherFormError
        self._at += 1
        right, right_constant = self._sum()
        for path, factor in right.items():
            terms[path] = terms.get(path, Decimal(0)) - factor
        return _compared(terms, operator, right_constant - constant)

    def _lacks_subject(self) -> bool:
        return self._subject is not None and self._peek() in (*_MIRRORED, "in", "not")

    def _member(self, terms: dict[Parts | None, Decimal], constant: Decimal, operator: str) -> Comparison:
        if constant or list(terms.values()) != [Decimal(1)]:
            raise OtherFormError
        return _compared(terms, operator, *self._collection())

    def _collection(self) -> tuple[Decimal, ...]:
        """`[1, 2]`, or a range `[1..3]` whose ends may be open."""
        listed = self._peek() == "["
        if not (self._accept("[") or self._accept("(")):
            raise OtherFormError
        values = [self._number()]
        if self._accept(".."):
            values.append(self._number())
            if not (self._accept("]") or self._accept(")")):
                raise OtherFormError
            return tuple(values)
        while self._accept(","):
            values.append(self._number())
        if not listed:
            raise OtherFormError
        self._expect("]")
        return tuple(values)

    def _sum(self) -> tuple[dict[Parts | None, Decimal], Decimal]:
        terms: dict[Parts | None, Decimal] = {}
        constant = Decimal(0)
        sign = -1 if self._accept("-") else 1
        while True:
            path, factor = self._product()
            if path is None:
                constant += sign * factor
            else:
                terms[path] = terms.get(path, Decimal(0)) + sign * factor
            if self._peek() not in ("+", "-"):
                return terms, constant
            sign = 1 if self._words[self._at].text == "+" else -1
            self._at += 1

    def _product(self) -> tuple[Parts | None, Decimal]:
        """A number, a fact, or one of each multiplied."""
        path: Parts | None = None
        factor = Decimal(1)
        while True:
            word = self._next()
            if word.kind == "number":
                factor *= Decimal(word.text)
            elif path is None and (word.kind == "path" or (word.text == "$" and self._subject is not None)):
                path = word.parts or self._subject
            else:
                raise OtherFormError
            if not self._accept("*"):
                return path, factor

    def _number(self) -> Decimal:
        sign = -1 if self._accept("-") else 1
        word = self._next()
        if word.kind != "number":
            raise OtherFormError
        return sign * Decimal(word.text)


def _compared(terms: dict[Parts | None, Decimal], operator: str, *values: Decimal) -> Comparison:
    """The comparison; one that multiplies its only fact by -1 (`6 <= fact`) is turned round."""
    kept = tuple((path, factor) for path, factor in terms.items() if path is not None)
    if not kept or any(not factor for _, factor in kept):
        raise OtherFormError
    if len(kept) == 1 and kept[0][1] < 0 and operator in _MIRRORED:
        path, factor = kept[0]
        return Comparison(((path, -factor),), _MIRRORED[operator], tuple(-value for value in values))
    return Comparison(kept, operator, values)
