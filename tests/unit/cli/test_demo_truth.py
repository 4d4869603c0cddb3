"""The demo's decisions and counts against the truth of its photos."""

import json
from collections import Counter
from typing import Any

import pytest

from cli import demo
from cli.demo_truth import DEMO, differences, path_of, truths
from datasets.render import DEMO_SKUS

FIRST = truths()[0]
STANDING = Counter(product["sku"] for product in FIRST["products"])


def exactly(number: int) -> dict[str, int]:
    return dict.fromkeys(("low", "best", "high"), number)


def facts() -> dict[str, Any]:
    """What a perfect reader says of the first photo."""
    own, new = ({sku.code for sku in DEMO_SKUS if of(sku)} for of in (lambda sku: sku.own, lambda sku: sku.is_new))
    return {
        "facings.total": exactly(STANDING.total()),
        "facings.own": exactly(sum(STANDING[code] for code in own)),
        "facings.competitor": exactly(sum(number for code, number in STANDING.items() if code not in own)),
        "facings.new": exactly(sum(STANDING[code] for code in new)),
        "facings.unknown": exactly(0),
        **{path_of(code): exactly(number) for code, number in STANDING.items()},
        "cooler.count": exactly(len(FIRST["coolers"])),
        "cooler.present": exactly(0),
    }


def outcome(read: dict[str, Any] | None, decided: str = "pass") -> demo.Outcome:
    shot = demo.Shot(DEMO / "photos" / FIRST["photo"], FIRST["task"], FIRST["intent"], FIRST)
    decision = {"outcome": decided, "facts": read, "clauses": [], "reasons": [], "amount_fen": 0}
    return demo.Outcome(shot, None if read is None else {"decision": decision}, "", 0, 1.0)


def test_every_photo_of_the_demo_has_its_truth() -> None:
    assert [shot.truth for shot in demo._demo_shots()] == list(truths())


def test_a_perfect_reading_differs_in_nothing() -> None:
    assert differences(FIRST, facts()) == []


@pytest.mark.parametrize(
    ("place", "fact", "said"),
    [
        ("total", {"low": 24, "best": 26, "high": 30}, None),
        ("total", {"low": 5, "best": 6, "high": 7}, "5–7 fronts, 26 stand there"),
        ("total", {"low": 27, "best": 27, "high": 10_000}, "27–∞ fronts, 26 stand there"),
        ("own", {"low": 0, "best": 0, "high": 0}, "0 own fronts, {own} stand there"),
        ("competitor", {"low": 26, "best": 26, "high": 26}, "26 competitors' fronts, {competitor} stand there"),
        ("new", {"low": 26, "best": 26, "high": 26}, "26 new fronts, {new} stand there"),
    ],
)
def test_an_interval_without_the_truth_is_told(place: str, fact: dict[str, int], said: str | None) -> None:
    read = facts()
    true = {name: read[f"facings.{name}"]["best"] for name in ("total", "own", "competitor", "new")}
    read[f"facings.{place}"] = fact
    assert differences(FIRST, read) == ([] if said is None else [said.format(**true)])


def test_skus_and_coolers_are_compared_too() -> None:
    read = facts()
    code, number = STANDING.most_common(1)[0]
    del read[path_of(code)]
    read["cooler.count"] = exactly(1)
    assert differences(FIRST, read) == ["1 coolers, 0 stand there", f"0 × {code}, {number} stand there"]


def test_the_sentence_tells_decisions_and_counts_apart() -> None:
    wrong = facts()
    wrong["facings.total"] = {"low": 5, "best": 6, "high": 7}
    name = FIRST["photo"]
    assert demo._against_truth([outcome(facts()), outcome(wrong, "refuse")]) == [
        "Against the rendered truth: 1 of 2 decided as meant, all counts of 1 of 2 hold the truth",
        f"{name} was meant to pass",
        f"{name} says 5–7 fronts, 26 stand there",
    ]
    assert demo._as_json(outcome(wrong))["miscounted"] == ["5–7 fronts, 26 stand there"]
    assert demo._as_json(outcome(facts()))["miscounted"] == []
    assert json.dumps(demo._as_json(outcome(None)))  # and where nothing was decided
