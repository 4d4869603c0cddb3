"""`shelfproof evaluate` on drawn photos: the form of its report, and what it says of folders that are wrong."""

import json
import re
from dataclasses import replace
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
    monkeypatch.chdir(tmp_path)
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


def test_the_report_holds_the_figures_and_photos_and_asks_for_nothing_else(folder: Path) -> None:
    (folder / "data.yaml").write_text("names: [red-can, blue-can]\n")
    (folder / "labels" / "a.txt").write_text("1 0.225 0.275 0.15 0.3\n1 0.525 0.275 0.15 0.3\n")
    (folder / "labels" / "b.txt").write_text("0 0.225 0.275 0.15 0.3\n1 0.525 0.275 0.15 0.3\n0 0.8 0.8 0.1 0.1\n")
    (folder / "scene_tags.csv").write_text("image,scene,quality\na.png,rack,ok\nb.png,cooler,dark\n")
    result = evaluate(folder, "--report", folder / "made" / "report.html")
    assert result.exit_code == 0
    page = (folder / "made" / "report.html").read_text(encoding="utf-8")
    assert "AP 0.8" in page  # 4 of 5 fronts
    assert "b.png: 2 fronts matched, 0 false, 1 missed" in page
    assert "blue-can → red-can: 1" in page
    assert 'Scene</span><span lang="zh">场景</span>: rack' in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert re.findall(r"https?://|src=|url\(|@import", page) == []


def test_the_report_says_on_how_many_photos_the_general_detector_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsure = replace(fake_networks(score=0.6), general=fake_networks().detector)
    monkeypatch.setattr(cli.evaluate, "load_networks", lambda gallery, threads, weights: unsure)
    three = [*FRONTS, ("red-can", (300, 50, 360, 170))]  # fewer make no display, whatever they are
    cv2.imwrite(str(folder / "images" / "a.png"), draw_photo(400, 400, three))
    assert evaluate(folder, "--report", folder / "report.html").exit_code == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "detector fake, general fake on 1 of 2 photos, embedder fake, onnxruntime" in page


def test_without_a_name_the_report_lies_in_runs_and_json_stays_alone_on_stdout(folder: Path) -> None:
    result = evaluate(folder, "--json")
    assert (folder / "runs" / "evaluation.html").is_file()
    assert list(json.loads(result.stdout)) == [
        "images", "map50", "map50_95", "per_class", "count_error", "photos",
    ]  # fmt: skip
    assert result.stderr == "Report: runs/evaluation.html\n"


def test_a_report_that_cannot_be_written_is_one_line(folder: Path) -> None:
    result = evaluate(folder, "--json", "--report", folder / "data.yaml" / "report.html")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert json.loads(result.stdout)["images"] == 2  # what was measured is not lost


@pytest.mark.parametrize(("split", "complaint"), [(None, "no folder"), ("val", "no folder")])
def test_a_missing_folder_is_one_line_and_exit_2(folder: Path, split: str | None, complaint: str) -> None:
    result = evaluate(folder / "nowhere", *(["--split", split] if split else []))
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_path_that_the_system_refuses_is_one_line_and_exit_2(folder: Path) -> None:
    result = evaluate(folder / ("n" * 300))
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "File name too long" in result.stderr


def test_what_is_not_used_is_told_and_shows_in_the_exit_status(folder: Path) -> None:
    (folder / "labels" / "b.txt").write_text(LABELS + LABELS)
    (folder / "images" / "c.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(30))
    result = evaluate(folder, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["map50"] == pytest.approx(1, abs=0.01)  # each box once
    told = result.stderr.splitlines()
    assert [line for line in told if "b.txt" in line] == [
        f"shelfproof: {folder / 'labels' / 'b.txt'}: each box counts once; repeated by line 3, 4"
    ]
    assert [line for line in told if "c.heic is not used" in line]


def test_a_name_that_is_not_utf8_loses_no_figure(folder: Path) -> None:
    odd = b"caf\xe9".decode(errors="surrogateescape")
    (folder / "images" / "b.png").rename(folder / "images" / f"{odd}.png")
    (folder / "labels" / "b.txt").rename(folder / "labels" / f"{odd}.txt")
    report = folder / "report.html"
    table = evaluate(folder, "--report", report)
    assert (table.exit_code, table.exception) == (0, None)
    assert "caf\\udce9.png" in table.stdout
    assert len({len(line) for line in table.stdout.splitlines() if line.startswith("│")}) <= 2  # one width per table
    assert "caf\\udce9.png" in report.read_text(encoding="utf-8")
    assert json.loads(evaluate(folder, "--json").stdout)["photos"][1]["photo"] == f"{odd}.png"
