"""Settings: nothing to configure, one reader, refusals that name the setting."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from api.settings import SETTINGS, Settings, SettingsError, load_settings, read_or_make_secret

ROOT = Path(__file__).parents[3]


def test_nothing_has_to_be_configured(tmp_path: Path) -> None:
    first = load_settings({"SHELFPROOF_VAR": str(tmp_path / "var")})
    assert (len(first.secret) >= 48, first.database_url) == (True, f"sqlite:///{tmp_path}/var/shelfproof.db")
    secret = tmp_path / "var" / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in secret.parent.iterdir()] == ["secret"]
    assert load_settings({"SHELFPROOF_VAR": str(tmp_path / "var")}) == first


def test_without_making_one_the_secret_that_is_there_is_taken(tmp_path: Path) -> None:
    named = {"SHELFPROOF_VAR": str(tmp_path / "var")}
    load_settings(named, make=False)
    assert not (tmp_path / "var").exists()
    assert load_settings(named).secret == load_settings(named, make=False).secret


def test_a_secret_that_another_process_has_made_stands(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("of another process\n")
    assert read_or_make_secret(path) == "of another process"


@pytest.mark.parametrize(
    "given",
    [
        {"SHELFPROOF_SECRET": "short"},
        {"SHELFPROOF_PHOTO_BYTES_MAX": "99999999"},
        {"SHELFPROOF_PHOTO_BYTES_MAX": "ten"},
        {"SHELFPROOF_UPLOADS_PER_MINUTE": "0"},
        {"SHELFPROOF_UPLOADS_PER_MINUTE": "-3"},
        {"SHELFPROOF_LOG_LEVEL": "loud"},
        {"SHELFPROOF_INFERENCE": "tensorrt"},
        {"SHELFPROOF_ORIGIN": "shelfproof.example"},
        {"SHELFPROOF_DATABSE_URL": "sqlite:///x"},
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(given))) as caught:
        load_settings({"SHELFPROOF_SECRET": "s" * 40} | given)
    assert "\n" not in str(caught.value)


def test_variables_of_the_tests_do_not_stop_a_service() -> None:
    source = "".join(path.read_text() for path in [*ROOT.glob("tests/**/*.py"), ROOT / ".ci" / "run"])
    named = {name: "1" for name in re.findall(r"SHELFPROOF_(?:REQUIRE|TEST)_[A-Z]+", source)}
    assert len(named) >= 2
    assert load_settings({"SHELFPROOF_SECRET": "s" * 40} | named).secret == "s" * 40


def test_a_secret_is_not_shown() -> None:
    assert "s" * 40 not in repr(Settings(secret="s" * 40))


def test_the_environment_is_read_here_alone() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for package in ("api", "web", "crm", "pipeline", "models")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text())
    ]
    assert readers == ["api/settings.py"]


def test_every_setting_is_read() -> None:
    source = (ROOT / "api" / "settings.py").read_text().split("def load_settings")[1]
    assert all(f'"{name}"' in source for name in SETTINGS)
    assert len(fields(Settings)) >= 10
