"""The read models of audits, typed to their leaves; API and pages share them. Money in whole fen, boxes in pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Self

from crm.audits.named import Named
from crm.audits.verdicts import DecisionKind
from crm.audits.wording import Flag
from pipeline.texts import Text

FactKind = Literal["count", "share", "presence"]
Certainty = Literal["sure", "likely", "maybe"]
AuditState = Literal["open", "reading", "in_review", "decided"]
PhotoState = Literal["received", "read", "unreadable"]
Outcome = Literal["pass", "refuse", "review"]
ClauseOutcome = Literal["pass", "fail", "unsure"]
OnFail = Literal["refuse", "review"]
Operator = Literal[">=", "<=", "==", ">", "<", "!=", "in", "not in"]
Deed = Literal["review", "reverse", "reopen"]
ProposalKind = Literal["review", "reversal"]
ProposalState = Literal["waiting", "over", "confirmed", "declined"]


@dataclass(frozen=True)
class Told:
    """A stable code, and what it means or what to do."""

    code: str
    en: str
    zh: str

    @classmethod
    def of(cls, stored: Flag) -> Self:
        """From its stored form, which may say more than is told."""
        kept = ((each.name, stored[each.name]) for each in fields(cls) if each.name in stored)
        values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in kept}
        return cls(**values)


@dataclass(frozen=True)
class FlagTold(Told):
    """A flag. scope: the facts, or groups of them, that it has widened; empty: it is of the whole photo. cause: of a
    photo that could not be read, in one line."""

    scope: tuple[str, ...] = ()
    cause: str | None = None


@dataclass(frozen=True)
class ReasonTold(Told):
    """A reason. clause: code of the one that it is about. stop: id of the stop of automatic pay that it tells of."""

    clause: str | None = None
    stop: str | None = None


@dataclass(frozen=True)
class TaskTold(Named):
    """version: number of the one that the audit was decided under."""

    code: str
    version: int


@dataclass(frozen=True)
class AuditTold:
    """An audit itself. period: the reward period that it counts for."""

    id: str
    state: AuditState
    display: str
    period: str
    photos_expected: int
    photos_received: int
    created_at: datetime


@dataclass(frozen=True)
class Range:
    """What was seen of a number: it lies between low and high, both included. is_open: there may be more than `high`,
    since part of the display is out of the picture."""

    low: float
    best: float
    high: float
    is_open: bool


@dataclass(frozen=True)
class FactTold(Range):
    """A fact with its name. kind: a share lies in 0..1, a presence is 0 or 1, a count a whole number. sku: the code
    that it counts; shelf_position: the row, rows or eye level that it is of; None where it is of no single one.
    is_main: it belongs into a table of the facts, which counts by SKU and rows without a likely front do not."""

    kind: FactKind
    name: Text
    sku: str | None
    shelf_position: str | None
    is_main: bool


@dataclass(frozen=True)
class Threshold:
    """What a clause of the form `fact operator number` needs: one value, or those that `in` and `not in` list. path,
    kind: of the fact."""

    path: str
    kind: FactKind
    op: Operator
    values: tuple[float, ...]


@dataclass(frozen=True)
class ClauseTold:
    """A clause as it was evaluated. measured: by path, each fact that it reads. advice: what was seen, and what is
    missing."""

    code: str
    label: Text
    on_fail: OnFail
    outcome: ClauseOutcome
    expression: str
    measured: Mapping[str, FactTold]
    threshold: Threshold | None
    advice: Text | None


@dataclass(frozen=True)
class AmountRange:
    """What the rules give over all that the facts may be; None where that is not known."""

    low: int | None
    best: int | None
    high: int | None


@dataclass(frozen=True)
class DecisionLine:
    """A decision in short. paid: its award stands."""

    id: str
    no: int
    seq: int
    kind: DecisionKind
    outcome: Outcome
    amount_fen: int
    paid: bool
    comment: str
    created_at: datetime


@dataclass(frozen=True)
class DecisionTold(DecisionLine):
    """The decision that holds, with what it rests on. facts: by path, without SKUs that are surely not there. models:
    versions of the networks by their names; several where photos were read by different ones."""

    reasons: tuple[ReasonTold, ...]
    clauses: tuple[ClauseTold, ...]
    amount_range: AmountRange
    flags: tuple[FlagTold, ...]
    facts: Mapping[str, FactTold]
    models: Mapping[str, tuple[str, ...]]
    thresholds: str


@dataclass(frozen=True)
class Dismissal:
    """A flag that a person held not to count; reason and name are not for a rep."""

    flag: FlagTold
    reason: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True)
class ProposalTold:
    """What waits, or waited, for a second person. mine: the caller made it."""

    id: str
    kind: ProposalKind
    amount_fen: int
    reason: str
    by: str | None
    mine: bool
    may_confirm: bool
    at: datetime
    state: ProposalState
    answered_by: str | None
    answer_reason: str
    answered_at: datetime | None


@dataclass(frozen=True)
class Box:
    """A box of a photo that is counted. box: x1, y1, x2, y2 in pixels of the upright photo. certainty: sure counts in
    low, likely in best, maybe in high. sku: its code, `unknown` for none of the catalogue, None for a cooler."""

    box: tuple[float, ...]
    label: str
    score: float
    sku: str | None
    sku_score: float | None
    row: int | None
    certainty: Certainty


@dataclass(frozen=True)
class PhotoTold:
    """A photo and what was read of it. undrawn: why no picture of what was seen can be drawn."""

    id: str
    state: PhotoState
    width: int
    height: int
    received_at: datetime
    detections: tuple[Box, ...]
    facts: Mapping[str, Range]
    flags: tuple[FlagTold, ...]
    timings_ms: Mapping[str, float]
    has_picture: bool
    has_annotated: bool
    undrawn: Told | None


@dataclass(frozen=True)
class OtherDisplay:
    """Another display of the same outlet, task and period; photo_ids: of its photos that have a picture."""

    audit_id: str
    display: str
    state: AuditState
    photo_ids: tuple[str, ...]


@dataclass(frozen=True)
class Resembled:
    """The photo that one of this audit's resembles."""

    photo_id: str
    code: str
    other_photo_id: str
    audit_id: str
    outlet: Named
    received_at: datetime
    has_picture: bool


