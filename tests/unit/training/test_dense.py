"""Photos of several hundred fronts, made of rendered displays."""

from types import SimpleNamespace

import numpy as np

from training.dense import HEIGHT, WIDTH, side_by_side


def test_each_display_stands_in_its_place():
    displays = [SimpleNamespace(image=np.full((40, 30, 3), 20 * number, np.uint8)) for number in range(9)]
    photo = side_by_side(displays, 3)
    assert photo.shape == (HEIGHT // 3 * 3, WIDTH // 3 * 3, 3)
    middles = photo[HEIGHT // 6 :: HEIGHT // 3, WIDTH // 6 :: WIDTH // 3, 0]
    assert middles.tolist() == [[0, 20, 40], [60, 80, 100], [120, 140, 160]]
