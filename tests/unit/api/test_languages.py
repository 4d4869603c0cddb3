"""No error is told in one language alone."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.errors.codes import Problem
from crm.kernel import errors
from crm.ledger import errors as ledger_errors
from pipeline.enrol.enrolment import ReferencesError
from pipeline.intake.photo_error import PhotoError
from pipeline.rules.clauses import RulesFormatError
from pipeline.rules.expression import ExpressionError
from pipeline.rules.rewards import RewardError
from pipeline.rules.rule_engine import RuleEngineError
from pipeline.vocabulary import FactError

ROOT = Path(__file__).parents[3]
CHINESE = re.compile("[一-鿿]")
CLASSES: tuple[type[Exception], ...] = (
    *(each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.CrmError)),
    ledger_errors.KeyConflict, ledger_errors.Overdrawn,
    PhotoError, FactError, RuleEngineError, ReferencesError, RulesFormatError, ExpressionError, RewardError,
)  # fmt: skip


@pytest.mark.parametrize("error", CLASSES)
def test_an_error_cannot_be_made_without_its_chinese(error: type[Exception]) -> None:
    needed = inspect.signature(error).parameters
    assert needed["en"].default is needed["zh"].default is inspect.Parameter.empty


def _literal(node: ast.expr) -> str | None:
    """The fixed text of a literal or an f-string; None for what is computed elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    return None


def _said() -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """Where an error is made, and what it says in English and in Chinese."""
    places = {each.__name__: list(inspect.signature(each).parameters) for each in CLASSES}
    for folder in ("api", "crm", "pipeline", "web"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
                if not isinstance(node, ast.Call) or any(isinstance(each, ast.Starred) for each in node.args):
                    continue
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                if name in places:
                    at = places[name].index("en")
                    yield where, node.args[at], node.args[at + 1]
                elif name == Problem.__name__ and len(node.args) > 1 and isinstance(node.args[1], ast.Tuple):
                    yield where, *node.args[1].elts


def test_each_error_says_the_same_in_english_and_chinese() -> None:
    said = list(_said())
    assert len(said) > 130
    for where, en, zh in said:
        english, chinese = _literal(en), _literal(zh)
        assert english is None or not CHINESE.search(english), where
        assert chinese is None or CHINESE.search(chinese), where
