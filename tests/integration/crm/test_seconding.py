"""What one person may not do alone waits for a second one."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from crm.audits import service as audits
from crm.audits.locking import lock_displays
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision, Proposal, ReviewItem
from crm.kernel.errors import Conflict, CrmError, Forbidden, Invalid, NotFound
from crm.people.memberships import serve
from crm.people.tables import User
from crm.tasks import service as tasks
from tests.integration.crm.test_reversing import at_once, reverse, standing
from tests.integration.crm.test_reviewing import in_review
from tests.integration.crm.world import World, jpeg

MUCH = audits.Asked("approve", "three coolers, agreed with the shop", amount_fen=900)


def propose(world: World, audit_id: str, asked: audits.Asked = MUCH, login: str = "ada") -> Proposal:
    with world.database.write(world.scope(login)) as s:
        return audits.propose_review(s, world.scope(login), audit_id, asked)


def confirm(world: World, proposal: Proposal, login: str = "mia") -> Decision:
    with world.database.write(world.scope(login)) as s:
        return audits.confirm(s, world.scope(login), proposal.id)


def waiting(world: World, login: str = "mia") -> list[str]:
    with world.database.read(world.scope(login)) as s:
        return [each.id for each in audits.waiting_proposals(s, world.scope(login)).items]


def refused(work: Callable[[], Any], error: type[CrmError], code: str | None = None) -> None:
    with pytest.raises(error) as caught:
        work()
    assert code is None or caught.value.code == code


def test_more_than_the_table_gives_is_paid_by_two_persons(world: World) -> None:
    audit_id = in_review(world).audit_id
    with (
        pytest.raises(Conflict, match=r"¥3\.01 is more than the ¥3\.00") as caught,
        world.database.write(world.scope("ada")) as s,
    ):
        audits.review(s, world.scope("ada"), audit_id, "approve", "a fine display", amount_fen=301)
    assert (caught.value.code, caught.value.more) == ("second_person_needed", {"amount_fen": 301, "greatest_fen": 300})
    proposal = propose(world, audit_id)
    assert (world.wallet_fen(), waiting(world)) == (0, [proposal.id])
    refused(lambda: confirm(world, proposal, "ada"), Forbidden)
    assert world.wallet_fen() == 0
    done = confirm(world, proposal)
    assert (done.amount_fen, done.decided_by, done.comment) == (900, world.ids.users["ada"], MUCH.reason)
    assert "seconded" in [reason["code"] for reason in done.reasons]
    assert (world.wallet_fen(), waiting(world)) == (900, [])
    refused(lambda: confirm(world, proposal, "root"), Conflict, "proposal_over")
    with world.database.read() as s:
        [told] = audits.explain(s, world.scope("ada"), audit_id).proposals
        assert (told.state, told.by, told.answered_by, told.mine) == ("confirmed", "Ada", "Mia", True)
        assert audits.explain(s, world.scope("ann"), audit_id).proposals == ()
        assert audits.replay(s, done.id).equal
    assert list(standing(world).values()) == [1]


def test_a_second_person_locks_the_review_item_before_the_displays(world: World) -> None:
    """As everybody does: who holds the item and wants the displays would else wait for who waits for him."""
    audit_id = in_review(world).audit_id
    proposal, done = propose(world, audit_id), list[Decision]()
    with world.database.write() as s:
        s.get(ReviewItem, audit_id, with_for_update=True)
        thread = threading.Thread(target=lambda: done.append(confirm(world, proposal)))
        thread.start()
        time.sleep(0.4)
        lock_displays(s, s.get_one(Audit, audit_id))
    thread.join()
    assert [each.amount_fen for each in done] == [900]


def test_the_most_that_the_table_gives_needs_one_person(world: World) -> None:
    audit_id = in_review(world).audit_id
    with world.database.write(world.scope("ada")) as s:
        assert (
            audits.review(s, world.scope("ada"), audit_id, "approve", "ten by hand", amount_fen=300).amount_fen == 300
        )


def test_a_formula_gives_at_most_what_the_photo_shows_at_most(world: World) -> None:
    """7 colas at most at 50 fen are 350; 40 typed by hand would be 2,000, however the number comes."""
    with world.database.write(world.scope("mia")) as s:
        rules = {
            "clauses": [{"code": "c", "label": {"en": "c", "zh": "c"}, "expression": 'facings.sku["cola"] >= 6',
                         "on_fail": "refuse"}],
            "reward": _formula(),
            "auto_limit_fen": 100_000,
        }  # fmt: skip
        account = tasks.get_task(s, world.scope("mia"), world.ids.tasks["COLA"]).task
        tasks.fund_task(s, world.scope("mia"), account.id, 10**9, "formula")
        tasks.publish_version(s, world.scope("mia"), account.id, rules)
    audit_id = in_review(world).audit_id
    forty = {'facings.sku["cola"]': 40}
    with pytest.raises(Conflict) as caught, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), audit_id, "correct", "forty", facts=forty, confirm=forty)
    assert (caught.value.code, caught.value.more) == ("second_person_needed", {"amount_fen": 2000, "greatest_fen": 350})
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), audit_id, "correct", "seven", facts={'facings.sku["cola"]': 7})
        assert done.amount_fen == 350


def _formula() -> dict[str, Any]:
    from pipeline.rules.clauses import tiered_reward

    reward = tiered_reward('facings.sku["cola"]', [(6, 0)])
    rows = reward["nodes"][1]["content"]["rules"]
    rows[0]["reward"] = 'facings.sku["cola"] * 50'
    return reward


def test_a_proposal_needs_a_reason_and_is_for_more_than_one_may_decide(world: World) -> None:
    audit_id = in_review(world).audit_id
    silent = audits.Asked("approve", " ", amount_fen=900)
    refused(lambda: propose(world, audit_id, silent), Invalid)
    refused(lambda: propose(world, audit_id, audits.Asked("approve")), Conflict, "second_person_not_needed")
    propose(world, audit_id)
    refused(lambda: propose(world, audit_id, login="mia"), Conflict, "proposed_already")


def test_who_may_second(world: World) -> None:
    audit_id = in_review(world).audit_id
    proposal = propose(world, audit_id)
    for login, error in (("ann", Forbidden), ("zoe", NotFound)):
        refused(lambda login=login: confirm(world, proposal, login), error)  # type: ignore[misc]
    assert waiting(world, "zoe") == []
    own = in_review(world, 2, login="root", outlet="E2").audit_id  # an admin may do all that a rep may
    refused(lambda: confirm(world, propose(world, own), "root"), Forbidden)
    assert (world.wallet_fen(), world.wallet_fen("root")) == (0, 0)


@pytest.mark.parametrize("change", ["closed", "rep"])
def test_who_may_decide_no_more_does_not_decide_by_what_he_proposed(world: World, change: str) -> None:
    proposal = propose(world, in_review(world).audit_id)
    with world.database.write() as s:
        ada, ann = (s.get_one(User, world.ids.users[login]) for login in ("ada", "ann"))
        if change == "closed":
            ada.active = False
        else:
            ada.role, ada.dealer_id = "rep", ann.dealer_id
    refused(lambda: confirm(world, proposal), Conflict, "proposal_over")
    assert world.wallet_fen() == 0
    with world.database.write(world.scope("mia")) as s:
        assert audits.decline(s, world.scope("mia"), proposal.id, "she has left").answer is not None


def test_a_proposal_is_declined_with_a_reason_or_withdrawn(world: World) -> None:
    audit_id = in_review(world).audit_id
    for login in ("mia", "ada"):
        proposal = propose(world, audit_id)
        with pytest.raises(Invalid), world.database.write(world.scope(login)) as s:
            audits.decline(s, world.scope(login), proposal.id, "")
        with world.database.write(world.scope(login)) as s:
            audits.decline(s, world.scope(login), proposal.id, "one cooler, not three")
        refused(lambda: confirm(world, proposal), Conflict, "proposal_over")  # noqa: B023
        assert waiting(world) == []
    with world.database.read() as s:
        told = audits.explain(s, world.scope("mia"), audit_id).proposals
        assert [(each.state, each.answer_reason) for each in told] == [("declined", "one cooler, not three")] * 2
        assert len(audits.review_queue(s, world.scope("ada")).items) == 1  # the audit still waits


def test_a_decision_of_another_ends_a_proposal(world: World) -> None:
    audit_id = in_review(world).audit_id
    proposal = propose(world, audit_id)
    with world.database.write(world.scope("mia")) as s:
        audits.review(s, world.scope("mia"), audit_id, "approve")
    assert waiting(world) == []
    refused(lambda: confirm(world, proposal), Conflict, "proposal_over")
    assert world.wallet_fen() == 200
    with world.database.read(world.scope("mia")) as s:
        assert [each.state for each in audits.explain(s, world.scope("mia"), audit_id).proposals] == ["over"]


def test_two_who_confirm_at_once_pay_once(world: World) -> None:
    proposal = propose(world, in_review(world).audit_id)
    told = at_once(*[lambda: confirm(world, proposal)] * 3)
    assert (told, world.wallet_fen()) == (["done", "proposal_over", "proposal_over"], 900)


def test_a_proposal_keeps_what_was_dismissed_and_corrected(world: World) -> None:
    world.hashes = {jpeg(1): bytes(32), jpeg(2): b"\x01" + bytes(31)}
    world.audited(jpeg(1))
    caught = world.audited(jpeg(2), login="ben", outlet="E2")
    refused(lambda: propose(world, caught.audit_id), Conflict, "flags_stand")
    asked = audits.Asked("approve", "two of them", amount_fen=500, dismissals={"near_duplicate": "another front"})
    confirm(world, propose(world, caught.audit_id, asked))
    with world.database.read(world.scope("ada")) as s:
        [kept] = audits.explain(s, world.scope("ada"), caught.audit_id).dismissals
        assert (kept.flag.code, kept.by) == ("near_duplicate", "Ada")
    assert world.wallet_fen("ben") == 500


def test_who_paid_what_was_taken_back_does_not_second_it(world: World) -> None:
    audit_id = in_review(world).audit_id
    with world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), audit_id, "approve")
    reverse(world, audit_id)
    with world.database.write(world.scope("mia")) as s:
        audits.reopen(s, world.scope("mia"), audit_id, "a receipt")
    proposal = propose(world, audit_id, login="mia")
    refused(lambda: confirm(world, proposal, "ada"), Forbidden)
    assert confirm(world, proposal, "root").amount_fen == 900


def test_a_large_reversal_needs_a_second_manager(world: World) -> None:
    with world.database.write() as s:
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 20_000, "more")
        max_ = User(login="max", name="Max", role="manager", password_hash="-")
        s.add(max_)
        serve(s, max_, world.ids.brands["Lumo"])
    with world.database.read() as s:
        world.ids.users["max"] = s.scalars(select(User.id).where(User.login == "max")).one()
    audit_id = in_review(world).audit_id
    confirm(world, propose(world, audit_id, audits.Asked("approve", "a whole season", amount_fen=10_001)))
    refused(lambda: reverse(world, audit_id), Conflict, "second_person_needed")
    with world.database.write(world.scope("mia")) as s:
        proposal = audits.propose_reversal(s, world.scope("mia"), audit_id, "never stood there")
    assert world.wallet_fen() == 10_001
    with world.database.write() as s:
        s.get_one(User, world.ids.users["mia"]).role = "auditor"  # who may review, but take nothing back
    refused(lambda: confirm(world, proposal, "max"), Conflict, "proposal_over")
    with world.database.write() as s:
        s.get_one(User, world.ids.users["mia"]).role = "manager"
    for login in ("mia", "ada"):  # who proposed it; an auditor, who may take nothing back
        refused(lambda login=login: confirm(world, proposal, login), Forbidden)  # type: ignore[misc]
    done = confirm(world, proposal, "max")
    assert (done.kind, done.decided_by, done.comment) == ("reverse", world.ids.users["mia"], "never stood there")
    assert (world.wallet_fen(), standing(world)) == (0, {})


def test_a_small_reversal_is_not_proposed(world: World) -> None:
    paid = world.audited(jpeg(1))
    with pytest.raises(Conflict) as caught, world.database.write(world.scope("mia")) as s:
        audits.propose_reversal(s, world.scope("mia"), paid.audit_id, "a slip")
    assert caught.value.code == "second_person_not_needed"


def test_a_proposal_cannot_be_changed(world: World) -> None:
    propose(world, in_review(world).audit_id)
    with pytest.raises(DBAPIError), world.database.write() as s:
        s.execute(update(Proposal).values(amount_fen=90_000))
