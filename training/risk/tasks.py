"""Three tasks as they are given to reps, drawn so near to the truth of each display that none is passed by itself."""

from dataclasses import dataclass

import numpy as np

from models.gallery import Gallery
from pipeline.facts.make import FactContext, Facts
from pipeline.rules.clauses import Clause, TaskRules, simple_reward
from pipeline.rules.verdict import decide
from pipeline.texts import Text
from training.risk.displays import Display, Truth
from training.risk.settings import true_facts

TASKS = ("sku_fronts", "cooler_purity", "new_product")
LEFT_OUT = 2  # competitors' codes that the gallery of a display lacks: real shelves hold products that none knows
PRESENT_SHARE = 0.8  # of the codes asked for stand on the display, as far as any does
FRONTS_OFF = 2  # a task asks for the true count, up to so many more or fewer
PURITY_OFF = 0.15


ROW_MAX = 3  # a new product is asked for on this row from the top or above it
POSITIONS_BY_ROW = ("facings", "row1", "top2", "top3")


@dataclass(frozen=True)
class Case:
    """A task for one display. holds: whether it is fulfilled in truth."""

    rules: TaskRules
    context: FactContext
    holds: bool


def left_out(display: Display, gallery: Gallery) -> frozenset[str]:
    """Codes of competitors that the gallery shall not know on this display."""
    competitors = sorted(gallery.competitors)
    chosen = np.random.default_rng([display.number, 1]).permutation(len(competitors))[:LEFT_OUT]
    return frozenset(competitors[place] for place in chosen)


def cases(display: Display, truth: Truth, gallery: Gallery) -> dict[str, Case]:
    """One case of each of TASKS; the same display gives the same ones."""
    rng = np.random.default_rng([display.number, 2])
    asked, launched = _code(rng, truth, gallery), _code(rng, truth, gallery)
    row = int(rng.integers(1, ROW_MAX + 1)) if truth.rows.all() else 0  # 0: not told, so anywhere
    placed = sum(code == launched and (not row or on <= row) for code, on in zip(truth.codes, truth.rows, strict=True))
    fronts, launches = _count(rng, truth.codes.count(asked)), _count(rng, placed)
    context = FactContext(gallery.own, frozenset([launched]))
    facts = true_facts(truth.boxes, truth.codes, truth.coolers, gallery, context)
    purity = _purity(rng, facts)
    rules = {
        "sku_fronts": _rules(f'facings.sku["{asked}"] >= {fronts}'),
        "cooler_purity": _rules("cooler.present >= 1", f"cooler.purity >= {purity}"),
        "new_product": _rules(f"{POSITIONS_BY_ROW[row]}.new >= {launches}"),
    }
    holds = {name: decide(facts, (), rule).outcome == "pass" for name, rule in rules.items()}
    holds["new_product"] = placed >= launches  # rows as they were drawn, not as boxes tell them
    return {name: Case(rule, context, holds[name]) for name, rule in rules.items()}


def _code(rng: np.random.Generator, truth: Truth, gallery: Gallery) -> str:
    """An own code, mostly one that stands there."""
    there = sorted(set(truth.codes) & gallery.own)
    among = there if there and rng.random() < PRESENT_SHARE else sorted(gallery.own)
    return among[int(rng.integers(len(among)))]


def _count(rng: np.random.Generator, true: int) -> int:
    return max(1, true + int(rng.integers(-FRONTS_OFF, FRONTS_OFF + 1)))


def _purity(rng: np.random.Generator, facts: Facts) -> float:
    """A purity near the true one, in steps of 0.05; 0.8 where there is no cooler or nothing in it."""
    cooler = facts["cooler"]
    near = cooler["purity"]["best"] if cooler["facings"]["best"] else 0.8
    return round(float(np.clip(round((near + rng.uniform(-PURITY_OFF, PURITY_OFF)) * 20) / 20, 0.05, 1.0)), 2)


def _rules(*expressions: str) -> TaskRules:
    clauses = tuple(
        Clause(f"clause-{number}", Text(expression, expression), expression, "refuse")
        for number, expression in enumerate(expressions)
    )
    return TaskRules(clauses, simple_reward(200), 200_00)
