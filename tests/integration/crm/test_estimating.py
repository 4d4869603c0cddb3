"""What approving without an amount pays is told beforehand, and is nothing where nothing can be paid."""

import pytest

from crm.audits import service as audits
from crm.audits.tables import Decision, ReviewItem
from crm.kernel.errors import Invalid
from crm.tasks import service as tasks
from tests.integration.crm.world import COLA_BLOCK, World, jpeg

RIVALS = {"lime": (0, 0, 0), "rival": (2, 2, 2)}
LIKELY, HARDLY = {"cola": (5, 6, 7), **RIVALS}, {"cola": (4, 5, 7), **RIVALS}


def told(world: World, decision: Decision) -> tuple[int | None, str | None]:
    with world.database.read(world.scope("ada")) as s:
        found = audits.explain(s, world.scope("ada"), decision.audit_id)
    reason = found.estimate_reason
    return found.estimate_fen, reason and reason.code


def approve(world: World, decision: Decision) -> Decision:
    """Without an amount, after a look at whatever flag of the whole photo stands."""
    with world.database.write(world.scope("ada")) as s:
        stand = audits.explain(s, world.scope("ada"), decision.audit_id).to_dismiss
        looked = {flag.code: "looked at" for flag in stand}
        return audits.review(s, world.scope("ada"), decision.audit_id, "approve", dismissals=looked)


def unreadable(world: World) -> Decision:
    photo = world.send(world.visit(), world.claim(), jpeg(7))
    with world.database.write() as s:
        audits.record_unreadable(s, photo.id, "no picture")
    decision = world.decide(photo)
    assert decision is not None
    return decision


def priority(world: World, decision: Decision) -> int:
    with world.database.read() as s:
        return s.get_one(ReviewItem, decision.audit_id).priority


def test_what_is_proposed_is_what_approving_pays(world: World) -> None:
    world.fronts[jpeg(1)] = LIKELY
    waiting = world.audited(jpeg(1))
    assert (waiting.outcome, waiting.amount_fen, told(world, waiting)) == ("review", 200, (200, None))
    assert approve(world, waiting).amount_fen == world.wallet_fen() == 200
    assert told(world, waiting) == (None, None)  # nobody waits


@pytest.mark.parametrize("reason", ["nothing_read", "estimates_fail"])
def test_nothing_is_proposed_where_the_estimates_pay_nothing(world: World, reason: str) -> None:
    world.fronts[jpeg(1)] = HARDLY
    waiting = unreadable(world) if reason == "nothing_read" else world.audited(jpeg(1))
    assert (waiting.outcome, waiting.amount_fen, told(world, waiting)) == ("review", 0, (None, reason))
    with pytest.raises(Invalid, match="give an amount") as caught:
        approve(world, waiting)
    assert (caught.value.field, caught.value.code, world.wallet_fen()) == ("amount_fen", reason, 0)


@pytest.mark.parametrize(("paid", "reason"), [("1", "already_paid"), ("2", "displays_paid")])
def test_nothing_is_proposed_for_what_is_paid_already(world: World, paid: str, reason: str) -> None:
    """The task rewards one display of an outlet by now; the one sent, or another, was paid for."""
    world.fronts[jpeg(2)] = LIKELY
    assert world.audited(jpeg(1), display=paid).entry_id is not None
    with world.database.write(world.scope("mia")) as s:
        tasks.publish_version(s, world.scope("mia"), world.ids.tasks["COLA"], COLA_BLOCK.as_dict())
    waiting = world.audited(jpeg(2))
    assert (waiting.outcome, waiting.amount_fen, told(world, waiting)) == ("review", 0, (None, reason))
    assert priority(world, waiting) < 10  # only its doubts count
    done = approve(world, waiting)
    assert (done.outcome, done.amount_fen, done.reasons[0]["code"]) == ("pass", 0, reason)
    assert world.wallet_fen() == 200


def test_a_display_that_can_be_paid_comes_before_one_that_cannot(world: World) -> None:
    world.fronts[jpeg(2)] = world.fronts[jpeg(3)] = LIKELY
    world.audited(jpeg(1))
    paid = world.audited(jpeg(2))
    waiting = world.audited(jpeg(3), "cem", outlet="W1")
    with world.database.read(world.scope("ada")) as s:
        queue = [item.audit_id for item in audits.review_queue(s, world.scope("ada")).items]
    assert queue == [waiting.audit_id, paid.audit_id]
