"""Each answer of the API is typed to its leaves, so that a client can be generated from its document."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.app import create_app
from api.errors.documented import ProblemDetails
from api.services import NoWorkflows
from api.settings import Settings
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.workflows.fakes import FakeVision

CRM = Path(__file__).parents[2] / "crm"
LEAVES = (str, int, float, bool, datetime, date, NoneType)
FREE = {"RulesOut.reward": "a decision graph, in the form of the engine of GoRules, which is not ours to say"}


def made_app(tmp_path: Path) -> FastAPI:
    """Never started, on a database that does not exist."""
    database = Database(f"sqlite:///{tmp_path / 'unused.db'}")
    settings, vision = Settings(secret="s" * 48), FakeVision(lambda _: {})
    return create_app(settings, database, open_store("memory:"), NoWorkflows(), vision)


def fields_of(model: type[Any]) -> dict[str, Any]:
    """The types of a model's or dataclass's fields."""
    if issubclass(model, BaseModel):
        return {name: each.annotation for name, each in model.model_fields.items()}
    hints = get_type_hints(model, include_extras=True)
    return {each.name: hints[each.name] for each in dataclasses.fields(model)}


def untyped(found: Any, where: str, seen: set[Any]) -> Iterator[str]:
    """Where in a type anything may stand."""
    origin, parts = get_origin(found), get_args(found)
    container = origin if parts and isinstance(origin, type) else NoneType
    if origin is Annotated:
        yield from untyped(parts[0], where, seen)
    elif origin is Literal or found in LEAVES:
        return
    elif origin in (Union, UnionType) or issubclass(container, list | tuple):
        for each in parts:
            if each is not Ellipsis:
                yield from untyped(each, where, seen)
    elif issubclass(container, Mapping):
        assert parts[0] is str, where
        yield from untyped(parts[1], where, seen)
    elif isinstance(found, type) and (issubclass(found, BaseModel) or dataclasses.is_dataclass(found)):
        if found not in seen:
            seen.add(found)
            for name, each in fields_of(found).items():
                yield from untyped(each, f"{found.__name__}.{name}", seen)
    else:
        yield where


def test_every_answer_is_typed_to_its_leaves(tmp_path: Path) -> None:
    routers = [each.original_router for each in made_app(tmp_path).routes if hasattr(each, "original_router")]
    routes = [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
    seen: set[Any] = set()
    wrong = set(untyped(ProblemDetails, "problems", seen))
    for route in (each for each in routes if each.include_in_schema):
        name = f"{sorted(route.methods)[0]} {route.path}"
        if route.response_model is not None:
            wrong |= set(untyped(route.response_model, name, seen))
        elif route.status_code != 204 and "content" not in route.responses.get(200, {}):
            wrong.add(name)
    assert (len(routes) > 50, len(seen) > 60) == (True, True), (len(routes), len(seen))
    assert wrong == FREE.keys()


def test_what_a_problem_says_more_is_documented() -> None:
    said = {
        name
        for path in CRM.rglob("*.py")
        for more in re.findall(r"\bmore=\{(.*?)\},?\n", path.read_text())
        for name in re.findall(r'"(\w+)":', more)
    }
    assert said >= {"bounds", "flags", "amount_fen"}
    assert said <= ProblemDetails.model_fields.keys()
