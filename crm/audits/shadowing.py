"""What would have been paid, were the names of newly enrolled SKUs believed; and what of it goes to a person.

The verdict never rests on a name that is on trial. The shadow verdict takes the names of all enrolled SKUs as certain;
it is kept with the decision, shown to the reviewer, and replayed like the verdict.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.audits.paying import paid_already
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision, PhotoReading, Shadow
from crm.audits.verdicts import as_json
from crm.audits.wording import Flag, text
from crm.kernel.db import ReadSession, WriteSession
from crm.tasks.tables import TaskVersion
from crm.trials import service as trials
from crm.trials.tables import TrialDisplay
from pipeline.facts.merge import merge_facts
from pipeline.facts.trial import enrolled_fronts, facts_if
from pipeline.rules.verdict import Verdict

Decide = Callable[[dict[str, Any]], Verdict]


@dataclass(frozen=True)
class Tried:
    """What the names of enrolled SKUs do to a display.

    facts, verdict: with all of them believed. codes: those on which its payment rests; empty where none is made. seen:
    all that stand on it in the best estimate. differs: whether the verdict is another one without them.
    """

    facts: dict[str, Any]
    verdict: Verdict
    codes: tuple[str, ...]
    seen: frozenset[str]
    differs: bool


def try_names(readings: Sequence[PhotoReading], verdict: Verdict, decide: Decide) -> Tried | None:
    """None where no front has the name of an enrolled SKU. verdict: on the facts as they count.

    A payment rests on a code where it is not made without it, or is made by it alone; where neither holds of any, on
    all.
    """
    read = [each.reading for each in readings if each.reading]
    seen = frozenset(code for reading in read for code in enrolled_fronts(reading).values())
    if not seen:
        return None

    def believing(codes: Collection[str]) -> tuple[dict[str, Any], Verdict]:
        facts = merge_facts([facts_if(reading, codes) for reading in read])
        return facts, decide(facts)

    facts, shadow = believing(seen)

    def pays(codes: Collection[str]) -> bool:
        return is_same(believing(codes)[1], shadow)

    codes: tuple[str, ...] = ()
    if shadow.outcome == "pass" and not pays(()):
        codes = tuple(sorted(code for code in seen if not pays(seen - {code}) or pays({code}))) or tuple(sorted(seen))
    return Tried(facts, shadow, codes, seen, not is_same(verdict, shadow))


def is_same(one: Verdict, other: Verdict) -> bool:
    """Whether both settle the same outcome and amount."""
    return (one.outcome, one.amount_fen) == (other.outcome, other.amount_fen)


def unproven(s: ReadSession, audit: Audit, tried: Tried | None) -> dict[str, bool]:
    """The codes on which the payment rests and that a person must confirm on this display: not those of an open trial,
    unless it is one of the sample. Whether each is there as a sample."""
    if tried is None or not tried.codes:
        return {}
    is_open = trials.open_codes(s, audit.brand_id)
    return {
        code: code in is_open and not tried.differs
        for code in tried.codes
        if code not in is_open or tried.differs or trials.is_sampled(s, audit.brand_id, code, audit.id)
    }


def reasons(confirm: Mapping[str, bool]) -> list[Flag]:
    """Why the display goes to a person; `confirm` of `unproven`."""
    return [text("trial_sample" if all(confirm.values()) else "on_trial")] if confirm else []


def keep(
    s: WriteSession,
    audit: Audit,
    version: TaskVersion,
    decision: Decision,
    tried: Tried | None,
    confirm: Mapping[str, bool],
) -> None:
    """Keep the shadow of a decision where it differs or a person is to confirm it, and the displays of the trials."""
    if tried is None or not (tried.differs or confirm):
        return
    shadow = as_json(tried.verdict.as_dict())
    s.add(Shadow(decision_id=decision.id, codes=sorted(tried.codes), facts=tried.facts, verdict=shadow))
    if not confirm:
        s.flush()
        return
    same = (Audit.task_id == audit.task_id, Audit.outlet_id == audit.outlet_id, Audit.period_key == audit.period_key)
    before = select(TrialDisplay.audit_id).join(Audit, Audit.id == TrialDisplay.audit_id)
    is_first = s.scalar(before.where(*same, Audit.display == audit.display).limit(1)) is None
    display = {
        "audit_id": audit.id,
        "brand_id": audit.brand_id,
        "decision_no": decision.no,
        "amount_fen": tried.verdict.amount_fen,
        "counts": is_first and paid_already(s, audit, version) is None,
    }
    trials.keep_displays(s, display, confirm, [code for code, is_sample in confirm.items() if is_sample])
