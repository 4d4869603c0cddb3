"""One world a test, on each database; clients that are signed in without the cost of hashing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.tokens import Tokens
from crm.db import Database
from tests.integration.api.world import LAT, LON, SECRET, World, make_world, photo_bytes


@pytest.fixture
def world(database: Database) -> World:
    """A seeded brand and the app on it."""
    return make_world(database)


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    """Nobody, with the app started."""
    with TestClient(world.app, raise_server_exceptions=False) as made:
        yield made


class Actor:
    """One signed-in user: requests with his token."""

    def __init__(self, client: TestClient, world: World, login: str) -> None:
        self._client, self._world = client, world
        token = Tokens(SECRET, 1800).issue(world.users[login])
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **rest: Any) -> Any:
        return self._client.get(f"/api/v1{path}", headers=self.headers | rest.pop("headers", {}), **rest)

    def post(self, path: str, json: Any = None, **rest: Any) -> Any:
        return self._client.post(f"/api/v1{path}", json=json, headers=self.headers | rest.pop("headers", {}), **rest)

    def delete(self, path: str) -> Any:
        return self._client.delete(f"/api/v1{path}", headers=self.headers)

    def ready(self) -> dict[str, str]:
        """A claim on the task and a visit at the outlet: the form fields of an upload."""
        claim = self.post(f"/tasks/{self._world.task}/claims", {"outlet_id": self._world.outlet})
        visit = self.post("/visits", {"outlet_id": self._world.outlet, "lat": LAT, "lon": LON})
        assert (claim.status_code, visit.status_code) == (201, 201), (claim.text, visit.text)
        return {"claim_id": claim.json()["id"], "visit_id": visit.json()["id"]}

    def upload(
        self, fields: dict[str, str], data: bytes | None = None, key: str | None = "upload-1", **headers: str
    ) -> Any:
        given = {"Idempotency-Key": key} if key is not None else {}
        files = {"file": ("photo.jpg", photo_bytes() if data is None else data, "image/jpeg")}
        return self._client.post("/api/v1/photos", data=fields, files=files, headers=self.headers | given | headers)


@pytest.fixture
def act(client: TestClient, world: World) -> Callable[[str], Actor]:
    """`act("rep-a")`: that user."""
    return lambda login: Actor(client, world, login)
