"""What a decision rests on, told to the one it concerns; and replay."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from crm.access.scope import Scope, found, visible
from crm.audits.decisions import as_read, decisions_of, judged_before
from crm.audits.dismissing import dismissals_of, standing
from crm.audits.duplicates import Resembling, resembling
from crm.audits.estimating import estimate
from crm.audits.paying import of_other_displays, pays
from crm.audits.photos.tables import Audit, Photo
from crm.audits.reversing import ALONE_FEN_MAX, reopens
from crm.audits.reviewing import is_kept
from crm.audits.rules import as_json, judge, text
from crm.audits.seconding import ProposalCard, proposals_of
from crm.audits.tables import Decision, PhotoReading, Shadow
from crm.kernel.db import ReadSession
from crm.kernel.errors import Conflict, NotFound
from crm.kernel.paging import Page, checked_limit, page_of
from crm.outlets.tables import Outlet
from crm.people.tables import User
from crm.tasks import service as tasks
from crm.tasks.tables import Task, TaskVersion

OTHER_DISPLAYS_TOLD = 20


@dataclass(frozen=True)
class AuditCard:
    """An audit and the decision that holds; None before the first."""

    audit: Audit
    decision: Decision | None


@dataclass(frozen=True)
class Replay:
    """A stored verdict, the same judged again now, and whether they are equal; its shadow, if it has one, as well."""

    stored: dict[str, Any]
    recomputed: dict[str, Any]
    equal: bool


def get_audit(s: ReadSession, scope: Scope, audit_id: str) -> AuditCard:
    """NotFound outside the caller's scope."""
    audit = found(s.scalar(visible(select(Audit).where(Audit.id == audit_id), scope, Audit)), "this audit")
    return AuditCard(audit, _decisions_that_hold(s, [audit.id]).get(audit.id))


def list_audits(
    s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50, state: str | None = None
) -> Page[AuditCard]:
    """Audits with the decisions that hold, the newest first; only those in `state` where one is given."""
    statement = visible(select(Audit), scope, Audit).order_by(Audit.id.desc()).limit(checked_limit(limit) + 1)
    if state is not None:
        statement = statement.where(Audit.state == state)
    if after is not None:
        statement = statement.where(Audit.id < after)
    page = page_of(s.scalars(statement).all(), limit, lambda audit: audit.id)
    decisions = _decisions_that_hold(s, [audit.id for audit in page.items])
    return Page(tuple(AuditCard(audit, decisions.get(audit.id)) for audit in page.items), page.next)


def explain(s: ReadSession, scope: Scope, audit_id: str) -> dict[str, Any]:
    """All that is needed to understand, and to contest, a decision.

    Keys: audit, task, outlet, decision (None before the first: outcome, amount_fen, reasons, clauses with
    measured values, thresholds and advice, flags, facts, versions), history (all decisions in short),
    to_dismiss (flags of the whole photo that stand), dismissals, proposals (the last and the first: not for a rep),
    may (what the caller may do with it now: review, reverse, reopen), kept (a reviewer decided it and may undo that),
    alone_fen_max (what one person may take back),
    photos (state, size, boxes, flags), other_displays (of this outlet, task and period, as far as the caller may
    see them, with the ids of the photos that have a picture), resembles (of the photos flagged as duplicates, the one
    that each resembles, as far as the caller may see that), estimate_fen and estimate_reason (see
    `estimating.Estimate`; both None unless the audit waits for a person). Times are aware datetimes.
    """
    audit = get_audit(s, scope, audit_id).audit
    version, task = tasks.version_and_task(s, audit.task_version_id)
    outlet = s.get(Outlet, audit.outlet_id)
    assert outlet is not None
    decisions = decisions_of(s, audit.id)
    waits = decisions[-1] if decisions and audit.state == "in_review" else None
    estimated = estimate(s, audit, version, waits.facts, waits.names) if waits else None
    paid = set(s.scalars(select(Decision.id).where(Decision.audit_id == audit.id, pays())))
    return {
        "audit": {
            "id": audit.id,
            "state": audit.state,
            "display": audit.display,
            "period": audit.period_key,
            "photos_expected": audit.photos_expected,
            "photos_received": audit.photos_received,
            "created_at": audit.created_at,
        },
        "task": {
            "id": task.id,
            "code": task.code,
            "name": task.name,
            "name_zh": task.name_zh or task.name,
            "version": version.number,
        },
        "outlet": {"id": outlet.id, "name": outlet.name, "name_zh": outlet.name_zh or outlet.name},
        "decision": _told(decisions[-1], paid) if decisions else None,
        "estimate_fen": estimated.fen if estimated else None,
        "estimate_reason": estimated.reason if estimated else None,
        "history": [_in_short(decision, paid) for decision in decisions],
        **_by_people(s, scope, audit, decisions),
        "may": _may(s, scope, audit, version, decisions, bool(paid)),
        "kept": is_kept(s, audit.id),
        "alone_fen_max": ALONE_FEN_MAX,
        "photos": _photos(s, audit.id),
        "other_displays": _other_displays(s, scope, audit),
        "resembles": [_resembling(each) for each in resembling(s, scope, audit.id)],
    }


