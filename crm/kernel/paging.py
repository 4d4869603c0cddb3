"""Keyset pagination: a page is found by an index from where the last one ended, whatever its number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm.kernel.numbers import checked_whole

T = TypeVar("T")
LIMIT_MAX = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor to pass as `after` for the next ones; None: there are no more."""

    items: tuple[T, ...]
    next: str | None


def checked_limit(limit: int) -> int:
    """`limit` if it is 1 to 200, else Invalid."""
    return checked_whole("limit", limit, 1, LIMIT_MAX)


def page_of(rows: Sequence[T], limit: int, cursor: Callable[[T], str]) -> Page[T]:
    """A page from `limit + 1` fetched rows: the one too many says that there is a next page."""
    items = tuple(rows[:limit])
    return Page(items, cursor(items[-1]) if len(rows) > limit else None)
