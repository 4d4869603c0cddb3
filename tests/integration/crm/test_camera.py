"""What a camera says of time and place: its own offset counts, its nonsense does not."""

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision
from crm.kernel.clock import utcnow
from tests.integration.crm.world import World, jpeg

PASSED = ("pass", [])


def shot(seed: int, time: str, offset: str | None = None, place: tuple[float, float] | None = None) -> bytes:
    """A photo whose EXIF says so; the place in whole degrees."""
    exif = Image.Exif()
    detail = exif.get_ifd(0x8769)
    detail[0x9003] = time
    if offset is not None:
        detail[0x9011] = offset
    if place is not None:
        exif.get_ifd(0x8825).update({1: "N", 2: (place[0], 0.0, 0.0), 3: "E", 4: (place[1], 0.0, 0.0)})
    made = BytesIO()
    Image.open(BytesIO(jpeg(seed))).save(made, "JPEG", exif=exif)
    return made.getvalue()


def by_clock(hours: float, ago: timedelta = timedelta()) -> str:
    """The time, some while ago, on a clock so many hours ahead of UTC."""
    return f"{(utcnow() - ago).astimezone(timezone(timedelta(hours=hours))):%Y:%m:%d %H:%M:%S}"


def outcome(world: World, data: bytes) -> tuple[str, list[str]]:
    """What becomes of a display on this photo: outcome, and the codes of flags and reasons that it names."""
    photo = world.send(world.visit(), world.claim(), data)
    world.read(photo, data)
    decision: Decision | None = world.decide(photo)
    assert decision is not None
    return decision.outcome, [
        reason["code"] for reason in decision.reasons if reason["code"] in ("clock", "far_from_outlet")
    ]


@pytest.mark.parametrize(
    ("offset", "hours"), [("+09:00", 9), ("+14:00", 14), ("-11:00", -11), ("+00:00", 0), (None, 8)]
)
def test_a_photo_taken_now_on_any_clock_is_taken_now(world: World, offset: str | None, hours: int) -> None:
    assert outcome(world, shot(1, by_clock(hours), offset)) == PASSED
    with world.database.read() as s:
        taken_at = s.scalars(select(Photo.taken_at)).one()
    assert taken_at is not None
    assert abs(taken_at - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("hours", "hours_ago", "offset"), [(9, 0, "+9"), (9, 0, None), (8, 49, "+08:00"), (-11, 49, "-11:00")]
)
def test_a_photo_taken_at_another_time_goes_to_a_person(
    world: World, hours: float, hours_ago: float, offset: str | None
) -> None:
    time = by_clock(hours, timedelta(hours=hours_ago))
    assert outcome(world, shot(1, time, offset)) == ("review", ["clock"])


def test_a_photo_of_1970_goes_to_a_person(world: World) -> None:
    assert outcome(world, shot(1, "1970:01:01 00:00:00", "+08:00")) == ("review", ["clock"])


@pytest.mark.parametrize("time", ["0001:01:01 00:00:00", "9999:12:31 23:59:59", "2026:00:00 24:00:00", "????"])
@pytest.mark.parametrize("offset", [None, "+14:00", "-14:00"])
def test_a_date_at_the_calendars_edges_is_as_none(world: World, time: str, offset: str | None) -> None:
    """The upload was a 500 for ever, and the page went on sending it."""
    assert outcome(world, shot(1, time, offset)) == PASSED


def test_a_photo_at_zero_zero_has_no_position(world: World) -> None:
    assert outcome(world, shot(1, by_clock(8), place=(0.0, 0.0))) == PASSED
    assert outcome(world, shot(2, by_clock(8), place=(0.0, 1.0)))[1] == ["far_from_outlet"]
