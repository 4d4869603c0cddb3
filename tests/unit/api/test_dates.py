"""No time of a request is read laxly, and none is one that an offset carries out of the calendar.

The tests walk all that the API takes, so that a field which is added tomorrow is held to it too.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from api.schemas import NameIn, Request
from api.tasks.schemas import TaskIn
from tests.unit.api.test_numbers import operations, request_models

NO_TIMES = (
    0, 0.0, 1.5, True, -1, 1e11, float("nan"), "0", "0.0", "1764489600", "-1", "",
    "2026-11-23", "2026-11-23T08:30:00", "2026-11-23T08:30Z", "2026-11-23T08:30:00 +08:00", "20261123T083000Z",
    "２０２６-11-23T08:30:00Z", "2026-11-23T08:30:00+0800", "2026-11-23T08:30:00Z\n", "now", [], {},
    "2026-02-30T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+99:99",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T23:59:59Z",
    "2101-01-01T00:00:00Z", "+12026-01-01T00:00:00Z",
)  # fmt: skip
TIMES = {
    "2000-01-01T00:00:00+14:00": datetime(1999, 12, 31, 10, tzinfo=UTC),
    "2026-11-23T08:30:00+08:00": datetime(2026, 11, 23, 0, 30, tzinfo=UTC),
    "2026-11-23T00:30:00.000001Z": datetime(2026, 11, 23, 0, 30, 0, 1, tzinfo=UTC),
    "2100-12-31T23:59:59-14:00": datetime(2101, 1, 1, 13, 59, 59, tzinfo=UTC),
}


DAYS = ("2000-01-01", "2026-11-23", "2100-12-31")
NO_DAYS = tuple(each for each in NO_TIMES if each != "2026-11-23") + tuple(TIMES) + (
    "1999-12-31", "2101-01-01", "2026-02-30", "2026-1-1", "20261123", " 2026-11-23",
)  # fmt: skip


def is_time(schema: dict[str, Any], *formats: str) -> bool:
    wanted = formats or ("date", "date-time")
    return schema.get("format") in wanted or any(is_time(each, *wanted) for each in schema.get("anyOf", ()))


def times_of_bodies(*formats: str) -> list[tuple[type[Request], str]]:
    """(model, field) of each time in a request body, or of those of these formats."""
    return [
        (model, name)
        for model in request_models()
        for name, field in model.model_json_schema().get("properties", {}).items()
        if is_time(field, *formats)
    ]


def refused(model: type[Request], name: str, value: Any) -> bool:
    try:
        model.model_validate({name: value})
    except ValidationError as error:
        return any(fault["loc"][0] == name for fault in error.errors())
    return False


@pytest.mark.parametrize(("model", "name"), times_of_bodies("date"))
def test_a_day_in_a_body_is_a_text_of_a_year_that_we_may_see(model: type[Request], name: str) -> None:
    assert [value for value in NO_DAYS if not refused(model, name, value)] == []
    assert [value for value in DAYS if refused(model, name, value)] == []


@pytest.mark.parametrize(("model", "name"), times_of_bodies("date-time"))
def test_a_time_in_a_body_is_a_text_with_an_offset_of_a_year_that_we_may_see(model: type[Request], name: str) -> None:
    assert [value for value in NO_TIMES if not refused(model, name, value)] == []
    assert [value for value in TIMES if refused(model, name, value)] == []


def test_the_walk_finds_what_it_is_for() -> None:
    found = {(model.__name__, name) for model, name in times_of_bodies()}
    assert {("TaskIn", "starts_at"), ("TaskIn", "ends_at"), ("CheckIn", "at"), ("CheckOut", "at")} <= found
    assert ("GrantIn", "starts_on") in {(model.__name__, name) for model, name in times_of_bodies("date")}


def test_a_time_is_made_utc() -> None:
    for given, meant in TIMES.items():
        made = TaskIn(code="t", name=NameIn(en="T"), starts_at=given, ends_at=given)
        assert (made.starts_at, made.starts_at.tzinfo) == (meant, UTC)


def test_no_address_takes_a_time(app: FastAPI) -> None:
    """Where one comes to do so, this test is the place to hold it to the same type."""
    taken = [
        (method, path, parameter["name"])
        for (method, path), operation in operations(app)
        for parameter in operation.get("parameters", ())
        if is_time(parameter["schema"])
    ]
    assert taken == []
