"""`shelfproof sku` with the shipped networks: on a gallery file, and on the data of a service that does not run."""

import json
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.settings import load_settings
from cli.main import app
from crm.installation.service import belong
from crm.kernel.photo_store import open_store
from crm.migrations import upgrade
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.workflows import steps
from crm.workflows.begun import Attempts
from crm.workflows.fakes import FakeVision
from crm.workflows.upkeep import Timing
from models.manifest import WEIGHTS
from tests.integration.crm.world import World
from tests.integration.vision.test_enrolling import COLA, FRONTS, NEW, photo, references
from tests.open_database import OpenDatabase


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    made = []
    for number, data in enumerate(references()):
        made.append(tmp_path / f"reference-{number}.jpg")
        made[-1].write_bytes(data)
    return [str(file) for file in made]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The data of a service, as the settings find it."""
    monkeypatch.setattr(people, "hash_password", lru_cache(hash_password))
    for name, value in {"VAR": str(tmp_path), "INFERENCE": "onnxruntime"}.items():
        monkeypatch.setenv(f"SHELFPROOF_{name}", value)
    database = OpenDatabase(f"sqlite:///{tmp_path / 'shelfproof.db'}")
    upgrade(database)
    store = open_store(str(tmp_path / "photos"))
    belong(database, store, load_settings().secret)  # as the service did, which made the secret
    yield World(database, store)
    database.dispose()


def sku(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["sku", *arguments], catch_exceptions=False)


def test_a_gallery_file_is_added_to_and_read_with(tmp_path: Path, files: list[str]) -> None:
    gallery, shot = tmp_path / "mine.npz", tmp_path / "photo.jpg"
    shutil.copyfile(WEIGHTS / "gallery-demo.npz", gallery)
    shot.write_bytes(photo(72))
    options = ("--gallery", str(gallery), "--engine", "onnxruntime", "--json")
    told = json.loads(sku("enroll", NEW.code, "--name", "New", *files, *options).stdout)
    assert told["trial"]["state"] == "trial"
    assert (told["gallery"], [picture["file"] for picture in told["pictures"]]) == ("demo-4+1", files)
    result = CliRunner().invoke(app, ["audit", str(shot), *options], catch_exceptions=False)
    [reading] = json.loads(result.stdout)
    [line] = result.stderr.splitlines()
    assert line.startswith("shelfproof: 1 of 17 SKUs of this gallery are on trial, and their names count in best")
    assert reading["facts"]["facings"]["sku"][NEW.code]["low"] == 0
    assert reading["facts"]["facings"]["sku"][COLA]["low"] > 0
    assert reading["facts"]["facings"]["sku"][NEW.code]["best"] == FRONTS
    assert reading["facts"]["facings"]["sku"][COLA]["best"] == FRONTS
    assert json.loads(sku("enroll", NEW.code, "--name", "New", "--competitor", *files, *options).stdout)["gallery"] == (
        "demo-4+2"
    )
    listed = {each["code"]: each["own"] for each in json.loads(sku("list", "--gallery", str(gallery), "--json").stdout)}
    assert (listed[NEW.code], listed[COLA], len(listed)) == (False, True, 17)


def test_bad_pictures_are_one_line_each_and_exit_2(tmp_path: Path, files: list[str]) -> None:
    gallery, bad = tmp_path / "mine.npz", tmp_path / "bad.jpg"
    shutil.copyfile(WEIGHTS / "gallery-demo.npz", gallery)
    before = gallery.read_bytes()
    bad.write_bytes(b"no picture")
    result = sku("enroll", "x", "--name", "X", files[0], str(bad), str(bad), "--gallery", str(gallery))
    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.split(":")[:2] for line in result.stderr.splitlines()] == [
        ["shelfproof", " picture 2"], ["shelfproof", " picture 3"],
    ]  # fmt: skip
    absent = sku("enroll", "x", "--name", "X", str(tmp_path / "no.jpg"), "--gallery", str(gallery))
    assert (absent.exit_code, "no.jpg" in absent.stderr) == (2, True)
    missing = sku("enroll", "x", "--name", "X", files[0], "--gallery", str(tmp_path / "none.npz"))
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)
    assert gallery.read_bytes() == before


def test_the_service_s_data_is_worked_on_while_it_does_not_run(world: World, files: list[str]) -> None:
    sent = world.send(world.visit(), world.claim(), photo(71))
    attempts = Attempts(world.database, "here", 1, Timing())
    vision = FakeVision(lambda _: {"cola": (8, 8, 8)})
    steps.read(world.database, world.store, vision, attempts, sent.id, steps.PhotoCatalogue())
    nobody = sku("enroll", NEW.code, "--name", "New", *files)
    assert (nobody.exit_code, nobody.stderr) == (2, "shelfproof: name the brand with --brand: Lumo, Other\n")
    arguments = ("enroll", NEW.code, "--name", "New", "--name-zh", "新", "--new", "--brand", "Lumo", *files)
    plain = sku(*arguments)
    assert plain.exit_code == 0, plain.stderr
    assert "recognised from the next photo on" in plain.stdout
    told = json.loads(sku(*arguments, "--json").stdout)
    assert (told["gallery"], len(told["pictures"])) == ("+1", 5)  # the same again: still the first
    listed = json.loads(sku("list", "--brand", "Lumo", "--json").stdout)
    assert [(each["code"], each["number"]) for each in listed][-1] == (NEW.code, 1)
    assert "It opens at 80 with none wrong; 119 with 1 wrong; 153 with 2 wrong" in plain.stdout
    assert "Enrol its sisters too" in plain.stdout
    assert "brand_missing" in plain.stdout
    assert "on trial: 0 displays, 0 wrong, 0 with a sister" in sku("list", "--brand", "Lumo").stdout
    assert "enrolled, 5 pictures" in sku("list", "--brand", "Lumo").stdout
    found = sku("rescore", NEW.code, "--days", "7", "--brand", "Lumo", "--json")
    assert found.exit_code == 0, found.stderr
    answer = json.loads(found.stdout)
    assert (answer["photos"], answer["found"]) == (1, 1)
    assert [(each["photo_id"], each["outlet"], each["best"]) for each in answer["placements"]] == [
        (sent.id, "E1", FRONTS)
    ]
    unknown = sku("rescore", "no-such", "--days", "7", "--brand", "Lumo")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (2, 1)
