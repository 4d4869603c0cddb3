"""Facts with the names of enrolled SKUs believed, doubted, and denied."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.fakes import draw_photo, fake_networks
from models.gallery import UNKNOWN, Gallery
from pipeline.facts.make import FactContext
from pipeline.facts.trial import enrolled_fronts, facts_if
from pipeline.read import read_photo
from tests.unit.pipeline.photos import encode

OWN = FactContext(frozenset({"red-can", "green-can"}))
FRONTS = [("green-can", (60 + 120 * place, 250, 120 + 120 * place, 390)) for place in range(3)]
PHOTO = encode(draw_photo(700, 640, [*FRONTS, ("red-can", (420, 250, 480, 390))])[:, :, ::-1])


def reading(enrolled: set[str], proven: set[str] = frozenset()) -> dict:  # type: ignore[assignment, type-arg]
    networks = fake_networks()
    gallery = replace(networks.gallery, enrolled=frozenset(enrolled), proven=frozenset(proven))
    return json.loads(json.dumps(read_photo(PHOTO, replace(networks, gallery=gallery), OWN).as_dict()))


def counts(facts: dict, code: str = "green-can") -> tuple[int, int, int]:  # type: ignore[type-arg]
    return tuple(facts["facings"]["sku"][code][bound] for bound in ("low", "best", "high"))  # type: ignore[return-value]


def test_names_on_trial_count_in_best_and_high_of_their_sku_of_own_and_of_rows() -> None:
    shipped, trial = reading(set()), reading({"green-can"})
    assert counts(shipped["facts"]) == (3, 3, 3)
    assert counts(trial["facts"]) == (0, 3, 3)
    assert trial["facts"]["facings"]["own"] == {"low": 1, "best": 4, "high": 4}
    assert trial["facts"]["facings"]["unknown"] == {"low": 0, "best": 0, "high": 3}
    assert trial["facts"]["share"]["own"]["low"] == 0.25
    for place in ("row1", "top2", "eye_level"):
        assert trial["facts"][place]["sku"]["green-can"]["low"] == 0
        assert trial["facts"][place]["own"]["low"] <= 1
    assert counts(trial["facts"], "red-can") == (1, 1, 1)


def test_the_facts_can_be_told_either_way_from_the_stored_reading() -> None:
    shipped, trial, proven = reading(set()), reading({"green-can"}), reading({"green-can"}, {"green-can"})
    assert "trial" not in shipped
    assert sorted(enrolled_fronts(trial).values()) == ["green-can"] * 3
    assert facts_if(shipped, ()) == shipped["facts"]
    assert facts_if(trial, ()) == trial["facts"]
    assert facts_if(trial, {"green-can"}) == shipped["facts"] == proven["facts"]
    assert facts_if(proven, ()) == trial["facts"]


def test_a_denied_front_is_anything_else() -> None:
    trial = reading({"green-can"})
    front = next(iter(enrolled_fronts(trial)))
    facts = facts_if(trial, {"green-can"}, [front])
    assert counts(facts) == (2, 2, 2)
    assert facts["facings"]["unknown"] == {"low": 1, "best": 1, "high": 1}
    assert facts["facings"]["total"] == trial["facts"]["facings"]["total"]


@pytest.mark.parametrize("sister_enrolled", [False, True])
def test_a_sister_that_is_not_out_of_the_question_stays_possible(sister_enrolled: bool) -> None:
    """No refusal rests on a name on trial either: the sister's `high` counts the front."""
    turn = np.array([[1, 0], [0.8, 0.6], [-1, 0]], np.float32)
    gallery = Gallery(
        ("new", "sister", "far"), turn, np.arange(3), accept=0.5, sure=0.75, margin=0.1, reject=0.4,
        enrolled=frozenset({"new", "sister"} if sister_enrolled else {"new"}),
    )  # fmt: skip
    found = gallery.match(np.array([[1, 0]], np.float32))
    assert found.named == (frozenset({"new"}),)
    assert found.candidates == (frozenset({"new", "sister", UNKNOWN}),)
    proven = replace(gallery, proven=frozenset({"new"})).match(np.array([[1, 0]], np.float32))
    assert proven.candidates == (frozenset({"new"}),)
    assert proven.doubted == found.candidates
    shipped = gallery.match(np.array([[-1, 0]], np.float32))
    assert shipped.candidates == shipped.doubted == (frozenset({"far"}),)
