"""No number of a request is read laxly: neither true, nor text, nor what only Python calls digits.

The tests walk all that the API takes, so that a field which is added tomorrow is held to it too.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.auth import caller
from api.schemas import Request
from crm.access.scope import Scope

LAX = (True, False, "7", "1_000", " 100 ", "+5", "１００", "0x10", "true")
NOT_WHOLE = (1.0, 1.5, 1e3)
ENDLESS = (float("nan"), float("inf"), float("-inf"))
LAX_TEXTS = ("1_0", " 7", "7 ", "+7", "７", "7.0", "1e1", "true", "0x7", "7" * 40, "-0", "")


def request_models(of: type[Request] = Request) -> Iterator[type[Request]]:
    """Every body that a route takes, and what such bodies hold."""
    for model in of.__subclasses__():
        if model.__module__.startswith("api."):  # a command's file is read by that command alone
            yield model
            yield from request_models(model)


def types_of(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a field takes, at any depth: 'object.number' for a mapping to numbers."""
    found = {schema["type"]} if "type" in schema else set()
    for each in schema.get("anyOf", ()):
        found |= types_of(each)
    for key, name in (("additionalProperties", "object"), ("items", "array")):
        if isinstance(schema.get(key), dict):
            found |= {f"{name}.{inner}" for inner in types_of(schema[key])}
    return found


def numbers_of_bodies() -> list[tuple[type[Request], str, str]]:
    """(model, field, type) of each number in a request body."""
    return [
        (model, name, kind)
        for model in request_models()
        for name, field in model.model_json_schema().get("properties", {}).items()
        for kind in sorted(types_of(field))
        if kind.rpartition(".")[2] in ("integer", "number")
    ]


def refused(model: type[Request], name: str, kind: str, value: Any) -> bool:
    given = {"object": {"x": value}, "array": [value]}.get(kind.rpartition(".")[0], value)
    try:
        model.model_validate({name: given})
    except ValidationError as error:
        return any(fault["loc"][0] == name for fault in error.errors())
    return False


@pytest.mark.parametrize(("model", "name", "kind"), numbers_of_bodies())
def test_a_number_in_a_body_is_a_json_number(model: type[Request], name: str, kind: str) -> None:
    wrong = (*LAX, *ENDLESS, *(NOT_WHOLE if kind.endswith("integer") else ()))
    assert [value for value in wrong if not refused(model, name, kind, value)] == []
    assert not refused(model, name, kind, 7)


def test_the_walk_finds_what_it_is_for() -> None:
    found = {(model.__name__, name, kind) for model, name, kind in numbers_of_bodies()}
    assert {
        ("FundIn", "amount_fen", "integer"),
        ("ReviewIn", "amount_fen", "integer"),
        ("ReviewIn", "facts", "object.number"),
        ("TaskIn", "claim_hours", "integer"),
        ("VersionIn", "displays_max", "integer"),
        ("CheckIn", "lat", "number"),
    } <= found


def test_every_body_is_of_these_models(app: FastAPI) -> None:
    """A body of another base class would escape the walk."""
    ours = {model.__name__ for model in request_models()}
    bodies = {
        content["schema"].get("$ref", content["schema"].get("anyOf", [{}])[0].get("$ref", "")).rpartition("/")[2]
        for _, operation in operations(app)
        for mime, content in operation.get("requestBody", {}).get("content", {}).items()
        if mime == "application/json"
    }
    assert bodies
    assert bodies <= ours


def operations(app: FastAPI) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield (method, path), operation


def test_a_number_in_an_address_is_plain_digits(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the app is started: a wrong number is refused before anything is opened."""
    monkeypatch.setitem(app.dependency_overrides, caller, lambda: Scope("u", "admin"))
    client, tried, taken = TestClient(app, raise_server_exceptions=False), 0, []
    for (method, path), operation in operations(app):
        for parameter in operation.get("parameters", ()):
            if types_of(parameter["schema"]).isdisjoint(("integer", "number")):
                continue
            for text in LAX_TEXTS:
                inside = parameter["in"] == "path"
                address = path.replace(f"{{{parameter['name']}}}", quote(text or " ", safe="")) if inside else path
                answer = client.request(method, address, params={} if inside else {parameter["name"]: text})
                fields = [each["field"] for each in answer.json().get("errors") or ()]
                tried += 1
                if answer.status_code != 422 or f"{parameter['in']}.{parameter['name']}" not in fields:
                    taken.append((method, path, parameter["name"], text))
    assert taken == []
    assert tried >= 8 * len(LAX_TEXTS)
