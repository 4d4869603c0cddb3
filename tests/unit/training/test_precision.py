"""Average precision that is resampled: the same as COCO's, and photos weigh as often as they are drawn."""

import numpy as np
import pytest

from models.detections import best_first
from training.evaluate import Prediction, precisions
from training.precision import average_precision, hits, intervals, photo_draws


def random_photos(count: int, seed: int) -> list[Prediction]:
    """Photos with jittered, missed and false boxes of both classes."""
    rng, photos = np.random.default_rng(seed), []
    for number in range(count):
        corners = rng.uniform(0, 900, (12, 2))
        truth = np.concatenate([corners, corners + rng.uniform(30, 90, (12, 2))], axis=1)
        labels = rng.integers(0, 2, 12)
        kept = rng.random(12) < 0.8
        found = np.concatenate([truth[kept] + rng.normal(0, 5, (kept.sum(), 4)), np.add(truth[:3], [60, 0, 60, 0])])
        boxes = np.concatenate([np.minimum(found[:, :2], found[:, 2:]), np.maximum(found[:, :2], found[:, 2:])], axis=1)
        classes = np.concatenate([labels[kept], labels[:3]])
        photos.append(
            Prediction(f"{number}.jpg", 1000, 1000, truth, labels, best_first(boxes, rng.random(len(boxes)), classes))
        )
    return photos


@pytest.mark.parametrize("label", [0, 1])
def test_it_is_the_average_precision_of_coco(label: int) -> None:
    photos = random_photos(20, seed=3)
    expected = precisions(photos)[:, :, label].mean(axis=1)
    assert 0.1 < expected.mean() < 0.9
    assert average_precision(hits(photos, label), np.ones(20, np.int64)) == pytest.approx(expected, abs=1e-6)


def test_a_photo_drawn_twice_weighs_as_two() -> None:
    photos = random_photos(4, seed=5)
    weighed = average_precision(hits(photos, 0), np.array([2, 0, 1, 3]))
    copies = [photos[number] for number in (0, 0, 2, 3, 3, 3)]
    assert weighed == pytest.approx(precisions(copies)[:, :, 0].mean(axis=1), abs=1e-6)


def test_without_labels_there_is_no_precision_and_the_interval_knows_nothing() -> None:
    photos = random_photos(2, seed=7)
    found = hits([Prediction("a", 9, 9, np.zeros((0, 4)), np.zeros(0, np.int64), photos[0].found)], 0)
    assert np.isnan(average_precision(found, np.ones(1, np.int64))).all()
    assert intervals(found, photo_draws(1, 3)) == ([0.0, 1.0], [0.0, 1.0])


def test_draws_hold_as_many_photos_as_there_are() -> None:
    draws = photo_draws(7, 5)
    assert [draw.sum() for draw in draws] == [7] * 5
    assert len({tuple(draw) for draw in draws}) > 1
