import numpy as np
import pytest

from models.embedder import BATCH_MAX, Embedder
from models.manifest import Manifest
from models.network_runner import FakeRunner

MANIFEST = Manifest("embedder", "1", "", 96, preprocessing={"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.5]})


def mean_colour(batch: np.ndarray) -> np.ndarray:
    return batch.mean(axis=(2, 3))


def test_crops_are_normalised_rgb_of_one_size():
    seen = []

    def keep(batch: np.ndarray) -> np.ndarray:
        seen.append(batch.copy())
        return mean_colour(batch)

    crop = np.zeros((30, 11, 3), np.uint8)
    crop[:, :] = (51, 102, 153)  # BGR: 0.2, 0.4, 0.6
    Embedder(FakeRunner(keep), MANIFEST).embed([crop])
    assert seen[0].shape == (1, 3, 96, 96)
    assert seen[0][0, :, 40, 40].tolist() == pytest.approx([0.5, 0.0, -0.2], abs=1e-5)


def test_vectors_have_length_one_and_keep_their_order_over_chunks():
    runner = FakeRunner(mean_colour)
    crops = [np.full((4 + i, 5, 3), i, np.uint8) for i in range(BATCH_MAX + 3)]
    vectors = Embedder(runner, MANIFEST).embed(crops)
    assert [shape[0] for shape in runner.shapes] == [BATCH_MAX, 3]
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(crops)), abs=1e-5)
    alone = Embedder(runner, MANIFEST).embed([crops[-1]])
    assert vectors[-1] == pytest.approx(alone[0])


def test_no_crop_is_an_error():
    with pytest.raises(ValueError):
        Embedder(FakeRunner(mean_colour), MANIFEST).embed([])


def test_a_crop_may_be_higher_than_wide():
    runner = FakeRunner(mean_colour)
    Embedder(runner, Manifest("embedder", "1", "", 128, input_width=64)).embed([np.zeros((50, 20, 3), np.uint8)])
    assert runner.shapes == [(1, 3, 128, 64)]


def test_a_prototype_is_the_same_unit_vector_each_time_and_near_its_references():
    embedder = Embedder(FakeRunner(mean_colour), Manifest("embedder", "1", "", 32, input_width=16))
    crops = [np.full((30, 11, 3), (20, 40, 200), np.uint8), np.full((3, 2, 3), (25, 45, 190), np.uint8)]
    made = embedder.prototype(crops)
    assert np.linalg.norm(made) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(made, embedder.prototype(crops))
    assert made @ embedder.embed(crops)[0] > 0.95
    assert not np.array_equal(made, embedder.prototype(crops, copies=0))


def test_an_answer_that_is_no_number_is_an_error():
    with pytest.raises(FloatingPointError):
        Embedder(FakeRunner(lambda batch: mean_colour(batch) * np.nan), MANIFEST).embed([np.zeros((9, 9, 3), np.uint8)])
