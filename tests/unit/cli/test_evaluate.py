"""`shelfproof evaluate` on drawn photos: the form of its report, and what it says of folders that are wrong."""

import json
from pathlib import Path

import cv2
import pytest
from click.testing import Result
from typer.testing import CliRunner

import cli.evaluate
from cli.main import app
from models.fakes import draw_photo, fake_networks

FRONTS = [("red-can", (60, 50, 120, 170)), ("blue-can", (180, 50, 240, 170))]
LABELS = "0 0.225 0.275 0.15 0.3\n0 0.525 0.275 0.15 0.3\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cli.evaluate, "load_networks", lambda gallery, threads, weights: fake_networks())
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), draw_photo(400, 400, FRONTS))
        (tmp_path / "labels" / f"{name}.txt").write_text(LABELS)
    (tmp_path / "data.yaml").write_text("names: [product]\n")
    return tmp_path


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_json_is_one_object_with_the_scores_and_the_count_error_of_each_photo(folder: Path) -> None:
    (folder / "labels" / "b.txt").write_text(LABELS + "0 0.8 0.8 0.1 0.1\n")
    result = evaluate(folder, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert report["map50"] == pytest.approx(0.8, abs=0.01)  # 4 of 5 found, 101-point interpolation
    assert report["per_class"]["product"]["map50"] == report["map50"]
    assert report["map50_95"] <= report["map50"]
    assert [(each["photo"], each["error"]) for each in report["photos"]] == [("a.png", 0), ("b.png", -1)]


def test_each_labelled_class_has_its_count_error_per_photo(folder: Path) -> None:
    (folder / "data.yaml").write_text("names: [product, cooler]\n")
    (folder / "labels" / "b.txt").write_text("0 0.225 0.275 0.15 0.3\n1 0.8 0.8 0.1 0.1\n")
    report = json.loads(evaluate(folder, "--json").stdout)["per_class"]
    assert report["product"]["count_error"] == {"mean": 0.5, "mean_absolute": 0.5}
    assert report["cooler"]["count_error"] == {"mean": -0.5, "mean_absolute": 0.5}


def test_a_photo_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "images" / "b.png").write_bytes(b"no photo")
    result = evaluate(folder, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"shelfproof: {folder / 'images' / 'b.png'}: this is not a photo")


@pytest.mark.parametrize(("split", "complaint"), [(None, "no folder"), ("val", "no folder")])
def test_a_missing_folder_is_one_line_and_exit_2(folder: Path, split: str | None, complaint: str) -> None:
    result = evaluate(folder / "nowhere", *(["--split", split] if split else []))
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1
