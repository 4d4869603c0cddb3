"""Whatever stands in a request, no route fails: each value of each field at its edges, the others as they should be.

The test walks all that the API takes, so that a route which is added tomorrow is tried too.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from crm.kernel.db import Database
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import FORM_DATA, parts
from tests.integration.api.world import World, make_world, photo_bytes, rules

TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "a\udfff", "\ufeff", "\U0010ffff", "é" * 5000, "'; --", "../../x", "%00", "{}",
    "null", "0", "-1", "1.5", "1e400", "NaN", "9" * 18, "9" * 40, "²", "true", "2026-11-23",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23T08:30:00Z",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.0, 1.5, 1e308, 2**63 - 1, 2**63, 10**40, float("nan"), float("inf"), [], {}, [None],
    [[]], {"": None}, {"\0": 1}, {"\ud800": 1}, {"facings.own": 10**40}, {"facings.own": float("nan")},
)  # fmt: skip
BODIES = (
    b"",
    b"null",
    b"[]",
    b"1",
    b'"x"',
    b"{}",
    b"{",
    b"\xff",
    b'{"a":' * 500,
    b"[" * 50_000,
    b'{"a":1,"a":2}',
    b"NaN",
)
STREAMS = ("/api/v1/events",)  # they answer until the client goes
PHOTO_BYTES = photo_bytes(96, 96, seed=1)
ROLES = ("manager", "rep-a", "auditor", "admin")


@dataclass
class Field:
    """Where a value stands, and what it should be."""

    place: str
    name: str
    right: Any


@dataclass
class Operation:
    method: str
    path: str
    fields: list[Field]
    mime: str

    def request(self, wrong: Field | None = None, value: Any = None) -> dict[str, Any]:
        """Of a client, with `value` in the place of the wrong field."""
        of: dict[str, dict[str, Any]] = {place: {} for place in ("path", "query", "header", "body")}
        for field in self.fields:
            of[field.place][field.name] = value if field is wrong else field.right
        path = re.sub(r"{(\w+)}", lambda found: address(of["path"][found[1]]), self.path)
        query = "&".join(f"{name}={address(given)}" for name, given in of["query"].items())
        made = {"method": self.method, "url": f"{path}?{query}", "headers": dict(FORM_DATA)}
        made["headers"] |= {name: address(given) for name, given in of["header"].items()}
        if self.mime == "application/json":
            made["content"] = json.dumps(of["body"])
            made["headers"]["Content-Type"] = self.mime
        elif self.mime:
            texts = [
                (f'name="{name}"', str(given).encode(errors="surrogatepass")) for name, given in of["body"].items()
            ]
            made["content"] = parts(('name="file"; filename="a.jpg"', PHOTO_BYTES), *texts)
        return made


def address(value: Any) -> str:
    return quote(str(value).encode(errors="surrogatepass"), safe="")


def operations(document: dict[str, Any], known: dict[str, Any]) -> Iterator[Operation]:
    """Every route, with right values for all that it takes: the known ones, or such as their schema asks for."""

    def right(name: str, schema: dict[str, Any]) -> Any:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if name in known:
            return known[name]
        if "anyOf" in schema:
            return right(name, schema["anyOf"][0])
        if "enum" in schema or "const" in schema:
            return schema.get("const") or schema["enum"][0]
        if schema.get("type") == "object":
            return {key: right(key, each) for key, each in schema.get("properties", {}).items()}
        if schema.get("format") == "date-time":
            return "2026-11-23T08:30:00+08:00"
        return {"integer": 1, "number": 1.5, "boolean": True, "array": []}.get(schema.get("type", ""), "abc")

    for path, item in document["paths"].items():
        for method, operation in item.items():
            fields = [
                Field(each["in"], each["name"], right(each["name"], each["schema"]))
                for each in operation.get("parameters", ())
            ]
            content = operation.get("requestBody", {}).get("content", {})
            for body in content.values():
                fields += [
                    Field("body", name, given) for name, given in right("", body["schema"]).items() if name != "file"
                ]
            if path not in STREAMS:
                yield Operation(method.upper(), path, fields, next(iter(content), ""))


def leaves(value: Any) -> Iterator[Any]:
    """The same value with each of its parts at its edges in turn."""
    if isinstance(value, dict | list):
        for key, each in list(value.items() if isinstance(value, dict) else enumerate(value)):
            for other in leaves(each):
                made = value.copy()
                made[key] = other
                yield made
    yield from ("\0", "\ud800", None, True, -1, 10**40, float("nan"), [], {})


@pytest.fixture
def edges(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("pwdlib.PasswordHash.verify", lambda *_: False)  # slow on purpose
    free = 10**6
    return make_world(database, lambda settings: replace(settings, uploads_per_minute=free))


def test_no_value_makes_a_route_fail(edges: World) -> None:
    failed: list[str] = []
    with TestClient(edges.app, raise_server_exceptions=False) as client:
        known = prepared(client, edges)
        for operation in operations(edges.app.openapi(), known):
            headers = allowed(client, edges, operation)

            def tried(
                request: dict[str, Any], what: str, operation: Operation = operation, headers: Any = headers
            ) -> None:
                answer = client.request(**request | {"headers": request["headers"] | headers})
                told = answer.headers.get("content-type") == "application/problem+json"
                if answer.status_code >= 500 or (answer.status_code >= 400 and not told):
                    failed.append(f"{answer.status_code} {operation.method} {operation.path} {what}")

            for field in operation.fields:
                values = (*TEXTS, *OTHERS) if field.place == "body" and operation.mime == "application/json" else TEXTS
                if field.name == "rules":
                    values += tuple(leaves(field.right))
                for value in values:
                    if field.place == "path" and value in ("", "."):
                        continue  # another route
                    tried(operation.request(field, value), f"{field.name}={value!r:.60}")
            for body in BODIES if operation.mime else ():
                tried(operation.request() | {"content": body}, f"body={body!r:.60}")
    assert failed == []


def prepared(client: TestClient, world: World) -> dict[str, Any]:
    """The ids of things that are there, so that a route goes on to what it does with them."""
    rep, manager = Actor(client, world, "rep-a"), Actor(client, world, "manager")
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    fields = rep.ready()
    sent = rep.upload(fields).json()
    stop = manager.post("/stops", {"kind": "task", "target": world.task, "reason": "to be opened"}).json()
    return fields | {
        "photo_id": sent["photo_id"], "audit_id": sent["audit_id"], "task_id": world.task, "outlet_id": world.outlet,
        "stop_id": stop["id"], "code": "cola-330", "rules": rules(), "facts": {"facings.own": 6}, "lat": 10.0,
        "lon": 10.0, "brand_id": world.brand, "idempotency-key": "k" * 10, "seq": 1, "display": "1",
        "photos_expected": "1",
    }  # fmt: skip


def allowed(client: TestClient, world: World, operation: Operation) -> dict[str, str]:
    """The headers of the first role that may ask this at all."""
    for role in ROLES:
        headers = Actor(client, world, role).headers
        request = operation.request()
        if client.request(**request | {"headers": request["headers"] | headers}).status_code != 403:
            break
    return headers
