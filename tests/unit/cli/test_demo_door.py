"""A demo, whose passwords anybody knows, answers its own machine alone."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.edge import PASSED_ON
from api.settings import SettingsError, load_settings
from cli.demo_door import made_by_demo, refuse_others
from cli.demo_seed import ADMIN, PASSWORD
from crm import schema as _all_tables  # noqa: F401
from crm.installation.tables import Installation
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.people.tables import User
from tests.open_database import OpenDatabase


@pytest.mark.parametrize(
    ("address", "refused"),
    [("127.0.0.1", False), ("::1", False), ("127.8.8.8", False), ("::ffff:127.0.0.1", False), ("0.0.0.0", True),
     ("::", True), ("10.0.0.7", True), ("::ffff:10.0.0.7", True), ("fe80::1%eth0", True)],
)  # fmt: skip
def test_it_listens_on_this_machine_alone(address: str, refused: bool) -> None:
    with pytest.raises(SettingsError, match=r"demo.*127\.0\.0\.1") if refused else nullcontext():
        refuse_others(FastAPI(), address)


@pytest.mark.parametrize("header", PASSED_ON)
def test_what_a_proxy_passes_on_is_refused(header: str) -> None:
    app = FastAPI()
    app.get("/")(lambda: "answered")
    refuse_others(app, "127.0.0.1")
    client = TestClient(app)
    assert client.get("/").json() == "answered"
    refused = client.get("/", headers={header.title(): "for=10.0.0.7", "Accept-Language": "zh"})
    assert (refused.status_code, refused.json()["code"]) == (403, "demo_at_home")
    assert "演示" in refused.json()["detail"]


@pytest.mark.parametrize("how", ["marked", "by its password"])
def test_it_is_known_by_its_mark_and_an_old_one_by_its_password(tmp_path: Path, how: str) -> None:
    database = OpenDatabase(load_settings({"SHELFPROOF_VAR": str(tmp_path)}).database_url)
    database.create_all()
    assert not made_by_demo(database)
    password = "another one" if how == "marked" else PASSWORD
    with database.write() as s:
        people.create_user(s, login=ADMIN, name="Root", role="admin", password=password)
        s.add(Installation(salt="0" * 32, secret_proof="0" * 64, store_id="0" * 32, demo=how == "marked"))
    assert made_by_demo(database)
    with database.write() as s:
        s.execute(update(User).values(password_hash=hash_password("a password of its own")))
        s.execute(update(Installation).values(demo=False))
    assert not made_by_demo(database)
    database.dispose()
