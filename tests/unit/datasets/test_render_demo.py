"""The committed demo photos: their truth is consistent, and the command that made them still makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from datasets.render import DEMO_SKUS
from datasets.render.demo import COPY_OF, DEMO_DIRECTORY, DEMO_PHOTOS, near_copy, passes, render_demo
from datasets.render.export import describe

TRUTH: list[dict[str, Any]] = json.loads((DEMO_DIRECTORY / "truth.json").read_text())
BY_NAME = {Path(truth["photo"]).stem: truth for truth in TRUTH}
OWN = {sku.code for sku in DEMO_SKUS if sku.own}


def _image(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = cv2.imread(str(DEMO_DIRECTORY / "photos" / name))
    assert image is not None
    return np.asarray(image, np.uint8)


def test_twelve_photos_small_enough_to_ship() -> None:
    files = sorted((DEMO_DIRECTORY / "photos").iterdir())
    assert [file.name for file in files] == sorted(truth["photo"] for truth in TRUTH)
    assert len(files) == 12
    assert sum(file.stat().st_size for file in files) <= 3 * 1024 * 1024


@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: truth["photo"])
def test_truth_of_each_photo_is_consistent(truth: dict[str, Any]) -> None:
    width, height = truth["width"], truth["height"]
    assert max(width, height) == 1280
    assert sorted((width, height)) == [960, 1280]
    for box in [p["box"] for p in truth["products"]] + truth["coolers"] + truth["gaps"]:
        assert 0 <= box[0] < box[2] <= width
        assert 0 <= box[1] < box[3] <= height
    codes = [product["sku"] for product in truth["products"]]
    assert set(codes) <= {sku.code for sku in DEMO_SKUS}
    assert truth["rows"] == len({product["row"] for product in truth["products"]})
    assert len(truth["coolers"]) == (1 if truth["scene"] == "cooler" else 0)
    # A small network that sees the photo at half its size must still have enough of each front.
    assert all(product["box"][2] - product["box"][0] >= 40 for product in truth["products"])
    wanted = {
        "cola_block": codes.count("ketto-cola-can") >= 6,
        "new_product": codes.count("ketto-peach-can") >= 2,
        "cooler_purity": bool(truth["coolers"]) and sum(code in OWN for code in codes) >= 0.8 * len(codes) > 0,
    }
    assert truth["passes"] == wanted[truth["task"]]
    if truth["intent"] in ("pass", "fail"):
        assert truth["passes"] == (truth["intent"] == "pass")
        assert truth["quality"] == "ok"


def test_clear_photos_are_clear_by_a_margin() -> None:
    for entry in DEMO_PHOTOS:
        codes = [product["sku"] for product in BY_NAME[entry.name]["products"]]
        cola, new = codes.count("ketto-cola-can"), codes.count("ketto-peach-can")
        if entry.intent == "pass":
            assert {"cola_block": cola >= 9, "new_product": new >= 4, "cooler_purity": set(codes) <= OWN}[entry.task]
        if entry.intent == "fail":
            share = sum(code in OWN for code in codes) / max(len(codes), 1)
            assert {"cola_block": cola == 0, "new_product": new == 0, "cooler_purity": share < 0.5}[entry.task]
    assert {(entry.task, entry.intent) for entry in DEMO_PHOTOS} >= {
        (task, intent) for task in ("cola_block", "cooler_purity", "new_product") for intent in ("pass", "fail")
    }


def test_plans_are_all_in_the_truth() -> None:
    for entry in DEMO_PHOTOS:
        planned = [code for row in entry.plan or [] for code in row if code]
        assert sorted(product["sku"] for product in BY_NAME[entry.name]["products"]) == sorted(planned)


def test_the_copy_shows_its_original() -> None:
    copy = next(truth for truth in TRUTH if truth["duplicate_of"])
    original = BY_NAME[COPY_OF]
    assert copy["duplicate_of"] == original["photo"]
    assert len(copy["products"]) == len(original["products"])
    first, second = _image(original["photo"]), _image(copy["photo"])
    assert first.tobytes() != second.tobytes()
    assert cv2.absdiff(near_copy(first), second).mean() < 4
    for product, moved in list(zip(original["products"], copy["products"], strict=True))[::6]:
        x1, y1, x2, y2 = (round(value) for value in product["box"])
        left, top = max(x1 - 40, 0), max(y1 - 40, 0)
        window = second[top : y2 + 40, left : x2 + 40]
        at = cv2.minMaxLoc(cv2.matchTemplate(window, first[y1:y2, x1:x2], cv2.TM_CCOEFF_NORMED))[3]
        assert moved["box"][:2] == pytest.approx((left + at[0], top + at[1]), abs=5)


@pytest.mark.parametrize("entry", [DEMO_PHOTOS[4], DEMO_PHOTOS[10]], ids=lambda entry: entry.name)
def test_the_command_still_makes_the_committed_photos(entry: Any) -> None:
    photo = render_demo(entry)
    committed = BY_NAME[entry.name]
    assert committed | describe(photo, committed["photo"]) == committed
    assert passes(entry.task, photo) == committed["passes"]
    # Other processors may round the last bit of a warp otherwise, so pixels are compared and not bytes.
    assert cv2.absdiff(photo.image, _image(committed["photo"])).mean() < 4


def test_unknown_task_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown demo task"):
        passes("no_such_task", render_demo(DEMO_PHOTOS[10]))
