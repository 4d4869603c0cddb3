"""The bases of the shapes of requests and answers. Money in fen, times with an offset, positions in degrees."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.texts import checked_texts

Id = Annotated[str, Field(min_length=1, max_length=40)]

Name = Annotated[str, Field(min_length=1, max_length=120)]


class Answer(BaseModel):
    """Made from a row or a dataclass."""

    model_config = ConfigDict(from_attributes=True)


class Request(BaseModel):
    """A field that we do not know is refused, a slip of the pen must not pass in silence; so is a text that is none."""

    model_config = ConfigDict(extra="forbid")
    _checked = model_validator(mode="before")(checked_texts)


class Named(Answer):
    id: str
    name: str
    name_zh: str
