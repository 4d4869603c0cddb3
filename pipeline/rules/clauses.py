"""The rules of a task version: clauses and reward; and what is wrong with them before they are published."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.numbers import is_whole
from pipeline.rules import rule_engine
from pipeline.rules.condition_checks import answer_problems, boolean_problems, number_problems
from pipeline.rules.corners import context_of, probe_points
from pipeline.rules.expression import fact_paths, paths_read, problems_of
from pipeline.rules.reward_checks import cell_problems
from pipeline.rules.rewards import RewardError, read_table, simple_reward, tiered_reward
from pipeline.rules.syntax import breakpoints_of, syntax_tree_of
from pipeline.rules.together import ContradictionError, Within, within_of
from pipeline.texts import Text, text_in
from pipeline.vocabulary import kind_of

__all__ = [
    "Clause",
    "RuleProblem",
    "RulesFormatError",
    "TaskRules",
    "check_rules",
    "fact_paths",
    "simple_reward",
    "tiered_reward",
]

CLAUSES_MAX = 50
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

OnFail = Literal["refuse", "review"]


class RulesFormatError(ValueError):
    """The rules have not the form of `TaskRules.as_dict`; `en` and `zh` say where, in one line."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a task: a ZEN expression over the facts, and what happens when it fails for sure."""

    code: str
    label: Text
    expression: str
    on_fail: OnFail

    @classmethod
    def from_dict(cls, data: Any, where: str = "clause") -> "Clause":
        """The reverse of `as_dict`; RulesFormatError."""
        fields = {name: _text(data, name, where) for name in ("code", "expression")}
        label = text_in(data, "label")
        if label is None:
            raise RulesFormatError(
                f"{where}.label is an object with en and zh", f"{where}.label 须为对象，包含 en 和 zh"
            )
        on_fail = _text(data, "on_fail", where)
        if on_fail not in ("refuse", "review"):
            raise RulesFormatError(
                f"{where}.on_fail is 'refuse' or 'review', not {on_fail!r}",
                f"{where}.on_fail 只能是 'refuse' 或 'review'，不能是 {on_fail!r}",
            )
        return cls(**fields, label=label, on_fail="refuse" if on_fail == "refuse" else "review")

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "code": self.code,
            "label": self.label.as_dict(),
            "expression": self.expression,
            "on_fail": self.on_fail,
        }


@dataclass(frozen=True, slots=True)
class TaskRules:
    """What a task version demands and pays: all clauses must hold; `reward` is a GoRules decision graph whose
    table gives `reward_fen`; above `auto_limit_fen` a person decides."""

    clauses: tuple[Clause, ...]
    reward: Mapping[str, Any]
    auto_limit_fen: int

    @classmethod
    def from_dict(cls, data: Any) -> "TaskRules":
        """The reverse of `as_dict`; RulesFormatError for another form. Says nothing of meaning: `check_rules`."""
        if not isinstance(data, Mapping):
            raise RulesFormatError(
                "the rules are an object with clauses, reward and auto_limit_fen",
                "规则须为对象，包含 clauses、reward 和 auto_limit_fen",
            )
        clauses, reward, limit = (data.get(name) for name in ("clauses", "reward", "auto_limit_fen"))
        if not isinstance(clauses, list | tuple):
            raise RulesFormatError("clauses is a list", "clauses 须为列表")
        if not isinstance(reward, Mapping):
            raise RulesFormatError("reward is an object: a decision graph", "reward 须为对象（决策图）")
        if not is_whole(limit):
            raise RulesFormatError("auto_limit_fen is a whole number of fen", "auto_limit_fen 须为整数（分）")
        made = tuple(Clause.from_dict(each, f"clauses[{number}]") for number, each in enumerate(clauses))
        return cls(made, dict(reward), limit)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "clauses": [clause.as_dict() for clause in self.clauses],
            "reward": dict(self.reward),
            "auto_limit_fen": self.auto_limit_fen,
        }


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """Why rules may not be published: where, and what to do, in English and Chinese."""

    where: str
    en: str
    zh: str

    def as_dict(self) -> dict[str, str]:
        """Ready for JSON."""
        return {"where": self.where, "en": self.en, "zh": self.zh}


def check_rules(rules: TaskRules, sku_codes: Iterable[str]) -> list[RuleProblem]:
    """All that is wrong with the rules of a task whose gallery holds `sku_codes`; empty when they may be published."""
    codes = frozenset(sku_codes)
    found = list(_check_frame(rules))
    wrong = [
        problem
        for number, clause in enumerate(rules.clauses)
        for problem in _check_clause(clause, codes, f"clauses[{number}]")
    ]
    within: Within = {}
    try:
        within = {} if wrong else within_of([clause.expression for clause in rules.clauses])
    except ContradictionError as error:
        wrong.append(_contradiction(rules, error.clauses))
    return [*found, *wrong, *_check_reward(rules.reward, codes, within)]


