import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.detections import COOLER as COOLER_LABEL
from models.detector import Detector
from models.fakes import draw_photo, fake_networks
from models.network_runner import FakeRunner
from pipeline.annotate import annotate, clean_copy
from pipeline.facts.make import FactContext
from pipeline.flags import SCOPES
from pipeline.intake.decode import decode_photo
from pipeline.intake.photo_error import PhotoError
from pipeline.intake.photo_header import read_header
from pipeline.interval import OPEN
from pipeline.photo import DecodedPhoto
from pipeline.read import read_photo
from pipeline.seeing.fronts import crop
from tests.unit.pipeline.photos import encode, exif

FRONTS = [
    ("red-can", (200, 300, 300, 480)), ("red-can", (330, 300, 430, 480)), ("blue-can", (460, 300, 560, 480)),
    ("red-can", (200, 700, 300, 880)), ("green-can", (330, 700, 430, 880)), ("strange", (460, 700, 560, 880)),
]  # fmt: skip
COOLER = (100, 100, 800, 1100)
PHOTO = draw_photo(900, 1200, FRONTS, COOLER)
NETWORKS = fake_networks()
CONTEXT = FactContext(own=NETWORKS.gallery.own, new=frozenset({"green-can"}))


def png(photo: np.ndarray) -> bytes:
    return cv2.imencode(".png", photo)[1].tobytes()


def of_version(detector: Detector, version: str) -> Detector:
    return Detector(detector._runner, replace(detector.manifest, version=version))


@pytest.fixture(scope="module")
def reading():
    return read_photo(png(PHOTO), NETWORKS, CONTEXT)


def test_a_drawn_photo_is_read_right(reading):
    facts = reading.facts
    best = {name: facts["facings"][name]["best"] for name in ("total", "own", "competitor", "unknown", "new")}
    assert best == {"total": 6, "own": 4, "competitor": 1, "unknown": 1, "new": 1}
    assert facts["facings"]["sku"]["red-can"] == {"low": 3, "best": 3, "high": 3}
    assert facts["cooler"]["present"]["low"] == 1
    assert facts["cooler"]["purity"]["best"] == pytest.approx(4 / 6)
    assert facts["rows"]["count"] == {"low": 2, "best": 2, "high": 2}
    assert reading.flags == ()


def test_a_jpeg_with_bytes_too_many_goes_to_a_person():
    """Its decoder may have lost its place and found another: colours and places are then wrong from there on."""
    data = encode(PHOTO[:, :, ::-1], quality=95)
    for surplus, told in ((b"", []), (b"\x5a" * 8, []), (b"\x5a" * 40, ["damaged"])):
        reading = read_photo(data[:-2] + surplus + data[-2:], NETWORKS, CONTEXT)
        assert [flag["code"] for flag in reading.flags] == told
        assert all("scope" not in flag for flag in reading.flags)


def test_boxes_are_drawn_and_told_as_they_are_counted(reading):
    told = [each["certainty"] for each in reading.as_dict()["detections"] if each["label"] == "product"]
    assert told.count("sure") == reading.facts["facings"]["total"]["low"] == 6
    image = decode_photo(png(PHOTO)).image
    bare = annotate(image, replace(reading, certainties=(None,) * len(reading.certainties)), CONTEXT)
    faint = annotate(image, replace(reading, certainties=("maybe",) * len(reading.certainties)), CONTEXT)
    likely = annotate(image, replace(reading, certainties=("likely",) * len(reading.certainties)), CONTEXT)
    assert bare == faint != likely


def test_each_front_has_its_box_code_and_row(reading):
    objects = reading.as_dict()["detections"]
    for code, box in FRONTS:
        near = [found for found in objects if np.abs(np.subtract(found["box"], box)).max() <= 3]
        assert len(near) == 1
        assert near[0]["label"] == "product"
        assert near[0]["sku"] == ("unknown" if code == "strange" else code)
        assert near[0]["row"] == (1 if box[1] == 300 else 2)
    coolers = [found for found in objects if found["label"] == "cooler"]
    assert [(found["sku"], found["sku_score"], found["row"]) for found in coolers] == [(None, None, None)]


def test_the_json_form_has_no_more_and_no_less(reading):
    form = json.loads(json.dumps(reading.as_dict()))
    assert set(form) == {
        "photo", "width", "height", "detections", "facts", "flags", "timings_ms", "models", "thresholds",
    }  # fmt: skip
    assert form["photo"] == hashlib.sha256(png(PHOTO)).hexdigest()
    assert (form["width"], form["height"]) == (900, 1200)
    assert set(form["timings_ms"]) == {
        "decode", "quality", "hash", "detect_network", "detect", "embed_network", "recognise", "facts", "total",
    }  # fmt: skip
    assert form["models"] == {"detector": "fake", "embedder": "fake", "gallery": "fake", "engine": NETWORKS.engine}


