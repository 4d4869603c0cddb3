"""An audit whose photos are all read is decided, in one transaction and once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, select

from crm.audits import shadowing
from crm.audits.appending import append_decision
from crm.audits.decisions import latest_decision
from crm.audits.duplicates import unsought
from crm.audits.flagging import flags_of
from crm.audits.holding import Considered, reasons_to_hold
from crm.audits.locking import lock_audit, lock_displays
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import THRESHOLDS_LENGTH, Decision, PendingReview, PhotoReading, Proposal, ProposalAnswer
from crm.audits.verdicts import names_in_rules, no_verdict, verdict_for
from crm.audits.wording import text
from crm.catalog import service as catalog
from crm.kernel.business_time import business_day
from crm.kernel.db import ReadSession, WriteSession
from crm.outlets.tables import Outlet
from crm.tasks import service as tasks
from crm.visits.tables import Visit
from pipeline.facts.merge import merge_facts
from pipeline.rules.clauses import TaskRules

LOST = frozenset({"photo_gone", "photo_damaged"})  # what is told where a photo's file is not as it was stored


def decide_audit(
    s: WriteSession, audit_id: str, names_of_products: Callable[[], Mapping[str, Mapping[str, str]]] | None = None
) -> Decision | None:
    """Decide an audit whose photos are all read: the decision, its posting or review item, in this
    transaction.

    None while photos are missing or unread, or the archive is to be looked through for one of them (`seek`); the last
    decision again if there is one, however often it is called. But one that stands in for a reading, since a photo's
    file was gone, is followed by another once that is read.

    `names_of_products`: those of the brand's catalogue by code, from a caller who has looked at it already.
    """
    audit = lock_audit(s, audit_id)
    decided = latest_decision(s, audit.id)
    if decided is not None and not _stands_in(s, audit, decided):
        return decided
    photos, readings = _photos_and_readings(s, audit)
    if audit.state not in ("reading", "in_review") or any(photo.state == "received" for photo in photos):
        return decided
    if unsought(s, audit.id):
        return decided
    lock_displays(s, audit)
    at = select(Visit, Outlet).join(Outlet, Outlet.id == Visit.outlet_id)
    visit, outlet = s.execute(at.where(Visit.id == audit.visit_id)).one()
    seen = [each.reading["facts"] for each in readings if each.reading]
    facts = merge_facts(seen) if seen else {}
    flags = flags_of(s, audit, visit, outlet, photos, readings)
    version, task = tasks.version_and_task(s, audit.task_version_id, with_rules=True)
    known = names_of_products() if names_of_products else _names_of_products(s, audit)
    names = names_in_rules(version.rules, known)
    rules = TaskRules.from_dict(version.rules)
    verdict = verdict_for("automatic", facts, flags, rules, names)
    tried = shadowing.try_names(readings, verdict, lambda facts: verdict_for("automatic", facts, flags, rules, names))
    confirm = shadowing.unproven(s, audit, tried)
    decision = Decision(
        kind="automatic",
        facts=facts,
        flags=flags,
        names=names,
        models=_models(readings),
        thresholds=_thresholds(readings),
    )
    held = reasons_to_hold(s, Considered(audit, version, photos, tuple(readings), verdict, confirm))
    decision.reasons = held
    last_seq = decided.seq if decided is not None else 0
    append_decision(s, audit, task, version, decision, verdict, ("review", 0) if held else None, last_seq)
    shadowing.keep(s, audit, version, decision, tried, confirm)
    return decision


def _photos_and_readings(s: ReadSession, audit: Audit) -> tuple[list[Photo], list[PhotoReading]]:
    """The photos of an audit, and the readings of those that have one, in the same order."""
    both = select(Photo, PhotoReading).outerjoin(PhotoReading, PhotoReading.photo_id == Photo.id)
    rows = s.execute(both.where(Photo.audit_id == audit.id).order_by(Photo.id)).all()
    return [photo for photo, _ in rows], [reading for _, reading in rows if reading is not None]


def _names_of_products(s: ReadSession, audit: Audit) -> Mapping[str, Mapping[str, str]]:
    return catalog.view(s, audit.brand_id, business_day(audit.created_at)).names


def give_to_person(s: WriteSession, audit_id: str, code: str = "undecided_here") -> Decision | None:
    """Send an audit to review that cannot be decided, since deciding it raises, or for what `code` says; None where it
    is decided already, or waits for photos.

    Nothing that was read of it is touched: what raises may lie there. If it lies in the rules, no clause is told.
    """
    audit = lock_audit(s, audit_id)
    if audit.state != "reading":
        return None
    lock_displays(s, audit)
    version, task = tasks.version_and_task(s, audit.task_version_id)
    flags = [text(code)]
    decision = Decision(kind="automatic", facts={}, flags=flags, names={}, models={}, thresholds="")
    try:
        verdict = verdict_for("automatic", {}, flags, TaskRules.from_dict(version.rules), {})
    except Exception:
        verdict = no_verdict(flags[0])
    return append_decision(s, audit, task, version, decision, verdict)


def _stands_in(s: ReadSession, audit: Audit, decision: Decision) -> bool:
    """Whether a decision only says that a photo's file was gone, and nobody has begun to decide otherwise."""
    lost = any(flag["code"] in LOST for flag in decision.flags)
    if audit.state != "in_review" or decision.kind != "automatic" or not lost:
        return False
    kept = select(PendingReview.id).where(PendingReview.audit_id == audit.id, PendingReview.state == "waiting")
    proposed = select(Proposal.id).where(Proposal.audit_id == audit.id, Proposal.seq == decision.seq)
    answered = exists().where(ProposalAnswer.id == Proposal.id)
    return s.scalar(kept.limit(1)) is None and s.scalar(proposed.where(~answered).limit(1)) is None


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
