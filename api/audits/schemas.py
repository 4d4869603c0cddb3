"""The shapes of audits, their decisions, and all that explains them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.schemas import Answer, Named
from api.trials.schemas import AuditTrialOut


class DecisionShort(Answer):
    id: str
    no: Annotated[int, Field(description="Grows with each decision; the id of its event")]
    audit_id: str
    kind: Annotated[str, Field(description="automatic, or a person's approve, refuse, correct, reverse, reopen")]
    outcome: Annotated[str, Field(description="pass, refuse or review")]
    amount_fen: int
    comment: str
    created_at: datetime


class AuditShort(Answer):
    id: str
    state: str
    task_id: str
    outlet_id: str
    display: str
    created_at: datetime
    decision: DecisionShort | None
    task: Named
    outlet: Named


class Detection(Answer):
    box: Annotated[list[float], Field(description="x1, y1, x2, y2 in pixels of the upright photo")]
    label: str
    score: float
    sku: str | None
    sku_score: float | None
    row: int | None
    certainty: Annotated[str, Field(description="sure counts in low, likely in best, maybe in high")]


class PhotoTold(Answer):
    id: str
    state: str
    width: int
    height: int
    received_at: datetime
    detections: list[Detection]
    facts: dict[str, Any]
    flags: list[dict[str, Any]]
    timings_ms: dict[str, float]
    picture: str | None
    annotated: str | None
    undrawn: Annotated[dict[str, Any] | None, Field(description="Why no picture of what was seen can be drawn")]


class OtherDisplay(Answer):
    """Another display of the same outlet, task and period, as far as the caller may see it."""

    audit_id: str
    display: str
    state: str
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


class Product(Answer):
    name: str
    name_zh: str
    own: bool
    new: bool


class AuditOut(Answer):
    audit: dict[str, Any]
    task: dict[str, Any]
    outlet: Named
    decision: Annotated[dict[str, Any] | None, Field(description="null before the first")]
    estimate_fen: Annotated[
        int | None, Field(description="What approving without an amount pays; null: nothing, see estimate_reason")
    ]
    estimate_reason: Annotated[
        dict[str, Any] | None, Field(description="code, en and zh; null where estimate_fen is told or nobody waits")
    ]
    history: list[dict[str, Any]]
    to_dismiss: Annotated[list[dict[str, Any]], Field(description="Flags of the whole photo that stand")]
    dismissals: Annotated[
        list[dict[str, Any]], Field(description="Which were dismissed; for a rep not by whom, nor why")
    ]
    proposals: Annotated[list[dict[str, Any]], Field(description="What waits, or waited, for a second person")]
    may: Annotated[list[str], Field(description="What the caller may do now: review, reverse, reopen")]
    kept: Annotated[bool, Field(description="A reviewer has decided it, and may undo that for some seconds")]
    alone_fen_max: Annotated[int, Field(description="The most that one person may take back")]
    photos: list[PhotoTold]
    other_displays: list[OtherDisplay]
    resembles: list[Resembled]
    products: dict[str, Product]


class AuditWithTrial(AuditOut):
    trial: Annotated[AuditTrialOut | None, Field(description="For reviewers: fronts that must be ticked")]