def places_of(s: ReadSession, audit_ids: Sequence[str]) -> dict[str, tuple[Task, Outlet]]:
    """Task and outlet of each of these audits, by the audit's id; no scope, for audits that the caller was given."""
    rows = s.execute(
        select(Audit.id, Task, Outlet)
        .join(Task, Task.id == Audit.task_id)
        .join(Outlet, Outlet.id == Audit.outlet_id)
        .where(Audit.id.in_(audit_ids))
    )
    return {audit_id: (task, outlet) for audit_id, task, outlet in rows}


def replay(s: ReadSession, decision_id: str) -> Replay:
    """Judge again what a decision judged, by the rules of its task version; NotFound,
    Conflict('rules_unreadable')."""
    decision = s.scalar(select(Decision).where(Decision.id == decision_id))
    if decision is None:
        raise NotFound("this decision does not exist, or is not yours to see", "该判定不存在，或您无权查看")
    version, _ = tasks.version_and_task(s, decision.task_version_id)
    rules = tasks.rules_of(version)
    if rules is None:
        raise Conflict(
            "the stored rules of this task cannot be read: restore them",
            "该任务的规则数据已损坏，无法读取：请恢复规则",
            code="rules_unreadable",
        )

    def judged(facts: dict[str, Any]) -> dict[str, Any]:
        return dict(as_json(judge(decision.kind, facts, decision.flags, rules, decision.names).as_dict()))

    again, shadow = judged(decision.facts), s.get(Shadow, decision.id)
    same_shadow = shadow is None or judged(shadow.facts) == shadow.verdict
    return Replay(decision.verdict, again, again == decision.verdict and same_shadow)


def _decisions_that_hold(s: ReadSession, audit_ids: list[str]) -> dict[str, Decision]:
    newest = (
        select(Decision.audit_id, func.max(Decision.seq).label("seq"))
        .where(Decision.audit_id.in_(audit_ids))
        .group_by(Decision.audit_id)
        .subquery()
    )
    same = (Decision.audit_id == newest.c.audit_id) & (Decision.seq == newest.c.seq)
    return {each.audit_id: each for each in s.scalars(select(Decision).join(newest, same))}


def causes_of(s: ReadSession, entry_ids: Sequence[str]) -> dict[str, Decision]:
    """The decision with which each of these ledger entries was posted; no scope, for entries that the caller was
    given."""
    rows = s.scalars(select(Decision).where(Decision.entry_id.in_(entry_ids)))
    return {each.entry_id: each for each in rows if each.entry_id is not None}


def _may(
    s: ReadSession, scope: Scope, audit: Audit, version: TaskVersion, decisions: Sequence[Decision], paid: bool
) -> list[str]:
    """What the caller may do with an audit now, as `review`, `reverse` and `reopen` see it."""
    if scope.role == "rep" or audit.user_id == scope.user_id or not decisions:
        return []
    if audit.state == "in_review":
        kept_off = scope.user_id in judged_before(decisions) or is_kept(s, audit.id)
        return [] if kept_off else ["review"]
    may = ["reverse"] if paid and scope.role != "auditor" else []
    return [*may, "reopen"] if reopens(s, audit, version, decisions) else may


def _by_people(s: ReadSession, scope: Scope, audit: Audit, decisions: Sequence[Decision]) -> dict[str, Any]:
    """What people have said of the flags and proposed; a rep reads which flags were dismissed and when, no more."""
    is_rep = scope.role == "rep"
    dismissals, cards = dismissals_of(s, audit.id), [] if is_rep else proposals_of(s, audit.id)
    ids = {each.dismissed_by for each in dismissals} | {card.proposal.proposed_by for card in cards}
    ids |= {card.answer.answered_by for card in cards if card.answer is not None}
    people = () if is_rep else s.execute(select(User.id, User.name).where(User.id.in_(ids)))
    named = {user_id: name for user_id, name in people}
    last = decisions[-1].seq if decisions else 0
    flags = {flag["code"]: flag for flag in as_read(decisions).flags} if decisions else {}
    return {
        "to_dismiss": [] if is_rep or not decisions else list(standing(s, audit.id, decisions).to_dismiss),
        "dismissals": [
            {
                "flag": flags[each.code],
                "reason": None if is_rep else each.reason,
                "by": named.get(each.dismissed_by),
                "at": each.created_at,
            }
            for each in dismissals
        ],
        "proposals": [_proposal(scope, card, audit, named, last) for card in cards],
    }


