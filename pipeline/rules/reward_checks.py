"""What is wrong with the cells of a reward table; the rule engine itself lets a wrong cell pass as 'does not match'."""

from collections.abc import Iterator, Mapping

from pipeline.interval import Interval
from pipeline.rules import rule_engine
from pipeline.rules.answers import drawn_points
from pipeline.rules.condition_checks import boolean_problems, number_problems
from pipeline.rules.corners import context_of, probe_points
from pipeline.rules.expression import paths_read, problems_of
from pipeline.rules.reward_bounds import Reach, greatest_of, reach_of, row_fen
from pipeline.rules.rewards import RewardError, RewardTable
from pipeline.rules.syntax import syntax_tree_of
from pipeline.vocabulary import Parts, kind_of, path_text


def cell_problems(
    table: RewardTable, sku_codes: frozenset[str], within: Mapping[Parts, Interval]
) -> Iterator[RewardError]:
    """Each problem of a table that `rewards.read_table` took; then a trial of the whole table when there is none.
    `within`: within what the facts lie where all clauses of the task hold."""
    found = [*_columns(table, sku_codes), *_conditions(table, sku_codes), *_amounts(table, sku_codes)]
    yield from found
    if table.hit_policy == "first" and all(
        any(row.get(column, "").strip() for column, _ in table.columns) for row in table.rows
    ):
        yield RewardError("rules", "add a last row without conditions, for all else", "请在最后添加一行无条件的兜底行")
    elif not found:
        rows = list(_rows(table, within))
        yield from rows or _whole(table, within)


def _columns(table: RewardTable, sku_codes: frozenset[str]) -> Iterator[RewardError]:
    for column, path in table.columns:
        for problem in problems_of(path_text(path), sku_codes):
            yield RewardError(f"inputs.{column}", problem.en, problem.zh)


def _conditions(table: RewardTable, sku_codes: frozenset[str]) -> Iterator[RewardError]:
    columns = dict(table.columns)
    for number, column, cell in table.conditions():
        where = f"rules[{number}].{column}"
        wrong = problems_of(cell, sku_codes, cell=True)
        for problem in wrong:
            yield RewardError(where, problem.en, problem.zh)
        if wrong:
            continue
        subject = columns[column]
        paths = tuple(dict.fromkeys((subject, *paths_read(cell, cell=True))))
        tree = syntax_tree_of(cell, subject)
        try:
            for point in [*probe_points(paths), *(() if tree else drawn_points(paths, cell, cell=True))]:
                rule_engine.cell_holds(cell, point[subject], context_of(point))
        except rule_engine.RuleEngineError as error:
            yield RewardError(where, f"write a condition such as >= 6 or [2..4] ({error})",
                              f"请填写条件，如 >= 6 或 [2..4]（{error}）")  # fmt: skip
            continue
        for told in (*boolean_problems(cell, cell=True), *number_problems(tree)):
            yield RewardError(where, told.en, told.zh)


def _amounts(table: RewardTable, sku_codes: frozenset[str]) -> Iterator[RewardError]:
    for number, row in enumerate(table.rows):
        where, cell = f"rules[{number}].{table.output}", row[table.output]
        wrong = problems_of(cell, sku_codes)
        for problem in wrong:
            yield RewardError(where, problem.en, problem.zh)
        if wrong:
            continue
        if any(kind_of(path) == "ratio" for path in paths_read(cell)):
            yield RewardError(where, "an amount cannot follow a ratio: use rows with limits",
                              "金额不能直接按比率计算：请用分档行")  # fmt: skip
            continue
        if wrong := list(boolean_problems(cell)):
            yield from (RewardError(where, told.en, told.zh) for told in wrong)
            continue
        try:
            for point in probe_points(paths_read(cell)):
                value = rule_engine.value_of(cell, context_of(point))
                if not point:  # the limits of a formula are looked at where its row matches
                    rule_engine.whole_fen(value)
        except rule_engine.RuleEngineError as error:
            yield RewardError(where, f"give a whole number of fen ({error})", f"请填写整数（分）（{error}）")


def _rows(table: RewardTable, within: Mapping[Parts, Interval]) -> Iterator[RewardError]:
    """Rows that no photo reaches, amounts that are none wherever a row is reached, and a table that pays nothing."""
    anywhere, met = reach_of(table), reach_of(table, within)
    found = False
    for number in range(len(table.rows)):
        where = f"rules[{number}]"
        if number not in anywhere.reached:
            if number == len(table.rows) - 1 and not _has_conditions(table, number):
                continue  # for all else, where there is nothing else
            found = True
            yield RewardError(
                where,
                "no photo reaches this row: its conditions never hold, or earlier rows take all of it; mend or remove",
                "没有照片会用到此行：条件不可能成立，或已被前面的行覆盖；请删除或修正",
            )
            continue
        for told in _amount_problems(table, number, met if number in met.reached else anywhere):
            found = True
            yield RewardError(f"{where}.{table.output}", *told)
    if not found and greatest_of(table, met) == 0:
        yield RewardError("table", "what meets the clauses earns nothing: give an amount above 0",
                          "满足条款也没有奖励：请填写大于 0 的金额")  # fmt: skip


def _amount_problems(table: RewardTable, row: int, reach: Reach) -> Iterator[tuple[str, str]]:
    cell = table.rows[row][table.output]
    cap, cap_zh = "", ""
    if paths := paths_read(cell):
        fact = path_text(paths[0])
        cap = (
            f"; bound facts, as in min([{fact}, 24]), round what is not whole, put max([0, …]) around what may be less"
        )
        cap_zh = f"；请限制各事实，如 min([{fact}, 24])，非整数用 round，可能小于 0 的用 max([0, …])"
    try:
        fen = row_fen(table, row, reach)
    except rule_engine.RuleEngineError as error:
        yield f"give a whole number of fen ({error}){cap}", f"请填写整数（分）（{error}）{cap_zh}"
        return
    if fen is None:
        yield "write the amount as sums and products of facts and numbers", "金额请写成事实与数字的加减乘"
    elif fen[0] < 0 or fen[1] > rule_engine.FEN_MAX:
        yield (
            f"the amount may be {fen[0]} to {fen[1]} fen, and lies from 0 to {rule_engine.FEN_MAX}{cap}",
            f"金额可能为 {fen[0]} 到 {fen[1]} 分，应在 0 到 {rule_engine.FEN_MAX} 之间{cap_zh}",
        )


def _into(interval: Interval | None, value: float) -> float:
    return value if interval is None else min(max(value, interval.low), interval.high)


def _has_conditions(table: RewardTable, row: int) -> bool:
    return any(number == row for number, _, _ in table.conditions())


def _whole(table: RewardTable, within: Mapping[Parts, Interval]) -> Iterator[RewardError]:
    """Try the table as the rule engine runs it: edges that lead nowhere show here."""
    try:
        for sample in probe_points(table.paths()):
            point = {path: _into(within.get(path), value) for path, value in sample.items()}
            rule_engine.amount_fen(table.json, context_of(point))
    except rule_engine.RuleEngineError as error:
        if table.hit_policy == "first" or "no row" not in str(error):
            yield RewardError("table", f"the table gives no amount ({error}): connect its nodes in a line",
                              f"表格未给出金额（{error}）：请将节点依次连接")  # fmt: skip
