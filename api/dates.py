"""The times and days of requests. Python's own way is lax: it takes 0.0 and "86400" for a day of 1970, and a day for
midnight.

A time at the calendar's ends fails as soon as its offset is applied, so years are bounded too.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

YEARS = range(2000, 2101)
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("time_shape", "give date, time and offset, such as 2026-11-23T08:30:00+08:00")
    return _in_range(value)


def _day(value: Any) -> str:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day_shape", "give a day, such as 2026-11-23")
    return _in_range(value)


def _in_range(value: str) -> str:
    if int(value[:4]) not in YEARS:
        raise PydanticCustomError(
            "time_range", "give a year from {first} to {last}", {"first": YEARS[0], "last": YEARS[-1]}
        )
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_utc)]
"""A text by RFC 3339 with an offset, of a year from 2000 to 2100, made UTC: no number, no day alone."""

Day = Annotated[date, BeforeValidator(_day)]
"""A text as 2026-11-23, of a year from 2000 to 2100: a business day."""
