"""Strictness moves all limits together, and facts under it are those that the serving code makes."""

from dataclasses import astuple, replace

import numpy as np
import pytest

from models.detections import COOLER, PRODUCT, Detections
from models.gallery import UNKNOWN, Gallery
from pipeline.facts.make import FactContext
from pipeline.facts.seen import Doubts
from pipeline.thresholds import COOLER_BEST, COUNTING
from training.risk.reading import FLOOR, Seen
from training.risk.settings import LAX, SHIPPED, STRICT, STRICTNESS, cooler_least, setting, true_facts

GALLERY = Gallery(
    ("a", "b", "c"), np.eye(3, dtype=np.float32), np.arange(3), accept=0.3, sure=0.4, margin=0.1, reject=0.1,
    competitors=frozenset({"c"}),
)  # fmt: skip
CONTEXT = FactContext(GALLERY.own)


def seen(scores: list[float], labels: list[int], codes: list[int]) -> Seen:
    """Fronts side by side, each the reference of its code; a cooler spans them all."""
    boxes = np.array(
        [[0, 0, 500, 500] if label == COOLER else [50 * i, 10, 50 * i + 40, 110] for i, label in enumerate(labels)],
        np.float32,
    )
    found = Detections(boxes, np.array(scores, np.float32), np.array(labels, np.int64))
    return Seen(found, np.eye(3, dtype=np.float32)[codes], (), Doubts((), np.zeros(len(found), bool), 0))


def test_strictness_runs_from_strict_to_lax_and_widens_every_interval() -> None:
    assert (setting(1.0).counting, setting(0.0).counting) == (STRICT, LAX)
    assert list(STRICTNESS) == sorted(STRICTNESS, reverse=True)
    display = seen([0.9, 0.9, 0.6, 0.4, 0.2, 0.06], [COOLER, *[PRODUCT] * 5], [0, 0, 1, 2, 0])
    intervals = [setting(each).facts(display, GALLERY, CONTEXT)["facings"]["total"] for each in STRICTNESS]
    assert [each["low"] for each in intervals] == sorted(each["low"] for each in intervals)
    assert [each["high"] for each in intervals] == sorted((each["high"] for each in intervals), reverse=True)
    assert (intervals[0]["low"], intervals[0]["high"]) == (0, 5)
    assert (intervals[-1]["low"], intervals[-1]["high"]) == (2, 2)


def test_what_ships_is_tried_as_it_is() -> None:
    assert SHIPPED.counting == COUNTING
    assert SHIPPED.limits(GALLERY) is GALLERY
    strict = setting(0.5).limits(GALLERY)
    assert (strict.accept, strict.reject) == (GALLERY.accept, GALLERY.reject)
    assert (strict.sure, strict.margin) == pytest.approx((0.525, 0.2))


def test_each_front_keeps_its_own_embedding_where_faint_ones_are_left_out() -> None:
    display = seen([0.9, 0.9, FLOOR], [PRODUCT, PRODUCT, PRODUCT], [0, 1, 2])
    facts = setting(0.1).facts(display, GALLERY, CONTEXT)
    assert [facts["facings"]["sku"][code]["high"] for code in "abc"] == [1, 1, 0]


def test_a_cooler_seen_where_none_is_raises_the_score_from_which_one_is_sure() -> None:
    rack = seen([0.85, 0.5], [COOLER, PRODUCT], [0])
    assert cooler_least([(rack, True)]) == COOLER_BEST
    assert cooler_least([(rack, False), (rack, True)]) == pytest.approx(0.85)
    assert cooler_least([(replace(rack, flags=({"code": "dark"},)), False)]) == COOLER_BEST
    scoped = ({"code": "top_unseen", "scope": ["row1"]},)  # such a photo may be paid
    assert cooler_least([(replace(rack, flags=scoped), False)]) == pytest.approx(0.85)
    assert setting(0.0, 0.85).counting.cooler_sure == 0.85
    assert astuple(setting(1.0, 0.85).counting) == astuple(STRICT)


def test_a_gallery_without_a_code_calls_its_fronts_unknown() -> None:
    known = GALLERY.without({"a"})
    assert (known.codes, known.owners.tolist(), known.competitors) == (("b", "c"), [0, 1], {"c"})
    boxes = np.array([[0, 0, 40, 100], [50, 0, 90, 100], [100, 0, 140, 100.0]])
    facts = true_facts(boxes, ("a", "b", "c"), np.array([[0, 0, 95, 120.0]]), known, FactContext(known.own))
    assert facts["facings"]["unknown"] == {"low": 1, "best": 1, "high": 1}
    assert facts["cooler"]["purity"] == {"low": 0.5, "best": 0.5, "high": 0.5}
    assert UNKNOWN not in facts["facings"]["sku"]