@dataclass(frozen=True)
class ProductTold:
    """A product of the brand's catalogue; new: as on the day of the audit."""

    name: Text
    own: bool
    new: bool


@dataclass(frozen=True)
class FrontTold:
    """A front that a reviewer is shown; ticked: what was said of it last."""

    photo_id: str
    front: int
    sku: str
    asked: bool
    ticked: Literal["it", "sister"] | None


@dataclass(frozen=True)
class ShadowTold:
    """The decision if the names of enrolled SKUs were believed."""

    outcome: Outcome
    amount_fen: int
    reasons: tuple[ReasonTold, ...]


@dataclass(frozen=True)
class TicksTold:
    """The last ticks. sisters: codes beside which one was seen."""

    audit_id: str
    is_right: bool
    sisters: tuple[str, ...]
    ticked_by: str
    created_at: datetime


@dataclass(frozen=True)
class TrialTold:
    """What a reviewer must confirm of an audit whose payment rests on newly enrolled SKUs, `codes`."""

    codes: tuple[str, ...]
    shadow: ShadowTold
    fronts: tuple[FrontTold, ...]
    ticks: TicksTold | None


@dataclass(frozen=True)
class Explanation:
    """All that is needed to understand, and to contest, a decision.

    decision: None before the first; history: all of them in short. estimate_fen: what approving without an amount pays;
    None where that is nothing, and estimate_reason says why, or where nobody waits. to_dismiss: flags of the whole
    photo that stand. may: what the caller may do with it now. kept: a reviewer decided it and may undo that.
    alone_fen_max: what one person may take back. other_displays, resembles: as far as the caller may see them.
    products: by code, those that were seen, or could have been. trial, proposals, to_dismiss: not for a rep.
    """

    audit: AuditTold
    task: TaskTold
    outlet: Named
    decision: DecisionTold | None
    estimate_fen: int | None
    estimate_reason: Told | None
    history: tuple[DecisionLine, ...]
    to_dismiss: tuple[FlagTold, ...]
    dismissals: tuple[Dismissal, ...]
    proposals: tuple[ProposalTold, ...]
    may: tuple[Deed, ...]
    kept: bool
    alone_fen_max: int
    photos: tuple[PhotoTold, ...]
    other_displays: tuple[OtherDisplay, ...]
    resembles: tuple[Resembled, ...]
    products: Mapping[str, ProductTold]
    trial: TrialTold | None
