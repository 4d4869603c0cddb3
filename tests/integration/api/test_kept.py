"""A decision that is kept, over HTTP: why it could not be carried out is told in words."""

from collections.abc import Callable

from sqlalchemy import select

from crm.audits.tables import PendingReview
from tests.integration.api.conftest import Actor
from tests.integration.api.test_reversals import in_review
from tests.integration.api.world import World

Act = Callable[[str], Actor]

__all__ = ["in_review"]


def test_why_it_was_not_carried_out_is_told_in_both_languages(world: World, act: Act, in_review: str) -> None:
    auditor = act("auditor")
    auditor.post(f"/reviews/{in_review}", {"action": "approve"})
    with world.database.write() as s:
        made = s.scalars(select(PendingReview)).one()
        made.state, made.fault = "failed", "not_carried_out"
    [told] = auditor.get("/reviews/kept").json()
    assert "could not be carried out" in told["fault"]["en"]
    assert "未能执行" in told["fault"]["zh"]
