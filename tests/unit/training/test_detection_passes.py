import cv2
import numpy as np
import pytest

from datasets.yolo import LabelledPhoto
from models.detections import COOLER, PRODUCT
from models.fakes import draw_photo, fake_networks
from training.detection_passes import HEIGHTS, figures, parts, passes


def test_a_picture_is_seen_so_that_its_fronts_have_each_height():
    detector = fake_networks().detector
    large = draw_photo(640, 640, [("red-can", (20 + 100 * i, 20, 70 + 100 * i, 220)) for i in range(6)])
    assert passes(detector, large).tolist() == [[6, 6, 6]] * (1 + len(HEIGHTS))
    seen = [max(shape) for shape in detector._runner.shapes]
    assert seen == pytest.approx([640, *(640 * max(height / 200, 0.3) for height in HEIGHTS)], abs=32)
    assert passes(detector, draw_photo(640, 640, [("red-can", (20, 20, 70, 120))])) is None


def test_errors_are_told_by_pass():
    counts = [np.array([[5, 10, 20], *[[11, 20, 20]] * 4]), np.array([[5, 10, 20], *[[5, 5, 8]] * 4])]
    told = figures(counts, [10.0, 10.0])
    assert told["first"] == {"mean_log_error": 0, "near": 2, "low_exceeds": 0, "high_short": 0, "low_share": 0.5}
    assert told["80"] == {"mean_log_error": 0.693, "near": 0, "low_exceeds": 1, "high_short": 1, "low_share": 0.8}


def test_a_photo_gives_itself_and_parts_with_the_fronts_they_show(tmp_path):
    file = tmp_path / "a.png"
    cv2.imwrite(str(file), np.zeros((300, 400, 3), np.uint8))
    grid = [[x / 10, y / 10, (x + 1) / 10, (y + 1) / 10] for x in range(10) for y in range(10)]
    photo = LabelledPhoto(file, np.array([*grid, [0, 0, 1, 1]]), np.array([PRODUCT] * 100 + [COOLER]))
    (whole, fronts), *rest = parts([photo])
    assert (whole.shape, fronts) == ((300, 400, 3), 100)
    assert rest
    for image, shown in rest:
        assert shown == pytest.approx(100 * image.shape[0] * image.shape[1] / 120_000, rel=0.35)
