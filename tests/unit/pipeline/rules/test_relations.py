"""What is said of the facts of any display holds for the facts that the pipeline makes of displays drawn at random."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interval import Interval
from pipeline.rules.relations import AtMost, relations_of
from pipeline.vocabulary import FACTS, Parts, is_measured, kind_of, range_of, read_fact
from tests.unit.pipeline.facts.test_make import GALLERY, facts_of

SKUS = [("facings", "sku", code) for code in GALLERY]
PATHS: list[Parts] = [
    *(path for path in FACTS if kind_of(path) == "count"),
    *SKUS,
    *(("row2", "sku", code) for code in GALLERY),
    *(("top3", "sku", code) for code in GALLERY),
]


@st.composite
def displays(draw: st.DrawFn) -> dict[str, Any]:
    """Facts of up to four shelves of fronts, some stacked, some slots empty, before none, one or two cabinets."""
    fronts = []
    for row in range(draw(st.integers(0, 4))):
        for column in range(7):
            if draw(st.integers(0, 3)):
                code = draw(st.sampled_from([*GALLERY, "unknown"]))
                left, top = 10 + 50 * column, 10 + 130 * row
                fronts.append((1.0, code, {code}, [left, top, left + 40, top + draw(st.sampled_from([50, 110]))]))
    coolers = [
        (1.0, [x, 0, x + draw(st.integers(60, 400)), draw(st.integers(100, 600))])
        for x in draw(st.lists(st.integers(0, 300), max_size=2))
    ]
    made: dict[str, Any] = facts_of(fronts, coolers)
    return made


@settings(max_examples=60, deadline=None)
@given(displays())
def test_every_relation_holds_for_the_facts_of_a_display(facts: dict[str, Any]) -> None:
    point = {path: read_fact(facts, path).best for path in PATHS if is_measured(facts, path)}
    relations = relations_of(point)
    assert len(relations) > 100
    assert [each for each in relations if not each.allows(point)] == []
    assert all(value in range_of(path) for path, value in point.items())
    within = {path: Interval.exact(value) for path, value in point.items()}
    assert all(each.is_possible(within) for each in relations)


@pytest.mark.parametrize(
    ("paths", "relation"),
    [
        ([("facings", "new"), ("facings", "total")], AtMost((("facings", "new"),), ("facings", "total"))),
        ([("row1", "new"), ("top4", "own")], AtMost((("row1", "new"),), ("top4", "own"))),
        ([("scene", "rack"), ("scene", "cooler")], AtMost((("scene", "cooler"), ("scene", "rack")), None)),
        ([*SKUS[:2], ("facings", "total")], AtMost(tuple(SKUS[:2]), ("facings", "total"))),
    ],
)
def test_relations_are_found_between_facts_far_apart(paths: list[Parts], relation: AtMost) -> None:
    assert relation in relations_of(paths)
    assert relations_of(paths[:1]) == []
