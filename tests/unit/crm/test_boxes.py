"""What the boxes of the photos allow to be counted."""

from typing import Any

import pytest

from crm.audits.boxes import beyond_boxes, within_boxes
from crm.audits.verdicts import greatest_fen
from pipeline.rules.clauses import TaskRules, simple_reward, tiered_reward


def box(score: float, label: str = "product") -> dict[str, Any]:
    return {"box": [0, 0, 9, 9], "label": label, "score": score, "sku": None, "sku_score": None, "row": 1}


SHELF = [*[box(0.9)] * 20, box(0.5), box(0.07), box(0.01), box(0.95, "cooler")]  # 22 fronts, two of them faint; a trace


@pytest.mark.parametrize(
    ("path", "value", "most"),
    [
        ("facings.own", 22, None),
        ("facings.own", 23, 22),
        ("facings.total", 200, 22),
        ('facings.sku["cola"]', 200, 22),
        ("row2.own", 23, 22),
        ("cooler.facings", 23, 22),
        ("rows.count", 23, 22),
        ("cooler.count", 2, 1),
        ("cooler.present", 1, None),
        ("facings.competitor", 25, None),  # what the reading held possible needs no box
        ("facings.competitor", 26, 25),
        ("facings.unknown", 23, 22),  # an open bound holds nothing possible
        ("facings.with_empty", 90, None),  # empty slots have no boxes
        ("rows.empty", 90, None),
        ("share.own", 1, None),
    ],
)
def test_each_front_needs_a_box(path: str, value: float, most: int | None) -> None:
    facts = {
        "facings": {
            "competitor": {"low": 3, "best": 5, "high": 25},
            "unknown": {"low": 0, "best": 0, "high": 10_000},
        }
    }
    assert beyond_boxes({path: value}, facts, SHELF) == ({} if most is None else {path: most})


def test_without_a_photo_every_number_is_beyond() -> None:
    assert beyond_boxes({"facings.own": 1, "cooler.present": 1}, {}, []) == {"facings.own": 0, "cooler.present": 0}
    assert beyond_boxes({"facings.own": 0}, {}, []) == {}


def rules(reward: dict[str, Any]) -> TaskRules:
    return TaskRules((), reward, 1000)


def test_the_most_that_one_person_may_give() -> None:
    high: dict[str, int | None] = {"low": 0, "best": 200, "high": 350}
    unknown: dict[str, int | None] = {"low": None, "best": 200, "high": None}
    tiers = tiered_reward("facings.own", [(6, 200), (10, 300)])
    assert greatest_fen(rules(tiers), {"high": 200}, {}) == 300  # whatever the photo shows
    assert greatest_fen(rules(simple_reward(200)), unknown, {}) == 200
    tiers["nodes"][1]["content"]["rules"][0]["reward"] = "facings.own * 50"
    assert greatest_fen(rules(tiers), high, {}) == 350
    assert greatest_fen(rules(tiers), unknown, {}) == 0  # nothing was read
    open_bound = {"facings": {"own": {"low": 4, "best": 7.5, "high": 10_000}}}  # the display is cut off
    assert greatest_fen(rules(tiers), unknown, within_boxes(open_bound, SHELF)) == 22 * 50
    assert within_boxes(open_bound, [])["facings"]["own"] == {"low": 4, "best": 7.5, "high": 8}
    assert greatest_fen(rules({}), high, {}) == 350  # damaged: what it gave for this photo
