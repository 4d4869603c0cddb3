"""The shapes of reviews, proposals and reversals."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.numbers import Number, Whole
from api.schemas import Answer, Named, Request
from crm.audits.reviewing import Action
from crm.audits.told import Outcome, ProposalKind, ReasonTold, Told


class ReviewIn(Request):
    action: Action
    seq: Annotated[Whole, Field(ge=1, le=10**9, description="Number of the decision that the reviewer sees")]
    reason: Annotated[str, Field(max_length=500)] = ""
    facts: Annotated[
        dict[str, Number] | None, Field(description="For correct: path of a fact → its true value", max_length=200)
    ] = None
    amount_fen: Annotated[
        Whole | None, Field(ge=0, le=10**9, description="Only where the rules' own amount is not right; needs a reason")
    ] = None
    dismissals: Annotated[
        dict[str, Annotated[str, Field(max_length=500)]],
        Field(
            description="Code of a flag of the whole photo → why it does not count", max_length=50, default_factory=dict
        ),
    ]
    confirm: Annotated[
        dict[str, Number],
        Field(
            description="After numbers_beyond_boxes: the numbers it names, given again",
            max_length=200,
            default_factory=dict,
        ),
    ]


class KeptReview(Answer):
    id: str
    audit_id: str
    action: Action
    created_at: datetime
    due_at: Annotated[datetime, Field(description="Until then it can be undone; then it is carried out")]
    seconds_left: float


class LaidReview(KeptReview):
    outcome: Annotated[Outcome, Field(description="What it will come to, as things stand")]
    amount_fen: int


class KeptReviewListed(KeptReview):
    state: Annotated[
        Literal["waiting", "failed"], Field(description="failed: it could not be carried out, and the audit waits")
    ]
    fault: Annotated[Told | None, Field(description="Why it failed")]
    task: Named
    outlet: Named


class ReasonIn(Request):
    reason: Annotated[str, Field(max_length=500)]


class ProposalOut(Answer):
    id: str
    audit_id: str
    kind: Annotated[ProposalKind, Field(description="review: more than the rules can give")]
    amount_fen: int
    reason: str
    created_at: datetime


class ProposalListed(ProposalOut):
    mine: bool
    task: Named
    outlet: Named


class ReviewItemOut(Answer):
    audit_id: str
    priority: int
    reasons: list[ReasonTold]
    opened_at: datetime
    task: Named
    outlet: Named
