"""Altered copies of a paid photo, each sent from another outlet: a person looks, with the other photo beside it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import cv2
import numpy as np
import pytest
from sqlalchemy import delete

from crm.audits import archive
from crm.audits import service as audits
from crm.audits.tables import Decision, PhotoLikeness, PhotoWord
from crm.kernel.db import Database
from crm.kernel.ids import id_before, new_id
from crm.workflows.fakes import FakeVision
from datasets.render.visit import render_visit
from pipeline.intake.decode import decode_photo
from pipeline.intake.grey import small_grey
from pipeline.intake.likeness import take_likeness
from pipeline.intake.perceptual_hash import perceptual_hash, unframed
from tests.integration.crm.world import LON, World

COLAS = {"cola": (8, 8, 8), "lime": (0, 0, 0), "rival": (2, 2, 2)}
PHOTO = render_visit(11, 0)
HEIGHT, WIDTH = PHOTO.shape[:2]


def jpeg(image: np.ndarray, quality: int = 88) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


PAID = jpeg(PHOTO)


def cropped(share: float) -> np.ndarray:
    y, x = round(HEIGHT * share / 2), round(WIDTH * share / 2)
    return cv2.resize(PHOTO[y : HEIGHT - y, x : WIDTH - x], (WIDTH, HEIGHT))


def turned(degrees: float) -> np.ndarray:
    return cv2.warpAffine(PHOTO, cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, 1), (WIDTH, HEIGHT))


def framed(grey: int) -> np.ndarray:
    return cv2.copyMakeBorder(PHOTO, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(grey, grey, grey))


def stickered() -> np.ndarray:
    covered = PHOTO.copy()
    side = round((0.08 * HEIGHT * WIDTH) ** 0.5)
    covered[300 : 300 + side, 250 : 250 + side] = (40, 200, 250)
    return covered


def slanted() -> np.ndarray:
    corners = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float32)
    moved = corners + np.array([(20, 10), (-5, 25), (-25, -10), (8, -20)], np.float32)
    return cv2.warpPerspective(PHOTO, cv2.getPerspectiveTransform(corners, moved), (WIDTH, HEIGHT))


def oriented(orientation: int) -> bytes:
    """The same bytes, with an EXIF segment that tells a viewer to mirror or turn the picture."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + bytes([0, orientation, 0, 0])
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"
    return PAID[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + PAID[2:]


COPIES: dict[str, Callable[[], bytes]] = {
    "mirrored": lambda: jpeg(PHOTO[:, ::-1]),
    "mirrored by EXIF": lambda: oriented(2),
    "cropped by 5 %": lambda: jpeg(cropped(0.05)),
    "cropped by 10 %": lambda: jpeg(cropped(0.1)),
    "cropped by 15 %": lambda: jpeg(cropped(0.15)),
    "cropped by 20 %": lambda: jpeg(cropped(0.2)),
    "turned by 2 degrees": lambda: jpeg(turned(2)),
    "turned by 5 degrees": lambda: jpeg(turned(5)),
    "grey border": lambda: jpeg(framed(128)),
    "black border": lambda: jpeg(framed(0)),
    "sticker of 8 %": lambda: jpeg(stickered()),
    "slight perspective": lambda: jpeg(slanted()),
    "cut off": lambda: jpeg(PHOTO[: round(0.8 * HEIGHT)]),
    "quality 30": lambda: jpeg(PHOTO, 30),
    "half size": lambda: jpeg(cv2.resize(PHOTO, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
    "darker": lambda: jpeg(cv2.convertScaleAbs(PHOTO, alpha=0.7)),
    "cropped by 2 %": lambda: jpeg(cropped(0.02)),
    "turned by 1 degree": lambda: jpeg(turned(1)),
}


@pytest.fixture
def world(database: Database) -> World:
    return seeing(World(database))


def seeing(world: World) -> World:
    """Its fronts are made up; what copies are known by is taken from the pixels, as the pipeline does."""

    def picture(data: bytes) -> np.ndarray:
        return unframed(small_grey(decode_photo(data).image))

    vision = FakeVision(
        lambda data: COLAS,
        lambda data: perceptual_hash(picture(data)),
        likeness=lambda data: take_likeness(picture(data)).packed(),
    )
    world.vision = lambda: vision  # type: ignore[method-assign]
    return world


def codes(decision: Decision) -> list[str]:
    return [reason["code"] for reason in decision.reasons]


@pytest.mark.parametrize("name", COPIES)
def test_an_altered_copy_of_a_paid_photo_goes_to_a_person(world: World, name: str) -> None:
    paid = world.audited(PAID)
    assert paid.outcome == "pass"
    copy = world.audited(COPIES[name](), login="ben", outlet="E2")
    assert (copy.outcome, codes(copy)) == ("review", ["near_duplicate"])
    assert world.wallet_fen("ben") == 0


def test_the_auditor_sees_the_other_photo_and_the_rep_does_not(world: World) -> None:
    paid = world.audited(PAID)
    copy = world.audited(COPIES["cropped by 10 %"](), login="ben", outlet="E2")
    with world.database.read(world.scope("ada")) as s:
        [found] = audits.explain(s, world.scope("ada"), copy.audit_id).resembles
        assert (found.audit_id, found.outlet.name.en) == (paid.audit_id, "Corner shop")
        assert found.code == "near_duplicate"
        assert audits.explain(s, world.scope("ada"), paid.audit_id).resembles == ()
    with world.database.read(world.scope("ben")) as s:
        assert audits.explain(s, world.scope("ben"), copy.audit_id).resembles == ()
        assert paid.audit_id not in str(audits.explain(s, world.scope("ben"), copy.audit_id))


def test_a_rep_sees_which_of_his_own_photos_it_resembles(world: World) -> None:
    paid = world.audited(PAID)
    copy = world.audited(COPIES["mirrored"](), outlet="E2")
    with world.database.read(world.scope("ann")) as s:
        [found] = audits.explain(s, world.scope("ann"), copy.audit_id).resembles
    assert found.audit_id == paid.audit_id


def test_the_same_display_next_month_is_no_copy(world: World) -> None:
    assert world.audited(PAID).outcome == "pass"
    for visit, outlet in ((1, "E2"), (2, "E1")):
        again = world.audited(jpeg(render_visit(11, visit)), login="ben", outlet=outlet, display=str(visit + 1))
        assert "near_duplicate" not in codes(again)


def test_another_display_with_the_same_products_is_no_copy(world: World) -> None:
    pictures = [jpeg(render_visit(seed, 0)) for seed in (11, 12, 13)]
    for outlet, picture in zip(("E1", "E2", "E1"), pictures, strict=True):
        decision = world.audited(picture, outlet=outlet, display="1" if picture != pictures[2] else "2")
        assert "near_duplicate" not in codes(decision)


@pytest.mark.parametrize("first", ["earlier", "later"])
def test_whichever_of_two_is_decided_second_is_the_copy(world: World, first: str) -> None:
    copy = COPIES["turned by 5 degrees"]()
    there = world.visit("cem", "W1", lon=LON + 0.1)
    earlier = world.send(world.visit(), world.claim(), PAID)
    later = world.send(there, world.claim("cem", outlet="W1"), copy, "cem")
    order = [(earlier, PAID), (later, copy)] if first == "earlier" else [(later, copy), (earlier, PAID)]
    outcomes = []
    for photo, data in order:
        world.read(photo, data)
        decision = world.decide(photo)
        assert decision is not None
        outcomes.append(decision.outcome)
    assert outcomes == ["pass", "review"]


def test_two_photos_of_one_audit_may_be_copies(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    pair = [PAID, COPIES["cropped by 15 %"]()]
    photos = [world.send(visit, claim, data, photos_expected=2) for data in pair]
    for photo, data in zip(photos, pair, strict=True):
        world.read(photo, data)
    decision = world.decide(photos[0])
    assert decision is not None
    assert decision.flags == []


def test_a_photo_read_before_likenesses_were_kept_is_known_by_its_hash(world: World) -> None:
    assert world.audited(PAID).outcome == "pass"
    with world.database.write() as s:
        s.execute(delete(PhotoWord))
        s.execute(delete(PhotoLikeness))
    mirrored = world.audited(COPIES["mirrored"](), login="ben", outlet="E2")
    assert (mirrored.outcome, codes(mirrored)) == ("review", ["near_duplicate"])
    assert world.audited(COPIES["cropped by 20 %"](), login="cem", outlet="W1").outcome != "refuse"


def test_altered_copies_are_sought_among_the_photos_of_a_time_mirrored_ones_among_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "COPIES_SOUGHT", timedelta(0))
    assert world.audited(PAID).outcome == "pass"
    assert world.audited(COPIES["cropped by 20 %"](), login="ben", outlet="E2").flags == []
    assert codes(world.audited(COPIES["mirrored"](), login="cem", outlet="W1"))[0] == "near_duplicate"


def test_ids_of_the_last_ninety_days_are_above_the_bound() -> None:
    made = [new_id() for _ in range(3)]
    for one, other in pairwise(made):
        assert id_before(one, timedelta(0)) <= one < other  # the other one may be of the next millisecond
        assert id_before(other, timedelta(days=90)) < one
    assert len(id_before(made[0], timedelta(days=90))) == 26
