"""The ledger is checked once a business day, and what is wrong with it is told."""

import re
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from api.decision_metrics import decision_metrics
from crm.kernel.business_time import business_day
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.ledger.tables import LedgerCheck
from crm.people import service as people
from crm.workflows import checking
from crm.workflows.fakes import FakeVision
from tests.integration.crm.world import World
from tests.integration.workflows.test_failures import HASTE, _hashed_once, until, working
from tests.integration.workflows.world import COLAS


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store("memory:"))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each check of the ledger found, as they come; the first fails as a fault of ours would."""
    found: list[str] = []
    check = checking.check_ledger

    def counted(s: Any) -> list[str]:
        found.append("raised" if not found else "checked")
        if found == ["raised"]:
            raise ArithmeticError("a fault of ours")
        return check(s)

    monkeypatch.setattr(checking, "check_ledger", counted)
    return found


def days(world: World) -> list[Any]:
    with world.database.read() as s:
        return list(s.scalars(select(LedgerCheck).order_by(LedgerCheck.day)))


def shown(world: World) -> str:
    registry = CollectorRegistry()
    registry.register(decision_metrics(world.database))
    return generate_latest(registry).decode()


def test_a_day_is_checked_once_whatever_fails_or_starts_anew(world: World, checks: list[str]) -> None:
    assert "ledger" not in shown(world)
    started = utcnow()
    with clock_in_use(lambda: started), working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: days(world) != [])
    with clock_in_use(lambda: started), working(world, FakeVision(lambda _: COLAS), HASTE) as workflows:
        until(lambda: workflows.problem() is None)
        tomorrow = started + timedelta(days=1)
        assert checks == ["raised", "checked"]
        with clock_in_use(lambda: tomorrow):
            until(lambda: len(days(world)) == 2)
    assert [each.day for each in days(world)] == [business_day(started), business_day(tomorrow)]
    assert checks == ["raised", "checked", "checked"]
    with clock_in_use(lambda: tomorrow):
        told = shown(world)
    assert "shelfproof_ledger_faults 0.0" in told
    [at] = re.findall("^shelfproof_ledger_checked_timestamp_seconds (.*)$", told, re.MULTILINE)
    assert float(at) == tomorrow.timestamp()


def test_faults_are_an_error_in_the_log_and_a_metric(world: World) -> None:
    with world.database.write() as s:
        s.execute(text("UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'budget'"))
    with capture_logs() as logs, working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: days(world) != [])
    [line] = [each for each in logs if each["event"] == "ledger_faults"]
    assert (line["log_level"], line["faults"], line["day"]) == ("error", 2, days(world)[0].day.isoformat())
    assert all("rebuild balances" in each for each in line["first"])
    assert "shelfproof_ledger_faults 2.0" in shown(world)
