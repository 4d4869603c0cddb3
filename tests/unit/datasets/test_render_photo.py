"""Rendered photos: same bytes for a seed, and a truth that is exact."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from datasets.render import (
    DEMO_SKUS,
    QUALITIES,
    SCENES,
    RenderedPhoto,
    random_skus,
    render_photo,
    render_reference,
)
from datasets.render.camera import Camera, aim, area, bounding
from datasets.render.canvas import Canvas
from datasets.render.display import draw_display
from datasets.render.front import Light
from datasets.render.photo import Scene, furnish, take
from datasets.render.stocking import Stocker
from datasets.render.surroundings import upright

PLAN = [
    ["ketto-cola-can", "ketto-cola-can", None, "rivo-cola-can"],
    ["aquilo-water", "senmu-oolong", "ketto-peach-can", "solmi-juice"],
]
VIEWS: list[tuple[Scene, tuple[int, int]]] = [
    ("cooler", (180, 240)),
    ("rack", (240, 180)),
    ("cooler", (144, 256)),
    ("rack", (200, 200)),
    ("other", (240, 180)),
]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    cv2.setNumThreads(1)


def _inside(photo: RenderedPhoto) -> None:
    height, width = photo.image.shape[:2]
    boxes = [product.box for product in photo.products] + list(photo.coolers) + list(photo.gaps)
    for x1, y1, x2, y2 in boxes:
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


def test_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (render_photo(seed, width=180, height=240) for seed in (7, 7, 8))
    assert first.image.tobytes() == again.image.tobytes()
    assert first.products == again.products
    assert first.image.tobytes() != other.image.tobytes()


@pytest.mark.parametrize(("scene", "size"), VIEWS)
def test_each_scene_and_size_keeps_boxes_inside_the_picture(scene: Scene, size: tuple[int, int]) -> None:
    assert {view[0] for view in VIEWS} == set(SCENES)
    photo = render_photo(3, width=size[0], height=size[1], scene=scene)
    assert photo.image.shape == (size[1], size[0], 3)
    assert photo.image.dtype == np.uint8
    assert photo.image.std() > 3
    _inside(photo)
    assert bool(photo.products) == (scene != "other")
    assert len(photo.coolers) == (1 if scene == "cooler" else 0)


@pytest.mark.parametrize("scene", ["cooler", "rack"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_plan_gives_exactly_its_fronts(scene: Scene, seed: int) -> None:
    photo = render_photo(seed, width=300, height=400, scene=scene, plan=PLAN)
    for row, codes in enumerate(PLAN):
        seen = sorted((product for product in photo.products if product.row == row), key=lambda p: p.box[0])
        assert [product.sku for product in seen] == [code for code in codes if code]
    assert photo.rows == 2
    assert len(photo.gaps) == 1
    assert all(product.visible > 0.6 and not product.stacked for product in photo.products)
    _inside(photo)


def test_a_gap_lies_between_its_neighbours() -> None:
    photo = render_photo(2, width=300, height=400, scene="cooler", plan=PLAN)
    top = sorted((product for product in photo.products if product.row == 0), key=lambda p: p.box[0])
    middle = (photo.gaps[0][0] + photo.gaps[0][2]) / 2
    assert top[1].box[0] < middle < top[2].box[2]


def test_rows_are_numbered_from_the_top() -> None:
    photo = render_photo(11, width=240, height=320, scene="rack", plan=[["ketto-cola-can"] * 4] * 3)
    levels = [np.mean([p.box[1] for p in photo.products if p.row == row]) for row in range(3)]
    assert levels == sorted(levels)


def _camera(barrel: float) -> Camera:
    outline = upright(-14, 14, -4, 32, 0)
    return aim(
        np.array([35.0, 40, -120]),
        np.array([0.0, 12, 0]),
        6.0,
        outline,
        (400, 520),
        (20, 20, 380, 500),
        barrel,
    )


@pytest.mark.parametrize("barrel", [0.0, 0.05])
@pytest.mark.parametrize("sku", DEMO_SKUS[5:12] + DEMO_SKUS[:2], ids=lambda sku: sku.code)
def test_projected_silhouette_bounds_the_drawn_pixels(sku: object, barrel: float) -> None:
    camera = _camera(barrel)
    canvas = Canvas(camera)
    canvas.image[:] = ground = np.array([255, 0, 255], np.uint8)
    stocker = Stocker(canvas, np.random.default_rng(0), 0.0, 40.0, Light(), (1.0, 1.0, 1.0))
    outline = stocker.draw(sku, np.array([1.0, 0, 3]), (1.0, 1.0, 1.0), 1)  # type: ignore[arg-type]
    picture = cv2.remap(canvas.image, *camera.lens_maps(), cv2.INTER_LINEAR)
    rows, columns = np.nonzero(np.abs(picture.astype(int) - ground).max(axis=2) > 60)
    drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert np.abs(np.array(drawn) - bounding(camera.distort(outline))).max() <= 2.0


@pytest.mark.parametrize("scene", ["cooler", "rack"])
def test_boxes_agree_with_the_instance_mask(scene: Scene) -> None:
    shot = take(np.random.default_rng(5), (360, 480), DEMO_SKUS, scene, "ok", PLAN)
    checked = 0
    for front in shot.fronts:
        rows, columns = np.nonzero(shot.ids == front.number)
        mask = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        box = np.array(bounding(shot.camera.distort(front.outline)))
        checked += 1
        assert np.abs(mask[:2] - box[:2]).max() <= 3.0
        assert area((mask[0], mask[1], mask[2], mask[3])) > 0.85 * area(tuple(box))
    assert checked == 7


def test_a_front_mostly_out_of_the_picture_is_not_labelled() -> None:
    photos = [render_photo(seed, width=180, height=240, quality="cropped", scene="cooler") for seed in range(3)]
    assert all(product.visible >= 0.25 for photo in photos for product in photo.products)
    assert any(product.visible < 0.9 for photo in photos for product in photo.products)


def test_qualities_show_in_the_pixels() -> None:
    photos = {q: render_photo(4, width=330, height=440, scene="cooler", quality=q, plan=PLAN) for q in QUALITIES}
    grey = {q: cv2.cvtColor(photo.image, cv2.COLOR_BGR2GRAY) for q, photo in photos.items()}
    assert grey["dark"].mean() < 0.6 * grey["ok"].mean()
    assert grey["glare"].mean() > grey["ok"].mean()
    sharp = {q: cv2.Laplacian(cv2.GaussianBlur(image, (0, 0), 1.5), cv2.CV_64F).var() for q, image in grey.items()}
    assert sharp["blurry"] < 0.5 * sharp["ok"]
    assert {q: photo.quality for q, photo in photos.items()} == {q: q for q in QUALITIES}


def test_a_dense_shelf_holds_hundreds_of_fronts() -> None:
    photo = render_photo(1, width=960, height=960, scene="rack", plan=[["ketto-cola-can"] * 34] * 10)
    assert len(photo.products) == 340


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown products"):
        render_photo(1, plan=[["no-such-code"]])
    with pytest.raises(ValueError, match="plan has no slot"):
        render_photo(1, plan=[])
    with pytest.raises(ValueError, match="holds no products"):
        render_photo(1, scene="other", plan=PLAN)
    with pytest.raises(ValueError, match="too small"):
        render_photo(1, width=20, height=400)


def test_a_reference_is_a_crop_of_one_front() -> None:
    for sku in DEMO_SKUS:
        crop = render_reference(sku, 3, size=96)
        assert crop.shape[0] == 96
        assert 20 < crop.shape[1] <= 96
        assert crop.tobytes() == render_reference(sku, 3, size=96).tobytes()
        assert crop.tobytes() != render_reference(sku, 4, size=96).tobytes()


def test_references_of_one_sku_are_nearer_than_those_of_others() -> None:
    def look(code: int, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        crop = cv2.resize(render_reference(DEMO_SKUS[code], seed, size=96), (8, 16), interpolation=cv2.INTER_AREA)
        values = crop[1:-1, 1:-1].astype(np.float64).ravel()
        return (values - values.mean()) / values.std()

    gallery = np.stack([look(code, 1) for code in range(len(DEMO_SKUS))])
    hits = [int(np.argmax(gallery @ look(code, seed))) == code for code in range(len(DEMO_SKUS)) for seed in (2, 3)]
    assert np.mean(hits) > 0.85


def test_catalogue_of_the_demo() -> None:
    assert sum(sku.own for sku in DEMO_SKUS) == 12
    assert sum(not sku.own for sku in DEMO_SKUS) == 4
    assert [sku.code for sku in DEMO_SKUS if sku.is_new] == ["ketto-peach-can"]
    assert len({sku.code for sku in DEMO_SKUS}) == len(DEMO_SKUS)
    assert random_skus(np.random.default_rng(2), 5) == random_skus(np.random.default_rng(2), 5)


@pytest.mark.parametrize("position", [(90.0, 150.0, -260.0), (-120.0, 60.0, -300.0), (5.0, 230.0, -280.0)])
def test_cooler_box_bounds_the_drawn_cabinet(position: tuple[float, float, float]) -> None:
    rng = np.random.default_rng(2)
    display = replace(
        furnish(rng, DEMO_SKUS, "cooler", PLAN), door="", paint=(40.0, 160.0, 20.0), trim=(0.0, 90.0, 0.0)
    )
    middle = np.array([0.0, display.top / 2, 0.0])
    camera = aim(np.array(position), middle, 3.0, display.outline(), (300, 420), (30, 30, 270, 390), 0.0)
    canvas = Canvas(camera)
    canvas.image[:] = ground = np.array([255, 0, 255], np.uint8)
    stocker = Stocker(canvas, rng, -display.inner / 2, display.depth, Light(), (1.0, 1.0, 1.0))
    draw_display(canvas, rng, display, stocker)
    rows, columns = np.nonzero(np.abs(canvas.image.astype(int) - ground).max(axis=2) > 60)
    drawn = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(drawn - bounding(camera.project(display.outline()))).max() <= 2.0
