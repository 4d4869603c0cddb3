"""Types generated from the OpenAPI document, as a phone's client would have them, and answers read with them.

What a generator of clients cannot turn into a type is refused here: an answer in which anything may stand, a choice
between several forms, a tuple. Strict: an answer has every required field, none besides, each of its type.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ConfigDict, Field, Strict, TypeAdapter, create_model

Schema = Mapping[str, Any]
WORDS = {"title", "description", "default", "examples"}  # for people
PREFIX = "#/components/schemas/"
BYTES = {"image/jpeg", "text/event-stream", "text/plain"}
FREE = {"RulesOut.reward"}  # see tests/arch/test_responses.py


class NotGeneratedError(Exception):
    """No type can be made of this part of the document."""


class Types:
    """A type for each schema of a document, and for each answer of its operations."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._named: dict[str, Any] = {}
        self.answers: dict[tuple[str, str, int], TypeAdapter[Any] | None] = {}
        self._paths: list[tuple[re.Pattern[str], str]] = []
        for path, item in document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
            self._paths.append((re.compile(pattern), path))
            for method, operation in item.items():
                for status, response in operation["responses"].items():
                    self.answers[method, path, int(status)] = self._answer(response, f"{method} {path} {status}")
        self._paths.sort(key=lambda each: each[1].count("{"))  # /reviews/kept before /reviews/{audit_id}

    def read(self, response: Any) -> Any:
        """The answer as its type; NotGeneratedError or ValidationError where the document promises another."""
        asked = response.request
        path = next((path for pattern, path in self._paths if pattern.fullmatch(asked.url.path)), None)
        if path is None:
            return None  # a page
        key = asked.method.lower().replace("head", "get"), path, response.status_code
        if key not in self.answers:
            if response.status_code in (405, 404):
                return None  # another method than any that is documented
            raise NotGeneratedError(f"{key} is not documented")
        kind = self.answers[key]
        return None if kind is None or not response.content else kind.validate_json(response.content)

    def _answer(self, response: Mapping[str, Any], where: str) -> TypeAdapter[Any] | None:
        for media, content in response.get("content", {}).items():
            if media not in BYTES:
                return TypeAdapter(self._type(content["schema"], where))
        return None

    def _type(self, schema: Schema, where: str) -> Any:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(PREFIX)
            return self._model(name)
        form = {key: value for key, value in schema.items() if key not in WORDS}
        if "anyOf" in form:
            one, *null = form.pop("anyOf")
            if null != [{"type": "null"}] or form:
                raise NotGeneratedError(f"{where} is a choice: {schema}")
            return self._type(one, where) | None
        if "const" in form or "enum" in form:
            return Literal[tuple(form.get("enum", [form.get("const")]))]
        return self._plain(form, where)

    def _plain(self, form: dict[str, Any], where: str) -> Any:
        kind, kept = form.pop("type", None), dict(form)
        if kind == "string" and set(kept) <= {"format"}:
            made = {"date-time": datetime, "date": date}.get(kept.get("format", ""))
            return made or Annotated[str, Strict()]
        if kind in ("integer", "number", "boolean") and not kept:
            return {"integer": Annotated[int, Strict()], "number": float, "boolean": Annotated[bool, Strict()]}[kind]
        if kind == "array" and set(kept) == {"items"}:
            return list[self._type(kept["items"], where)]  # type: ignore[misc]
        if kind == "object" and set(kept) == {"additionalProperties"}:
            if kept["additionalProperties"] is True:
                if where in FREE:
                    return dict[str, Any]
                raise NotGeneratedError(f"{where}: anything may stand in it")
            return dict[str, self._type(kept["additionalProperties"], where)]  # type: ignore[misc]
        raise NotGeneratedError(f"{where}: {form | {'type': kind}}")

    def _model(self, name: str) -> Any:
        if name not in self._named:
            schema = self._schemas[name]
            if schema.get("type") != "object" or "properties" not in schema:
                self._named[name] = self._type(schema, name)
                return self._named[name]
            needed = schema.get("required", ())
            fields: dict[str, Any] = {}
            for number, (field, each) in enumerate(schema["properties"].items()):
                told = Field(alias=field) if field in needed else Field(default=None, alias=field)
                fields[f"field_{number}"] = (self._type(each, f"{name}.{field}"), told)
            self._named[name] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
        return self._named[name]


_made: list[Types] = []


def types_of(app: FastAPI) -> Types:
    """The types of the app's document, made once for all tests: it is the same for each app."""
    if not _made:
        _made.append(Types(app.openapi()))
    return _made[0]


def read_each_answer(client: TestClient) -> None:
    """From here on each JSON answer that the client gets is read with the generated types."""
    app = client.app
    assert isinstance(app, FastAPI)

    def read(response: Any) -> None:
        if "json" in response.headers.get("content-type", ""):
            response.read()
            types_of(app).read(response)

    client.event_hooks = {"response": [read]}
