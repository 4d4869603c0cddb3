import cv2
import numpy as np
import pytest

from models.detections import best_first
from models.fakes import draw_photo
from pipeline.quality import FLAGS, detection_flags, faint_crowd, flag, measure, quality_flags, small_grey

PHOTO = draw_photo(1200, 900, [("red-can", (100 + 150 * i, 300, 200 + 150 * i, 500)) for i in range(6)])


def flags_of(photo: np.ndarray, long_side: int = 1200) -> list[str]:
    return quality_flags(measure(small_grey(photo), long_side))


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


@pytest.mark.parametrize(("long_side", "small"), [(416, False), (399, True)])
def test_416_pixels_are_accepted(long_side, small):
    assert ("too_small" in flags_of(PHOTO, long_side)) is small


def test_the_small_grey_is_at_most_512():
    assert small_grey(PHOTO).shape == (384, 512)
    assert small_grey(PHOTO[:100, :200]).shape == (100, 200)
    assert small_grey(np.zeros((3000, 2, 3), np.uint8)).shape == (512, 1)


def test_fronts_that_cannot_be_counted_are_said():
    assert detection_flags(fronts(), front_height=None) == []
    assert detection_flags(fronts(), front_height=50) == []
    assert detection_flags(fronts(complete=False), front_height=5) == ["count_incomplete", "too_far"]


@pytest.mark.parametrize(
    ("counted", "traces", "coolers", "far"),
    [(0, 100, 0, True), (10, 90, 0, True), (30, 70, 0, False), (0, 30, 0, False), (0, 30, 90, False)],
)
def test_many_faint_fronts_and_few_that_count_are_too_far(counted, traces, coolers, far):
    found = fronts([0.9] * counted + [0.02] * (traces + coolers), [0] * (counted + traces) + [1] * coolers)
    assert faint_crowd(found) is far
    assert detection_flags(found, front_height=None) == (["too_far"] if far else [])


def fronts(scores=(), labels=(), complete=True):
    return best_first(np.zeros((len(scores), 4), np.float32), scores, labels, complete)


def test_each_flag_says_what_to_do_in_both_languages():
    for code in FLAGS:
        said = flag(code)
        assert said["code"] == code
        assert said["en"].isascii()
        assert not said["zh"].isascii()
