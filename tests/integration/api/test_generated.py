"""A client can be generated from the OpenAPI document: types of all of it, and what the service answers read with them.

Every answer that another test of this folder gets by the fixture `client` is read so too.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from tests.integration.api.conftest import Actor
from tests.integration.api.generated import NotGeneratedError, Types, types_of
from tests.integration.api.world import World


def test_all_of_the_document_becomes_types(world: World) -> None:
    types = types_of(world.app)
    read = [key for key, made in types.answers.items() if made is not None]
    assert len(read) > 400
    pictures_and_streams = {key for key, made in types.answers.items() if made is None and key[2] not in (204,)}
    assert {path.rpartition("/")[2] for _, path, _ in pictures_and_streams} == {
        "picture.jpg", "annotated.jpg", "{front}.jpg", "events",
    }  # fmt: skip


def test_an_explanation_is_read_to_its_leaves(act: Callable[[str], Actor], world: World) -> None:
    """And the reading fails where a leaf is another than the document says."""
    rep = act("rep-a")
    audit_id = rep.upload(rep.ready()).json()["audit_id"]
    response = rep.get(f"/audits/{audit_id}")
    told = response.json()
    kind = types_of(world.app).answers["get", "/api/v1/audits/{audit_id}", 200]
    assert kind is not None
    kind.validate_python(told)

    def broken(change: Callable[[Any], object]) -> None:
        wrong = copy.deepcopy(told)
        change(wrong)
        with pytest.raises(ValidationError):
            kind.validate_python(wrong)

    fact = told["decision"]["facts"]["share.own"]
    assert fact["kind"] == "share"
    broken(lambda wrong: wrong["decision"]["facts"]["share.own"].pop("kind"))
    broken(lambda wrong: wrong["decision"]["facts"]["share.own"].update(kind="percent"))
    broken(lambda wrong: wrong["decision"]["clauses"][0]["threshold"].update(values="5"))
    broken(lambda wrong: wrong["decision"]["reasons"][0].update(code=5))
    broken(lambda wrong: wrong["photos"][0]["detections"][0].update(colour="red"))
    broken(lambda wrong: wrong["audit"].update(created_at="yesterday"))


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "object", "additionalProperties": True},
        {"type": "array", "items": {}},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "array", "prefixItems": [{"type": "number"}], "minItems": 1, "maxItems": 1},
    ],
)
def test_what_is_no_type_for_a_client_is_refused(schema: dict[str, Any]) -> None:
    operation = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
    with pytest.raises(NotGeneratedError):
        Types({"components": {"schemas": {}}, "paths": {"/api/v1/things": {"get": operation}}})
