"""The shapes of SKUs and their enrolments."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from api.forms import Form
from api.schemas import Answer, Id
from api.trials.schemas import SkuTrialOut
from pipeline.texts import Text


class WarningOut(Answer):
    code: Annotated[str, Field(description="named_otherwise and close: it may be confused with `other`")]
    pictures: Annotated[list[int], Field(description="Numbers of the pictures, from 1")]
    other: Annotated[str, Field(description="Code of another SKU, or empty")]
    en: str
    zh: str


class PictureOut(Answer):
    sha256: str
    box: Annotated[list[int], Field(description="x1, y1, x2, y2 in pixels: the front that was taken")]
    whole: Annotated[bool, Field(description="No front was found in it: the whole picture was taken")]
    counted: Annotated[bool, Field(description="False for a copy of another picture")]


class EnrolmentOut(Answer):
    number: Annotated[int, Field(description="The brand's gallery has this number from now on")]
    pictures: list[PictureOut]
    warnings: list[WarningOut]
    embedder: str
    created_at: datetime


class SkuOut(Answer):
    code: str
    name: Text
    brand: Annotated[str, Field(description="On its label; its sisters share it. Empty where it is not known")]
    pack: Annotated[str, Field(description="such as can or bottle; empty where it is not known")]
    own: bool
    launched_on: date | None
    enrolment: Annotated[EnrolmentOut | None, Field(description="null for SKUs of the shipped gallery")]
    trial: Annotated[SkuTrialOut | None, Field(description="null for SKUs of the shipped gallery, and for reps")]


class SkuForm(Form):
    """The text fields beside reference pictures; crm checks what they say."""

    code: str
    name: str
    name_zh: str = ""
    brand: str = ""
    competitor: Literal["true", "false"] = "false"
    new: Literal["true", "false"] = "false"
    brand_id: Id | None = None
