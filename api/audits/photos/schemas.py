"""The shapes of photos on their way in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.forms import Form
from api.numbers import Digits
from api.schemas import Answer, Id
from crm.audits.told import AuditState, PhotoState


class PhotoLinks(Answer):
    """Addresses of the photo's state, its audit and its pictures."""

    state: Annotated[str, Field(alias="self")]
    audit: str
    picture: str
    annotated: str


class PhotoReceived(Answer):
    photo_id: str
    audit_id: str
    state: PhotoState
    links: PhotoLinks


class PhotoOut(Answer):
    id: str
    state: PhotoState
    received_at: datetime
    width: int
    height: int
    audit_id: str
    audit_state: AuditState
    photos_expected: int
    photos_received: int
    decided: Annotated[bool, Field(description="The audit has a decision, perhaps that a person must look")]
    links: PhotoLinks


class PhotoForm(Form):
    """The text fields beside a photo. `display` stays text: crm has one spelling for each number."""

    visit_id: Id
    claim_id: Id
    display: Annotated[str, Field(min_length=1, max_length=40)] = "1"
    photos_expected: Annotated[Digits, Field(ge=1, le=6)] = 1
    audit_id: Id | None = None
