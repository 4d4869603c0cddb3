"""Attempts over HTTP to be paid wrongly that no other test makes; docs/attempts.md lists them all."""

from collections.abc import Callable

import pytest

from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem
from tests.integration.api.world import World

Act = Callable[[str], Actor]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "true", '"10.78"', "[10.78]"])
def test_a_position_that_is_no_number_is_refused(world: World, act: Act, number: str) -> None:
    """A distance that is no number is not beyond any fence."""
    body = f'{{"outlet_id": "{world.outlet}", "lat": {number}, "lon": {number}}}'
    headers = {"Content-Type": "application/json"}
    is_problem(act("rep-a").post("/visits", content=body, headers=headers), 422, "invalid")
    assert act("rep-a").get("/visits").json()["items"] == []
