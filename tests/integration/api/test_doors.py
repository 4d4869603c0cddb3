"""What is open to everybody, and what is not: metrics, files, the source."""

import io
import os
import stat
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.settings import load_settings
from crm.kernel.db import Database
from tests.integration.api.world import World, make_world
from tests.open_database import OpenDatabase
from web.source import ROOT

TOKEN = "t" * 20


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("192.0.2.1", {}, 401),
        ("testclient", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 401),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 401),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 401),
        ("192.0.2.1", {"Authorization": f"Bearer {TOKEN}"}, 401),
    ],
)
def test_metrics_are_for_this_machine(world: World, address: str, headers: dict[str, str], status: int) -> None:
    with TestClient(world.app, client=(address, 1)) as client:
        answer = client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("shelfproof_" in answer.text) == (status == 200)


def test_a_token_opens_metrics_and_nothing_else_does(database: Database) -> None:
    world = make_world(database, lambda settings: replace(settings, metrics_token=TOKEN))
    with TestClient(world.app, client=("192.0.2.1", 1)) as client:
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
    with TestClient(world.app, client=("127.0.0.1", 1)) as client:  # a proxy that says nothing looks like this
        assert client.get("/metrics").status_code == 401


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in [folder, *folder.iterdir()]}


@pytest.mark.parametrize("existed", [False, True])
def test_files_are_their_owners_alone(tmp_path: Path, existed: bool) -> None:
    var = tmp_path / "var"
    before = os.umask(0o022)
    try:
        if existed:
            var.mkdir()
            for name in ("secret", "shelfproof.db", "shelfproof.db-wal", "shelfproof.db-shm"):
                (var / name).write_text("s" * 40 if name == "secret" else "")
        settings = load_settings({"SHELFPROOF_VAR": str(var)})
        database = OpenDatabase(settings.database_url)
        with database.write_engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
            found = modes(var)
        database.dispose()
    finally:
        os.umask(before)
    assert found.pop("var") == "0o700"
    assert {"shelfproof.db", "shelfproof.db-wal", "shelfproof.db-shm"} <= set(found)
    found.pop("secret")
    assert set(found.values()) == {"0o600"}


def test_a_folder_that_all_share_is_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "secret").write_text("s" * 40)
    load_settings({"SHELFPROOF_VAR": str(shared)})
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_each_page_offers_the_source_of_what_runs(client: TestClient) -> None:
    for language, word in (("en", "Source code"), ("zh", "源代码")):
        page = client.get(f"/?lang={language}").text
        assert f'<a href="/source.tar.gz">{word}</a>' in page
        assert '<a href="/licence">' in page
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in client.get("/licence").text
    answer = client.get("/source.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as packed:
        names = set(packed.getnames())
        for part in ("api/app.py", "LICENSE", "pyproject.toml", "web/templates/base.html", "web/source.py"):
            kept = packed.extractfile(f"shelfproof/{part}")
            assert kept is not None
            assert kept.read() == (ROOT / part).read_bytes()
    assert not [name for name in names if name.split("/")[1] in ("var", ".git", ".venv", "runs") or ".pyc" in name]


def test_the_source_may_lie_elsewhere(database: Database) -> None:
    world = make_world(database, lambda settings: replace(settings, source_url="https://example.com/source"))
    with TestClient(world.app) as client:
        assert '<a href="https://example.com/source">' in client.get("/").text
