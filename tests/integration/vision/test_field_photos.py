"""The shipped networks on field photos that trained nothing: the figures that docs/vision.md states must
hold."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from datasets.field import negatives
from datasets.splits import read_folds, read_splits
from models.detections import COOLER
from models.gallery import Gallery
from models.manifest import WEIGHTS
from pipeline.thresholds import COOLER_BEST
from training.gallery import embedder_of, field_gallery
from training.predict import predict, shipped_detector


def test_detector_on_the_test_split(field_data: Path) -> None:
    result = CliRunner().invoke(
        app, ["evaluate", str(field_data / "drinks_pepsico_vn"), "--split", "test", "--json"], catch_exceptions=False
    )
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["images"] == 50
    assert report["per_class"]["product"]["map50"] >= 0.94
    assert report["per_class"]["product"]["map50_95"] >= 0.65
    assert {photo["photo"] for photo in report["photos"]} >= {"image_70_jpg.jpg", "image_142_jpg.jpg"}


def test_photos_of_one_display_are_on_one_side_of_the_committed_split(field_data: Path) -> None:
    splits, folds = read_splits(), read_folds()
    sides: dict[str, set[tuple[str, int]]] = {}
    with (field_data / "drinks_pepsico_vn" / "same_display.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            sides.setdefault(row["group"], set()).add((splits[row["image"]], folds[row["image"]]))
    assert len(sides) >= 8
    assert {group: found for group, found in sides.items() if len(found) > 1} == {}


def test_no_cooler_is_seen_among_fruit(field_data: Path) -> None:
    photos = negatives(field_data, train=False)
    predictions = predict(photos, shipped_detector())
    false = [
        photo.name
        for photo in predictions
        if ((photo.found.labels == COOLER) & (photo.found.scores >= COOLER_BEST)).any()
    ]
    assert len(photos) >= 90
    assert len(false) <= 0.01 * len(photos), false


def test_shipped_gallery_is_what_its_command_makes(field_data: Path) -> None:
    shipped = Gallery.load(WEIGHTS / "gallery-pepsico_vn.npz")
    made, figures = field_gallery(embedder_of(), field_data)
    assert shipped.codes == made.codes
    assert len(shipped.codes) == 29
    assert shipped.accept == pytest.approx(made.accept, abs=0.02)
    assert figures["as labelled"]["top1"] >= 0.96
