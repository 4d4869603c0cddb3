"""The shapes of requests and answers. Money in fen, times with an offset, positions in degrees."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.dates import Instant
from api.numbers import Number, Whole
from api.texts import checked_texts

T = TypeVar("T")

Id = Annotated[str, Field(min_length=1, max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class Answer(BaseModel):
    """Made from a row or a dataclass."""

    model_config = ConfigDict(from_attributes=True)


class Request(BaseModel):
    """A field that we do not know is refused, a slip of the pen must not pass in silence; so is a text that is none."""

    model_config = ConfigDict(extra="forbid")
    _checked = model_validator(mode="before")(checked_texts)


class PageOf(BaseModel, Generic[T]):
    """Some items; `next` is the cursor to pass as `after`, null at the end."""

    items: list[T]
    next: str | None


class Fault(BaseModel):
    """One field that is wrong."""

    field: str
    code: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[Fault] | None = None


class OutletOut(Answer):
    id: str
    code: str
    name: str
    name_zh: str
    address: str
    lat: float
    lon: float


class ClauseOut(Answer):
    code: str
    label_en: str
    label_zh: str
    on_fail: str
    expression: str


class TaskOut(Answer):
    id: str
    code: str
    name: str
    name_zh: str
    description: str
    description_zh: str
    period: str
    starts_at: datetime
    ends_at: datetime
    claim_hours: int
    state: str
    version: Annotated[int | None, Field(description="Number of the version in force; null for a draft")] = None
    displays_max: Annotated[
        int | None, Field(description="How many displays of one outlet are rewarded in one period; null for a draft")
    ] = None
    clauses: list[ClauseOut] = []


class TaskIn(Request):
    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: Name
    name_zh: Annotated[str, Field(max_length=120)] = ""
    description: Annotated[str, Field(max_length=1000)] = ""
    description_zh: Annotated[str, Field(max_length=1000)] = ""
    period: Literal["once", "day", "week", "month"] = "month"
    starts_at: Instant
    ends_at: Instant
    claim_hours: Annotated[Whole, Field(ge=1, le=2400)] = 72
    brand_id: Annotated[Id | None, Field(description="Only for an admin, who has no brand")] = None


class VersionIn(Request):
    rules: Annotated[dict[str, Any], Field(description="clauses, reward (GoRules decision graph), auto_limit_fen")]
    displays_max: Annotated[
        Whole, Field(ge=1, le=20, description="Displays of one outlet that are rewarded in one period, at most")
    ] = 1


class VersionOut(Answer):
    id: str
    task_id: str
    number: int
    rules: dict[str, Any]
    displays_max: int
    published_at: datetime


class FundIn(Request):
    amount_fen: Annotated[Whole, Field(gt=0, le=10**12)]


class BudgetOut(Answer):
    task_id: str
    code: str
    name: str
    name_zh: str
    balance_fen: int


class ClaimIn(Request):
    outlet_id: Id


class ClaimOut(Answer):
    id: str
    task_id: str
    task_version_id: str
    outlet_id: str
    state: str
    claimed_at: datetime
    expires_at: datetime
    displays_max: Annotated[
        int, Field(description="How many displays its version rewards; a newer version may reward another number")
    ]


class CheckIn(Request):
    outlet_id: Id
    lat: Annotated[Number | None, Field(ge=-90, le=90, description="Null where the device gives no location")]
    lon: Annotated[Number | None, Field(ge=-180, le=180)]
    at: Annotated[Instant | None, Field(description="The device's time of a check-in that was queued")] = None


class CheckOut(Request):
    at: Instant | None = None


class VisitOut(Answer):
    id: str
    outlet_id: str
    checked_in_at: datetime
    in_distance_m: float | None
    checked_out_at: datetime | None


class PhotoReceived(Answer):
    photo_id: str
    audit_id: str
    state: str
    links: dict[str, str]


class PhotoOut(Answer):
    id: str
    state: Annotated[str, Field(description="received, read or unreadable")]
    received_at: datetime
    width: int
    height: int
    audit_id: str
    audit_state: Annotated[str, Field(description="open, reading, in_review or decided")]
    photos_expected: int
    photos_received: int
    decided: Annotated[bool, Field(description="The audit has a decision, perhaps that a person must look")]
    links: dict[str, str]


class Wallet(Answer):
    balance_fen: int


class StatementLine(Answer):
    number: int
    amount_fen: int
    balance_fen: Annotated[int, Field(description="After this posting")]
    kind: str
    memo: str
    created_at: datetime
    audit_id: Annotated[str | None, Field(description="The audit that it was posted for")] = None
    reason: Annotated[str, Field(description="What the person who decided wrote to the rep")] = ""


class DecisionShort(Answer):
    id: str
    no: Annotated[int, Field(description="Grows with each decision; the id of its event")]
    audit_id: str
    kind: Annotated[str, Field(description="automatic, or a person's approve, refuse, correct, reverse, reopen")]
    outcome: Annotated[str, Field(description="pass, refuse or review")]
    amount_fen: int
    comment: str
    created_at: datetime


class Named(Answer):
    id: str
    name: str
    name_zh: str


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
