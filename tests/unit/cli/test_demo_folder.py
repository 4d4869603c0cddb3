"""The demo empties what a demo made, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import SettingsError, load_settings
from cli.alone import alone_on, using
from cli.demo_folder import MARKER, emptied
from crm.kernel.db import parse_url
from crm.kernel.photo_store import open_store
from tests.open_database import OpenDatabase

ROOT = Path(__file__).resolve().parents[3]


def left(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_what_a_demo_made_is_emptied(tmp_path: Path) -> None:
    var, kept = tmp_path / "demo", tmp_path / "kept"
    kept.mkdir()
    (kept / "photo.jpg").touch()
    with emptied(var, []):
        (var / "photos" / "ab").mkdir(parents=True)
        (var / "shelfproof.db").touch()
        (var / "elsewhere").symlink_to(kept)
    with emptied(var, []):
        assert left(var) == {MARKER, "shelfproof.db.lock"}
    assert left(kept) == {"photo.jpg"}  # a link is removed, not what it points to


def of_somebody(folder: Path) -> None:
    (folder / "letter.txt").touch()


def of_an_installation(folder: Path) -> None:
    (folder / "shelfproof.db").touch()
    (folder / "secret").touch()


@pytest.mark.parametrize("fill", [of_somebody, of_an_installation])
def test_a_folder_of_others_is_refused_whole(tmp_path: Path, fill: Callable[[Path], None]) -> None:
    fill(tmp_path)
    before = left(tmp_path)
    with pytest.raises(SettingsError, match="not marked as the demo's"), emptied(tmp_path, []):
        pass
    assert left(tmp_path) == before


def test_a_link_to_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    of_somebody(others)
    (tmp_path / "demo").symlink_to(others)
    with pytest.raises(SettingsError, match="not marked"), emptied(tmp_path / "demo", []):
        pass
    assert left(others) == {"letter.txt"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    with pytest.raises(SettingsError, match="no folder"), emptied(tmp_path / "demo", []):
        pass


@pytest.mark.parametrize("photo", ["demo/mine/a.jpg", "demo/../demo/a.jpg", "link/a.jpg", "a.jpg"])
def test_photos_in_the_folder_are_refused(tmp_path: Path, photo: str) -> None:
    var = tmp_path / "demo"
    with emptied(var, []):
        (var / "mine").mkdir()
        for made in (var / "a.jpg", var / "mine" / "a.jpg"):
            made.touch()
    (tmp_path / "link").symlink_to(var / "mine")
    (tmp_path / "a.jpg").symlink_to(var / "a.jpg")
    beside = tmp_path / "beside.jpg"
    beside.touch()
    with pytest.raises(SettingsError, match="which the demo empties"), emptied(var, [beside, tmp_path / photo]):
        pass
    assert left(var) == {MARKER, "shelfproof.db.lock", "mine", "a.jpg"}


def test_photos_beside_it_are_fine(tmp_path: Path) -> None:
    photo = tmp_path / "demo-photos" / "a.jpg"
    photo.parent.mkdir()
    photo.touch()
    for _ in range(2):
        with emptied(tmp_path / "demo", [photo]):
            pass
    assert photo.exists()


def test_what_is_served_is_not_emptied(tmp_path: Path) -> None:
    var = tmp_path / "demo"
    with emptied(var, []):
        (var / "photos").mkdir()
    url = load_settings({"SHELFPROOF_VAR": str(var)}).database_url
    with alone_on(url), pytest.raises(SettingsError, match="another process serves"), emptied(var, []):
        pass
    assert "photos" in left(var)
    with emptied(var, []):
        assert "photos" not in left(var)


@pytest.mark.parametrize("named", ["file", "through a link", "a link to the file", "relative"])
def test_what_is_served_by_its_address_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    var = tmp_path / "demo"
    with emptied(var, []):
        (var / "photos").mkdir()
    (tmp_path / "link").symlink_to(var)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.db").symlink_to(var / "shelfproof.db")
    path = {
        "file": var / "shelfproof.db",
        "through a link": tmp_path / "link" / "shelfproof.db",
        "a link to the file": tmp_path / "other.db",
        "relative": Path("demo") / "shelfproof.db",
    }[named]
    with alone_on(f"sqlite:///{path}"), pytest.raises(SettingsError, match="another process"), emptied(var, []):
        pass
    assert "photos" in left(var)


def test_photos_that_a_service_on_postgresql_keeps_there_are_not_emptied(tmp_path: Path) -> None:
    var = tmp_path / "demo"
    with emptied(var, []):
        pass
    settings = load_settings({"SHELFPROOF_VAR": str(var), "SHELFPROOF_DATABASE_URL": "postgresql://nowhere/nothing"})
    with using(settings), using(settings):  # many processes share them
        (var / "photos" / "received").touch()
        with pytest.raises(SettingsError, match="another process uses"), emptied(var, []):
            pass
        assert (var / "photos" / "received").exists()


def test_what_a_demo_left_that_was_killed_while_emptying_is_still_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = tmp_path / "demo"
    with emptied(var, []):
        (var / "photos").mkdir()
    with monkeypatch.context() as dying:
        dying.setattr("shutil.rmtree", _killed)
        with pytest.raises(OSError, match="killed"), emptied(var, []):
            pass
    with emptied(var, []):
        assert left(var) == {MARKER, "shelfproof.db.lock"}


def _killed(_path: Path) -> None:
    raise OSError("killed")


@pytest.mark.parametrize("folder", [Path("/"), Path(), ROOT, ROOT / "datasets" / "demo"])
def test_no_folder_that_people_live_in_is_emptied(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("cli.demo_folder._remove", _killed)
    with pytest.raises(SettingsError, match="not marked as the demo's"), emptied(folder, []):
        pass


def test_a_marker_that_is_a_link_is_none(tmp_path: Path) -> None:
    var, theirs = tmp_path / "var", tmp_path / "theirs"
    var.mkdir()
    theirs.touch()
    (var / MARKER).symlink_to(theirs)
    of_somebody(var)
    with pytest.raises(SettingsError, match="not marked"), emptied(var, []):
        pass


@pytest.mark.parametrize("name", ["v%20y", "v?x=1", "v#1", "v y", "café", "100%"])
def test_a_folder_may_be_called_what_means_something_in_an_address(tmp_path: Path, name: str) -> None:
    settings = load_settings({"SHELFPROOF_VAR": str(tmp_path / name)})
    database = OpenDatabase(settings.database_url)
    database.create_all()
    database.dispose()
    assert left(tmp_path) == {name}
    assert {"secret", "shelfproof.db"} <= left(tmp_path / name)
    again = parse_url(
        OpenDatabase(settings.database_url).url.render_as_string(hide_password=False)
    )  # as the engine does
    assert again.database == f"{tmp_path / name}/shelfproof.db"
    open_store(settings.photos).put(b"a photo")
    assert left(tmp_path) == {name}
    assert "photos" in left(tmp_path / name)


def test_the_address_of_a_folder_of_photos_is_read_as_one(tmp_path: Path) -> None:
    open_store(f"file://{tmp_path}/of%20the%20field").put(b"a photo")
    assert left(tmp_path) == {"of the field"}


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings({"SHELFPROOF_VAR": f"{tmp_path}/caf\udce9"})
