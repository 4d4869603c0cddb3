"""The text fields of forms, checked as JSON bodies are."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.numbers import Digits
from api.schemas import Id


class Form(BaseModel):
    """The text fields of a form; one that we do not know is refused as well."""

    model_config = ConfigDict(extra="forbid")


class PhotoForm(Form):
    """The text fields beside a photo. `display` stays text: crm has one spelling for each number."""

    visit_id: Id
    claim_id: Id
    display: Annotated[str, Field(min_length=1, max_length=40)] = "1"
    photos_expected: Annotated[Digits, Field(ge=1, le=6)] = 1
    audit_id: Id | None = None


class SkuForm(Form):
    """The text fields beside reference pictures; crm checks what they say."""

    code: str
    name: str
    name_zh: str = ""
    brand: str = ""
    competitor: Literal["true", "false"] = "false"
    new: Literal["true", "false"] = "false"
    brand_id: Id | None = None


Model = TypeVar("Model", bound=Form)


def form_of(model: type[Model], fields: Mapping[str, str]) -> Model:
    """The text fields of a form, those left empty as not given; RequestValidationError as for a JSON body."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value})
    except ValidationError as error:
        found = [{**each, "loc": ("form", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(found) from error
