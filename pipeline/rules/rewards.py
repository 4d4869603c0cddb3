"""The reward of a task: a decision table in the rule engine's format, what it reads, what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.numbers import is_number, is_whole
from pipeline.rules import rule_engine
from pipeline.rules.expression import ExpressionError, paths_read, tokens
from pipeline.rules.syntax import Breakpoints, SyntaxTree, breakpoints_of, syntax_tree_of
from pipeline.vocabulary import Parts

ROWS_MAX = 200
_NODE_TYPES = frozenset({"inputNode", "decisionTableNode", "outputNode"})
_HIT_POLICIES = frozenset({"first", "collect"})
_CONTENT = {"passThrough": (False, None), "executionMode": ("single", None), "inputField": ("", None),
            "outputPath": ("", None), "passThorough": (False, None)}  # fmt: skip


class RewardError(ValueError):
    """The reward is no table that we take. `where` points into it, `en` and `zh` say what to do."""

    def __init__(self, where: str, en: str, zh: str) -> None:
        super().__init__(f"{where}: {en}")
        self.where, self.en, self.zh = where, en, zh


@dataclass(frozen=True, slots=True)
class RewardTable:
    """The one decision table of a reward: columns by id, the fact that each reads, and the rows' cells."""

    columns: tuple[tuple[str, Parts], ...]
    output: str
    rows: tuple[Mapping[str, str], ...]
    hit_policy: str
    json: str

    def paths(self) -> tuple[Parts, ...]:
        """All facts that the table reads, each once. ExpressionError for a cell that cannot be read."""
        found = [path for _, path in self.columns]
        for _, _, cell in self.conditions():
            found.extend(paths_read(cell, cell=True))
        for row in self.rows:
            found.extend(paths_read(row[self.output]))
        return tuple(dict.fromkeys(found))

    def conditions(self) -> Iterator[tuple[int, str, str]]:
        """Row number, column id and text of each cell that holds a condition."""
        for number, row in enumerate(self.rows):
            for column, _ in self.columns:
                if row.get(column, "").strip():
                    yield number, column, row[column]

    def breakpoints(self) -> dict[Parts, Breakpoints] | None:
        """Where the facts turn the amount; None where the cells do not tell."""
        return None if any(paths_read(row[self.output]) for row in self.rows) else self.row_breakpoints()

    def row_breakpoints(self) -> dict[Parts, Breakpoints] | None:
        """Where the facts of the conditions turn which rows match; None where the cells do not tell."""
        facts = dict(self.columns)
        trees: list[SyntaxTree] = []
        for _, column, cell in self.conditions():
            tree = syntax_tree_of(cell, facts[column])
            if tree is None:
                return None
            trees.append(tree)
        breakpoints = breakpoints_of(trees, monotone=False)
        return None if breakpoints is None else {**{path: () for path in facts.values()}, **breakpoints}


def simple_reward(amount_fen: int) -> dict[str, Any]:
    """A table that always gives `amount_fen`."""
    return _graph([], [{"_id": "row-1", "reward": _fen(amount_fen)}])


def tiered_reward(path: str, tiers: Sequence[tuple[float, int]]) -> dict[str, Any]:
    """A table that gives the amount of the highest tier `(least value of the fact, fen)` reached, else 0."""
    if not all(is_number(least) for least, _ in tiers):
        raise rule_engine.RuleEngineError("the least value of a tier is not a number", "档位的最小值不是数字")
    rows = [
        {"_id": f"row-{number}", "tier": f">= {least}", "reward": _fen(fen)}
        for number, (least, fen) in enumerate(sorted(tiers, reverse=True), start=1)
    ]
    rows.append({"_id": f"row-{len(rows) + 1}", "tier": "", "reward": "0"})
    return _graph([{"id": "tier", "name": path, "field": path}], rows)


def _fen(amount: Any) -> str:
    if not is_whole(amount):  # the rule engine's own numbers may be 100.0, an author's may not
        raise rule_engine.RuleEngineError(
            f"the reward {amount!r} is not a whole number of fen", f"奖励 {amount!r} 不是整数分"
        )
    return str(rule_engine.whole_fen(amount))


