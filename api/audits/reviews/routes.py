"""The review queue, what waits for a second person, and awards that are taken back."""

from typing import Any

from fastapi import APIRouter

from api.audits.reviews.schemas import (
    KeptReviewListed,
    LaidReview,
    ProposalListed,
    ProposalOut,
    ReasonIn,
    ReviewIn,
    ReviewItemOut,
)
from api.audits.schemas import DecisionShort
from api.auth import Caller
from api.errors.codes import KINDS
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf
from api.services import Given
from crm.audits import service as audits
from crm.audits.tables import PendingReview
from crm.audits.told import Told
from crm.kernel.clock import utcnow

router = APIRouter(tags=["reviews"])


@router.get("/reviews", response_model=PageOf[ReviewItemOut], responses=problems(*SIGNED_IN))
def review_queue(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Auditor: audits that wait for a person, the most money × uncertainty first."""
    with services.database.read(scope) as session:
        found = audits.review_queue(session, scope, after, limit)
        about = audits.tasks_and_outlets_of(session, [item.audit_id for item in found.items])
        reasons = audits.reasons_told(session, scope, [item.reasons for item in found.items])
    items = [
        ReviewItemOut(
            audit_id=item.audit_id,
            priority=item.priority,
            reasons=list(told),
            opened_at=item.opened_at,
            **vars(about[item.audit_id]),
        )
        for item, told in zip(found.items, reasons, strict=True)
    ]
    return {"items": items, "next": found.next}


@router.get("/reviews/kept", response_model=list[KeptReviewListed], responses=problems(*SIGNED_IN))
def kept(scope: Caller, services: Given) -> Any:
    """Auditor: one's own decisions that can be undone, and those of late that could not be carried out."""
    with services.database.read(scope) as session:
        found = audits.kept_reviews(session, scope)
        about = audits.tasks_and_outlets_of(session, [each.audit_id for each in found])
    return [
        {
            **_kept(each),
            "state": each.state,
            "fault": _fault(each.fault),
            **vars(about[each.audit_id]),
        }
        for each in found
    ]


@router.post("/reviews/{audit_id}", status_code=202, responses=problems(*SIGNED_IN, 404, 409))
def review(audit_id: str, body: ReviewIn, scope: Caller, services: Given) -> LaidReview:
    """Auditor: approve, refuse with a reason, or correct the facts and have the rules decide again.

    The audit leaves the queue; the decision is carried out at `due_at`, unless it is undone before.
    409 decided_meanwhile: another decision holds than that of `seq`; 409 flags_stand names the `flags` that must be
    dismissed first; 409 numbers_beyond_boxes the `bounds` of numbers that no box shows: send again with these numbers
    in `confirm`; 409 second_person_needed: propose it.
    """
    with services.database.write(scope) as session:
        laid = audits.lay(session, scope, audit_id, audits.Asked(**body.model_dump()))
        return LaidReview.model_validate(
            {**_kept(laid.pending), "outcome": laid.outcome, "amount_fen": laid.amount_fen}
        )


@router.post("/reviews/kept/{pending_id}/undoing", status_code=204, responses=problems(*SIGNED_IN, 404, 409))
def undo(pending_id: str, scope: Caller, services: Given) -> None:
    """Auditor: forget a decision of one's own before it is carried out; the audit waits again as before."""
    with services.database.write(scope) as session:
        audits.undo(session, scope, pending_id)


def _kept(pending: PendingReview) -> dict[str, Any]:
    return {
        "id": pending.id,
        "audit_id": pending.audit_id,
        "action": pending.asked["action"],
        "created_at": pending.created_at,
        "due_at": pending.due_at,
        "seconds_left": min(max(0.0, (pending.due_at - utcnow()).total_seconds()), audits.UNDO_S),
    }


def _fault(code: str | None) -> Told | None:
    kind = KINDS.get(code or "")
    return None if code is None else Told(code, kind.en if kind else code, kind.zh if kind else code)


@router.post("/reviews/{audit_id}/proposal", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def propose_review(audit_id: str, body: ReviewIn, scope: Caller, services: Given) -> ProposalOut:
    """Auditor: lay a decision that pays more than the rules can give before a second person."""
    with services.database.write(scope) as session:
        made = audits.propose_review(session, scope, audit_id, audits.Asked(**body.model_dump()))
        return ProposalOut.model_validate(made)


@router.post("/audits/{audit_id}/reversal", responses=problems(*SIGNED_IN, 404, 409))
def reverse(audit_id: str, body: ReasonIn, scope: Caller, services: Given) -> DecisionShort:
    """Manager: take back what the audit has paid. Above a fixed amount 409 second_person_needed: propose it."""
    with services.database.write(scope) as session:
        return DecisionShort.model_validate(audits.reverse(session, scope, audit_id, body.reason))


@router.post("/audits/{audit_id}/reversal/proposal", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def propose_reversal(audit_id: str, body: ReasonIn, scope: Caller, services: Given) -> ProposalOut:
    """Manager: lay a large reversal before a second person."""
    with services.database.write(scope) as session:
        return ProposalOut.model_validate(audits.propose_reversal(session, scope, audit_id, body.reason))


@router.post("/audits/{audit_id}/reopening", responses=problems(*SIGNED_IN, 404, 409))
def reopen(audit_id: str, body: ReasonIn, scope: Caller, services: Given) -> DecisionShort:
    """Auditor: put an audit whose award was taken back before the auditors again."""
    with services.database.write(scope) as session:
        return DecisionShort.model_validate(audits.reopen(session, scope, audit_id, body.reason))


@router.get("/proposals", response_model=PageOf[ProposalListed], responses=problems(*SIGNED_IN))
def proposals(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Auditor: what waits for a second person, the oldest first."""
    with services.database.read(scope) as session:
        found = audits.waiting_proposals(session, scope, after, limit)
        about = audits.tasks_and_outlets_of(session, [each.audit_id for each in found.items])
    items = [
        {
            **ProposalOut.model_validate(each).model_dump(),
            "mine": each.proposed_by == scope.user_id,
            **vars(about[each.audit_id]),
        }
        for each in found.items
    ]
    return {"items": items, "next": found.next}


@router.post("/proposals/{proposal_id}/confirmation", responses=problems(*SIGNED_IN, 404, 409))
def confirm(proposal_id: str, scope: Caller, services: Given) -> DecisionShort:
    """Auditor: carry out what another person proposed."""
    with services.database.write(scope) as session:
        return DecisionShort.model_validate(audits.confirm(session, scope, proposal_id))


@router.post("/proposals/{proposal_id}/refusal", status_code=204, responses=problems(*SIGNED_IN, 404, 409))
def decline(proposal_id: str, body: ReasonIn, scope: Caller, services: Given) -> None:
    """Auditor: decline a proposal with a reason, or withdraw one's own."""
    with services.database.write(scope) as session:
        audits.decline(session, scope, proposal_id, body.reason)
