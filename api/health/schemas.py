"""The shapes of what is told of the service itself."""

from typing import Literal

from api.schemas import Answer


class Health(Answer):
    status: Literal["ok", "ready"]


class ProblemType(Answer):
    """What a problem's `type` points at."""

    code: str
    title: str
    status: int
    en: str
    zh: str
