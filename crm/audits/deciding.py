"""Readings come in, a decision and its posting go out, in one transaction and once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, or_, select

from crm.audits import shadowing
from crm.audits.duplicates import duplicate_flags, remember
from crm.audits.estimating import estimate
from crm.audits.holding import Considered, reasons_to_hold
from crm.audits.paying import of_other_displays, paid_already, pay
from crm.audits.rules import (
    Flag,
    as_json,
    clock_flags,
    each_once,
    judge,
    names_in_rules,
    place_flags,
    priority,
    text,
    unjudged,
)
from crm.audits.tables import (
    THRESHOLDS_LENGTH,
    Decision,
    PendingReview,
    PhotoReading,
    Proposal,
    ProposalAnswer,
    ReviewItem,
)
from crm.business_time import business_day
from crm.catalog import service as catalog
from crm.db import ReadSession, WriteSession, utcnow
from crm.errors import NotFound
from crm.outlets.rules import distance_m
from crm.outlets.tables import Outlet
from crm.people.tables import Organisation
from crm.tasks import service as tasks
from crm.tasks.tables import Claim, Task, TaskVersion
from crm.visits.tables import Audit, Photo, Visit
from pipeline.facts.merge import merge_facts
from pipeline.rules.clauses import TaskRules
from pipeline.rules.verdict import Verdict

LOST = frozenset({"photo_gone", "photo_damaged"})  # what is told where a photo's file is not as it was stored


def record_reading(
    s: WriteSession, photo_id: str, reading: Mapping[str, Any], perceptual_hash: bytes, likeness: bytes | None = None
) -> PhotoReading:
    """Keep what the pipeline saw on a photo (`reading`: PhotoReading.as_dict()), and what copies of it are known by
    (`likeness`: pipeline.intake.likeness, packed); a second call changes nothing."""
    photo, stored = _photo_and_reading(s, photo_id)
    if stored is not None:
        return stored
    stored = PhotoReading(
        photo_id=photo.id, audit_id=photo.audit_id, reading=dict(reading), flags=list(reading["flags"])
    )
    s.add(stored)
    photo.state = "read"
    remember(s, photo, perceptual_hash, likeness)
    s.flush()
    return stored


def record_unreadable(s: WriteSession, photo_id: str, cause: str, code: str = "unreadable") -> PhotoReading:
    """Keep that a photo could not be read, and why (one line); a second call changes nothing. `code` is
    'unreadable', or 'unreadable_here' where the photo may be sound and our work on it fails."""
    photo, stored = _photo_and_reading(s, photo_id)
    if stored is not None:
        return stored
    flag = text(code)
    stored = PhotoReading(
        photo_id=photo.id, audit_id=photo.audit_id, reading={}, flags=[{**flag, "cause": cause[:200]}]
    )
    s.add(stored)
    photo.state = "unreadable"
    s.flush()
    return stored


def decide_audit(s: WriteSession, audit_id: str) -> Decision | None:
    """Decide an audit whose photos are all read: the decision, its posting or review item, in this
    transaction.

    None while photos are missing or unread; the last decision again if there is one, however often it is called. But
    one that stands in for a reading, since a photo's file was gone, is followed by another once that is read.
    """
    audit = lock_audit(s, audit_id)
    decided = latest_decision(s, audit.id)
    if decided is not None and not _stands_in(s, audit, decided):
        return decided
    photos = s.scalars(select(Photo).where(Photo.audit_id == audit.id).order_by(Photo.id)).all()
    if audit.state not in ("reading", "in_review") or any(photo.state == "received" for photo in photos):
        return decided
    lock_brand(s, audit.brand_id)
    readings = s.scalars(
        select(PhotoReading).where(PhotoReading.audit_id == audit.id).order_by(PhotoReading.photo_id)
    ).all()
    seen = [each.reading["facts"] for each in readings if each.reading]
    facts = merge_facts(seen) if seen else {}
    flags = [flag for each in readings for flag in each.flags]
    flags += [flag for photo in photos for flag in duplicate_flags(s, photo)]
    flags = each_once([*flags, *_crm_flags(s, audit, photos), *_further_display_flags(s, audit)])
    version, task = tasks.version_and_task(s, audit.task_version_id)
    names = names_in_rules(version.rules, catalog.view(s, audit.brand_id, business_day(audit.created_at)).names)
    rules = TaskRules.from_dict(version.rules)
    verdict = judge("automatic", facts, flags, rules, names)
    tried = shadowing.try_names(readings, verdict, lambda facts: judge("automatic", facts, flags, rules, names))
    confirm = shadowing.unproven(s, audit, tried)
    decision = Decision(
        kind="automatic",
        facts=facts,
        flags=flags,
        names=names,
        models=_models(readings),
        thresholds=_thresholds(readings),
    )
    held = reasons_to_hold(s, Considered(audit, version, tuple(readings), verdict, confirm))
    decision.reasons = held
    append_decision(s, audit, task, version, decision, verdict, ("review", 0) if held else None)
    shadowing.keep(s, audit, version, decision, tried, confirm)
    return decision


def give_to_person(s: WriteSession, audit_id: str, code: str = "undecided_here") -> Decision | None:
    """Send an audit to review that cannot be decided, since deciding it raises, or for what `code` says; None where it
    is decided already, or waits for photos.

    Nothing that was read of it is touched: what raises may lie there. If it lies in the rules, no clause is told.
    """
    audit = lock_audit(s, audit_id)
    if audit.state != "reading":
        return None
    lock_brand(s, audit.brand_id)
    version, task = tasks.version_and_task(s, audit.task_version_id)
    flags = [text(code)]
    decision = Decision(kind="automatic", facts={}, flags=flags, names={}, models={}, thresholds="")
    try:
        verdict = judge("automatic", {}, flags, TaskRules.from_dict(version.rules), {})
    except Exception:
        verdict = unjudged(flags[0])
    return append_decision(s, audit, task, version, decision, verdict)


def append_decision(
    s: WriteSession,
    audit: Audit,
    task: Task,
    version: TaskVersion,
    decision: Decision,
    verdict: Verdict,
    settled: tuple[str, int] | None = None,
) -> Decision:
    """Complete `decision` (kind, facts, flags, names, models, thresholds are set) from its verdict and
    append it.

    `settled` is outcome and amount in fen where a person decides, or shall, otherwise than the verdict. A review
    carries what approving would pay. A pass is
    posted to the ledger, unless this display, or as many others as the version rewards, have been paid in this
    period. Where the budget does not
    suffice, an automatic pass becomes a review. The audit and its review item follow. Audit and brand are
    locked.
    """
    previous = latest_decision(s, audit.id)
    decision.audit_id, decision.brand_id, decision.user_id = audit.id, audit.brand_id, audit.user_id
    decision.task_version_id = version.id
    decision.seq = 1 if previous is None else previous.seq + 1
    decision.outcome, decision.amount_fen = settled or (verdict.outcome, verdict.amount_fen)
    decision.verdict = as_json(verdict.as_dict())
    decision.reasons = [*(decision.reasons or []), *(dict(reason) for reason in verdict.reasons)]
    if decision.outcome == "review":
        decision.amount_fen = estimate(s, audit, version, decision.facts, decision.names).fen or 0
    if decision.outcome == "pass":
        pay(s, audit, task, version, decision)
    s.add(decision)
    s.flush()
    _move_on(s, audit, version, decision)
    s.flush()
    return decision


def lock_audit(s: WriteSession, audit_id: str) -> Audit:
    """The audit, locked together with its claim, always in that order; NotFound."""
    claim_id = s.scalar(select(Audit.claim_id).where(Audit.id == audit_id))
    if claim_id is None:
        raise NotFound("this audit does not exist, or is not yours to see", "该检核不存在，或您无权查看")
    s.execute(select(Claim.id).where(Claim.id == claim_id).with_for_update(key_share=True))
    fresh = select(Audit).where(Audit.id == audit_id).with_for_update(key_share=True)
    return s.scalars(fresh.execution_options(populate_existing=True)).one()


def lock_brand(s: WriteSession, brand_id: str) -> None:
    """Decisions of a brand follow one another: so duplicates are found and numbers grow in the order of
    commit."""
    s.execute(select(Organisation.id).where(Organisation.id == brand_id).with_for_update(key_share=True))


def latest_decision(s: ReadSession, audit_id: str) -> Decision | None:
    """The decision that holds."""
    return s.scalar(select(Decision).where(Decision.audit_id == audit_id).order_by(Decision.seq.desc()).limit(1))


def _stands_in(s: ReadSession, audit: Audit, decision: Decision) -> bool:
    """Whether a decision only says that a photo's file was gone, and nobody has begun to decide otherwise."""
    lost = any(flag["code"] in LOST for flag in decision.flags)
    if audit.state != "in_review" or decision.kind != "automatic" or not lost:
        return False
    kept = select(PendingReview.id).where(PendingReview.audit_id == audit.id, PendingReview.state == "waiting")
    proposed = select(Proposal.id).where(Proposal.audit_id == audit.id, Proposal.seq == decision.seq)
    answered = exists().where(ProposalAnswer.id == Proposal.id)
    return s.scalar(kept.limit(1)) is None and s.scalar(proposed.where(~answered).limit(1)) is None


