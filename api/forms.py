"""The text fields of forms, checked as JSON bodies are."""

from collections.abc import Mapping
from typing import TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError


class Form(BaseModel):
    """The text fields of a form; one that we do not know is refused as well."""

    model_config = ConfigDict(extra="forbid")


Model = TypeVar("Model", bound=Form)


def form_of(model: type[Model], fields: Mapping[str, str]) -> Model:
    """The text fields of a form, those left empty as not given; RequestValidationError as for a JSON body."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value})
    except ValidationError as error:
        found = [{**each, "loc": ("form", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(found) from error