def test_boxes_are_in_pixels_of_the_full_upright_photo():
    large = cv2.resize(PHOTO, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    turned = cv2.rotate(large, cv2.ROTATE_90_COUNTERCLOCKWISE)  # as a phone held upright stores it
    reading = read_photo(encode(turned[:, :, ::-1], quality=92, exif=exif(6)), NETWORKS, CONTEXT)
    assert (reading.width, reading.height) == (2700, 3600)
    expected = sorted(tuple(3 * side for side in box) for _, box in FRONTS)
    got = sorted(tuple(box.tolist()) for box in reading.detections.boxes[reading.detections.labels == 0])
    assert np.abs(np.subtract(got, expected)).max() <= 12
    assert reading.facts["facings"]["own"]["best"] == 4


def test_goods_that_the_detector_does_not_know_are_read_by_the_general_one():
    unsure, sure = fake_networks(score=0.6), fake_networks()
    both = replace(unsure, general=of_version(sure.detector, "g"))
    reading = read_photo(png(PHOTO), both, CONTEXT)
    assert reading.facts["facings"]["total"] == {"low": 0, "best": 6, "high": 6}  # sure is what both are sure of
    assert (reading.models["detector"], reading.models["general"]) == ("fake", "g")
    coolers = reading.detections.scores[reading.detections.labels == COOLER_LABEL]
    assert coolers.tolist() == [pytest.approx(0.6)]  # the general one has no say in coolers
    alone = read_photo(png(PHOTO), unsure, CONTEXT)
    assert (alone.facts["facings"]["total"]["low"], alone.models.get("general")) == (0, None)


def test_goods_that_the_detector_knows_are_not_read_twice():
    def broken(batch):
        raise AssertionError("read twice")

    known = replace(NETWORKS, general=Detector(FakeRunner(broken), NETWORKS.detector.manifest))
    assert read_photo(png(PHOTO), known, CONTEXT).models.get("general") is None


def test_weak_boxes_are_listed_but_neither_counted_nor_recognised():
    networks = fake_networks(score=0.05)
    reading = read_photo(png(PHOTO), networks, CONTEXT)
    objects = reading.as_dict()["detections"]
    assert len(objects) == 7
    assert {(found["sku"], found["sku_score"], found["row"]) for found in objects if found["label"] == "product"} == {
        ("unknown", 0.0, None)
    }
    assert reading.facts["facings"]["total"] == {"low": 0, "best": 0, "high": 0}


@pytest.mark.parametrize(("height", "flags"), [(40, ["too_far", "top_unseen"]), (60, ["top_unseen"])])
def test_small_fronts_are_seen_closer_which_may_still_be_too_far(height, flags):
    tiny = [
        ("red-can", (60 + 40 * i, 99 + 99 * j, 76 + 40 * i, 99 + height + 99 * j)) for i in range(20) for j in range(10)
    ]
    networks = fake_networks()
    shapes = networks.detector._runner.shapes
    reading = read_photo(png(draw_photo(1200, 1200, tiny)), networks, CONTEXT)
    assert [max(shape) for shape in shapes] == [640, 1024]
    assert reading.facts["facings"]["total"]["best"] == 200
    assert [flag["code"] for flag in reading.flags] == flags


def test_fronts_that_leave_but_faint_traces_are_seen_closer_and_never_read_as_none():
    tiny = [("red-can", (60 + 40 * i, 99 + 60 * j, 74 + 40 * i, 139 + 60 * j)) for i in range(20) for j in range(10)]
    networks = fake_networks(score=0.02)
    reading = read_photo(png(draw_photo(1200, 1200, tiny)), networks, CONTEXT)
    assert len(networks.detector._runner.shapes) == 2
    assert reading.facts["facings"]["total"] == {"low": 0, "best": 0, "high": 0}
    assert [flag["code"] for flag in reading.flags] == ["too_far"]


def test_a_closer_pass_keeps_the_cooler_in_its_place_on_the_larger_picture():
    tiny = [
        ("red-can", (300 + 80 * i, 300 + 200 * j, 332 + 80 * i, 390 + 200 * j)) for i in range(20) for j in range(8)
    ]
    frame = (200, 200, 2200, 2300)
    reading = read_photo(png(draw_photo(2400, 2400, tiny, cooler=frame)), fake_networks(), CONTEXT)
    (cooler,) = reading.detections.boxes[reading.detections.labels == COOLER_LABEL].tolist()
    assert max(abs(side - wanted) for side, wanted in zip(cooler, frame, strict=True)) < 20
    assert reading.facts["facings"]["total"]["best"] == 160


@pytest.mark.parametrize(("size", "decoded"), [(1200, []), (2400, [1920])])
def test_a_closer_pass_takes_more_pixels_where_the_photo_has_them(monkeypatch, size, decoded):
    asked = []

    def decode(data: bytes, *long_side_min: int) -> DecodedPhoto:
        asked.extend(long_side_min)
        return decode_photo(data, *long_side_min)

    monkeypatch.setattr("pipeline.intake.take.decode_photo", decode)
    side = size // 30
    tiny = [("red-can", (side * i, side, side * i + side // 2, 2 * side)) for i in range(1, 20)]
    reading = read_photo(png(draw_photo(size, size, tiny, texture=0)), NETWORKS, CONTEXT)
    assert reading.facts["facings"]["total"]["best"] == 19
    assert asked == decoded


@pytest.mark.parametrize(("height", "seen"), [(130, [640]), (150, [640, 448]), (200, [640, 320]), (600, [640, 224])])
def test_large_fronts_are_seen_from_farther_away(height, seen):
    large = [("red-can", (20 + 100 * i, 20, 70 + 100 * i, 20 + height)) for i in range(6)]
    networks = fake_networks()
    shapes = networks.detector._runner.shapes
    reading = read_photo(png(draw_photo(640, 640, large)), networks, CONTEXT)
    assert [max(shape) for shape in shapes] == seen
    total = reading.facts["facings"]["total"]
    assert (total["low"], total["best"]) == (6, 6)
    assert all(abs(box[3] - box[1] - height) <= 5 for box in reading.detections.boxes.tolist())


def test_fronts_seen_small_from_farther_away_are_neither_sure_nor_too_far():
    def two_sizes(batch: np.ndarray) -> np.ndarray:
        columns = [(160, 300, 300, 400)] if max(batch.shape) == 640 else [(60, 60, 20, 20), (120, 60, 30, 50)]
        return np.array([(*each, 0.9, 0) for each in columns], np.float32).T[None]

    detector = Detector(FakeRunner(two_sizes), NETWORKS.detector.manifest)
    reading = read_photo(png(draw_photo(640, 640, [])), replace(NETWORKS, detector=detector), CONTEXT)
    assert (reading.facts["facings"]["total"]["low"], reading.facts["facings"]["total"]["best"]) == (1, 2)
    assert "too_far" not in [flag["code"] for flag in reading.flags]


def test_the_general_detector_sees_closer_and_the_cooler_stays_in_its_place():
    def far_away(batch: np.ndarray) -> np.ndarray:
        near = max(batch.shape) / 640  # the same three fronts in both pictures, 32 pixels high at the first pass
        return np.array([(x * near, 300 * near, 16 * near, 32 * near, 0.9, 0) for x in (200, 300, 400)], np.float32).T[
            None
        ]

    def unsure(batch: np.ndarray) -> np.ndarray:
        columns = [(320, 320, 400, 500, 0, 0.9), *((x, 300, 60, 90, 0.6, 0) for x in (200, 300, 400))]
        return np.array(columns, np.float32).T[None]

    manifest = NETWORKS.detector.manifest
    networks = replace(
        NETWORKS,
        detector=Detector(FakeRunner(unsure), manifest),
        general=Detector(FakeRunner(far_away), replace(manifest, version="g")),
    )
    reading = read_photo(png(draw_photo(2560, 2560, [], texture=0)), networks, CONTEXT)
    assert [max(shape) for shape in networks.general._runner.shapes] == [640, 1024]
    found = reading.detections
    assert found.boxes[found.labels == COOLER_LABEL].round().tolist() == [[480, 280, 2080, 2280]]
    best = found.boxes[(found.labels != COOLER_LABEL) & (found.scores >= 0.5)]
    assert sorted(best.round().tolist()) == [[x, 1136, x + 64, 1264] for x in (768, 1168, 1568)]


def test_a_cut_count_is_flagged():
    networks = fake_networks()
    many = np.zeros((1, 6, 1500), np.float32)
    many[0, 0], many[0, 1] = np.arange(1500) % 50 * 12 + 6, np.arange(1500) // 50 * 20 + 20
    many[0, 2:4], many[0, 4] = 10, 0.9
    detector = type(networks.detector)(FakeRunner(lambda _: many), networks.detector.manifest)
    reading = read_photo(png(PHOTO), replace(networks, detector=detector), CONTEXT)
    assert "count_incomplete" in [flag["code"] for flag in reading.flags]


def test_a_photo_without_anything_is_read():
    reading = read_photo(png(draw_photo(500, 400, [])), NETWORKS, CONTEXT)
    assert reading.as_dict()["detections"] == []
    assert reading.facts["share"]["own"] == {"low": 0, "best": 0, "high": 1}


def test_a_photo_whose_top_row_is_cut_says_so_and_bounds_nothing_from_above():
    reading = read_photo(png(PHOTO[400:]), NETWORKS, CONTEXT)  # through the upper row
    assert [(flag["code"], flag["scope"]) for flag in reading.flags] == [("cut_top", list(SCOPES["cut_top"]))]
    assert reading.facts["facings"]["total"] == {"low": 6, "best": 6, "high": OPEN}
    assert reading.facts["facings"]["sku"]["red-can"] == {"low": 3, "best": 3, "high": OPEN}
    assert reading.facts["rows"]["count"] == {"low": 2, "best": 2, "high": OPEN}
    assert reading.facts["cooler"]["purity"] == {"low": 0, "best": 0.6666666666666666, "high": 1}
    json.dumps(reading.as_dict())


def test_a_reflection_on_a_front_leaves_its_name_open_and_the_count_sure():
    photo = PHOTO.copy()
    photo[310:470, 340:400] = 255  # within the second red can
    reading = read_photo(png(photo), NETWORKS, CONTEXT)
    assert [flag["code"] for flag in reading.flags] == ["glare"]
    assert reading.facts["facings"]["total"] == {"low": 6, "best": 6, "high": 6}
    assert reading.facts["facings"]["sku"]["green-can"]["high"] == 2


def test_what_is_no_photo_raises():
    with pytest.raises(PhotoError):
        read_photo(b"nothing", NETWORKS, CONTEXT)


def test_threads_do_not_disturb_one_another():
    row = [("red-can", (30 + 60 * i, 50, 70 + 60 * i, 130)) for i in range(8)]
    photos = [png(draw_photo(600, 400, row[:count])) for count in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(lambda data: read_photo(data, NETWORKS, CONTEXT), photos * 2))
    assert [reading.facts["facings"]["total"]["best"] for reading in readings] == list(range(1, 9)) * 2


def test_crops_hold_at_least_one_pixel_of_the_photo():
    photo = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
    assert crop(photo, np.array([2, 3, 5, 7])).shape == (4, 3, 3)
    assert crop(photo, np.array([9.9, 9.9, 10, 10])).shape == (1, 1, 3)
    assert crop(photo, np.array([10, 10, 10, 10])).shape == (1, 1, 3)
    assert crop(photo, np.array([0, 0, 0, 0])).shape == (1, 1, 3)


def test_the_annotated_picture_shows_each_kind_in_its_colour(reading):
    shown = cv2.imdecode(np.frombuffer(annotate(PHOTO, reading, CONTEXT), np.uint8), cv2.IMREAD_COLOR).astype(int)
    assert shown.shape == (1200, 900, 3)
    assert (np.abs(shown - PHOTO).max(axis=2) > 60).mean() < 0.1  # thin
    for (x, y), colour in {(201, 700): (200, 110, 20), (461, 400): (20, 120, 240), (94, 600): (60, 220, 250)}.items():
        around = shown[y - 3 : y + 30, x - 3 : x + 4].reshape(-1, 3)
        assert np.abs(around - colour).sum(axis=1).min() < 110


def test_a_small_photo_is_enlarged_so_that_its_labels_can_be_read(reading):
    shown = read_header(annotate(PHOTO[::3, ::3], reading, CONTEXT))
    assert (shown.width, shown.height) == (750, 1000)


def test_served_copies_carry_no_metadata_and_are_small():
    made = exif(6)
    made[0x010F] = "SecretPhone"
    data = encode(np.zeros((2000, 3000, 3), np.uint8), exif=made)
    photo = decode_photo(data)
    copy = clean_copy(photo.image)
    header = read_header(copy)
    assert (header.width, header.height, header.exif) == (1000, 1500, b"")
    assert b"Secret" not in copy
    assert read_header(annotate(photo.image, read_photo(data, NETWORKS, CONTEXT), CONTEXT)).exif == b""