def _further_display_flags(s: ReadSession, audit: Audit) -> list[Flag]:
    """further_display, if another display of the outlet was begun before this one, or was decided first.

    From photos alone nobody can tell that two displays are not one shelf from two sides. As with duplicates, under
    the brand's lock there is no order of events in which two displays both pass without a person.
    """
    first = or_(Audit.id < audit.id, exists().where(Decision.audit_id == Audit.id))
    other = select(Audit.id).where(*of_other_displays(audit), first).limit(1)
    return [] if s.scalar(other) is None else [text("further_display")]


def _move_on(s: WriteSession, audit: Audit, version: TaskVersion, decision: Decision) -> None:
    """Audit, claim and review item after a decision."""
    now = utcnow()
    item = s.get(ReviewItem, audit.id)
    if decision.outcome == "review":
        audit.state, paid = "in_review", paid_already(s, audit, version) is not None
        if item is None:
            item = ReviewItem(audit_id=audit.id, brand_id=audit.brand_id, opened_at=now)
            s.add(item)
        elif item.state == "done":  # opened again
            item.state, item.opened_at, item.closed_at, item.closed_by = "open", now, None, None
        item.reasons = decision.reasons
        item.priority = priority(decision.verdict, decision.flags, paid)
        return
    audit.state = "decided"
    if item is not None and item.state == "open":
        item.state, item.closed_at, item.closed_by = "done", now, decision.decided_by
    if decision.outcome == "pass":
        claim = s.get(Claim, audit.claim_id)
        others_wait = select(Audit.id).where(Audit.claim_id == audit.claim_id, Audit.state == "open").limit(1)
        if claim is not None and claim.state == "active" and s.scalar(others_wait) is None:
            claim.state = "done"


