"""Parts of boxed shop photos keep what they show, and learn nothing where a front is cut."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.field import IGNORED
from datasets.shops import shop_photos
from models.detections import PRODUCT
from training.configs.detector_general_folds import is_first
from training.shops import inside, of_shops


def test_a_part_keeps_its_fronts_in_its_own_coordinates():
    boxes = np.array([[0.25, 0.25, 0.5, 0.5], [0.4, 0.0, 0.55, 0.5], [0.9, 0.9, 1.0, 1.0], [0.0, 0.0, 0.3, 0.3]])
    classes = np.array([PRODUCT, PRODUCT, PRODUCT, IGNORED])
    found, labels = inside(boxes, classes, np.array([0.0, 0.0, 0.5, 0.5]))
    assert found[:2] == pytest.approx(np.array([[0.5, 0.5, 1.0, 1.0], [0.8, 0.0, 1.0, 1.0]]))
    assert labels.tolist() == [PRODUCT, PRODUCT, IGNORED]


def test_of_a_front_mostly_outside_nothing_is_learnt():
    found, labels = inside(np.array([[0.4, 0.0, 0.8, 0.5]]), np.array([PRODUCT]), np.array([0.0, 0.0, 0.5, 1.0]))
    assert (found.tolist(), labels.tolist()) == ([[pytest.approx(0.8), 0.0, 1.0, 0.5]], [IGNORED])


def test_the_committed_boxes_are_within_their_photos(tmp_path):
    photos = shop_photos(tmp_path)
    assert len(photos) == 17
    for photo in photos:
        assert {PRODUCT} <= set(photo.classes.tolist()) <= {PRODUCT, IGNORED}
        assert ((photo.boxes >= 0) & (photo.boxes <= 1)).all()
        assert (photo.boxes[:, :2] < photo.boxes[:, 2:]).all()


def test_the_folds_part_the_photos_and_parts_follow_their_photo(tmp_path):
    photos = shop_photos(tmp_path)
    first = [photo for photo in photos if is_first(photo.stem)]
    rest = [photo for photo in photos if not is_first(photo.stem)]
    assert (len(first), len(rest)) == (6, 11)
    parts = [
        replace(photo, path=photo.path.with_name(f"{photo.stem}_{number}.png")) for photo in photos for number in (0, 1)
    ]
    assert len(of_shops(parts, first)) == 12
    assert not {part.stem for part in of_shops(parts, first)} & {part.stem for part in of_shops(parts, rest)}
    assert of_shops(photos, first) == first
