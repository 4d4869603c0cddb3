"""The OpenAPI document against what the service answers: generated requests over every route, by everybody.

What a route answers is documented, and what is documented of a request's form, of who asks and of what is not there can
be reached. Left to tests of their own: 409 and 429, which rest on a state, 408 and 5xx, which rest on a failure.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.auth import COOKIE
from crm.people.tables import User
from tests.integration.api.conftest import Actor
from tests.integration.api.world import World, photo_bytes, session_token

NOBODY = "01AAAAAAAAAAAAAAAAAAAAAAAA"
REACHED = {"400", "401", "403", "404", "413", "415", "422"}
ROLES = ("rep-a", "auditor", "manager", "admin")
FORM = {"Content-Type": "multipart/form-data; boundary=a"}
JSON = {"Content-Type": "application/json"}
KEY = {"Idempotency-Key": "key-of-this-request"}

Answers = Iterator[tuple[str, Any]]


def example(schema: Mapping[str, Any], document: Mapping[str, Any], brand: str) -> Any:
    """The least value that fits a schema; ids that are nowhere."""
    if "$ref" in schema:
        return example(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, brand)
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else example(schema["anyOf"][0], document, brand)
    if "enum" in schema or "const" in schema:
        return schema.get("const", [*schema.get("enum", ()), None][0])
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("required", ())
        return {
            name: example(each | {"name": name}, document, brand)
            for name, each in schema.get("properties", {}).items()
            if name in wanted
        }
    if kind == "array":
        return [example(schema["items"], document, brand)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return True
    name = schema.get("name", "")
    return {"starts_at": "2026-01-01T00:00:00+08:00", "ends_at": "2027-01-01T00:00:00+08:00"}.get(name, NOBODY)


class Walk:
    """Requests to one operation."""

    def __init__(self, world: World, client: TestClient, path: str, method: str, operation: dict[str, Any]) -> None:
        self.world, self.client, self.method, self.operation = world, client, method, operation
        document = world.app.openapi()
        self.address = path
        for each in operation.get("parameters", ()):
            if each["in"] == "path":
                self.address = self.address.replace(
                    f"{{{each['name']}}}", "1" if each["schema"]["type"] == "integer" else NOBODY
                )
        queries = [each for each in operation.get("parameters", ()) if each["in"] == "query" and each.get("required")]
        self.params = {each["name"]: example(each["schema"], document, world.brand) for each in queries}
        content = operation.get("requestBody", {}).get("content", {})
        self.form = "multipart/form-data" in content
        schema = next((each["schema"] for each in content.values()), None)
        if schema is not None and "anyOf" in schema:  # a body that may be left out
            schema = schema["anyOf"][0]
        self.named = (
            {} if schema is None else document["components"]["schemas"].get(schema.get("$ref", "")[21:], schema)
        )
        self.body = None if schema is None else example(schema, document, world.brand)

    @property
    def brand(self) -> list[str]:
        """Where the operation takes the id of a brand: in its address, in its body."""
        inside = "brand_id" in self.named.get("properties", {})
        asked = any(
            (each["in"], each["name"]) == ("query", "brand_id") for each in self.operation.get("parameters", ())
        )
        return ["params"] * asked + ["json"] * inside

    def ask(self, login: str | None, **more: Any) -> Any:
        headers = {**KEY, **more.pop("headers", {})}
        if login is not None:
            headers["Authorization"] = f"Bearer {session_token(self.world.database, self.world.users[login])}"
        params = self.params | more.pop("params", {})
        if "content" not in more and self.form:
            more |= {
                "files": {"file": ("a.jpg", photo_bytes())},
                "data": {k: v for k, v in self.body.items() if k != "file"} | more.pop("json", {}),
            }
        elif "content" not in more and self.body is not None:
            more["json"] = self.body | more.pop("json", {})
        return self.client.request(self.method, self.address, params=params, headers=headers, **more)

    def answers(self) -> Iterator[Any]:
        yield self.ask(None)
        with self.world.database.write() as s:
            s.execute(update(User).where(User.id == self.world.users["rep-b"]).values(must_change_password=True))
        yield self.ask("rep-b")
        for login in ROLES:
            yield self.ask(login)
            yield self.ask(login, params={"colour": "red"})
            if self.body is not None:
                yield self.ask(login, json={"colour": "red"})
                yield self.ask(login, content=b"{", headers=FORM if self.form else JSON)
                yield self.ask(login, content=b"a=1", headers={"Content-Type": "text/plain"})
        if self.body is not None:
            yield self.ask("manager", content=b"{}", headers={**JSON, "Content-Length": str(10**9)})
        for kind in self.brand:
            yield self.ask("manager", **{kind: {"brand_id": NOBODY}})
        if self.method != "get":
            token = session_token(self.world.database, self.world.users["manager"])
            yield self.ask(None, headers={"Cookie": f"{COOKIE}={token}", "Origin": "https://elsewhere.example"})


@pytest.fixture
def walks(world: World, client: TestClient) -> list[Walk]:
    world.app.state.stopping = True  # the stream of events ends once it is open
    return [
        Walk(world, client, path, method, operation)
        for path, item in world.app.openapi()["paths"].items()
        if path.startswith("/api/v1/")
        for method, operation in item.items()
    ]


def test_what_is_answered_is_documented_and_what_is_documented_can_be_reached(walks: list[Walk]) -> None:
    wrong = []
    for walk in walks:
        seen: set[str] = set()
        for answer in walk.answers():
            seen.add(str(answer.status_code))
            kind = answer.headers.get("content-type", "").split(";")[0]
            documented = walk.operation["responses"].get(str(answer.status_code), {})
            if answer.status_code != 204 and documented and kind not in documented.get("content", {}):
                wrong.append(f"{walk.method} {walk.address}: {answer.status_code} as {kind}")
        told = set(walk.operation["responses"])
        for name, found in (("not documented", seen - told), ("not reached", (told & REACHED) - seen)):
            if found:
                wrong.append(f"{walk.method} {walk.address}: {sorted(found)} {name}")
    if wrong:
        pytest.fail("\n".join(wrong))


def test_the_brand_of_another_is_not_there(walks: list[Walk], world: World) -> None:
    """A brand that is named is the brand that counts: nobody gets his own in its stead, without a word."""
    taking = [walk for walk in walks if walk.brand and walk.address != "/api/v1/session"]  # a password comes first
    assert len(taking) >= 5
    for walk in taking:
        for kind in walk.brand:
            login = "admin" if walk.address.endswith("/brands") else "manager"  # who names brands there
            answer = walk.ask(login, **{kind: {"brand_id": NOBODY}})
            assert answer.status_code == 404, (walk.method, walk.address, answer.text)


def test_a_path_names_all_its_methods(walks: list[Walk], client: TestClient) -> None:
    paths: dict[str, set[str]] = {}
    for walk in walks:
        paths.setdefault(walk.address, set()).add(walk.method.upper())
    for path, methods in paths.items():
        answer = client.request("TRACE", path)
        assert answer.status_code == 405
        allowed = set(answer.headers["allow"].split(", "))
        assert allowed >= methods | ({"HEAD"} if "GET" in methods else set()), path
        assert client.options(path).headers["allow"] == answer.headers["allow"]


def test_head_is_answered_as_get_without_a_body(world: World, client: TestClient) -> None:
    world.app.state.stopping = False
    headers = {"Authorization": f"Bearer {session_token(world.database, world.users['rep-a'])}"}
    for path in ("/healthz", "/api/v1/tasks", "/api/v1/events", "/api/v1/tasks/none"):
        got = client.get(path, headers=headers) if path != "/api/v1/events" else None
        head = client.head(path, headers=headers)
        assert head.content == b""
        assert got is None or head.status_code == got.status_code
        assert head.headers["content-type"] == (
            got.headers["content-type"] if got else "text/event-stream; charset=utf-8"
        )


def test_an_address_that_is_nothing_is_a_problem_in_json(client: TestClient) -> None:
    for path in ("/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/tasks/", "/api/v2/tasks"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_what_stands_twice_is_refused(act: Callable[[str], Actor], world: World) -> None:
    """One of the two would be passed over: which, nobody could tell."""
    manager = act("manager")
    twice = manager.get("/tasks?limit=1&limit=2")
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (422, "repeated")
    body = b'{"amount_fen": 1, "amount_fen": 100000}'
    again = manager.post(f"/tasks/{world.task}/budget", content=body, headers=KEY | JSON)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "body.amount_fen")


def test_a_body_is_not_passed_over(act: Callable[[str], Actor]) -> None:
    answer = act("auditor").post(f"/proposals/{NOBODY}/confirmation", {"reason": "all is well"})
    assert (answer.status_code, answer.json()["code"]) == (422, "body_unexpected")
