import numpy as np
import pytest

from models.views import WIDE, vary, widened


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (80, 30)])
def test_a_widened_crop_holds_the_crop_in_its_middle(shape):
    crop = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    wide = widened(crop)
    dy, dx = max(1, round(shape[0] * WIDE)), max(1, round(shape[1] * WIDE))
    assert wide.shape == (shape[0] + 2 * dy, shape[1] + 2 * dx, 3)
    assert np.array_equal(wide[dy:-dy, dx:-dx], crop)


def test_views_differ_and_keep_what_is_shown():
    wide = np.zeros((140, 70, 3), np.uint8)
    wide[:70] = (0, 0, 220)  # red above, green below
    wide[70:] = (0, 220, 0)
    views = [vary(wide, 32, 64, np.random.default_rng(seed)) for seed in range(40)]
    assert all(view.shape == (64, 32, 3) and view.dtype == np.uint8 for view in views)
    assert len({view.tobytes() for view in views}) == 40
    top, bottom = (np.array([view[rows].mean(axis=(0, 1)) for view in views]) for rows in (slice(25), slice(39, 64)))
    assert (top[:, 2] >= top[:, 1]).mean() > 0.9
    assert (bottom[:, 1] >= bottom[:, 2]).mean() > 0.9


def test_the_same_seed_gives_the_same_view():
    wide = np.full((40, 20, 3), 90, np.uint8)
    assert np.array_equal(*(vary(wide, 16, 32, np.random.default_rng(3)) for _ in range(2)))
