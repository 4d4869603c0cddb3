"""What is wrong with a condition that the rule engine takes: numbers that no fact has, answers that never change."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline.rules.answers import answers_of
from pipeline.rules.expression import ExpressionError, tokens
from pipeline.rules.syntax import SyntaxTree, comparisons_of
from pipeline.vocabulary import FLAGS, Parts, kind_of, path_text, range_of


def boolean_problems(text: str, *, cell: bool = False) -> Iterator[ExpressionError]:
    """`true` and `false` beside facts, which are numbers: the rule engine calls 1 unequal to true."""
    for word in dict.fromkeys(word.text for word in tokens(text, cell=cell)):
        if word in ("true", "false"):
            number = int(word == "true")
            yield ExpressionError(
                f"write == {number} in place of {word}: facts are numbers", f"事实是数字：请用 == {number} 代替 {word}"
            )


def number_problems(tree: SyntaxTree | None) -> Iterator[ExpressionError]:
    """Numbers that a fact is compared with and never has."""
    for comparison in comparisons_of(tree) if tree else ():
        if not comparison.is_plain:
            continue
        path = comparison.terms[0][0]
        for value in dict.fromkeys(comparison.values):
            yield from _number_problem(path, value)
        if ".." in comparison.text and comparison.values[0] > comparison.values[1]:
            low, high = comparison.values
            yield ExpressionError(
                f"the range {low}..{high} is empty: write the smaller number first",
                f"区间 {low}..{high} 为空：请把较小的数写在前面",
            )


def answer_problems(expression: str, tree: SyntaxTree | None) -> Iterator[ExpressionError]:
    """Of a condition that no photo meets, or every photo; of one made of several, first its parts."""
    parts = [comparison.text for comparison in comparisons_of(tree) if comparison.text] if tree else []
    for text in dict.fromkeys([*parts, expression]):
        found = answers_of(text)
        if found.holds_at is not None and found.fails_at is not None:
            continue
        told = _within(text)
        if found.holds_at is None:
            en, zh = (
                ("no photo can meet", "没有照片能满足")
                if found.complete
                else ("no photo was found to meet", "未找到照片能满足")
            )
            yield ExpressionError(f"{en} {text} ({told}): write a condition that some photos meet and others do not",
                                  f"{zh} {text}（{told}）：请填写部分照片达标、部分不达标的条件")  # fmt: skip
        else:
            en, zh = (
                ("every photo meets", "所有照片都满足")
                if found.complete
                else ("every photo tried meets", "试过的照片都满足")
            )
            yield ExpressionError(f"{en} {text} ({told}): raise its limit, or leave it out",
                                  f"{zh} {text}（{told}）：请提高要求或删除")  # fmt: skip
        return


def _within(text: str) -> str:
    """Where the facts of a condition lie, in words of numbers alone."""
    paths = dict.fromkeys(word.parts for word in tokens(text) if word.kind == "path")
    return ", ".join(f"{path_text(path)} {range_of(path).low:g}..{range_of(path).high:g}" for path in paths)


def _number_problem(path: Parts, value: Decimal) -> Iterator[ExpressionError]:
    name, most = path_text(path), range_of(path).high
    if kind_of(path) == "ratio":
        if not 0 <= value <= 1:
            example = f", as in {value / 100} for {value} %" if 1 < value <= 100 else ""
            zh = f"（{value}% 请写 {value / 100}）" if example else ""
            yield ExpressionError(
                f"{name} is a ratio from 0 to 1: {value} lies outside{example}",
                f"{name} 是 0 到 1 之间的比率，{value} 超出范围{zh}",
            )
    elif not 0 <= value <= most or value != value.to_integral_value():
        kind, zh = (
            ("0 or 1", " 0 或 1") if path in FLAGS else (f"a whole number from 0 to {most:g}", f" 0 到 {most:g} 的整数")
        )
        yield ExpressionError(f"{name} is {kind}: it is never {value}", f"{name} 是{zh}，不会是 {value}")
