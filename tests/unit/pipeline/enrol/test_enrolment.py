from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.detector import Detector
from models.embedder import Embedder
from models.fakes import COLOURS, STRANGE, draw_photo, fake_networks
from models.load import Networks
from models.manifest import Manifest
from models.network_runner import FakeRunner
from pipeline.enrol import references
from pipeline.enrol.enrolment import WARNINGS, ReferencesError, examine, prototype
from pipeline.enrol.references import take_reference
from pipeline.intake.photo_error import PhotoError
from pipeline.thresholds import REFERENCES_MAX
from tests.unit.pipeline.photos import encode

DETECTOR = fake_networks().detector
YELLOW = (255, 255, 0)  # RGB: of no gallery code


def picture(box: tuple[int, int, int, int], colour: str = "strange", width: int = 300, height: int = 400) -> bytes:
    """A speckled wall with one front."""
    return cv2.imencode(".png", draw_photo(width, height, [(colour, box)]))[1].tobytes()


def crop(seed: int, colour: tuple[int, int, int] = YELLOW) -> bytes:
    """A tight crop: the colour, with a pattern of its own for each seed, that no detector takes for a front."""
    rng = np.random.default_rng(seed)
    pattern = cv2.resize(rng.integers(0, 120, (12, 8), np.uint8), (60, 120), interpolation=cv2.INTER_CUBIC)
    face = np.clip(np.array(colour) * 0.6 + pattern[:, :, None], 0, 255).astype(np.uint8)
    return encode(face, "PNG")


def blind() -> Networks:
    """The fake networks, whose detector finds nothing: every picture is taken whole."""
    made = fake_networks()
    nothing = FakeRunner(lambda batch: np.zeros((1, 6, 1), np.float32))
    return replace(made, detector=Detector(nothing, made.detector.manifest))


def test_a_product_before_something_is_cut_out():
    taken = take_reference(picture((100, 120, 200, 320)), DETECTOR)
    assert not taken.is_whole
    assert taken.box == pytest.approx((100, 120, 200, 320), abs=4)
    assert taken.image.mean(axis=(0, 1)) == pytest.approx(STRANGE, abs=12)
    assert not taken.several_fronts


def test_a_front_that_nearly_fills_the_picture_leaves_it_whole():
    taken = take_reference(picture((10, 10, 290, 390)), DETECTOR)
    assert (taken.is_whole, taken.box) == (True, (0, 0, 300, 400))


def test_a_spot_is_not_taken_for_the_product():
    assert take_reference(picture((140, 190, 160, 210)), DETECTOR).is_whole


def test_the_middle_one_of_two_is_taken_and_that_there_were_two_is_told():
    fronts = [("red-can", (20, 100, 120, 300)), ("strange", (150, 100, 250, 300))]
    taken = take_reference(cv2.imencode(".png", draw_photo(400, 400, fronts))[1].tobytes(), DETECTOR)
    assert taken.box == pytest.approx((150, 100, 250, 300), abs=4)
    assert not taken.several_fronts
    fronts = [("red-can", (80, 100, 180, 300)), ("strange", (210, 100, 310, 300))]
    assert take_reference(cv2.imencode(".png", draw_photo(400, 400, fronts))[1].tobytes(), DETECTOR).several_fronts


def test_the_front_of_a_large_photo_is_found_again_by_its_box():
    data = picture((500, 600, 1100, 1800), width=1500, height=2400)
    taken = take_reference(data, DETECTOR)
    assert taken.box == pytest.approx((500, 600, 1100, 1800), abs=16)
    again = references.again(data, taken.box)
    assert again.shape == pytest.approx(taken.image.shape, abs=2)
    assert again.mean(axis=(0, 1)) == pytest.approx(STRANGE, abs=12)


def test_sharpness_falls_with_blur():
    face = cv2.imdecode(np.frombuffer(picture((100, 120, 200, 320)), np.uint8), cv2.IMREAD_COLOR)
    assert references.sharpness(face) > 10 * references.sharpness(cv2.GaussianBlur(face, (0, 0), 12))


def test_what_is_wrong_with_each_picture_is_told():
    with pytest.raises(ReferencesError) as caught:
        examine("new", [crop(1), b"no picture", encode(np.zeros((20, 20, 3), np.uint8), "PNG")], blind())
    assert [(number, code) for number, code, *_ in caught.value.faults] == [(2, "not_an_image"), (3, "too_small")]
    assert all(en.startswith("picture ") and zh.startswith("第 ") for _, _, en, zh in caught.value.faults)


