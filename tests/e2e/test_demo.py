"""The main job through the real service and the shipped networks, as `make demo` runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from datasets.field import field_photos, of_split
from models.detections import PRODUCT

ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "cli.main", "demo", "--json", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stderr
    outcomes: list[dict[str, Any]] = json.loads(result.stdout)
    return outcomes


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    var = tmp_path_factory.mktemp("demo")
    told = demo("--var", str(var))
    assert len(list((var / "annotated").glob("*.jpg"))) == len(told)
    return {Path(outcome["photo"]).name: outcome for outcome in told}


def test_every_photo_is_decided_as_its_truth_demands(outcomes: dict[str, dict[str, Any]]) -> None:
    meant = {"pass": "pass", "fail": "refuse", "review": "review"}
    unlike = {
        name: (outcome["intent"], outcome["decision"]["outcome"])
        for name, outcome in outcomes.items()
        if outcome["intent"] in meant and outcome["decision"]["outcome"] != meant[outcome["intent"]]
    }
    assert len(outcomes) == 12
    assert unlike == {}


def test_nothing_false_is_paid_and_the_wallet_holds_what_was(outcomes: dict[str, dict[str, Any]]) -> None:
    paid = [outcome for outcome in outcomes.values() if outcome["decision"]["outcome"] == "pass"]
    assert all(outcome["intent"] in ("pass", "borderline") for outcome in paid)
    assert max(outcome["wallet_fen"] for outcome in outcomes.values()) == sum(
        outcome["decision"]["amount_fen"] for outcome in paid
    )


def test_the_copy_of_a_paid_photo_goes_to_a_person(outcomes: dict[str, dict[str, Any]]) -> None:
    copy = outcomes["12_cola_block_copy.jpg"]["decision"]
    assert copy["outcome"] == "review"
    assert "near_duplicate" in [reason["code"] for reason in copy["reasons"]]


def test_a_refusal_says_what_is_missing_in_both_languages(outcomes: dict[str, dict[str, Any]]) -> None:
    (clause,) = outcomes["03_no_cola.jpg"]["decision"]["clauses"]
    assert clause["outcome"] == "fail"
    assert clause["threshold"] == {
        "kind": "count", "path": 'facings.sku["ketto-cola-can"]', "op": ">=", "values": [6.0],
    }  # fmt: skip
    assert "6" in clause["advice"]["en"]
    assert "6" in clause["advice"]["zh"]


def test_field_photos_are_decided_and_full_displays_are_paid(field_data: Path, tmp_path: Path) -> None:
    photos = of_split(field_photos(field_data), "test")
    full = [photo for photo in photos if (photo.classes == PRODUCT).sum() >= 24][:4]
    folder = tmp_path / "photos"
    folder.mkdir()
    for photo in full:
        shutil.copy(photo.path, folder)
    outcomes = demo("--photos", str(folder), "--var", str(tmp_path / "var"))
    assert [outcome["error"] for outcome in outcomes] == [""] * 4
    paid = [outcome for outcome in outcomes if outcome["decision"]["outcome"] == "pass"]
    assert paid
    assert outcomes[-1]["wallet_fen"] == 200 * len(paid)


def test_a_folder_as_it_comes_is_sent_whole(tmp_path: Path) -> None:
    """Names of any bytes, of one name in two sub-folders, and what a Mac leaves beside them."""
    photo, odd = (
        ROOT / "datasets" / "demo" / "photos" / "11_no_display.jpg",
        b"caf\xe9.jpg".decode(errors="surrogateescape"),
    )
    for name in (odd, "north/[a].jpg", "south/[a].JFIF"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, tmp_path / "photos" / name)
    for left in ("._a.jpg", "__MACOSX/a.jpg"):
        (tmp_path / "photos" / left).parent.mkdir(exist_ok=True)
        (tmp_path / "photos" / left).write_bytes(b"left by a system")
    var = tmp_path / "var"
    told = demo("--photos", str(tmp_path / "photos"), "--var", str(var))
    assert [Path(each["photo"]).name for each in told] == [odd, "[a].jpg", "[a].JFIF"]
    assert all(each["decision"] and each["miscounted"] is None for each in told)
    assert len(list((var / "annotated").iterdir())) == 3
