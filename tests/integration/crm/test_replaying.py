"""Decisions of an earlier version are explained, and give the same again."""

from typing import Any

import pytest

from crm.audits import appending, shadowing
from crm.audits import service as audits
from crm.audits.tables import Decision
from tests.integration.crm.world import World, jpeg


def _as_once(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict as it was stored when a clause had `label_en` and `label_zh`."""
    clauses = []
    for clause in verdict["clauses"]:
        label = clause.pop("label")
        clauses.append({**clause, "label_en": label["en"], "label_zh": label["zh"]})
    return {**verdict, "clauses": clauses}


def test_a_decision_with_labels_of_the_former_form_is_explained_and_replayed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (appending, shadowing):
        kept = module.as_json
        monkeypatch.setattr(module, "as_json", lambda value, kept=kept: _as_once(kept(value)))
    decision = world.audited(jpeg(1))
    with world.database.read() as s:
        stored = s.get_one(Decision, decision.no).verdict
        assert stored["clauses"][0]["label_zh"] == "可乐堆头"
        told = audits.replay(s, decision.id)
    assert (told.equal, told.stored) == (True, stored)
    [clause] = world.told(decision.audit_id).clauses
    assert (clause.label.en, clause.label.zh) == ("Cola block", "可乐堆头")


def test_a_verdict_that_was_tampered_with_is_not_equal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = appending.as_json
    monkeypatch.setattr(appending, "as_json", lambda value: {**kept(value), "amount_fen": 201})
    decision = world.audited(jpeg(1))
    with world.database.read() as s:
        assert not audits.replay(s, decision.id).equal
