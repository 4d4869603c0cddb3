"""The shapes of audits, their decisions, and all that explains them: the read models of `crm.audits.told`, with the
addresses of pictures."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Answer, Named
from crm.audits import told
from crm.audits.verdicts import DecisionKind


class DecisionShort(Answer):
    id: str
    no: Annotated[int, Field(description="Grows with each decision; the id of its event")]
    audit_id: str
    kind: Annotated[DecisionKind, Field(description="automatic, or what a person did")]
    outcome: told.Outcome
    amount_fen: int
    comment: str
    created_at: datetime


class AuditShort(Answer):
    id: str
    state: told.AuditState
    task_id: str
    outlet_id: str
    display: str
    created_at: datetime
    decision: DecisionShort | None
    task: Named
    outlet: Named


class PhotoTold(Answer):
    id: str
    state: told.PhotoState
    width: int
    height: int
    received_at: datetime
    detections: list[told.Box]
    facts: Annotated[dict[str, told.Range], Field(description="By path; those of the decision have names")]
    flags: list[told.FlagTold]
    timings_ms: dict[str, float]
    picture: str | None
    annotated: str | None
    undrawn: Annotated[told.Told | None, Field(description="Why no picture of what was seen can be drawn")]


class OtherDisplay(Answer):
    """Another display of the same outlet, task and period, as far as the caller may see it."""

    audit_id: str
    display: str
    state: told.AuditState
    pictures: Annotated[list[str], Field(description="Addresses of its photos' pictures")]


class Resembled(Answer):
    """The photo that one of this audit's resembles, as far as the caller may see it."""

    photo_id: str
    code: Annotated[str, Field(description="exact_duplicate or near_duplicate")]
    other_photo_id: str
    audit_id: str
    outlet: Named
    received_at: datetime
    picture: str | None


class FrontOut(Answer):
    photo_id: str
    front: int
    sku: str
    asked: Annotated[bool, Field(description="It must be confirmed; false: shown since it may be a sister")]
    ticked: Annotated[Literal["it", "sister"] | None, Field(description="What was said of it last")]
    crop: Annotated[str, Field(description="Address of its picture")]


class AuditTrialOut(Answer):
    """What a reviewer must confirm of an audit whose payment rests on newly enrolled SKUs."""

    codes: list[str]
    shadow: told.ShadowTold
    fronts: list[FrontOut]
    ticks: told.TicksTold | None


class AuditOut(Answer):
    audit: told.AuditTold
    task: told.TaskTold
    outlet: Named
    decision: Annotated[told.DecisionTold | None, Field(description="null before the first")]
    estimate_fen: Annotated[
        int | None, Field(description="What approving without an amount pays; null: nothing, see estimate_reason")
    ]
    estimate_reason: Annotated[told.Told | None, Field(description="null where estimate_fen is told, or nobody waits")]
    history: list[told.DecisionLine]
    to_dismiss: Annotated[list[told.FlagTold], Field(description="Flags of the whole photo that stand")]
    dismissals: Annotated[
        list[told.Dismissal], Field(description="Which were dismissed; for a rep not by whom, nor why")
    ]
    proposals: Annotated[list[told.ProposalTold], Field(description="What waits, or waited, for a second person")]
    may: Annotated[list[told.Deed], Field(description="What the caller may do now")]
    kept: Annotated[bool, Field(description="A reviewer has decided it, and may undo that for some seconds")]
    alone_fen_max: Annotated[int, Field(description="The most that one person may take back")]
    photos: list[PhotoTold]
    other_displays: list[OtherDisplay]
    resembles: list[Resembled]
    products: Annotated[dict[str, told.ProductTold], Field(description="By code: those seen, and those that may be")]
    trial: Annotated[AuditTrialOut | None, Field(description="For reviewers: fronts that must be ticked")]