def _crm_flags(s: ReadSession, audit: Audit, photos: Sequence[Photo]) -> list[Flag]:
    outlet, visit = s.get(Outlet, audit.outlet_id), s.get(Visit, audit.visit_id)
    assert outlet is not None
    assert visit is not None
    distances = [] if visit.in_distance_m is None else [visit.in_distance_m]
    flags: list[Flag] = [text("no_location")] if visit.in_distance_m is None else []
    for photo in photos:
        if photo.lat is not None and photo.lon is not None:
            distances.append(distance_m(photo.lat, photo.lon, outlet.lat, outlet.lon))
        flags += clock_flags(photo.taken_at, photo.received_at)
    return [*flags, *place_flags(distances)]


def _models(readings: Sequence[PhotoReading]) -> dict[str, Any]:
    """Versions of the networks by their names; of photos read by different versions, all of them."""
    used: dict[str, list[str]] = {}
    for each in readings:
        for name, version in each.reading.get("models", {}).items():
            if version not in used.setdefault(name, []):
                used[name].append(version)
    return {name: versions[0] if len(versions) == 1 else versions for name, versions in used.items()}


def _thresholds(readings: Sequence[PhotoReading]) -> str:
    """Version of the thresholds; of photos read by different versions, as many of them as the column holds."""
    versions = dict.fromkeys(each.reading["thresholds"] for each in readings if each.reading)
    told = ", ".join(versions)
    if len(told) <= THRESHOLDS_LENGTH:
        return told
    return told[: THRESHOLDS_LENGTH - 3].rpartition(", ")[0] + ", …"


def _photo_and_reading(s: WriteSession, photo_id: str) -> tuple[Photo, PhotoReading | None]:
    photo = s.scalar(select(Photo).where(Photo.id == photo_id).with_for_update(key_share=True))
    if photo is None:
        raise NotFound("this photo does not exist, or is not yours to see", "该照片不存在，或您无权查看")
    return photo, s.get(PhotoReading, photo_id)


def as_read(decisions: Sequence[Decision]) -> Decision:
    """Of all decisions on an audit the one that rests on what was read, before any person's."""
    return [each for each in decisions if each.kind == "automatic"][-1]


def decisions_of(s: ReadSession, audit_id: str) -> Sequence[Decision]:
    """All decisions on an audit, the first one first."""
    return s.scalars(select(Decision).where(Decision.audit_id == audit_id).order_by(Decision.seq)).all()


def judged_before(decisions: Sequence[Decision]) -> set[str | None]:
    """Who paid an audit whose award was taken back since: another person looks at it again."""
    last = max((each.seq for each in decisions if each.kind == "reverse"), default=0)
    return {each.decided_by for each in decisions if each.seq < last and each.kind in ("approve", "correct")}
