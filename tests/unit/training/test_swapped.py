"""Other goods stand in the boxes, equal ones side by side; nothing else of the photo changes."""

import numpy as np
import pytest

import training.swapped as swapped
from datasets.shelves import Prints

GREY, RED, BLUE = (128, 128, 128), (0, 0, 250), (250, 0, 0)
ROW = np.array([[0.1, 0.2, 0.2, 0.6], [0.22, 0.2, 0.32, 0.6], [0.34, 0.2, 0.44, 0.6], [0.6, 0.2, 0.9, 0.4]])


def plain(colour: tuple[int, int, int], width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.fixture
def real_only(monkeypatch):
    monkeypatch.setattr(swapped, "DRAWN_SHARE", 0.0)
    monkeypatch.setattr(swapped, "KEPT_SHARE", 0.0)
    monkeypatch.setattr(swapped, "NEW_SHARE", 0.0)


def swap(seed: int, fronts: list[np.ndarray]) -> np.ndarray:
    return swapped.swap_fronts(plain(GREY, 200, 100), ROW, Prints(), fronts, np.random.default_rng(seed))


def test_only_the_boxes_change(real_only):
    shown = swap(0, [plain(RED, 20, 40), plain(BLUE, 60, 20)])
    inside = np.zeros((100, 200), bool)
    for x1, y1, x2, y2 in (ROW * np.array([200, 100, 200, 100])).round().astype(int):
        inside[y1:y2, x1:x2] = True
        assert (shown[y1:y2, x1:x2] != 128).any()
    assert (shown[~inside] == 128).all()


def test_fronts_of_one_size_side_by_side_are_one_product_and_the_best_fitting_is_taken(real_only):
    for seed in range(10):
        shown = swap(seed, [plain(RED, 20, 40), plain(BLUE, 60, 20)])
        middles = [shown[40, x].astype(int) for x in (30, 54, 78)] + [shown[30, 150].astype(int)]
        hues = [int(np.argmax(colour)) for colour in middles]
        assert len(set(hues[:3])) == 1
        assert hues[0] == 2 or hues[3] == 0  # by eight candidates each the narrow one is red, the wide one blue


def test_some_products_stay(monkeypatch):
    monkeypatch.setattr(swapped, "KEPT_SHARE", 1.0)
    assert (swap(0, [plain(RED, 20, 40)]) == 128).all()


def test_drawn_packages_stand_there_too(monkeypatch):
    monkeypatch.setattr(swapped, "DRAWN_SHARE", 1.0)
    monkeypatch.setattr(swapped, "KEPT_SHARE", 0.0)
    assert (swap(0, []) != 128).any()


def test_boxes_at_the_edge_and_without_area_are_borne(real_only):
    boxes = np.array([[0.0, 0.0, 0.002, 1.0], [0.99, 0.99, 1.0, 1.0], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.6, 0.6]])
    shown = swapped.swap_fronts(plain(GREY, 200, 100), boxes, Prints(), [plain(RED, 9, 9)], np.random.default_rng(0))
    assert shown.shape == (100, 200, 3)
