"""Lists by pages: the cursor of a request, and the answer."""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from api.numbers import Digits

T = TypeVar("T")


class PageOf(BaseModel, Generic[T]):
    """Some items; `next` is the cursor to pass as `after`, null at the end."""

    items: list[T]
    next: str | None


After = Annotated[str | None, Query(max_length=64, description="The `next` of the page before")]

Limit = Annotated[Digits, Query(ge=1, le=200)]


def page(model: type[BaseModel], found: Any) -> dict[str, Any]:
    """A crm page as `{items, next}`."""
    return {"items": [model.model_validate(item) for item in found.items], "next": found.next}
