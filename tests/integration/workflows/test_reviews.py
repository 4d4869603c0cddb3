"""A worker carries a reviewer's decision out when its time to be undone is over; a killed one loses and
doubles none."""

import signal
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.audits import pending
from crm.audits import service as audits
from crm.audits.tables import Decision, PendingReview
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from crm.ledger.checks import check_ledger
from crm.people import service as people
from crm.workflows.fakes import FakeVision
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.processes import exit_status
from tests.integration.workflows.test_failures import HASTE, _hashed_once, until, working
from tests.integration.workflows.world import COLAS, die, set_traps
from tests.open_database import OpenDatabase

LIKELY = {"cola": (5, 6, 7), "lime": (0, 0, 0), "rival": (2, 2, 2)}


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database)


def lay(world: World) -> None:
    world.fronts[jpeg(1)] = LIKELY
    waiting = world.audited(jpeg(1))
    with world.database.write(world.scope("ada")) as s:
        audits.lay(s, world.scope("ada"), waiting.audit_id, audits.Asked("approve", seq=1))


def so_far(world: World) -> tuple[list[str], int, int]:
    """States of what was laid, number of decisions, and what was paid in fen."""
    with world.database.read() as s:
        assert check_ledger(s) == []
        states = list(s.scalars(select(PendingReview.state)))
        return states, len(s.scalars(select(Decision.id)).all()), world.wallet_fen()


def killed(world: World, crash_point: str) -> None:
    url = world.database.url.render_as_string(hide_password=False)
    assert exit_status(worker, url, crash_point) == -signal.SIGKILL


def worker(url: str, crash_point: str) -> None:
    """A process that carries out what is due, and dies at the crash point, or at the end."""
    set_traps(crash_point)
    carry_out_later(OpenDatabase(url))
    die()


def carry_out_later(database: Database) -> int:
    then = utcnow() + timedelta(seconds=audits.UNDO_S)
    with clock_in_use(lambda: then):
        return audits.carry_out_due(database)


def test_a_worker_carries_out_what_is_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "UNDO_S", 0.5)
    lay(world)
    assert so_far(world) == (["waiting"], 1, 0)
    with working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: so_far(world) == (["done"], 2, 200))


def test_a_process_that_is_killed_over_it_loses_and_doubles_nothing(world: World) -> None:
    lay(world)
    killed(world, "decision not committed")
    assert so_far(world) == (["waiting"], 1, 0)
    killed(world, "carried out")
    assert so_far(world) == (["done"], 2, 200)
    assert carry_out_later(world.database) == 0
