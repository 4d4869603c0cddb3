import cv2
import numpy as np
import pytest

from models.fakes import draw_photo
from pipeline.flags import FLAGS, SCOPES, flag, of_whole_photo, touching
from pipeline.intake.grey import small_grey
from pipeline.seeing.fronts import covered
from pipeline.seeing.quality import measure, quality_flags, roll

FRONTS = [(100 + 150 * i, 300, 200 + 150 * i, 500) for i in range(6)]
PHOTO = draw_photo(1200, 900, [("red-can", box) for box in FRONTS])
NOWHERE = np.zeros((0, 4), np.float32)


def flags_of(photo: np.ndarray, long_side: int = 1200, fronts: np.ndarray = NOWHERE) -> list[str]:
    return quality_flags(measure(small_grey(photo), long_side, fronts))


def on_small(boxes: list[tuple[int, int, int, int]]) -> np.ndarray:
    return np.array(boxes, np.float32) * 512 / 1200


def test_a_good_photo_has_no_flag():
    assert flags_of(PHOTO) == []


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        (cv2.GaussianBlur(PHOTO, (0, 0), 12), "blurry"),
        ((PHOTO * 0.15).astype(np.uint8), "dark"),
        (np.clip(PHOTO.astype(int) * 3, 0, 255).astype(np.uint8), "overexposed"),
    ],
)
def test_a_spoiled_photo_is_flagged(photo, expected):
    assert expected in flags_of(photo)


def test_a_lit_cooler_in_a_dark_shop_is_not_dark():
    shop = (PHOTO * 0.1).astype(np.uint8)
    shop[300:500, 200:600] = 220
    assert "dark" not in flags_of(shop)


def test_a_sharp_wall_does_not_hide_blurred_fronts_nor_a_flat_wall_blur_sharp_ones():
    sharp = PHOTO.copy()
    for x1, y1, x2, y2 in FRONTS:
        sharp[y1:y2, x1:x2] = np.random.default_rng(1).integers(0, 256, (y2 - y1, x2 - x1, 1), dtype=np.uint8)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 9)
    flat = np.full_like(sharp, 128)
    mixed, other = sharp.copy(), flat.copy()
    for x1, y1, x2, y2 in FRONTS:
        mixed[y1:y2, x1:x2] = blurred[y1:y2, x1:x2]
        other[y1:y2, x1:x2] = sharp[y1:y2, x1:x2]
    inner = on_small([(x1 + 10, y1 + 10, x2 - 10, y2 - 10) for x1, y1, x2, y2 in FRONTS])
    assert "blurry" in flags_of(mixed, fronts=inner)
    assert "blurry" not in flags_of(mixed)
    assert "blurry" not in flags_of(other, fronts=inner)


@pytest.mark.parametrize("degrees", [-30, -8, 0, 8, 30])
def test_the_roll_is_that_of_the_camera(degrees):
    turn = cv2.getRotationMatrix2D((600, 450), -degrees, 0.7)
    turned = cv2.warpAffine(draw_photo(1200, 900, [("red-can", box) for box in FRONTS], texture=5), turn, (1200, 900))
    assert roll(small_grey(turned)) == pytest.approx(degrees, abs=2)
    assert ("tilted" in flags_of(turned)) is (abs(degrees) == 30)


def test_nothing_but_grey_has_no_roll():
    assert roll(np.full((40, 30), 7, np.uint8)) == 0


def test_covered_pixels_are_those_of_the_boxes():
    mask = covered((10, 20), np.array([[2, 3, 4.9, 5.2], [-5, -5, 0, 0], [30, 30, 40, 40]], np.float32))
    assert mask[3:6, 2:5].all()
    assert mask[0, 0]
    assert mask[9, 19]  # a box beyond the edge still marks one pixel
    assert mask.sum() == 11


@pytest.mark.parametrize(("long_side", "small"), [(416, False), (399, True)])
def test_416_pixels_are_accepted(long_side, small):
    assert ("too_small" in flags_of(PHOTO, long_side)) is small


def test_the_small_grey_is_at_most_512():
    assert small_grey(PHOTO).shape == (384, 512)
    assert small_grey(PHOTO[:100, :200]).shape == (100, 200)
    assert small_grey(np.zeros((3000, 2, 3), np.uint8)).shape == (512, 1)


def test_a_flag_with_a_scope_is_told_of_what_it_touches():
    flags = [flag("dark"), flag("cut_top"), flag("cut_left"), {"code": "old", "en": "", "zh": ""}]
    assert [each["code"] for each in of_whole_photo(flags)] == ["dark", "old"]
    assert [each["code"] for each in touching(flags, [("rows", "count")])] == ["cut_top"]
    assert [each["code"] for each in touching(flags, [("facings", "sku", "rows.x")])] == ["cut_top", "cut_left"]
    assert touching([flag("glare")], [("cooler", "present")]) == []
    assert set(SCOPES) < set(FLAGS)


def test_each_flag_says_what_to_do_in_both_languages():
    for code in FLAGS:
        said = flag(code)
        assert said["code"] == code
        assert said["en"].isascii()
        assert not said["zh"].isascii()