def _check_frame(rules: TaskRules) -> Iterator[RuleProblem]:
    if not 1 <= len(rules.clauses) <= CLAUSES_MAX:
        yield RuleProblem("clauses", f"give 1 to {CLAUSES_MAX} clauses", f"请设置 1 到 {CLAUSES_MAX} 个条款")
    if not 0 <= rules.auto_limit_fen <= rule_engine.FEN_MAX:
        yield RuleProblem(
            "auto_limit_fen",
            f"give 0 to {rule_engine.FEN_MAX} fen; 0 sends every reward to a person",
            f"请填写 0 到 {rule_engine.FEN_MAX} 分；0 表示全部人工审核",
        )
    codes = [clause.code for clause in rules.clauses]
    for number, clause in enumerate(rules.clauses):
        where = f"clauses[{number}]"
        if not _CODE.fullmatch(clause.code):
            yield RuleProblem(f"{where}.code", "use up to 64 letters, digits, - and _", "编码只能含字母、数字、- 和 _")
        elif codes.index(clause.code) < number:
            yield RuleProblem(f"{where}.code", f"{clause.code} stands twice", f"编码 {clause.code} 重复")
        if not all(each.strip() for each in clause.label):
            yield RuleProblem(f"{where}.label", "name the clause in both languages", "请填写中英文名称")


def _check_clause(clause: Clause, codes: frozenset[str], where: str) -> Iterator[RuleProblem]:
    where = f"{where}.expression"
    expression = clause.expression
    wrong = problems_of(expression, codes)
    if wrong:
        yield from (RuleProblem(where, each.en, each.zh) for each in wrong)
        return
    paths = paths_read(expression)
    try:
        rule_engine.compiled(expression)
        for point in probe_points(paths):
            rule_engine.holds(expression, context_of(point))
    except rule_engine.RuleEngineError as error:
        yield _no_condition(where, error)
        return
    if not paths:
        yield RuleProblem(where, "the clause reads no fact", "条款没有读取任何事实")
        return
    tree = syntax_tree_of(expression)
    breakpoints = breakpoints_of([tree], monotone=True) if tree else None
    if breakpoints is None and any(kind_of(path) == "ratio" for path in paths):
        yield RuleProblem(
            where,
            "a ratio can be judged only when it is compared with a number: share.own >= 0.4",
            "比率只能与数字比较，例如 share.own >= 0.4",
        )
        return
    try:
        told = [*boolean_problems(expression), *number_problems(tree)] or list(answer_problems(expression, tree))
    except rule_engine.RuleEngineError as error:
        yield _no_condition(where, error)
        return
    yield from (RuleProblem(where, each.en, each.zh) for each in told)


def _no_condition(where: str, error: rule_engine.RuleEngineError) -> RuleProblem:
    return RuleProblem(
        where, f"write a condition that is true or false ({error})", f"请填写结果为真或假的条件（{error}）"
    )


def _contradiction(rules: TaskRules, numbers: tuple[int, ...]) -> RuleProblem:
    named = ", ".join(rules.clauses[number].code for number in numbers)
    return RuleProblem(
        ", ".join(f"clauses[{number}]" for number in numbers),
        f"no photo can meet {named} together: change one of them",
        f"没有照片能同时满足 {named}：请修改其中一条",
    )


def _check_reward(reward: Mapping[str, Any], codes: frozenset[str], within: Within) -> Iterator[RuleProblem]:
    try:
        table = read_table(reward)
        rule_engine.compiled_reward(table.json)
    except RewardError as error:
        yield RuleProblem(f"reward.{error.where}", error.en, error.zh)
    except rule_engine.RuleEngineError as error:
        yield RuleProblem("reward", f"the engine refuses the table ({error})", f"规则引擎无法读取此表（{error}）")
    else:
        for problem in cell_problems(table, codes, within):
            yield RuleProblem(f"reward.{problem.where}", problem.en, problem.zh)


def _text(data: Any, name: str, where: str) -> str:
    if not isinstance(data, Mapping) or not isinstance(data.get(name), str):
        raise RulesFormatError(f"{where}.{name} is missing or no text", f"{where}.{name} 缺失或不是文本")
    text: str = data[name]
    return text
