"""The demo empties what a demo made, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import SettingsError, load_settings
from cli.alone import alone_on
from cli.demo_folder import MARKER, emptied
from crm.db import Database, parse_url


def left(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_what_a_demo_made_is_emptied(tmp_path: Path) -> None:
    var, kept = tmp_path / "demo", tmp_path / "kept"
    kept.mkdir()
    (kept / "photo.jpg").touch()
    with emptied(var, None):
        (var / "photos" / "ab").mkdir(parents=True)
        (var / "shelfproof.db").touch()
        (var / "elsewhere").symlink_to(kept)
    with emptied(var, None):
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
    with pytest.raises(SettingsError, match="not marked as the demo's"), emptied(tmp_path, None):
        pass
    assert left(tmp_path) == before


def test_a_link_to_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    of_somebody(others)
    (tmp_path / "demo").symlink_to(others)
    with pytest.raises(SettingsError, match="not marked"), emptied(tmp_path / "demo", None):
        pass
    assert left(others) == {"letter.txt"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    with pytest.raises(SettingsError, match="no folder"), emptied(tmp_path / "demo", None):
        pass


@pytest.mark.parametrize("photos", ["demo", "demo/mine", "demo/../demo/mine", "link", "demo/mine/a.jpg"])
def test_photos_in_the_folder_are_refused(tmp_path: Path, photos: str) -> None:
    var = tmp_path / "demo"
    with emptied(var, None):
        (var / "mine").mkdir()
        (var / "mine" / "a.jpg").touch()
    (tmp_path / "link").symlink_to(var / "mine")
    with pytest.raises(SettingsError, match="which the demo empties"), emptied(var, tmp_path / photos):
        pass
    assert (var / "mine" / "a.jpg").exists()


def test_photos_beside_it_are_fine(tmp_path: Path) -> None:
    (tmp_path / "demo-photos").mkdir()
    with emptied(tmp_path / "demo", tmp_path / "demo-photos"):
        pass


def test_what_is_served_is_not_emptied(tmp_path: Path) -> None:
    var = tmp_path / "demo"
    with emptied(var, None):
        (var / "photos").mkdir()
    url = load_settings({"SHELFPROOF_VAR": str(var)}).database_url
    with alone_on(url), pytest.raises(SettingsError, match="another process serves"), emptied(var, None):
        pass
    assert "photos" in left(var)
    with emptied(var, None):
        assert "photos" not in left(var)


@pytest.mark.parametrize("name", ["v%20y", "v?x=1", "v#1", "v y", "café", "100%"])
def test_a_folder_may_be_called_what_means_something_in_an_address(tmp_path: Path, name: str) -> None:
    settings = load_settings({"SHELFPROOF_VAR": str(tmp_path / name)})
    database = Database(settings.database_url)
    database.create_all()
    database.dispose()
    assert left(tmp_path) == {name}
    assert {"secret", "shelfproof.db"} <= left(tmp_path / name)
    again = parse_url(Database(settings.database_url).url.render_as_string(hide_password=False))  # as the engine does
    assert again.database == f"{tmp_path / name}/shelfproof.db"


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings({"SHELFPROOF_VAR": f"{tmp_path}/caf\udce9"})
