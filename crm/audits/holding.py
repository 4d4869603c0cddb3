"""Why a display goes to a person although the machine could decide it.

Not a flag: nothing is held against the photo, and the verdict stays what the facts and the rules make it, so that
replay gives it again. Only who decides is another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select

from crm.audits import shadowing
from crm.audits.paying import was_taken_back
from crm.audits.periods import period_reasons
from crm.audits.photos.tables import Audit, Photo
from crm.audits.stopped import stop_reasons
from crm.audits.tables import Decision, PhotoReading
from crm.audits.wording import Flag, text
from crm.catalog.enrolling import last_enrolments
from crm.kernel.db import ReadSession
from crm.tasks.tables import TaskVersion
from pipeline.rules.verdict import Verdict

REFUSED_MAX = 3  # displays of an outlet in a period; who mends his display after a refusal passes with the next photo


@dataclass(frozen=True)
class Considered:
    """An audit at the moment of its automatic decision: its photos, what was read of them, and the verdict.

    confirm: the enrolled SKUs whose fronts a person must confirm, see `crm.audits.shadowing.unproven`.
    """

    audit: Audit
    version: TaskVersion
    photos: Sequence[Photo]
    readings: tuple[PhotoReading, ...]
    verdict: Verdict
    confirm: Mapping[str, bool] = field(default_factory=dict)


def _unproven(s: ReadSession, considered: Considered) -> list[Flag]:
    return shadowing.reasons(considered.confirm)


def _read_before_trials(s: ReadSession, considered: Considered) -> list[Flag]:
    """A reading that names a front after an enrolled SKU and keeps no `trial` believed the name: a version from before
    there were trials made it. Nothing tells what rests on that name."""
    believed = [
        each.reading["detections"] for each in considered.readings if each.reading and "trial" not in each.reading
    ]
    named = {front["sku"] for detections in believed for front in detections}
    enrolled = last_enrolments(s, considered.audit.brand_id) if named else {}
    return [text("read_before_trials")] if named & enrolled.keys() else []


def _stopped(s: ReadSession, considered: Considered) -> list[Flag]:
    return stop_reasons(s, considered.audit, considered.version, [each.reading for each in considered.readings])


def _taken_back(s: ReadSession, considered: Considered) -> list[Flag]:
    """What was taken back once is paid again by a person only."""
    return [text("taken_back_before")] if was_taken_back(s, considered.audit) else []


def _refused_often(s: ReadSession, considered: Considered) -> list[Flag]:
    """Who may try as often as he likes passes by an error of the networks at last, however rare it is on one photo."""
    audit = considered.audit
    if considered.verdict.outcome != "pass":
        return []
    refused = exists().where(Decision.audit_id == Audit.id, Decision.outcome == "refuse")
    same = (Audit.task_id == audit.task_id, Audit.outlet_id == audit.outlet_id, Audit.period_key == audit.period_key)
    tried = s.scalar(select(func.count()).select_from(Audit).where(*same, Audit.id != audit.id, refused)) or 0
    return [text("refused_often")] if tried >= REFUSED_MAX else []


def _in_another_period(s: ReadSession, considered: Considered) -> list[Flag]:
    return [] if considered.verdict.outcome == "refuse" else period_reasons(s, considered.audit, considered.photos)


Hold = Callable[[ReadSession, Considered], list[Flag]]
_HOLDS: tuple[Hold, ...] = (
    _stopped,
    _taken_back,
    _unproven,
    _read_before_trials,
    _refused_often,
    _in_another_period,
)


def reasons_to_hold(s: ReadSession, considered: Considered) -> list[Flag]:
    """One reason (`code`, `en`, `zh`) for each thing that wants a person; empty where the verdict may stand."""
    return [reason for hold in _HOLDS for reason in hold(s, considered)]
