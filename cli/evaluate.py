"""`shelfproof evaluate`: how well the serving pipeline agrees with the labels of a folder in YOLO layout."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.photo_input import read_bytes
from cli.span import file_name
from datasets.field import evaluation_photos
from datasets.tags import scene_tags, sku_labels
from datasets.unboxed import Box, unboxed_fronts
from datasets.unused import told_once
from datasets.yolo import DatasetError, LabelledPhoto
from models.detections import CLASSES, COOLER
from models.load import DEFAULT_GALLERY, Networks, load_networks
from models.manifest import WEIGHTS, ModelFileError
from pipeline.facts.make import FactContext
from pipeline.intake.photo_error import PhotoError
from pipeline.read import PhotoReading, read_photo
from pipeline.thresholds import COOLER_BEST, SCORE_BEST, SCORE_MAYBE, THRESHOLDS_VERSION
from training.evaluate import Prediction, evaluate
from training.report.figures import figures
from training.report.page import report_page
from training.report.photo import ReportPhoto

OK, NOT_ALL_USED, BAD_INPUT = 0, 1, 2


def run(
    directory: Path,
    split: str | None,
    as_json: bool,
    resamples: int,
    models: Path | None,
    gallery: str | None,
    report_file: Path,
) -> int:
    """Prints the figures, writes the report and returns the exit status."""
    try:
        with told_once() as not_used:
            photos = evaluation_photos(directory, split)
            truth, tags = sku_labels(directory, photos), scene_tags(directory)
        networks = load_networks(gallery or DEFAULT_GALLERY, None, models or WEIGHTS)
        readings = read_all(photos, networks, quiet=as_json)
    except (DatasetError, ModelFileError, OSError) as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return BAD_INPUT
    unboxed = unboxed_fronts()
    seen = [
        _report_photo(photo, codes, reading, tags.get(photo.path.name, {}), unboxed.get(photo.stem, []))
        for photo, codes, reading in zip(photos, truth, readings, strict=True)
    ]
    predictions = [photo.prediction for photo in seen]
    report = evaluate(predictions, SCORE_BEST, resamples)
    for name, entry in report["per_class"].items():
        entry["count_error"] = count_error(predictions, CLASSES.index(name))
    if as_json:
        print(json.dumps(report))
    else:
        show(report, Console())
    about = [
        ("Photos", "照片", f"{directory}, {split or 'all'}"),
        ("Networks", "模型", networks_line(readings)),
        ("Gallery, thresholds", "图库、阈值", f"{readings[0].models['gallery']}, {THRESHOLDS_VERSION}"),
    ]
    try:
        _write(report_file, seen, networks.gallery.codes, about, resamples)
    except (OSError, PhotoError) as error:
        print(f"shelfproof: {report_file} cannot be written ({error}): name another --report", file=sys.stderr)
        return BAD_INPUT
    return NOT_ALL_USED if not_used else OK


def networks_line(readings: Sequence[PhotoReading]) -> str:
    """What read the photos, and on how many the general detector did."""
    used = readings[0].models
    versions = [reading.models["general"] for reading in readings if "general" in reading.models]
    general = f", general {versions[0]} on {len(versions)} of {len(readings)} photos" if versions else ""
    return f"detector {used['detector']}{general}, embedder {used['embedder']}, {used['engine']}"


def read_all(photos: Sequence[LabelledPhoto], networks: Networks, quiet: bool = False) -> list[PhotoReading]:
    """Reads every photo as serving does. Raises DatasetError."""
    readings = []
    for photo in track(photos, "Reading photos", console=Console(stderr=True), transient=True, disable=quiet):
        try:
            readings.append(read_photo(read_bytes(photo.path), networks, FactContext(own=networks.gallery.own)))
        except (PhotoError, OSError) as error:
            raise DatasetError(f"{photo.path}: {error}; replace or remove it with its label") from error
    return readings


def _report_photo(
    photo: LabelledPhoto,
    truth: Sequence[str | None],
    reading: PhotoReading,
    tags: dict[str, str],
    unboxed: Sequence[tuple[Box, str]],
) -> ReportPhoto:
    size = np.tile([reading.width, reading.height], 2)
    recognised = reading.recognised
    return ReportPhoto(
        path=photo.path,
        prediction=Prediction(
            photo.path.name,
            reading.width,
            reading.height,
            photo.boxes * size,
            photo.classes,
            reading.detections,
            np.array([box for box, _kind in unboxed], float).reshape(-1, 4) * size,
        ),
        count=reading.facts["facings"]["total"],
        codes=recognised.codes,
        sku_scores=recognised.scores,
        sure=tuple(names == {code} for names, code in zip(recognised.candidates, recognised.codes, strict=True)),
        truth=tuple(truth),
        **tags,
    )


def _write(
    file: Path,
    photos: Sequence[ReportPhoto],
    gallery: Sequence[str],
    about: Sequence[tuple[str, str, str]],
    resamples: int,
) -> None:
    shown = figures(photos, gallery, SCORE_BEST, SCORE_MAYBE, resamples)
    page = report_page(shown, photos, about, SCORE_BEST)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8", errors="backslashreplace")  # names of files may hold any bytes
    print(f"Report: {file}", file=sys.stderr)


def count_error(photos: Sequence[Prediction], label: int) -> dict[str, float]:
    """Found minus true boxes of one class per photo, at the score from which `best` counts."""
    score = COOLER_BEST if label == COOLER else SCORE_BEST
    errors = [
        int(((photo.found.labels == label) & (photo.found.scores >= score)).sum()) - int((photo.labels == label).sum())
        for photo in photos
    ]
    return {"mean": float(np.mean(errors)), "mean_absolute": float(np.abs(errors).mean())}


def show(report: dict[str, Any], console: Console) -> None:
    """The report as two short tables."""
    scores = Table("class", "mAP50", "mAP50-95", title=f"{report['images']} photos")
    for name, entry in report["per_class"].items():
        scores.add_row(name, *(_with_interval(entry, key) for key in ("map50", "map50_95")))
        if other := entry.get("unboxed_ignored"):
            scores.add_row(f"{name}, unlabelled ones ignored", *(f"{other[key]:.3f}" for key in ("map50", "map50_95")))
    console.print(scores)
    error = report["count_error"]
    counts = Table("count error per photo (found minus true)", "")
    counts.add_row("mean", f"{error['mean']:+.2f}")
    counts.add_row("mean absolute", f"{error['mean_absolute']:.2f}")
    counts.add_row("photos within 15 %", f"{error['within_15_percent']:.0%}")
    for photo in sorted(report["photos"], key=lambda entry: -abs(entry["error"]))[:5]:
        counts.add_row(f"worst: {file_name(photo['photo'])}", f"{photo['found']} found, {photo['true']} true")
    console.print(counts)


def _with_interval(entry: dict[str, Any], key: str) -> str:
    interval = entry.get(f"{key}_interval")
    return f"{entry[key]:.3f}" + (f" ({interval[0]:.3f}–{interval[1]:.3f})" if interval else "")
