"""The report's figures on photos whose answer is known."""

import numpy as np
import pytest

from tests.unit.training.report.photos import report_photo
from training.report.figures import figures
from training.report.photo import pair_fronts
from training.report.skus import sku_figures

GALLERY = ("cola", "lemon")


def test_pairs_name_taken_false_and_missed_fronts() -> None:
    photo = report_photo("a.jpg", true=3, found=[0.9, 0.8, 0.7, 0.6, 0.1])
    pairs = pair_fronts(photo.prediction, 0.35)
    assert pairs.taken.tolist() == [0, 1, 2, -1]
    assert pairs.missed.tolist() == []
    assert pair_fronts(report_photo("b.jpg", 3, [0.9]).prediction, 0.35).missed.tolist() == [1, 2]
    assert pair_fronts(report_photo("c.jpg", 0, [0.9]).prediction, 0.35).taken.tolist() == [-1]


def test_counts_say_which_photos_are_near_and_inside() -> None:
    shown = figures([report_photo("a", 20, [0.9] * 17), report_photo("b", 20, [0.9] * 16)], (), 0.35, 0.08)
    first, second = shown["counts"]
    assert (first["low"], first["best"], first["high"], first["error"]) == (16, 17, 19, -3)
    assert (first["near"], second["near"]) == (True, False)
    assert (first["inside"], second["inside"]) == (False, False)
    assert (shown["near"]["n"], shown["near"]["share"], shown["fronts"]) == (1, 0.5, 40)


def test_classes_hold_only_what_is_labelled_with_average_precision() -> None:
    shown = figures([report_photo("a", 4, [0.9, 0.8])] * 6, (), 0.35, 0.08)["classes"]
    assert list(shown) == ["product"]
    assert shown["product"]["ap50"] == pytest.approx(0.5, abs=0.01)
    assert shown["product"]["ap50_interval"] == pytest.approx([0.5, 0.5], abs=0.01)
    assert len(shown["product"]["curve75"]) == 101


def test_calibration_leaves_out_boxes_that_no_fact_reads() -> None:
    shown = figures([report_photo("a", 2, [0.95, 0.95, 0.95, 0.05])], (), 0.35, 0.08)["calibration"]
    assert shown["boxes"] == 3
    assert shown["bins"][0]["share"] == pytest.approx(2 / 3)
    assert shown["error"] == pytest.approx(0.95 - 2 / 3, abs=1e-6)


def test_slices_are_by_scene_and_by_thirds_of_the_number_of_fronts() -> None:
    photos = [report_photo(str(n), n, [0.9] * n, scene="rack" if n < 4 else "cooler") for n in range(1, 10)]
    slices = figures(photos, (), 0.35, 0.08)["slices"]
    assert [(each["by"], each["name"], each["photos"]) for each in slices] == [
        ("scene", "cooler", 6), ("scene", "rack", 3), ("fronts", "1–3", 3), ("fronts", "4–6", 3), ("fronts", "7–9", 3),
    ]  # fmt: skip
    assert all(each["ap50"] == pytest.approx(1) for each in slices)
    assert [each["ap50_interval"] for each in slices][1:] == [None] * 4  # too few photos for one
    assert slices[1]["near"]["interval"] == pytest.approx([0.4385, 1], abs=1e-4)


def test_the_worst_photos_come_by_error_then_by_missed_fronts() -> None:
    right = report_photo("right", 2, [0.9, 0.9])
    over = report_photo("over", 2, [0.9] * 7)
    # as many found as are there, half of them elsewhere
    swapped = report_photo("swapped", 4, [0.9, 0.9, 0.8, 0.7])
    swapped.prediction.boxes[2:] += [0, 60, 0, 60]
    worst = figures([right, swapped, over], (), 0.35, 0.08)["worst"]
    assert [(each["photo"], each["by"], each["matched"], each["false"], each["missed"]) for each in worst] == [
        ("over", "error", 2, 5, 0), ("swapped", "missed", 2, 2, 2),
    ]  # fmt: skip


def test_confusions_are_counted_and_unlisted_skus_should_be_unknown() -> None:
    photos = [
        report_photo("a", 3, [0.9] * 3, ["cola", "lemon", "cola"], ["cola", "cola", "fanta"]),
        report_photo("b", 2, [0.9] * 2, ["lemon", "unknown"], ["cola", "fanta"]),
    ]
    shown = sku_figures(photos, GALLERY, 0.35)
    assert shown is not None
    assert (shown["fronts"], shown["right"], shown["sure"], shown["sure_wrong"]) == (5, 2, 4, 3)
    assert shown["confusions"] == [
        {"true": "cola", "found": "lemon", "n": 2}, {"true": "unknown", "found": "cola", "n": 1},
    ]  # fmt: skip
    assert shown["codes"] == ["cola", "lemon", "unknown"]
    assert shown["matrix"] == [[1, 2, 0], [0, 0, 0], [1, 0, 1]]
    assert [(each["n"], each["share"]) for each in shown["bins"]] == [(4, 0.25)]


def test_without_labels_of_the_gallery_there_is_nothing_to_confuse() -> None:
    assert sku_figures([report_photo("a", 1, [0.9], ["cola"], ["product"])], GALLERY, 0.35) is None


def test_missed_fronts_are_no_confusion() -> None:
    shown = sku_figures([report_photo("a", 3, [0.9], ["cola"], ["cola"] * 3)], GALLERY, 0.35)
    assert shown is not None
    assert (shown["fronts"], shown["right"], shown["confusions"]) == (1, 1, [])
    assert np.array(shown["matrix"]).size == 0
