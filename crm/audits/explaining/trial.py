"""What a reviewer must confirm of an audit whose payment rests on newly enrolled SKUs."""

from typing import Literal

from crm.access.scope import Scope
from crm.audits.ticking import Front, on_trial
from crm.audits.told import FrontTold, ReasonTold, ShadowTold, TicksTold, TrialTold
from crm.kernel.db import ReadSession
from crm.trials.tables import TrialTick


def trial_told(s: ReadSession, scope: Scope, audit_id: str) -> TrialTold | None:
    """None where nothing is to be confirmed, or the caller is no reviewer. NotFound outside the caller's scope."""
    found = on_trial(s, scope, audit_id)
    if found is None:
        return None
    verdict, ticks = found.shadow.verdict, found.ticks
    said = {} if ticks is None else {(each["photo_id"], each["front"]): each["is"] for each in ticks.fronts}
    return TrialTold(
        codes=found.codes,
        shadow=ShadowTold(
            verdict["outcome"], verdict["amount_fen"], tuple(ReasonTold.of(each) for each in verdict["reasons"])
        ),
        fronts=tuple(_front(each, said.get(each.key)) for each in found.fronts),
        ticks=None if ticks is None else ticks_told(ticks),
    )


def ticks_told(ticks: TrialTick) -> TicksTold:
    """Ticks as they were kept."""
    return TicksTold(ticks.audit_id, ticks.is_right, tuple(ticks.sisters), ticks.ticked_by, ticks.created_at)


def _front(front: Front, said: str | None) -> FrontTold:
    ticked: Literal["it", "sister"] | None = "it" if said == "it" else "sister" if said == "sister" else None
    return FrontTold(front.photo_id, front.front, front.sku, front.asked, ticked)
