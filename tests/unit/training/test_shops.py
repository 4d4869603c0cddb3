"""Parts of boxed shop photos keep what they show, and learn nothing where a front is cut."""

import numpy as np
import pytest

from datasets.field import IGNORED
from datasets.shops import shop_photos
from models.detections import PRODUCT
from training.shops import inside


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
