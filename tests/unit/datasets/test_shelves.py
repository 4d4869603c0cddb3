"""Drawn supermarket shelves: the same seed gives the same photo, and boxes lie where packages were drawn."""

import numpy as np
import pytest

from datasets.shelves import Prints, draw_shelf_photo
from datasets.shelves.pack import KINDS, draw_pack
from datasets.shelves.scene import Scene, fill_row


def test_same_seed_same_photo():
    first, again = (draw_shelf_photo(7, Prints(), 320, 240) for _ in range(2))
    assert (first.image == again.image).all()
    assert (first.fronts == again.fronts).all()


def test_boxes_lie_in_the_photo_and_are_not_empty():
    for seed in range(3):
        photo = draw_shelf_photo(seed, Prints(), 320, 240)
        boxes = np.concatenate([photo.fronts, photo.doubtful])
        assert len(photo.fronts) >= 1
        assert (boxes >= 0).all()
        assert (boxes <= [320, 240, 320, 240]).all()
        assert (photo.fronts[:, 2:] - photo.fronts[:, :2] >= 7).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_pack_has_its_size_in_pixels(kind):
    pack = draw_pack(np.random.default_rng(1), Prints(), kind, 4.0, 20.0)
    height, width, channels = pack.sprite.shape
    assert channels == 4
    assert pack.height <= 20.0
    assert (width, height) == (max(6, round(pack.width * 4)), max(6, round(pack.height * 4)))
    assert pack.sprite[height // 2, width // 2, 3] > 200  # its middle is not see-through


def test_a_row_stands_on_its_shelf_and_covers_what_it_says():
    canvas = np.full((200, 400, 3), 7, np.uint8)
    scene = Scene(canvas, 4.0)
    fill_row(scene, np.random.default_rng(3), Prints(), ("box",), 150.0, 100.0)
    boxes = np.array(scene.fronts)
    assert len(boxes) >= 3
    assert boxes[:, 3].max() <= 151
    assert (canvas[155:] == 7).all()  # nothing below the shelf
    x1, y1, x2, y2 = np.clip(boxes[0], 0, [400, 200, 400, 200]).astype(int)
    assert (scene.canvas[y1:y2, x1:x2] != 7).any(axis=2).mean() > 0.9


def test_real_fronts_stand_on_the_shelf_as_they_are():
    tall, wide = np.full((60, 20, 3), (0, 0, 200), np.uint8), np.full((20, 60, 3), (0, 200, 0), np.uint8)
    prints = Prints((), [tall, wide])
    packs = [draw_pack(np.random.default_rng(seed), prints, "bottle", 4.0, 40.0) for seed in range(30)]
    real = [pack for pack in packs if (pack.sprite[..., 3] == 255).all()]
    assert 10 <= len(real) <= 28  # the others are drawn
    for pack in real:
        assert (pack.sprite[..., 2] > 100).all()  # the tall one, which fits a bottle
        assert (pack.sprite[..., :2] == 0).all()
