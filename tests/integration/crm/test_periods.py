"""A display earns in the period of its check-in, and nobody earns two days' rewards in one."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from crm.audits import service as audits
from crm.audits.photos import closing
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision
from crm.kernel.business_time import BUSINESS_TIME, business_day
from crm.kernel.clock import clock_in_use
from crm.ledger.checks import check_ledger
from crm.tasks import service as tasks
from crm.visits import service as visits
from crm.visits.tables import Visit
from pipeline.rules.clauses import simple_reward
from tests.integration.crm.world import COLA_BLOCK, END, LAT, LON, START, World, jpeg

REWARD_FEN = 200


def on(day: int, time: str, month: int = 11) -> datetime:
    """A time of 2026 in business time."""
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T{time}").replace(tzinfo=BUSINESS_TIME)


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock(world: World) -> Iterator[Clock]:
    made = Clock(on(25, "08:00"))
    with clock_in_use(made):
        task(world, "day")
        yield made


def task(world: World, period: str) -> str:
    """A task by its period, which pays 200 fen; its code is the period."""
    scope = world.scope("mia")
    with world.database.write(scope) as s:
        made = tasks.create_task(s, scope, code=period, name=period, period=period, starts_at=START, ends_at=END)
        tasks.fund_task(s, scope, made.id, 100_000, "all")
        tasks.publish_version(s, scope, made.id, COLA_BLOCK.as_dict() | {"reward": simple_reward(REWARD_FEN)})
    world.ids.tasks[period] = made.id
    return period


def taken(seed: int, at: datetime | None) -> bytes:
    """A photo whose camera tells this time, or none."""
    if at is None:
        return jpeg(seed)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"{at.astimezone(BUSINESS_TIME):%Y:%m:%d %H:%M:%S}"
    stream = io.BytesIO()
    Image.open(io.BytesIO(jpeg(seed))).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def check_in(world: World, at: datetime | None = None) -> str:
    with world.database.write(world.scope("ann")) as s:
        return closing.check_in(s, world.scope("ann"), world.ids.outlets["E1"], LAT, LON, at).id


def check_out(world: World, visit: str) -> None:
    with world.database.write(world.scope("ann")) as s:
        closing.check_out(s, world.scope("ann"), visit)


def decided(world: World, visit: str, claim: str, *photos: bytes) -> tuple[Decision, str]:
    """The decision on a display shown on these photos, all sent now, and its period."""
    for data in photos:
        sent = world.send(visit, claim, data, photos_expected=len(photos))
        world.read(sent, data)
    decision = world.decide(sent)
    assert decision is not None
    with world.database.read() as s:
        return decision, s.get_one(Audit, decision.audit_id).period_key


def codes(decision: Decision) -> list[str]:
    return [reason["code"] for reason in decision.reasons]


def test_each_day_is_paid_though_the_first_photo_came_after_midnight(world: World, clock: Clock) -> None:
    clock.at = on(25, "23:55")
    claim, visit = world.claim(task="day"), check_in(world)
    clock.at = on(26, "00:03")
    first, period = decided(world, visit, claim, taken(1, on(25, "23:56")))
    assert (first.kind, first.outcome, first.amount_fen, period) == ("automatic", "pass", REWARD_FEN, "2026-11-25")
    clock.at = on(26, "17:00")
    second, period = decided(world, check_in(world), world.claim(task="day"), taken(2, on(26, "16:59")))
    assert (second.kind, second.outcome, second.amount_fen, period) == ("automatic", "pass", REWARD_FEN, "2026-11-26")
    assert world.wallet_fen() == 2 * REWARD_FEN
    with world.database.read() as s:
        assert check_ledger(s) == []


@pytest.mark.parametrize(
    ("camera", "reasons"),
    [
        (None, ["check_in_late", "no_camera_time"]),
        (on(26, "09:59"), ["check_in_late", "camera_other_period"]),
        (on(25, "17:00"), ["check_in_late"]),  # the phone says what its owner wants
    ],
)
@pytest.mark.parametrize("claimed", [on(25, "09:00"), on(26, "09:00")])
def test_a_check_in_back_dated_to_yesterday_goes_to_a_person(
    world: World, clock: Clock, camera: datetime | None, reasons: list[str], claimed: datetime
) -> None:
    clock.at = claimed
    claim = world.claim(task="day")
    clock.at = on(26, "10:00")
    visit = check_in(world, on(25, "17:00"))
    yesterday, period = decided(world, visit, claim, taken(1, camera))
    later = ["claimed_later"] if claimed > on(26, "00:00") else []
    assert codes(yesterday)[:-1] == [reasons[0], *later, *reasons[1:]]
    assert (yesterday.outcome, period, world.wallet_fen()) == ("review", "2026-11-25", 0)
    assert all("2026-11-25" in reason[language] for reason in yesterday.reasons[:-1] for language in ("en", "zh"))
    check_out(world, visit)
    today, period = decided(world, check_in(world), claim, taken(2, on(26, "09:59")))
    assert (today.outcome, period, world.wallet_fen()) == ("pass", "2026-11-26", REWARD_FEN)
    with world.database.write() as s:  # the person has seen that he was there
        done = audits.review(s, world.scope("ada"), yesterday.audit_id, "approve")
        assert (done.outcome, done.amount_fen) == ("pass", REWARD_FEN)
        assert all(audits.replay(s, each.id).equal for each in (yesterday, done))
    assert world.wallet_fen() == 2 * REWARD_FEN


def test_what_was_claimed_only_afterwards_goes_to_a_person(world: World, clock: Clock) -> None:
    clock.at = on(25, "23:50")
    visit = check_in(world)
    clock.at = on(26, "00:02")
    decision, period = decided(world, visit, world.claim(task="day"), taken(1, on(25, "23:52")))
    assert (decision.outcome, codes(decision)[:-1], period) == ("review", ["claimed_later"], "2026-11-25")


def test_a_claim_that_was_given_back_then_does_not_count(world: World, clock: Clock) -> None:
    clock.at = on(25, "09:00")
    first = world.claim(task="day")
    clock.at = on(25, "23:50")
    visit = check_in(world)
    with world.database.write(world.scope("ann")) as s:
        tasks.release_claim(s, world.scope("ann"), first)
    clock.at = on(26, "00:02")
    decision, _ = decided(world, visit, world.claim(task="day"), taken(1, on(25, "23:52")))
    assert (decision.outcome, codes(decision)[:-1]) == ("review", ["claimed_later"])


def test_a_photo_of_yesterday_is_not_today_s_display(world: World, clock: Clock) -> None:
    clock.at = on(26, "10:00")
    decision, period = decided(world, check_in(world), world.claim(task="day"), taken(1, on(25, "17:00")))
    assert (decision.outcome, codes(decision)[:-1], period) == ("review", ["camera_other_period"], "2026-11-26")


def test_a_camera_that_runs_ahead_at_midnight_is_no_reason(world: World, clock: Clock) -> None:
    clock.at = on(25, "23:59")
    decision, period = decided(world, check_in(world), world.claim(task="day"), taken(1, on(26, "00:01")))
    assert (decision.outcome, period) == ("pass", "2026-11-25")


def test_what_fails_is_refused_whatever_its_period(world: World, clock: Clock) -> None:
    clock.at = on(26, "10:00")
    data = taken(1, None)
    world.fronts[data] = {"cola": (2, 2, 2), "lime": (0, 0, 0), "rival": (2, 2, 2)}
    decision, _ = decided(world, check_in(world, on(25, "17:00")), world.claim(task="day"), data)
    assert (decision.outcome, codes(decision)) == ("refuse", ["clause_failed"])


@pytest.mark.parametrize(("camera", "outcome"), [(on(25, "23:59"), "pass"), (on(26, "00:01"), "review")])
def test_photos_of_one_display_on_both_sides_of_midnight(
    world: World, clock: Clock, camera: datetime, outcome: str
) -> None:
    clock.at = on(25, "23:57")
    claim, visit = world.claim(task="day"), check_in(world)
    photos = taken(1, None), taken(2, camera)
    world.read(world.send(visit, claim, photos[0], photos_expected=2), photos[0])
    clock.at = on(26, "00:04")
    last = world.send(visit, claim, photos[1], photos_expected=2)
    world.read(last, photos[1])
    decision = world.decide(last)
    assert decision is not None
    assert decision.outcome == outcome
    with world.database.read() as s:
        assert s.get_one(Audit, decision.audit_id).period_key == "2026-11-25"


@pytest.mark.parametrize(
    ("period", "checked_in", "sent", "key", "held"),
    [
        ("week", on(29, "23:55"), on(30, "00:03"), "2026-W48", True),  # Sunday, Monday
        ("week", on(28, "23:55"), on(29, "00:03"), "2026-W48", False),
        ("month", on(30, "23:55"), on(1, "00:03", 12), "2026-11", True),
        ("month", on(29, "23:55"), on(30, "00:03"), "2026-11", False),
        ("once", on(30, "23:55"), on(1, "00:03", 12), "once", False),
    ],
)
@pytest.mark.parametrize("camera", [True, False])
def test_other_periods_end_as_days_do(
    world: World, clock: Clock, period: str, checked_in: datetime, sent: datetime, key: str, held: bool, camera: bool
) -> None:
    clock.at = checked_in
    claim, visit = world.claim(task=task(world, period)), check_in(world)
    clock.at = sent
    decision, found = decided(world, visit, claim, taken(1, checked_in if camera else None))
    assert (decision.outcome, found) == ("review" if held and not camera else "pass", key)


@pytest.mark.parametrize("seed", range(4))
def test_no_two_automatic_awards_for_check_ins_of_one_real_day(world: World, clock: Clock, seed: int) -> None:
    """A rep who tries everything at random for five days: whatever his phone says, each automatic award of his display
    is of another day of the server's, on which the server saw the check-in."""
    drawn = random.Random(seed)
    clock.at = on(25, "08:00")
    claim = visit = None
    paid: list[Decision] = []
    for number in range(60):
        clock.at += timedelta(minutes=drawn.choice([1, 9, 90, 240]))
        if claim is None or drawn.random() < 0.3:
            claim = world.claim(task="day")
        if visit is None or drawn.random() < 0.5:
            if visit is not None and drawn.random() < 0.7:
                check_out(world, visit)
            visit = check_in(world, drawn.choice([None, clock.at - timedelta(hours=drawn.choice([1, 9, 20, 30, 47]))]))
        says = drawn.choice([None, clock.at, clock.at - timedelta(hours=drawn.choice([1, 9, 20, 30]))])
        try:
            decision, _ = decided(world, visit, claim, taken(number, says))
        except (visits.Conflict, tasks.Expired):
            claim = visit = None
            continue
        paid += [decision] if decision.entry_id is not None else []
        claim = None if decision.outcome == "pass" else claim
    with world.database.read() as s:
        seen = [
            (audit.period_key, business_day(visited.created_at).isoformat())
            for audit, visited in s.execute(
                select(Audit, Visit).join(Visit).where(Audit.id.in_([each.audit_id for each in paid]))
            )
        ]
    assert len(seen) == len(set(seen)) >= 2
    assert all(period == day for period, day in seen)
    assert world.wallet_fen() == len(paid) * REWARD_FEN
