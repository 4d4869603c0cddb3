"""The review queue, what waits for a second person, and awards that are taken back."""

from typing import Any

from fastapi import APIRouter

from api.auth import Caller
from api.review_schemas import ProposalListed, ProposalOut, ReasonIn, ReviewIn, ReviewItemOut
from api.routes.common import SIGNED_IN, After, Limit, named, problems
from api.schemas import DecisionShort, PageOf
from api.services import Given
from crm.audits import service as audits

router = APIRouter(tags=["reviews"])


@router.get("/reviews", response_model=PageOf[ReviewItemOut], responses=problems(*SIGNED_IN))
def review_queue(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Auditor: audits that wait for a person, the most money × uncertainty first."""
    with services.database.read() as session:
        found = audits.review_queue(session, scope, after, limit)
        places = audits.places_of(session, [item.audit_id for item in found.items])
        reasons = audits.reasons_told(session, scope, [item.reasons for item in found.items])
    items = [
        ReviewItemOut(
            audit_id=item.audit_id,
            priority=item.priority,
            reasons=told,
            opened_at=item.opened_at,
            task=named(places[item.audit_id][0]),
            outlet=named(places[item.audit_id][1]),
        )
        for item, told in zip(found.items, reasons, strict=True)
    ]
    return {"items": items, "next": found.next}


@router.post("/reviews/{audit_id}", responses=problems(*SIGNED_IN, 404, 409, 413))
def review(audit_id: str, body: ReviewIn, scope: Caller, services: Given) -> DecisionShort:
    """Auditor: approve, refuse with a reason, or correct the facts and have the rules decide again.

    409 flags_stand names the `flags` that must be dismissed first; 409 numbers_beyond_boxes the `bounds` of numbers
    that no box shows: send again with these numbers in `confirm`; 409 second_person_needed: propose it.
    """
    with services.database.write() as session:
        decision = audits.review(session, scope, audit_id, **body.model_dump())
        return DecisionShort.model_validate(decision)


@router.post("/reviews/{audit_id}/proposal", status_code=201, responses=problems(*SIGNED_IN, 404, 409, 413))
def propose_review(audit_id: str, body: ReviewIn, scope: Caller, services: Given) -> ProposalOut:
    """Auditor: lay a decision that pays more than the rules can give before a second person."""
    with services.database.write() as session:
        made = audits.propose_review(session, scope, audit_id, audits.Asked(**body.model_dump()))
        return ProposalOut.model_validate(made)


@router.post("/audits/{audit_id}/reversal", responses=problems(*SIGNED_IN, 404, 409, 413))
def reverse(audit_id: str, body: ReasonIn, scope: Caller, services: Given) -> DecisionShort:
    """Manager: take back what the audit has paid. Above a fixed amount 409 second_person_needed: propose it."""
    with services.database.write() as session:
        return DecisionShort.model_validate(audits.reverse(session, scope, audit_id, body.reason))


@router.post("/audits/{audit_id}/reversal/proposal", status_code=201, responses=problems(*SIGNED_IN, 404, 409, 413))
def propose_reversal(audit_id: str, body: ReasonIn, scope: Caller, services: Given) -> ProposalOut:
    """Manager: lay a large reversal before a second person."""
    with services.database.write() as session:
        return ProposalOut.model_validate(audits.propose_reversal(session, scope, audit_id, body.reason))


@router.post("/audits/{audit_id}/reopening", responses=problems(*SIGNED_IN, 404, 409, 413))
def reopen(audit_id: str, body: ReasonIn, scope: Caller, services: Given) -> DecisionShort:
    """Auditor: put an audit whose award was taken back before the auditors again."""
    with services.database.write() as session:
        return DecisionShort.model_validate(audits.reopen(session, scope, audit_id, body.reason))


@router.get("/proposals", response_model=PageOf[ProposalListed], responses=problems(*SIGNED_IN))
def proposals(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Auditor: what waits for a second person, the oldest first."""
    with services.database.read() as session:
        found = audits.waiting_proposals(session, scope, after, limit)
        places = audits.places_of(session, [each.audit_id for each in found.items])
    items = [
        {
            **ProposalOut.model_validate(each).model_dump(),
            "mine": each.proposed_by == scope.user_id,
            "task": named(places[each.audit_id][0]),
            "outlet": named(places[each.audit_id][1]),
        }
        for each in found.items
    ]
    return {"items": items, "next": found.next}


@router.post("/proposals/{proposal_id}/confirmation", responses=problems(*SIGNED_IN, 404, 409))
def confirm(proposal_id: str, scope: Caller, services: Given) -> DecisionShort:
    """Auditor: carry out what another person proposed."""
    with services.database.write() as session:
        return DecisionShort.model_validate(audits.confirm(session, scope, proposal_id))


@router.post("/proposals/{proposal_id}/refusal", status_code=204, responses=problems(*SIGNED_IN, 404, 409, 413))
def decline(proposal_id: str, body: ReasonIn, scope: Caller, services: Given) -> None:
    """Auditor: decline a proposal with a reason, or withdraw one's own."""
    with services.database.write() as session:
        audits.decline(session, scope, proposal_id, body.reason)