def _graph(inputs: list[dict[str, str]], rows: list[dict[str, str]]) -> dict[str, Any]:
    content = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "reward", "name": "reward_fen", "field": "reward_fen"}],
        "rules": rows,
    }
    nodes = [
        {"id": "facts", "type": "inputNode", "name": "facts", "position": {"x": 0, "y": 0}},
        {"id": "table", "type": "decisionTableNode", "name": "reward", "position": {"x": 300, "y": 0},
         "content": content},
        {"id": "reward", "type": "outputNode", "name": "reward", "position": {"x": 600, "y": 0}},
    ]  # fmt: skip
    edges = [
        {"id": "edge-1", "type": "edge", "sourceId": "facts", "targetId": "table"},
        {"id": "edge-2", "type": "edge", "sourceId": "table", "targetId": "reward"},
    ]
    return {"nodes": nodes, "edges": edges}


def read_table(reward: Mapping[str, Any]) -> RewardTable:
    """The table of a reward, when it has the one form that we take; RewardError says where it has not."""
    content = _content(reward)
    columns: list[tuple[str, Parts]] = []
    for number, column in enumerate(content["inputs"]):
        where = f"inputs[{number}].field"
        try:
            words = tokens(str(column.get("field") or ""))
        except ExpressionError as error:
            raise RewardError(where, error.en, error.zh) from error
        if len(words) != 1 or words[0].kind != "path":
            raise RewardError(where, "a column reads one fact: name it", "每个输入列只读取一个事实：请填写其名称")
        columns.append((str(column.get("id")), words[0].parts))
    outputs = content["outputs"]
    if len(outputs) != 1 or outputs[0].get("field") != "reward_fen" or not outputs[0].get("id"):
        raise RewardError("outputs", "give one output column: reward_fen", "请设置唯一的输出列 reward_fen")
    output = str(outputs[0]["id"])
    ids = [column for column, _ in columns] + [output]
    if len(set(ids)) < len(ids):
        raise RewardError("inputs", "two columns have the same id", "有两列的 id 相同")
    rows = content["rules"]
    if not 1 <= len(rows) <= ROWS_MAX:
        raise RewardError("rules", f"a table has 1 to {ROWS_MAX} rows", f"表格应有 1 到 {ROWS_MAX} 行")
    for number, row in enumerate(rows):
        _check_row(row, set(ids), output, f"rules[{number}]")
    return RewardTable(tuple(columns), output, tuple(rows), str(content["hitPolicy"]), rule_engine.reward_json(reward))


def _content(reward: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the only table among the nodes, its lists being lists of objects."""
    nodes = _objects(reward.get("nodes"), "nodes")
    _objects(reward.get("edges"), "edges")
    for number, node in enumerate(nodes):
        if str(node.get("type")) not in _NODE_TYPES:
            raise RewardError(
                f"nodes[{number}].type",
                f"{node.get('type')} is not allowed: only an input, a decision table and an output",
                f"不允许使用 {node.get('type')}：只能有输入、决策表和输出节点",
            )
    if sorted(str(node["type"]) for node in nodes) != sorted(_NODE_TYPES):
        raise RewardError("nodes", "give one input, one decision table, one output", "应各有一个输入、决策表和输出节点")
    content = next(node for node in nodes if node["type"] == "decisionTableNode").get("content")
    if not isinstance(content, dict) or str(content.get("hitPolicy")) not in _HIT_POLICIES:
        raise RewardError("hitPolicy", "the hit policy is first or collect", "命中策略只能是 first 或 collect")
    for key, allowed in _CONTENT.items():
        if content.get(key) not in allowed:
            raise RewardError(key, "this setting is not allowed: remove it", "不允许此设置：请删除")
    for key in ("inputs", "outputs", "rules"):
        _objects(content.get(key), key)
    return content


def _objects(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise RewardError(where, "a list of objects is needed here", "此处应为对象列表")
    return value


def _check_row(row: Mapping[str, Any], ids: set[str], output: str, where: str) -> None:
    for key, cell in row.items():
        if key in ("_id", "_description"):
            continue
        if key not in ids:  # the rule engine would ignore it, and so match more than its author meant
            raise RewardError(f"{where}.{key}", "no column has this id", "没有此 id 的列")
        if not isinstance(cell, str):
            raise RewardError(f"{where}.{key}", "a cell is a text", "单元格应为文本")
    if not str(row.get(output, "")).strip():
        raise RewardError(f"{where}.{output}", "give the reward in fen", "请填写奖励金额（分）")
