"""Pictures that could not be drawn are drawn later, and not for ever."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from crm.catalog.service import CatalogueView
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.people import service as people
from crm.workflows import redraw
from crm.workflows.fakes import FakeVision
from crm.workflows.vision import Pictures
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.test_failures import HASTE, _hashed_once, decisions, drawn, until, upload, working
from tests.integration.workflows.world import COLAS

AT_FIRST = 4  # tries of a step, within some seconds
SLOWLY = replace(HASTE, retry_s=0.5)


class Vision(FakeVision):
    """Cannot draw while `broken`."""

    broken = True
    draws = 0

    def __init__(self) -> None:
        super().__init__(lambda _: COLAS)

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        self.draws += 1
        if self.broken:
            raise RuntimeError("a fault of ours")
        return super().draw(data, reading, catalogue)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store("memory:"))


def test_pictures_that_could_not_be_drawn_are_drawn_later(world: World) -> None:
    vision = Vision()
    with working(world, vision, SLOWLY):
        photo = upload(world, jpeg(1))
        until(lambda: vision.draws > AT_FIRST)
        assert (decisions(world, photo), drawn(world, photo)) == ([("pass", ["passed"])], (None, None))
        vision.broken = False
        until(lambda: all(drawn(world, photo)))
        draws = vision.draws
        time.sleep(3 * SLOWLY.retry_s)
        assert vision.draws == draws


def test_pictures_that_can_never_be_drawn_are_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redraw, "TRIES_MAX", 3)
    vision = Vision()
    with working(world, vision, SLOWLY) as workflows:
        photo = upload(world, jpeg(1))
        until(lambda: vision.draws > AT_FIRST)
        time.sleep(SLOWLY.retry_s * 2**3)
        draws = vision.draws
        time.sleep(3 * SLOWLY.retry_s)
        assert vision.draws == draws <= AT_FIRST + 3
        for _ in range(3):
            workflows._redraw()
    assert drawn(world, photo) == (None, None)
