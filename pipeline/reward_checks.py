"""What is wrong with the cells of a reward table; the engine itself lets a wrong cell pass as 'does not match'."""

from collections.abc import Iterator

from pipeline import engine
from pipeline.corners import context_of
from pipeline.expression import paths_read, problems_of
from pipeline.rewards import RewardError, RewardTable
from pipeline.samples import sample_points
from pipeline.vocabulary import Parts, kind_of, path_text


def cell_problems(table: RewardTable, sku_codes: frozenset[str]) -> Iterator[RewardError]:
    """Each problem of a table that `rewards.read_table` took; then a trial of the whole table when there is none."""
    found = [*_columns(table, sku_codes), *_conditions(table, sku_codes), *_amounts(table, sku_codes)]
    yield from found
    if table.hit_policy == "first" and all(
        any(row.get(column, "").strip() for column, _ in table.columns) for row in table.rows
    ):
        yield RewardError("rules", "add a last row without conditions, for all else", "请在最后添加一行无条件的兜底行")
    elif not found:
        yield from _whole(table)


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
        try:
            for point in sample_points((subject, *paths_read(cell, cell=True))):
                engine.cell_holds(cell, point[subject], context_of(point))
        except engine.EngineError as error:
            yield RewardError(where, f"write a condition such as >= 6 or [2..4] ({error})",
                              f"请填写条件，如 >= 6 或 [2..4]（{error}）")  # fmt: skip


def _amounts(table: RewardTable, sku_codes: frozenset[str]) -> Iterator[RewardError]:
    for number, row in enumerate(table.rows):
        where, cell = f"rules[{number}].{table.output}", row[table.output]
        wrong = problems_of(cell, sku_codes)
        for problem in wrong:
            yield RewardError(where, problem.en, problem.zh)
        if wrong:
            continue
        paths = paths_read(cell)
        if any(kind_of(path) == "ratio" for path in paths):
            yield RewardError(where, "an amount cannot follow a ratio: use rows with limits",
                              "金额不能直接按比率计算：请用分档行")  # fmt: skip
            continue
        try:
            for point in sample_points(paths):
                engine.whole_fen(engine.value_of(cell, context_of(point)))
        except engine.EngineError as error:
            yield RewardError(where, f"give a whole number of fen ({error})", f"请填写整数（分）（{error}）")


def _whole(table: RewardTable) -> Iterator[RewardError]:
    """Try the table as the engine runs it: edges that lead nowhere show here."""
    paths: tuple[Parts, ...] = table.paths()
    try:
        for point in sample_points(paths):
            engine.amount_fen(table.json, context_of(point))
    except engine.EngineError as error:
        if table.hit_policy == "first" or "no row" not in str(error):
            yield RewardError("table", f"the table gives no amount ({error}): connect its nodes in a line",
                              f"表格未给出金额（{error}）：请将节点依次连接")  # fmt: skip
