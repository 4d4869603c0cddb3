"""Where the trials of enrolled SKUs stand, reckoned from the displays that people have confirmed.

`pipeline.enrol.acceptance` says when a trial opens; here it is applied, and recorded so that workers take it up.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from crm.catalog.enrolling import SkuCard, last_enrolments
from crm.catalog.tables import Catalogue
from crm.kernel.db import ReadSession, WriteSession
from crm.trials.tables import TrialChange, TrialDisplay, TrialTick
from pipeline.enrol.acceptance import Confirmed, Counts, count

SAMPLE_ONE_IN = 10  # displays of an open trial that a person looks at all the same
State = Literal["shipped", "trial", "open", "closed", "spent"]


@dataclass(frozen=True)
class Standing:
    """Where a SKU's trial stands.

    state: `shipped` (of the shipped gallery, exempt: docs/certainty.md), `trial`, `open` (pays without a person),
    `closed` (was open; a later stage may open it again) or `spent` (no stage is left: other pictures begin a new
    trial). counts: None where it is shipped. changes: when it opened and closed, the first one first.
    """

    state: State
    counts: Counts | None = None
    changes: tuple[TrialChange, ...] = ()


def standings(s: ReadSession, brand_id: str, cards: Sequence[SkuCard]) -> dict[str, Standing]:
    """By the code of each of these SKUs of the brand; no scope."""
    trials = {card.product.code: card.enrolment.trial for card in cards if card.enrolment is not None}
    counted = _counts(s, brand_id, trials.values())
    changes: dict[str, list[TrialChange]] = {trial: [] for trial in trials.values()}
    told = select(TrialChange).where(TrialChange.brand_id == brand_id, TrialChange.trial.in_(changes))
    for row in s.scalars(told.order_by(TrialChange.number)):
        changes[row.trial].append(row)
    found = {code: _standing(counted[trial], tuple(changes[trial])) for code, trial in trials.items()}
    return {card.product.code: found.get(card.product.code, Standing("shipped")) for card in cards}


def standings_of(s: ReadSession, cards: Sequence[SkuCard]) -> dict[str, Standing]:
    """By the id of each of these products, of whatever brands; no scope."""
    found: dict[str, Standing] = {}
    for brand_id in {card.product.brand_id for card in cards}:
        of_brand = [card for card in cards if card.product.brand_id == brand_id]
        standing = standings(s, brand_id, of_brand)
        found |= {card.product.id: standing[card.product.code] for card in of_brand}
    return found


def _standing(counts: Counts, changes: tuple[TrialChange, ...]) -> Standing:
    is_open = bool(changes) and changes[-1].state == "open"
    spent = counts.next_stage is None and not counts.passed
    state: State = "open" if is_open else "spent" if spent else "closed" if changes else "trial"
    return Standing(state, counts, changes)


def open_codes(s: ReadSession, brand_id: str) -> frozenset[str]:
    """The enrolled SKUs of a brand that pay without a person now."""
    catalogue = s.get(Catalogue, brand_id)
    if catalogue is None or not catalogue.open_trials:
        return frozenset()
    rows = last_enrolments(s, brand_id)
    return frozenset(code for code, row in rows.items() if row.trial in catalogue.open_trials)


def is_sampled(s: ReadSession, brand_id: str, code: str, audit_id: str) -> bool:
    """Whether this display of an open SKU goes to a person all the same: one in SAMPLE_ONE_IN, always the same ones.

    By a hash with the enrolment's id, which is random and told to nobody: a rep who knows the audit's id before its
    last photo cannot tell.
    """
    row = last_enrolments(s, brand_id, [code]).get(code)
    if row is None:
        return True
    digest = hashlib.sha256(f"{row.id}:{audit_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % SAMPLE_ONE_IN == 0


def keep_displays(
    s: WriteSession, display: Mapping[str, object], codes: Collection[str], sampled: Collection[str]
) -> None:
    """Keep that a display would have been paid on the names of `codes`, of which those in `sampled` are open.

    display: the columns of TrialDisplay that are the same for all codes. A code without an enrolment, of a gallery that
    is a folder, has no trial.
    """
    rows = last_enrolments(s, str(display["brand_id"]), sorted(codes))
    s.add_all(
        TrialDisplay(**display, code=code, trial=rows[code].trial, sampled=code in sampled)
        for code in sorted(codes)
        if code in rows
    )
    s.flush()


def settle(s: WriteSession, audit_id: str, by: str) -> None:
    """Open and close the trials of a display that was just ticked. Every worker takes it up with its next photo."""
    displays = s.scalars(select(TrialDisplay).where(TrialDisplay.audit_id == audit_id)).all()
    if not displays:
        return
    brand_id = displays[0].brand_id
    catalogue = s.scalars(select(Catalogue).where(Catalogue.brand_id == brand_id).with_for_update()).one()
    for display in displays:
        counts = _counts(s, brand_id, [display.trial])[display.trial]
        if counts.is_open == (display.trial in catalogue.open_trials):
            continue
        catalogue.trials += 1
        others = [trial for trial in catalogue.open_trials if trial != display.trial]
        catalogue.open_trials = [*others, display.trial] if counts.is_open else others
        change = TrialChange(
            brand_id=brand_id,
            number=catalogue.trials,
            code=display.code,
            trial=display.trial,
            state="open" if counts.is_open else "closed",
            displays=counts.displays,
            wrong=counts.wrong,
            with_sister=counts.with_sister,
            changed_by=by,
        )
        s.add(change)
    s.flush()


def _counts(s: ReadSession, brand_id: str, trials: Collection[str]) -> dict[str, Counts]:
    last = select(func.max(TrialTick.id).label("id")).group_by(TrialTick.audit_id).subquery()
    ticks = select(TrialTick).join(last, TrialTick.id == last.c.id).subquery()
    statement = (
        select(TrialDisplay.trial, TrialDisplay.code, ticks.c.is_right, ticks.c.sisters)
        .outerjoin(ticks, ticks.c.audit_id == TrialDisplay.audit_id)
        .where(TrialDisplay.brand_id == brand_id, TrialDisplay.trial.in_(set(trials)), TrialDisplay.counts)
        .order_by(TrialDisplay.decision_no)
    )
    found: dict[str, list[Confirmed]] = {trial: [] for trial in trials}
    for trial, code, right, sisters in s.execute(statement):
        found[trial].append(Confirmed(None if right is None else not right, code in (sisters or ())))
    return {trial: count(displays) for trial, displays in found.items()}