def _proposal(scope: Scope, card: ProposalCard, audit: Audit, named: dict[str, str], last_seq: int) -> dict[str, Any]:
    proposal, answer = card.proposal, card.answer
    state = answer.answer if answer is not None else "waiting" if proposal.seq == last_seq else "over"
    others = scope.user_id not in (proposal.proposed_by, audit.user_id)
    return {
        "id": proposal.id,
        "kind": proposal.kind,
        "amount_fen": proposal.amount_fen,
        "reason": proposal.reason,
        "by": named.get(proposal.proposed_by),
        "mine": proposal.proposed_by == scope.user_id,
        "may_confirm": others and (proposal.kind == "review" or scope.role != "auditor"),
        "at": proposal.created_at,
        "state": state,
        "answered_by": named.get(answer.answered_by) if answer is not None else None,
        "answer_reason": answer.reason if answer is not None else "",
        "answered_at": answer.created_at if answer is not None else None,
    }


def _told(decision: Decision, paid: Collection[str]) -> dict[str, Any]:
    return {
        **_in_short(decision, paid),
        "reasons": decision.reasons,
        "clauses": decision.verdict["clauses"],
        "amount_range": decision.verdict["amount_range"],
        "flags": decision.flags,
        "facts": decision.facts,
        "models": decision.models,
        "thresholds": decision.thresholds,
    }


def _in_short(decision: Decision, paid: Collection[str]) -> dict[str, Any]:
    return {
        "id": decision.id,
        "no": decision.no,
        "seq": decision.seq,
        "kind": decision.kind,
        "outcome": decision.outcome,
        "amount_fen": decision.amount_fen,
        "paid": decision.id in paid,
        "comment": decision.comment,
        "created_at": decision.created_at,
    }


def _photos(s: ReadSession, audit_id: str) -> list[dict[str, Any]]:
    readings = {
        each.photo_id: each for each in s.scalars(select(PhotoReading).where(PhotoReading.audit_id == audit_id))
    }
    photos = s.scalars(select(Photo).where(Photo.audit_id == audit_id).order_by(Photo.id))
    return [_photo(photo, readings.get(photo.id)) for photo in photos]


def _other_displays(s: ReadSession, scope: Scope, audit: Audit) -> list[dict[str, Any]]:
    # the paid ones first, then the newest: however many poor ones were sent, the one that matters is shown
    paid = exists().where(Decision.audit_id == Audit.id, pays())
    others = visible(select(Audit), scope, Audit).where(*of_other_displays(audit))
    found = s.scalars(others.order_by(paid.desc(), Audit.id.desc()).limit(OTHER_DISPLAYS_TOLD)).all()
    ready = select(Photo.audit_id, Photo.id).where(Photo.audit_id.in_([each.id for each in found]))
    pictures: dict[str, list[str]] = {}
    for audit_id, photo_id in s.execute(ready.where(Photo.picture_key.is_not(None)).order_by(Photo.id)):
        pictures.setdefault(audit_id, []).append(photo_id)
    return [
        {"audit_id": each.id, "display": each.display, "state": each.state, "photo_ids": pictures.get(each.id, [])}
        for each in found
    ]


def _resembling(found: Resembling) -> dict[str, Any]:
    outlet = found.outlet
    return {
        "photo_id": found.photo_id,
        "code": found.code,
        "other_photo_id": found.other.id,
        "audit_id": found.other.audit_id,
        "outlet": {"id": outlet.id, "name": outlet.name, "name_zh": outlet.name_zh or outlet.name},
        "received_at": found.other.received_at,
        "has_picture": found.other.picture_key is not None,
    }


def _photo(photo: Photo, reading: PhotoReading | None) -> dict[str, Any]:
    seen = reading.reading if reading is not None else {}
    return {
        "id": photo.id,
        "state": photo.state,
        "width": photo.width,
        "height": photo.height,
        "received_at": photo.received_at,
        "detections": seen.get("detections", []),
        "facts": seen.get("facts", {}),
        "flags": reading.flags if reading is not None else [],
        "timings_ms": seen.get("timings_ms", {}),
        "has_picture": photo.picture_key is not None,
        "has_annotated": photo.annotated_key is not None,
        "undrawn": _undrawn(photo),
    }


def _undrawn(photo: Photo) -> dict[str, Any] | None:
    """Why there is no picture of what was seen; None where there is one, or one may still come."""
    if photo.annotated_key is not None or photo.undrawn_at is None:
        return None
    return text("no_picture" if photo.picture_key is None else "not_drawn")
