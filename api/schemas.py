"""The bases of the shapes of requests and answers. Money in fen, times with an offset, positions in degrees."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.texts import checked_texts
from pipeline.texts import Text, text_of

Id = Annotated[str, Field(min_length=1, max_length=40)]

Name = Annotated[str, Field(min_length=1, max_length=120)]


class Answer(BaseModel):
    """Made from a row or a dataclass. A text is one field, where a row has two columns: `name`, and `name_zh`."""

    model_config = ConfigDict(from_attributes=True)

    @model_validator(mode="before")
    @classmethod
    def _texts_of_columns(cls, given: Any) -> Any:
        flat = [name for name, field in cls.model_fields.items() if field.annotation is Text]
        flat = [name for name in flat if isinstance(getattr(given, name, None), str)]
        if not flat:
            return given
        there = {name: getattr(given, name) for name in cls.model_fields if hasattr(given, name)}
        return there | {name: text_of(given, name) for name in flat}


class Request(BaseModel):
    """A field that we do not know is refused, a slip of the pen must not pass in silence; so is a text that is none."""

    model_config = ConfigDict(extra="forbid")
    _checked = model_validator(mode="before")(checked_texts)


class NameIn(Request):
    """A name; Chinese may be missing."""

    en: Name
    zh: Annotated[str, Field(max_length=120)] = ""


class Named(Answer):
    id: str
    name: Text
