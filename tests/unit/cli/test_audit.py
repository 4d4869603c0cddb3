import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

import cli.audit
from cli.main import app
from models.fakes import draw_photo, fake_networks
from models.manifest import ModelFileError

FRONTS = [("red-can", (100, 100, 160, 220)), ("blue-can", (200, 100, 260, 220))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(cli.audit, "load_networks", lambda gallery, threads, weights, engine: fake_networks())
    cv2.imwrite(str(tmp_path / "a.png"), draw_photo(600, 450, FRONTS))
    cv2.imwrite(str(tmp_path / "b.jpg"), draw_photo(450, 600, FRONTS))
    return tmp_path


def audit(*arguments):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


def test_json_is_one_array_with_one_object_per_photo(folder):
    result = audit(folder / "b.jpg", folder / "a.png", "--json")
    readings = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [reading["photo"] for reading in readings] == [str(folder / "b.jpg"), str(folder / "a.png")]
    assert [(reading["width"], reading["height"]) for reading in readings] == [(450, 600), (600, 450)]
    for reading in readings:
        assert reading["facts"]["facings"]["total"] == {"low": 2, "best": 2, "high": 2}
        assert reading["facts"]["share"]["own"]["best"] == 0.5
        assert {"detections", "facts", "flags", "timings_ms"} <= set(reading)
        assert {found["sku"] for found in reading["detections"]} == {"red-can", "blue-can"}


def test_a_folder_stands_for_its_photos(folder):
    (folder / "notes.txt").write_text("no photo")
    result = audit(folder, "--json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)) == 2


def test_a_bad_photo_does_not_stop_the_others(folder):
    (folder / "c.jpg").write_bytes(b"not a photo")
    result = audit(folder / "c.jpg", folder / "absent.jpg", folder / "a.png", "--json")
    bad, absent, good = json.loads(result.stdout)
    assert result.exit_code == 2
    assert bad["photo"] == str(folder / "c.jpg")
    assert "not a photo" in bad["error"]
    assert absent["error_code"] == "unreadable"
    assert good["facts"]["facings"]["total"]["best"] == 2
    assert len(result.stderr.splitlines()) == 3  # the gallery's, and one for each
    assert all(line.startswith("shelfproof: ") for line in result.stderr.splitlines())


def test_an_empty_folder_is_bad_input(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    result = audit(tmp_path / "empty", "--json")
    assert (result.exit_code, result.stdout.strip()) == (2, "[]")
    assert "no photo" in result.stderr


def test_names_of_any_bytes_and_flags_in_chinese_stay_json_in_ascii(folder):
    odd = folder / b"\xff \xe5\x86\xb0.png".decode(errors="surrogateescape")
    cv2.imwrite(str(folder / "dark.png"), draw_photo(300, 300, [], texture=1))
    (folder / "dark.png").rename(odd)
    result = audit(odd, "--json")
    assert result.stdout.isascii()
    (reading,) = json.loads(result.stdout)
    assert reading["photo"] == str(odd)
    assert "too_small" in {flag["code"] for flag in reading["flags"]}


def test_a_file_too_large_to_be_a_photo_is_not_read(folder, monkeypatch):
    with (folder / "film.jpg").open("wb") as film:
        film.truncate(20_000_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    result = audit(folder / "film.jpg", "--json")
    (reading,) = json.loads(result.stdout)
    assert (result.exit_code, reading["error_code"]) == (2, "too_large")
    assert "20000.0 MB" in reading["error"]


def test_without_json_it_is_a_table(folder):
    result = audit(folder / "a.png")
    assert result.exit_code == 0
    assert "50%" in result.stdout


def test_the_gallery_that_names_most_is_taken_and_told(folder, monkeypatch):
    known = fake_networks()
    strange = replace(known, gallery=replace(known.gallery.without(known.gallery.codes), version="strange"))

    def load(gallery, threads, weights, engine):
        return known if gallery in knowing else strange

    monkeypatch.setattr(cli.audit, "load_networks", load)
    others = "where that is another's, give --gallery: demo, none, pepsico_vn, a .npz or a folder"
    knowing = set[str]()
    for name in ("demo", "pepsico_vn"):
        knowing = {name}
        told = audit(folder, folder / "absent.jpg", "--json")
        reading = json.loads(told.stdout)[0]
        assert reading["models"]["gallery"] == known.gallery.version
        assert reading["facts"]["facings"]["unknown"]["best"] == 0
        assert told.stderr.splitlines()[0] == (
            f"shelfproof: the gallery {known.gallery.version} names the SKUs; {others}"
        )
    asked = audit(folder / "a.png", "--gallery", "demo")  # whoever names one gets it, without a word
    assert asked.stderr == ""
    knowing = set()
    assert json.loads(audit(folder, "--json").stdout)[0]["models"]["gallery"] == "strange"


def test_what_a_mac_leaves_is_passed_over_and_a_photo_is_known_by_its_bytes(folder):
    jpeg = (folder / "b.jpg").read_bytes()
    below = folder / "shop" / "street"
    below.mkdir(parents=True)
    for name in ("b.jfif", "c.JPE", "d.JPG", "e", "f.dat", "g.HEIC"):  # phones name a JPEG so when they share it
        (below / name).write_bytes(jpeg)
    for left in ("._a.png", "__MACOSX/._a.jpg", "__MACOSX/a.jpg", ".DS_Store", "Thumbs.db", ".git/a.jpg"):
        (folder / left).parent.mkdir(exist_ok=True)
        (folder / left).write_bytes(jpeg if left.endswith("/a.jpg") else b"\0\5\x16\7 left by a system")
    result = audit(folder, "--json")
    assert result.exit_code == 0, result.stderr
    names = [Path(reading["photo"]).name for reading in json.loads(result.stdout)]
    assert names == ["a.png", "b.jpg", "b.jfif", "c.JPE", "d.JPG", "e", "f.dat", "g.HEIC"]


@pytest.mark.parametrize("name", ["IMG_1.HEIC", "a.heif", "a.avif"])
def test_a_format_that_is_not_read_is_named(folder, name):
    (folder / name).write_bytes(b"\0\0\0\x18ftyp" + (b"avif" if name.endswith("avif") else b"heic") + bytes(40))
    result = audit(folder, "--json")
    refused = {reading["photo"]: reading for reading in json.loads(result.stdout)}[str(folder / name)]
    assert (result.exit_code, refused["error_code"]) == (2, "unsupported")
    assert f"{folder / name}: " in result.stderr
    assert "not supported" in result.stderr


def test_missing_networks_are_one_line_and_exit_2(folder, monkeypatch):
    def missing(gallery, threads, weights, engine):
        raise ModelFileError("detector.json is missing")

    monkeypatch.setattr(cli.audit, "load_networks", missing)
    result = audit(folder / "a.png", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == ["shelfproof: detector.json is missing"]


def test_help_imports_nothing_heavy():
    script = (
        "import sys, cli.main; heavy = {'cv2', 'numpy', 'onnxruntime', 'fastapi', 'torch'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_path_that_the_system_refuses_is_one_line_and_exit_2(folder, monkeypatch):
    result = audit(folder / ("n" * 300), "--json")
    (reading,) = json.loads(result.stdout)
    assert (result.exit_code, reading["error_code"]) == (2, "unreadable")

    def refused(gallery, threads, weights, engine):
        raise PermissionError(13, "Permission denied", "crops")

    monkeypatch.setattr(cli.audit, "load_networks", refused)
    result = audit(folder / "a.png", "--gallery", "crops")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "shelfproof: [Errno 13] Permission denied: 'crops'\n"
