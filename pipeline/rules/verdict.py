"""From facts and rules to a decision that holds for every value that the facts may have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.flags import of_whole_photo, touching
from pipeline.interval import Interval
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.evaluate import ClauseEvaluation, Outcome, RewardEvaluation, evaluate_clause, evaluate_reward
from pipeline.rules.syntax import Comparison, conjuncts, syntax_tree_of
from pipeline.rules.wording import advise, yuan
from pipeline.texts import Said, Text
from pipeline.vocabulary import Names, Parts, path_text

Decision = Literal["pass", "refuse", "review"]
_NO_NAMES: Names = {}


@dataclass(frozen=True, slots=True)
class ClauseOutcome:
    """One clause of a verdict. `threshold` is `{path, op, value}` where the clause is `fact operator number`;
    advice says what was seen and what is missing, for a clause that did not pass and is made of such parts."""

    code: str
    label: Text
    on_fail: str
    outcome: Outcome
    expression: str
    measured: dict[str, Interval]
    threshold: dict[str, Any] | None
    advice: Text | None

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "code": self.code,
            "label": self.label.as_dict(),
            "on_fail": self.on_fail,
            "outcome": self.outcome,
            "expression": self.expression,
            "measured": {path: interval.as_dict() for path, interval in self.measured.items()},
            "threshold": self.threshold,
            "advice": self.advice.as_dict() if self.advice else None,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with all that explains it.

    `amount_fen` is what is paid on 'pass' (0 is possible: nothing is then posted), 0 on 'refuse', and on
    'review' what the estimates would pay, as a proposal. `amount_range` is `{low, best, high}` in fen, each None
    where unknown. `reasons` are `{code, en, zh}` (and `clause`, its code, for a clause), at least one; `trace`
    shows the points tried.
    """

    outcome: Decision
    amount_fen: int
    amount_range: dict[str, int | None]
    clauses: tuple[ClauseOutcome, ...]
    reasons: tuple[dict[str, str], ...]
    trace: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the same inputs give the same dict."""
        return {
            "outcome": self.outcome,
            "amount_fen": self.amount_fen,
            "amount_range": dict(self.amount_range),
            "clauses": [clause.as_dict() for clause in self.clauses],
            "reasons": [dict(reason) for reason in self.reasons],
            "trace": self.trace,
        }


def decide(
    facts: Mapping[str, Any],
    flags: Sequence[Mapping[str, Any]],
    rules: TaskRules,
    names: Names = _NO_NAMES,
) -> Verdict:
    """Decide over the facts of one display (nested, leaves `{low, best, high}`) by the rules of a task version.

    'pass' when every clause holds and the amount is the same whatever the facts are within their intervals, no
    flag (`{code, en, zh}`) is raised and the amount is within the limit. 'refuse' when a clause that refuses
    fails for sure and no flag is raised: a photo that cannot be trusted cannot convict. 'review' otherwise, with
    every reason. A flag with a `scope` has widened the facts that it names, which is all that it does here; it
    stands with the reasons of what these leave unsure (see `pipeline.flags`). `names` gives the names of SKUs.
    Never raises for facts or expressions that are wrong.
    """
    evaluated = [(clause, evaluate_clause(clause.expression, facts)) for clause in rules.clauses]
    clauses = tuple(_outcome(clause, evaluation, facts, names) for clause, evaluation in evaluated)
    reward = evaluate_reward(rules.reward, facts)
    refusing = [each for each in clauses if each.outcome == "fail" and each.on_fail == "refuse"]
    trace = {"clauses": [_clause_trace(*each) for each in evaluated], "reward": _reward_trace(reward)}
    amounts = {"low": reward.low_fen, "best": reward.best_fen, "high": reward.high_fen}
    blocking = of_whole_photo(flags)
    if refusing and not blocking:
        return Verdict("refuse", 0, amounts, clauses, tuple(_failed(each) for each in refusing), trace)
    reasons = [
        *({"code": str(flag["code"]), "en": str(flag["en"]), "zh": str(flag["zh"])} for flag in blocking),
        *(_failed(each) for each in clauses if each.outcome == "fail"),
        *(
            _because(_unsure(each, evaluation.problem), flags, evaluation.measured)
            for each, (_, evaluation) in zip(clauses, evaluated, strict=True)
            if each.outcome == "unsure"
        ),
        *_reward_reasons(reward, rules.auto_limit_fen, flags),
    ]
    if not clauses:
        reasons.append({"code": "no_clauses", "en": "The task has no clauses", "zh": "任务没有条款"})
    if reasons:
        return Verdict("review", reward.best_fen or 0, amounts, clauses, tuple(reasons), trace)
    assert reward.low_fen is not None
    paid = yuan(reward.low_fen)
    passed = {"code": "passed", "en": f"Every clause holds: {paid}", "zh": f"全部条款达标：{paid}"}
    return Verdict("pass", reward.low_fen, amounts, clauses, (passed,), trace)


def _outcome(clause: Clause, evaluation: ClauseEvaluation, facts: Mapping[str, Any], names: Names) -> ClauseOutcome:
    comparisons = conjuncts(syntax_tree_of(clause.expression)) if evaluation.points else ()
    told = [] if evaluation.outcome == "pass" else list(_advice(comparisons, facts, names))
    return ClauseOutcome(
        code=clause.code,
        label=clause.label,
        on_fail=clause.on_fail,
        outcome=evaluation.outcome,
        expression=clause.expression,
        measured={path_text(path): interval for path, interval in evaluation.measured.items()},
        threshold=_threshold(comparisons[0]) if len(comparisons) == 1 else None,
        advice=Text("; ".join(en for en, _ in told), "；".join(zh for _, zh in told)) if told else None,
    )


def _advice(comparisons: Sequence[Comparison], facts: Mapping[str, Any], names: Names) -> Iterator[Said]:
    """What to say of each part of a clause that does not hold for sure."""
    for comparison in comparisons:
        part = evaluate_clause(comparison.text, facts)
        if part.outcome != "pass":
            interval = part.measured[comparison.terms[0][0]]
            yield advise(comparison, interval, names, sure=part.outcome == "fail")


def _threshold(comparison: Comparison) -> dict[str, Any]:
    values = [int(value) if value == value.to_integral_value() else float(value) for value in comparison.values]
    value: Any = values if comparison.operator in ("in", "not in") else values[0]
    return {"path": path_text(comparison.terms[0][0]), "op": comparison.operator, "value": value}


def _failed(clause: ClauseOutcome) -> dict[str, str]:
    return _reason("clause_failed", clause, "not met", "未达标")


def _unsure(clause: ClauseOutcome, problem: Said | None) -> dict[str, str]:
    if problem is not None:
        return _reason("clause_not_judged", clause, f"could not be judged ({problem[0]})", f"无法判断（{problem[1]}）")
    return _reason("clause_unsure", clause, "the photo does not settle it", "照片上无法确定")


def _because(reason: dict[str, str], flags: Sequence[Mapping[str, Any]], paths: Iterable[Parts]) -> dict[str, str]:
    """The reason, and the flags that have made one of the facts at `paths` doubtful."""
    told = touching(flags, paths)
    if not told:
        return reason
    en, zh = ([str(flag[language]) for flag in told] for language in ("en", "zh"))
    return {**reason, "en": f"{reason['en']}. {' '.join(en)}", "zh": f"{reason['zh']}。{''.join(zh)}"}


def _reason(code: str, clause: ClauseOutcome, en: str, zh: str) -> dict[str, str]:
    """A reason for a clause: its advice where there is one, else `en` and `zh`."""
    advice = clause.advice or Text(en, zh)
    return {
        "code": code,
        "clause": clause.code,
        "en": f"{clause.label.en}: {advice.en}",
        "zh": f"{clause.label.zh}：{advice.zh}",
    }


def _reward_reasons(
    reward: RewardEvaluation, auto_limit_fen: int, flags: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, str]]:
    if reward.problem is not None or reward.low_fen is None or reward.high_fen is None:
        why = reward.problem or ("no amount", "没有金额")
        unknown = {
            "code": "reward_not_judged",
            "en": f"The reward could not be computed ({why[0]})",
            "zh": f"无法计算奖励（{why[1]}）",
        }
        yield _because(unknown, flags, reward.measured)
        return
    if not reward.is_sure:
        low, high = yuan(reward.low_fen), yuan(reward.high_fen)
        unsure = {
            "code": "reward_unsure",
            "en": f"The reward may be {low} to {high}: the photo does not settle it",
            "zh": f"奖励可能为 {low} 到 {high}，照片上无法确定",
        }
        yield _because(unsure, flags, reward.measured)
    if reward.high_fen > auto_limit_fen:
        high, limit = yuan(reward.high_fen), yuan(auto_limit_fen)
        yield {
            "code": "reward_above_limit",
            "en": f"The reward of {high} is above the task's automatic limit of {limit}",
            "zh": f"奖励 {high} 超过任务的自动支付上限 {limit}",
        }


def _clause_trace(clause: Clause, evaluation: ClauseEvaluation) -> dict[str, Any]:
    return {
        "code": clause.code,
        "points": evaluation.points,
        "holds_at": evaluation.holds_at,
        "fails_at": evaluation.fails_at,
        "problem": evaluation.problem and evaluation.problem[0],
    }


def _reward_trace(reward: RewardEvaluation) -> dict[str, Any]:
    return {
        "points": reward.points,
        "measured": {path_text(path): interval.as_dict() for path, interval in reward.measured.items()},
        "rows": list(reward.rows),
        "problem": reward.problem and reward.problem[0],
    }
