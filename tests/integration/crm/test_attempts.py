"""Attempts to be paid wrongly that no other test makes; docs/attempts.md lists them all."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance
from PIL.TiffImagePlugin import IFDRational
from sqlalchemy import func, select

from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision
from crm.kernel.business_time import BUSINESS_TIME
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.errors import Invalid, NotFound
from crm.ledger.checks import check_ledger
from crm.ledger.tables import Entry
from crm.tasks import service as tasks
from pipeline.intake.decode import decode_photo
from pipeline.intake.grey import small_grey
from pipeline.intake.perceptual_hash import perceptual_hash
from tests.integration.crm.world import LAT, LON, World, jpeg

SHELF = Path(__file__).parents[3] / "datasets" / "demo" / "photos" / "01_cola_block_rack.jpg"
POOR = {"cola": (0, 0, 0), "lime": (0, 0, 0), "rival": (9, 9, 9)}


def codes(decision: Decision | None) -> list[str]:
    assert decision is not None
    return [reason["code"] for reason in decision.reasons]


def decided(world: World, data: bytes) -> Decision | None:
    photo = world.send(world.visit(), world.claim(), data)
    world.read(photo, data)
    return world.decide(photo)


def with_exif(seed: int, taken_at: datetime | None = None, place: tuple[float, float] | None = None) -> bytes:
    """A photo whose EXIF says when and where it was taken."""
    exif = Image.Exif()
    if taken_at is not None:
        exif.get_ifd(0x8769)[0x9003] = taken_at.astimezone(BUSINESS_TIME).strftime("%Y:%m:%d %H:%M:%S")
    if place is not None:
        for tag, value, signs in ((1, place[0], "NS"), (3, place[1], "EW")):
            exif.get_ifd(0x8825)[tag] = signs[value < 0]
            minutes = abs(value) % 1 * 60
            seconds = IFDRational(round(minutes % 1 * 60 * 1000), 1000)
            exif.get_ifd(0x8825)[tag + 1] = (IFDRational(int(abs(value))), IFDRational(int(minutes)), seconds)
    out = BytesIO()
    Image.open(BytesIO(jpeg(seed))).save(out, "JPEG", exif=exif)
    return out.getvalue()


def made_anew(how: str) -> bytes:
    data = SHELF.read_bytes()
    if how == "bytes appended":
        return data + bytes(7)
    image = Image.open(BytesIO(data))
    options: dict[str, Any] = {"format": how} if how in ("PNG", "WEBP") else {"format": "JPEG", "quality": 90}
    if how == "quality 30":
        options["quality"] = 30
    elif how == "half the size":
        image = image.resize((image.width // 2, image.height // 2))
    elif how == "darker":
        image = ImageEnhance.Brightness(image).enhance(0.6)
    out = BytesIO()
    image.save(out, **options)
    return out.getvalue()


@pytest.mark.parametrize("how", ["bytes appended", "PNG", "WEBP", "quality 30", "half the size", "darker"])
def test_a_file_made_anew_of_a_paid_photo_goes_to_a_person(world: World, how: str) -> None:
    first, copy = SHELF.read_bytes(), made_anew(how)
    for data in (first, copy):
        world.hashes[data] = perceptual_hash(small_grey(decode_photo(data).image))
    assert world.audited(first).outcome == "pass"
    again = world.audited(copy, login="ben", outlet="E2")
    assert (again.outcome, codes(again)[0]) == ("review", "near_duplicate")


def test_a_photo_taken_elsewhere_goes_to_a_person_though_the_check_in_was_near(world: World) -> None:
    decision = decided(world, with_exif(1, place=(LAT + 0.006, LON)))  # 667 m
    assert codes(decision) == ["far_from_outlet"]
    assert world.wallet_fen() == 0


@pytest.mark.parametrize("off", [timedelta(hours=-49), timedelta(minutes=6)])
def test_a_photo_of_last_week_or_of_tomorrow_goes_to_a_person(world: World, off: timedelta) -> None:
    with clock_in_use(lambda: datetime(2026, 11, 15, 12, tzinfo=UTC)):  # far from where a month ends
        decision = decided(world, with_exif(1, utcnow() + off))
    assert codes(decision) == ["clock"]
    assert world.wallet_fen() == 0


def test_a_photo_taken_here_and_now_is_paid(world: World) -> None:
    decision = decided(world, with_exif(1, utcnow(), (LAT, LON)))
    assert decision is not None
    assert decision.outcome == "pass"


def test_a_claim_for_one_outlet_is_not_used_at_another(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.send(world.visit(outlet="E2", lat=LAT + 0.05), world.claim(outlet="E1"), jpeg(1))
    assert caught.value.field == "claim_id"


def test_a_photo_does_not_join_the_audit_of_another_rep_task_or_visit(world: World) -> None:
    other = world.send(world.visit("ben"), world.claim("ben"), jpeg(1), "ben", photos_expected=2)
    own = world.send(world.visit(), world.claim(task="SHARE"), jpeg(2), photos_expected=2)
    claim = world.claim(outlet="E2")
    for audit_id in (other.audit_id, own.audit_id):
        with pytest.raises(NotFound):
            world.send(world.visit(outlet="E2", lat=LAT + 0.05), claim, jpeg(3), audit_id=audit_id)
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(Photo)) == 2


def test_two_reps_who_hand_a_claim_on_are_paid_once(world: World) -> None:
    """Ann sends and gives the claim back, Ben claims and sends the same display; both are decided at once."""
    photos: list[tuple[Photo, bytes]] = []
    for login, data in (("ann", jpeg(1)), ("ben", jpeg(2))):
        claim = world.claim(login)
        photo = world.send(world.visit(login), claim, data, login)
        world.read(photo, data)
        photos.append((photo, data))
        with world.database.write(world.scope(login)) as s:
            tasks.release_claim(s, world.scope(login), claim)
    decisions = at_once([lambda photo=photo: world.decide(photo) for photo, _ in photos])
    assert sorted(decision.amount_fen for decision in decisions if decision) == [0, 200]
    assert world.wallet_fen("ann") + world.wallet_fen("ben") == 200
    with world.database.read() as s:
        assert check_ledger(s) == []
        assert s.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "award")) == 1


def at_once(acts: list[Callable[[], Decision | None]]) -> list[Decision | None]:
    gate = threading.Barrier(len(acts))
    made: list[Decision | None] = []

    def run(act: Callable[[], Decision | None]) -> None:
        gate.wait()
        made.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(acts)
    return made


def test_who_is_refused_again_and_again_does_not_pass_by_himself_at_last(world: World) -> None:
    for seed in range(3):
        world.fronts[jpeg(seed)] = POOR
        refused = decided(world, jpeg(seed))
        assert refused is not None
        assert refused.outcome == "refuse"
    world.fronts[jpeg(3)] = POOR
    again = decided(world, jpeg(3))
    assert again is not None
    assert again.outcome == "refuse"  # what fails for sure needs nobody
    lucky = decided(world, jpeg(4))
    assert lucky is not None
    assert (lucky.outcome, lucky.verdict["outcome"], codes(lucky)[0]) == ("review", "pass", "refused_often")
    assert world.wallet_fen() == 0
    assert world.audited(jpeg(5), outlet="E2").outcome == "pass"  # another outlet is not concerned


def test_who_mends_his_display_after_a_refusal_is_paid(world: World) -> None:
    for seed in range(2):
        world.fronts[jpeg(seed)] = POOR
        decided(world, jpeg(seed))
    mended = decided(world, jpeg(2))
    assert mended is not None
    assert (mended.outcome, mended.amount_fen) == ("pass", 200)