@pytest.mark.parametrize("count", [0, REFERENCES_MAX + 1])
def test_too_few_or_too_many_are_refused(count):
    with pytest.raises(ReferencesError, match="give 3 to 10"):
        examine("new", [crop(seed) for seed in range(count)], blind())


def test_a_copy_is_told_and_not_counted():
    pictures = [crop(1), crop(2), crop(3)]
    image = cv2.imdecode(np.frombuffer(pictures[1], np.uint8), cv2.IMREAD_COLOR)
    copy = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    made, alone = examine("new", [*pictures, copy], blind()), examine("new", pictures, blind())
    assert made.counted == (0, 1, 2)
    assert ("duplicate", [4]) in [(each["code"], each["pictures"]) for each in made.warnings]
    assert np.array_equal(made.embedding, alone.embedding)


@pytest.mark.parametrize(
    ("seeds", "en", "zh"),
    [
        ([], "0 reference pictures: give 3 to 10", "参考图 0 张：请提供 3 至 10"),
        ([1, 2], "2 reference pictures: give 3 to 10", "参考图 2 张：请提供 3 至 10"),
        ([1, 2, 1], "3 reference pictures, of which 2 differ: give 3 to 10", "参考图 3 张，其中不同的仅 2 张"),
        (list(range(11)), "11 reference pictures: give 3 to 10", "参考图 11 张：请提供 3 至 10"),
    ],
)
def test_three_to_ten_different_pictures_are_taken_and_no_other_number(seeds, en, zh):
    with pytest.raises(ReferencesError) as refused:
        examine("new", [crop(seed) for seed in seeds], blind())
    assert refused.value.en.startswith(en)
    assert refused.value.zh.startswith(zh)
    assert not refused.value.faults
    assert np.linalg.norm(examine("new", [crop(1), crop(2), crop(3)], blind()).embedding) == pytest.approx(1, abs=1e-5)


def test_a_sku_that_looks_like_another_is_told_by_its_code_in_both_languages():
    red = COLOURS["red-can"][::-1]
    networks = blind()
    networks = networks.with_gallery(replace(networks.gallery, trained=frozenset(), margin=0.2))
    made = examine("new-red", [crop(seed, red) for seed in range(3)], networks)
    confused = [each for each in made.warnings if each["other"] == "red-can"]
    assert confused, made.warnings
    for each in confused:
        assert each["code"] in ("named_otherwise", "close")
        assert "red-can" in each["en"]
        assert "red-can" in each["zh"]


def test_the_prototype_made_anew_is_the_one_of_the_enrolment():
    networks = blind()
    pictures = [crop(1), crop(2), crop(3), crop(1)]
    made = examine("new", pictures, networks)
    again = [(pictures[place], made.references[place].box) for place in made.counted]
    assert prototype(again, networks) == pytest.approx(made.embedding, abs=1e-6)
    other = Embedder(FakeRunner(lambda batch: batch.max(axis=(2, 3))), Manifest("embedder", "2", "", 8))
    assert not np.allclose(prototype(again, replace(networks, embedder=other)), made.embedding, atol=1e-3)


def test_a_reference_that_was_taken_before_it_would_be_refused_is_left_out():
    """Or no photo of the brand could be read once the embedder changes."""
    networks, whole = blind(), crop(1)
    cut = encode(np.full((120, 60, 3), 99, np.uint8))[:-40] + b"\xff\xd9"
    box = (0, 0, 60, 120)
    assert prototype([(whole, box), (cut, box)], networks) == pytest.approx(prototype([(whole, box)], networks))
    with pytest.raises(PhotoError) as caught:
        prototype([(cut, box)], networks)
    assert caught.value.code == "truncated"
    with pytest.raises(ReferencesError) as told:
        examine("new", [whole, cut], networks)
    assert [(number, code) for number, code, *_ in told.value.faults] == [(2, "truncated")]


def test_every_warning_speaks_both_languages():
    for english, chinese in WARNINGS.values():
        assert english.isascii()
        assert any("一" <= letter <= "鿿" for letter in chinese)
        assert ("{which}" in english, "{other}" in english) == ("{which}" in chinese, "{other}" in chinese)
