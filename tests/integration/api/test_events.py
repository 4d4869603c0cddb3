"""Server-sent events over a real socket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from crm.kernel.db import Database
from tests.integration.api.live import served
from tests.integration.api.world import LAT, LON, World, make_world, photo_bytes, session_token


@pytest.fixture
def world(database: Database) -> World:
    return make_world(
        database, lambda settings: replace(settings, events_poll_seconds=0.02, events_heartbeat_seconds=0.1)
    )


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with served(world.app) as address:
        yield address


def headers(world: World, login: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {session_token(world.database, world.users[login])}"}


def send_photo(address: str, world: World, login: str, display: str) -> str:
    """Claim, check in, upload; the audit's id."""
    with httpx.Client(base_url=f"{address}/api/v1", headers=headers(world, login), timeout=20) as client:
        claim = client.post(f"/tasks/{world.task}/claims", json={"outlet_id": world.outlet}).json()["id"]
        visit = client.post("/visits", json={"outlet_id": world.outlet, "lat": LAT, "lon": LON}).json()["id"]
        response = client.post(
            "/photos",
            data={"claim_id": claim, "visit_id": visit, "display": display},
            files={"file": photo_bytes()},
            headers={"Idempotency-Key": f"{login}-upload-{display}"},
        )
        assert response.status_code == 202, response.text
        audit: str = response.json()["audit_id"]
        return audit


@contextmanager
def listening(address: str, world: World, login: str, last: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
    """The events that `login` receives, as {event, id, data}; comments as {comment}."""
    extra = {"Last-Event-ID": last} if last is not None else {}
    with (
        httpx.Client(timeout=10) as client,
        client.stream("GET", f"{address}/api/v1/events", headers=headers(world, login) | extra) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")

        def read() -> Iterator[dict[str, Any]]:
            event: dict[str, Any] = {}
            for line in response.iter_lines():
                if not line:
                    yield event
                    event = {}
                elif line.startswith(":"):
                    event["comment"] = line
                else:
                    name, _, value = line.partition(": ")
                    event[name] = json.loads(value) if name == "data" else value

        yield read()


def next_decision(events: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return next(event for event in events if event.get("event") == "decision")


def test_a_rep_hears_of_his_own_decisions_alone_and_misses_none(address: str, world: World) -> None:
    with listening(address, world, "rep-a") as mine, listening(address, world, "rep-b") as others:
        assert next(mine)["event"] == next(others)["event"] == "ready"
        first = send_photo(address, world, "rep-a", "1")
        event = next_decision(mine)
        assert (event["data"]["audit_id"], event["data"]["outcome"], event["data"]["no"]) == (
            first, "pass", int(event["id"]),
        )  # fmt: skip
        quiet = [next(stream) for stream in (mine, mine, others, others)]  # no second time, and to nobody else
        assert all("comment" in each for each in quiet), quiet

    second = send_photo(address, world, "rep-a", "2")
    third = send_photo(address, world, "rep-a", "3")
    with listening(address, world, "rep-a", last=event["id"]) as again:
        assert [next_decision(again)["data"]["audit_id"] for _ in range(2)] == [second, third]
    with listening(address, world, "rep-a") as fresh:
        next(fresh)
        assert "comment" in next(fresh)  # without Last-Event-ID only what is new


def test_a_false_last_event_id_and_a_missing_sign_in_are_problems(address: str, world: World) -> None:
    refused = httpx.get(f"{address}/api/v1/events", headers=headers(world, "rep-a") | {"Last-Event-ID": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert httpx.get(f"{address}/api/v1/events").status_code == 401
