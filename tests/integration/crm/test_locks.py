"""Who waits for whom while displays are decided, on PostgreSQL: two transactions held open at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from crm.access.scope import Scope
from crm.audits import service as audits
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision
from crm.importing import locked_brand
from crm.kernel import db
from crm.kernel.db import WriteSession
from crm.ledger.checks import check_ledger
from crm.stops import service as stops
from crm.tasks import service as tasks
from tests.integration.crm.world import LAT, World, jpeg
from tests.open_database import OpenDatabase

WAIT_S = 0.4


@pytest.fixture
def world(postgres_world: World) -> World:
    return postgres_world


@contextmanager
def impatient(world: World) -> Iterator[WriteSession]:
    """A transaction that fails where it would wait."""
    with world.database.write() as s:
        s.execute(text("SET LOCAL lock_timeout = '1s'"))
        yield s


def waiting(world: World, seed: int, login: str, outlet: str, task: str = "COLA", display: str = "1") -> Photo:
    """A photo that was read, of an audit that nobody has decided."""
    visit = world.visit(login, outlet, LAT + (0.05 if outlet == "E2" else 0.0))
    photo = world.send(visit, world.claim(login, task, outlet), jpeg(seed), login, display=display)
    world.read(photo, jpeg(seed))
    return photo


def decided(s: WriteSession, photo: Photo) -> Decision:
    decision = audits.decide_audit(s, photo.audit_id)
    assert decision is not None
    return decision


def later(act: Callable[[], object]) -> tuple[threading.Thread, threading.Event]:
    done = threading.Event()

    def run() -> None:
        act()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def test_decisions_at_two_outlets_of_two_reps_never_wait_and_both_pay(world: World) -> None:
    """Both are of one task, whose budget they share, and are held open until both have paid."""
    one, other = waiting(world, 1, "ann", "E1"), waiting(world, 2, "ben", "E2")
    with impatient(world) as s, impatient(world) as t:
        assert decided(s, one).entry_id is not None
        assert decided(t, other).entry_id is not None
    assert (world.wallet_fen("ann"), world.wallet_fen("ben")) == (200, 200)
    with world.database.read() as s:
        assert check_ledger(s) == []


def test_who_reads_on_by_number_misses_no_decision_that_commits_later(world: World) -> None:
    one, other = waiting(world, 1, "ann", "E1"), waiting(world, 2, "ben", "E2", "SHARE")
    ada, old = world.scope("ada"), world.audited(jpeg(3), outlet="E2")
    with world.database.read() as t:
        reader = audits.from_now_on(t, ada)
    heard: list[int] = []

    def listen() -> list[int]:
        nonlocal reader
        with world.database.read() as t:
            found, reader = audits.decisions_since(t, ada, reader)
        heard.extend(each.no for each in found)
        return heard

    with world.database.write() as s:
        first, second = decided(s, one), world.decide(other)
        assert second is not None
        assert old.no < first.no < second.no
        assert listen() == [second.no]
        with world.database.read() as t:
            later_reader = audits.from_now_on(t, ada)
    assert listen() == listen() == [second.no, first.no]
    with world.database.read() as t:
        assert [each.no for each in audits.decisions_since(t, ada, later_reader)[0]] == [first.no]
        again = audits.decisions_since(t, ada, audits.from_number(second.no))[0]
        assert [each.no for each in again] == [old.no, first.no]  # what came shortly before comes once more


def test_two_displays_of_one_outlet_are_decided_one_after_the_other(world: World) -> None:
    """So the second sees that the first was decided: a person looks whether they are one shelf."""
    one, other = waiting(world, 1, "ann", "E1"), waiting(world, 2, "ann", "E1", display="2")
    made: list[Decision | None] = []
    with world.database.write() as s:
        assert decided(s, one).outcome == "pass"
        thread, done = later(lambda: made.append(world.decide(other)))
        assert not done.wait(WAIT_S)
    thread.join()
    assert made[0] is not None
    assert (made[0].outcome, made[0].flags[0]["code"]) == ("review", "further_display")


def test_claims_of_two_times_at_one_outlet_are_one_display(world: World) -> None:
    """The audits hang on two claims, so their rows share no lock; the award of the display is posted once."""
    one = waiting(world, 1, "ann", "E1")
    with world.database.write() as s:
        claim_id = s.get_one(Audit, one.audit_id).claim_id
        tasks.release_claim(s, world.scope("ann"), claim_id)
    other = waiting(world, 2, "ben", "E1")
    made: list[Decision | None] = []
    with world.database.write() as s:
        assert decided(s, one).entry_id is not None
        thread, done = later(lambda: made.append(world.decide(other)))
        assert not done.wait(WAIT_S)
    thread.join()
    assert made[0] is not None
    assert (made[0].entry_id, made[0].reasons[0]["code"]) == (None, "already_paid")


def test_a_decision_waits_for_no_claim_and_no_top_up(world: World) -> None:
    """Both hold the budget's row."""
    photo = waiting(world, 1, "ann", "E1")
    with world.database.write() as s:
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 500, "more")
        tasks.claim_task(s, world.scope("ben"), world.ids.tasks["COLA"], world.ids.outlets["E2"])
        with impatient(world) as t:
            assert decided(t, photo).entry_id is not None


def test_a_decision_whose_machine_is_gone_lets_go_of_its_locks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No word comes from it, not even that its connection has ended; a stop waits for it, and others for the stop."""
    photo = waiting(world, 1, "ann", "E1")
    monkeypatch.setattr(db, "_IDLE_MS_MAX", 200)
    gone = OpenDatabase(world.database.url.render_as_string(hide_password=False))

    def stopped_meanwhile() -> None:
        with gone.write() as s:
            assert decided(s, photo).outcome == "pass"
            with world.database.write() as t:
                t.execute(text("SET LOCAL lock_timeout = '20s'"))
                stops.stop(t, world.scope("mia"), "task", world.ids.tasks["COLA"], "let go")
            s.execute(text("SELECT 1"))

    with pytest.raises(InternalError, match="idle-in-transaction"):
        stopped_meanwhile()
    gone.dispose()
    assert world.wallet_fen() == 0
    decision = world.decide(photo)
    assert decision is not None
    assert (decision.outcome, decision.reasons[0]["code"]) == ("review", "stopped")


def test_a_return_that_waits_for_one_budget_holds_no_other(world: World) -> None:
    """Else two workers, or one and a rebuilding of the balances, could each wait for the other."""
    for task in ("SHARE", "COLA"):
        claim_id = world.claim("ann", task)
        with world.database.write() as s:
            tasks.release_claim(s, world.scope("ann"), claim_id)
    with world.database.write() as s:
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 500, "more")
        thread, done = later(world.sweep)
        assert not done.wait(WAIT_S)
        with impatient(world) as t:
            tasks.claim_task(t, world.scope("ben"), world.ids.tasks["SHARE"], world.ids.outlets["E2"])
    thread.join()
    assert (world.reserved_fen("SHARE"), world.reserved_fen("COLA")) == (500, 0)


def test_a_decision_waits_for_no_import(world: World) -> None:
    photo = waiting(world, 1, "ann", "E1")
    with world.database.write() as s:
        locked_brand(s, Scope("", "admin"), world.ids.brands["Lumo"])
        with impatient(world) as t:
            assert decided(t, photo).outcome == "pass"
