"""What is wrong with a field is told in both languages, and the field by the name that people give it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic_core._pydantic_core import list_all_errors

from api.errors.fields import FIELD_NAMES, TEXTS_ZH, faults_of, summed_up
from api.forms import Form
from api.schemas import Request

CHINESE = re.compile("[一-鿿]")
_API = Path(__file__).parents[3] / "api"

# By kind of node of a schema: the errors that it can raise on JSON, or on the text of an address or a form.
_STRING = {"string_type", "string_unicode", "string_too_short", "string_too_long", "string_pattern_mismatch"}
_BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_ERRORS: dict[str, set[str]] = {
    "str": _STRING,
    "bool": {"bool_type", "bool_parsing"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"} | _BOUNDS,
    "float": {"float_type", "float_parsing", "finite_number"} | _BOUNDS,
    "literal": {"literal_error"},
    "datetime": {"datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid",
                 "timezone_aware"},
    "date": {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"},
    "list": {"list_type", "too_short", "too_long"},
    "dict": {"dict_type", "too_short", "too_long", "invalid_key"},
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"missing", "extra_forbidden"},
    **{node: set() for node in ("any", "none", "nullable", "default", "model-field", "definitions", "definition-ref")},
    **{node: set() for node in ("function-before", "function-after", "no-info", "with-info", "chain", "definition")},
}  # fmt: skip


def _models(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """What is made of `of` within the API. A command's file, made of it too, is read by that command alone."""
    for model in of.__subclasses__():
        if model.__module__.startswith("api."):
            yield model
            yield from _models(model)


def _request_types(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Name and type of all that a request may hold: the fields of bodies and forms, and parameters."""
    for model in (*_models(Request), *_models(Form)):
        yield from ((name, Annotated[field.annotation, field]) for name, field in model.model_fields.items())
    routers = [each.original_router for each in app.routes if hasattr(each, "original_router")]
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute):
            parts = route.dependant
            for each in (*parts.path_params, *parts.query_params, *parts.header_params):
                yield each.alias, Annotated[each.field_info.annotation, each.field_info]


def _nodes(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str) and not ("loc" in schema and "ctx" in schema):
            yield schema["type"]
        for name, value in schema.items():
            if name not in ("metadata", "serialization", "ref", "schema_ref"):
                yield from _nodes(value)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from _nodes(each)


def test_each_error_of_a_field_has_a_chinese_text(app: FastAPI) -> None:
    kinds = [kind for _, kind in _request_types(app)] + [*_models(Request), *_models(Form)]
    nodes = {node for kind in kinds for node in _nodes(TypeAdapter(kind).core_schema)}
    assert {"str", "int", "float", "datetime", "literal", "list", "model-fields"} <= nodes
    assert nodes <= _ERRORS.keys()
    own = {name for path in _API.rglob("*.py") for name in re.findall(r'CustomError\(\s*"(\w+)"', path.read_text())}
    assert own >= {"time_shape", "plain_digits"}
    assert set().union(own, *(_ERRORS[node] for node in nodes)) <= TEXTS_ZH.keys()


def test_a_chinese_text_needs_nothing_that_pydantic_does_not_tell() -> None:
    told = {each["type"]: set(each.get("example_context") or ()) for each in list_all_errors()}
    for kind, text in TEXTS_ZH.items():
        assert CHINESE.search(text), kind
        if kind in told:
            assert set(re.findall(r"{(\w+)}", text)) <= told[kind], kind


def test_no_validator_raises_an_error_without_a_type() -> None:
    for path in _API.rglob("*schemas.py"):
        assert "raise ValueError" not in path.read_text(), path


def test_each_field_has_a_name_in_both_languages(app: FastAPI) -> None:
    names = {name.lower() for name, _ in _request_types(app)}
    assert len(names) > 30
    assert names <= FIELD_NAMES.keys()


@pytest.mark.parametrize(
    ("found", "en", "zh"),
    [
        ({"loc": ("body", "starts_at"), "type": "missing", "msg": "Field required"},
         "start: Field required", "开始时间：必填"),
        ({"loc": ("body", "ticked", 1), "type": "string_too_long", "msg": "…", "ctx": {"max_length": 40}},
         "ticked fronts, no. 2: …", "勾选的排面，第 2 项：最多 40 个字符"),
        ({"loc": ("body",), "type": "model_attributes_type", "msg": "…"}, "the request: …", "请求内容须为 JSON 对象"),
        ({"loc": ("body", "x" * 300), "type": "extra_forbidden", "msg": "…"}, "x" * 60 + ": …",
         "x" * 60 + "：没有此字段"),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_the_name_that_people_give_the_field(found: dict[str, Any], en: str, zh: str) -> None:
    assert summed_up(faults_of([found])) == (en, zh)


def test_many_faults_are_summed_up() -> None:
    found = [{"loc": ("body", "name"), "type": "missing", "msg": "Field required"}] * 5
    assert summed_up(faults_of(found))[1] == "名称：必填；名称：必填；名称：必填；另有 2 处"
