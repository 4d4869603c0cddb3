"""One world a test, on each database; clients that are signed in without the cost of hashing."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from crm.audits.service import UNDO_S, carry_out_due
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from tests.integration.api.generated import read_each_answer
from tests.integration.api.world import LAT, LON, World, make_world, photo_bytes, session_token


@pytest.fixture
def world(database: Database) -> World:
    """A seeded brand and the app on it."""
    return make_world(database)


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    """Nobody, with the app started. Each of its answers is read with the types of the OpenAPI document."""
    with TestClient(world.app, raise_server_exceptions=False, client=("127.0.0.1", 50000)) as made:
        read_each_answer(made)
        yield made


class Actor:
    """One signed-in user: requests with his token."""

    def __init__(self, client: TestClient, world: World, login: str) -> None:
        self._client, self._world = client, world
        token = session_token(world.database, world.users[login])
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **rest: Any) -> Any:
        return self._client.get(f"/api/v1{path}", headers=self.headers | rest.pop("headers", {}), **rest)

    def post(self, path: str, json: Any = None, **rest: Any) -> Any:
        """A review names the decision that holds, and is carried out at once, as if its time to be undone were over."""
        reviewed = re.fullmatch(r"/reviews/(\w+)(/proposal)?", path)
        if reviewed and isinstance(json, dict):
            json = {"seq": self.seq(reviewed[1]), **json}
        answer = self._client.post(f"/api/v1{path}", json=json, headers=self.headers | rest.pop("headers", {}), **rest)
        if reviewed and answer.status_code == 202:
            over = utcnow() + timedelta(seconds=UNDO_S)
            with clock_in_use(lambda: over):
                assert carry_out_due(self._world.database) == 1
        return answer

    def lay(self, audit_id: str, **body: Any) -> Any:
        """A review that may still be undone."""
        given = {"seq": self.seq(audit_id), **body}
        return self._client.post(f"/api/v1/reviews/{audit_id}", json=given, headers=self.headers)

    def seq(self, audit_id: str) -> int:
        told = self.get(f"/audits/{audit_id}").json().get("decision")
        return int(told["seq"]) if told else 1

    def put(self, path: str, json: Any) -> Any:
        return self._client.put(f"/api/v1{path}", json=json, headers=self.headers)

    def patch(self, path: str, json: Any) -> Any:
        return self._client.patch(f"/api/v1{path}", json=json, headers=self.headers)

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
