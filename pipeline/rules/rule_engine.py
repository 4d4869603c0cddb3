"""The one place that calls the rule engine: compiled once, only plain numbers in, only sure answers out.

The rule engine answers null or a number where a rule author meant yes or no, and a table whose cell is wrong just does
not match; so every answer is checked here, and a wrong one is an `RuleEngineError`, never a 'no'.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import zen

from pipeline.numbers import is_number

FEN_MAX = 100_000_000
"""A reward above a million yuan is a slip of the pen."""


class RuleEngineError(ValueError):
    """The rule engine refused a rule or its answer is not of the right kind; `en` and `zh` say which, in one line."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


@lru_cache(maxsize=2048)
def compiled(expression: str) -> "zen.Expression":
    """The compiled clause; RuleEngineError for a wrong syntax."""
    try:
        return zen.compile_expression(expression)
    except RuntimeError as error:
        raise RuleEngineError(_one_line(error), "规则引擎无法计算") from error


@lru_cache(maxsize=2048)
def compiled_cell(cell: str) -> "zen.Expression":
    """The compiled condition of a table; RuleEngineError for a wrong syntax.

    `zen.validate_unary_expression` of 2.1.3 reads a cell as a whole expression and refuses `>= 6`; compiling it
    as a cell does not.
    """
    try:
        return zen.compile_unary_expression(cell)
    except RuntimeError as error:
        raise RuleEngineError(_one_line(error), "规则引擎无法计算") from error


@lru_cache(maxsize=256)
def compiled_reward(reward_json: str) -> "zen.ZenDecision":
    """The compiled decision table; RuleEngineError when the rule engine does not take it."""
    try:
        return zen.ZenEngine().create_decision(reward_json)
    except RuntimeError as error:
        raise RuleEngineError(_one_line(error), "规则引擎无法计算") from error


def reward_json(reward: Mapping[str, Any]) -> str:
    """The text under which a table is compiled and kept."""
    return json.dumps(reward, ensure_ascii=False, sort_keys=True)


def holds(expression: str, context: dict[str, Any]) -> bool:
    """Whether a clause holds; RuleEngineError when the answer is not yes or no."""
    answer = value_of(expression, context)
    if not isinstance(answer, bool):
        kind = "nothing" if answer is None else type(answer).__name__
        raise RuleEngineError(f"the expression gives {kind}, not yes or no", "表达式的结果不是“是”或“否”")
    return answer


def value_of(expression: str, context: dict[str, Any]) -> Any:
    """What an expression gives; RuleEngineError when it cannot be evaluated."""
    try:
        return compiled(expression).evaluate(context)
    except RuntimeError as error:
        raise RuleEngineError(_one_line(error), "规则引擎无法计算") from error


def cell_holds(cell: str, value: float, context: dict[str, Any]) -> bool:
    """Whether the condition of a table holds for its column's value; RuleEngineError as for `holds`."""
    try:
        answer: Any = compiled_cell(cell).evaluate({**context, "$": value})
    except RuntimeError as error:
        raise RuleEngineError(_one_line(error), "规则引擎无法计算") from error
    if not isinstance(answer, bool):
        raise RuleEngineError("the cell does not give yes or no", "单元格的结果不是“是”或“否”")
    return answer


def amount_fen(table: str, context: dict[str, Any]) -> int:
    """The reward of a table in fen; rows of a 'collect' table add up. RuleEngineError when it gives no amount."""
    return _amount_fen(_answer(table, context))


def amount_and_rows(table: str, context: dict[str, Any]) -> tuple[int, tuple[int, ...]]:
    """As `amount_fen`, and the numbers of the rows that match, from 0."""
    answer = _answer(table, context, traced=True)
    found: list[int] = []
    for node in answer["trace"].values():
        data = node.get("traceData")
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict) and "index" in each:
                found.append(int(each["index"]))
    return _amount_fen(answer), tuple(sorted(found))


def _answer(table: str, context: dict[str, Any], traced: bool = False) -> Any:
    try:
        return compiled_reward(table).evaluate(context, {"trace": traced})
    except RuntimeError as error:
        raise RuleEngineError(_one_line(error), "规则引擎无法计算") from error


def _amount_fen(answer: Any) -> int:
    result = answer["result"]
    rows = result if isinstance(result, list) else [result]
    if not rows or not all(isinstance(row, dict) and "reward_fen" in row for row in rows):
        raise RuleEngineError("no row of the reward table matches", "奖励表中没有匹配的行")
    return sum(whole_fen(row["reward_fen"]) for row in rows)


def whole_fen(value: Any) -> int:
    """The rule engine's number as fen; RuleEngineError unless it is a whole number from 0 to `FEN_MAX`."""
    if not is_number(value):
        raise RuleEngineError("the reward is not a number", "奖励不是数字")
    if value != int(value) or not 0 <= value <= FEN_MAX:
        raise RuleEngineError(
            f"the reward {value:g} is not a whole number of fen from 0 to {FEN_MAX}",
            f"奖励 {value:g} 不是 0 至 {FEN_MAX} 的整数分",
        )
    return int(value)


def _one_line(error: Exception) -> str:
    """The rule engine's reason without its JSON and without a back trace."""
    text = str(error).split("Stack backtrace")[0].strip()
    try:
        text = str(json.loads(text)["source"])
    except (ValueError, KeyError, TypeError):
        text = " ".join(text.split())
    return text[:200]
