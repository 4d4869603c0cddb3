"""`shelfproof outlet import`, `catalogue import` and `task`, on both databases."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from typer.testing import CliRunner

from cli.main import app
from crm.access.scope import Scope
from crm.catalog import service as catalog
from crm.catalog.tables import Product
from crm.kernel.db import Database
from crm.ledger.checks import check_ledger
from crm.outlets.tables import Outlet
from crm.tasks import service as tasks
from crm.tasks.tables import Task
from models.gallery import NO_SKUS
from tests.integration.conftest import ROOT
from tests.open_database import OpenDatabase

EXAMPLES = ROOT / "docs" / "examples"
OPERATOR = Scope("", "admin")


@pytest.fixture
def fresh(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database with a brand and a dealer, as the settings find it."""
    monkeypatch.setenv("SHELFPROOF_DATABASE_URL", database_url)
    monkeypatch.setenv("SHELFPROOF_SECRET", "s" * 40)
    monkeypatch.setattr("cli.operating.upgrade", lambda _: None)  # the tests make the schema without migrations
    monkeypatch.setattr("cli.operating.configure_logs", lambda _: None)
    made("organisation", "add", "brand", "Lantern Drinks")
    made("organisation", "add", "dealer", "Harbour Trading", "--name-zh", "海港商贸")
    database = OpenDatabase(database_url)
    yield database
    database.dispose()


def shelfproof(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


def made(*arguments: str | Path) -> str:
    done = shelfproof(*arguments)
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    return str(done.stdout)


def refused(*arguments: str | Path) -> list[str]:
    done = shelfproof(*arguments)
    assert (done.exit_code, done.stdout) == (2, ""), done.stdout
    return [line.removeprefix("shelfproof: ") for line in done.stderr.splitlines()]


def rows(database: Database, table: Any) -> dict[str, Any]:
    with database.read() as s:
        return {each.code: each for each in s.scalars(select(table))}


def table(tmp_path: Path, text: str, name: str = "t.csv") -> Path:
    file = tmp_path / name
    file.write_text(text)
    return file


def test_outlets_are_made_then_left_then_changed(fresh: Database, tmp_path: Path) -> None:
    file = EXAMPLES / "outlets.csv"
    assert made("outlet", "import", file, "--dry-run").startswith("outlets: 3 would be made, 0 would be changed")
    assert rows(fresh, Outlet) == {}
    assert made("outlet", "import", file).startswith("outlets: 3 made, 0 changed, 0 unchanged")
    assert made("outlet", "import", file).startswith("nothing changed: all 3 outlets stand like this already")
    before = rows(fresh, Outlet)
    assert (before["L-003"].name, before["L-003"].lat, before["L-003"].address) == (
        "Lantern Market, East Gate", 31.2215, "9 East Gate",
    )  # fmt: skip
    other = table(
        tmp_path, "编码,名称,纬度,经度,经销商\nL-001,New Name,31.2304,121.4737,海港商贸\nL-9,X,1,-2.5,海港商贸\n"
    )
    told = json.loads(made("outlet", "import", other, "--json"))
    assert (told["made"], told["changed"], told["unchanged"]) == (1, 1, 0)
    after = rows(fresh, Outlet)
    assert (after["L-001"].id, after["L-001"].name) == (before["L-001"].id, "New Name")
    assert after["L-001"].address == "1 Harbour Road"  # a column that the file has not stays as it is
    assert after["L-9"].lon == -2.5


def test_every_faulty_row_is_told_at_once_and_nothing_is_stored(fresh: Database, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "code,name,lat,lon,dealer\n"
        + "".join(f"ok-{n},Shop,31,121,Harbour Trading\n" for n in range(1200))  # more than one batch is written before
        + "A,Shop,121.4,31.2,Nobody\nok-7,Shop,0,0,Harbour Trading\n",
    )
    assert refused("outlet", "import", file) == [
        f"{file}:1202: lat: 121.4 is no latitude, which is from -90 to 90: are latitude and longitude swapped?",
        f"{file}:1202: dealer: there is no dealer Nobody: give one of Harbour Trading, 海港商贸, "
        "or run shelfproof organisation add dealer NAME",
        f"{file}:1203: code: ok-7 stands in line 9 already: give each once",
        f"nothing was imported: mend 3 faults in {file}",
    ]
    assert rows(fresh, Outlet) == {}
    file = table(tmp_path, "code,name,lat,lon,dealer\nA,Shop,0,0,Harbour Trading\n")
    assert "0, 0 is no shop's position" in refused("outlet", "import", file)[0]


def test_a_large_file_is_written_whole_and_a_second_time_not_at_all(fresh: Database, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "code,name,lat,lon,dealer\n" + "".join(f"{n},Shop {n},31,121,Harbour Trading\n" for n in range(3001)),
    )
    assert made("outlet", "import", file).startswith("outlets: 3001 made")
    assert made("outlet", "import", file).startswith("nothing changed: all 3001")
    with fresh.read() as s:
        assert s.scalar(select(func.count()).select_from(Outlet)) == 3001


def test_a_dealer_is_named_by_its_id_too(fresh: Database, tmp_path: Path) -> None:
    dealer = next(each for each in json.loads(made("organisation", "list", "--json")) if each["kind"] == "dealer")
    file = table(tmp_path, f"code,name,lat,lon,dealer\nA,Shop,31,121,{dealer['id']}\n")
    made("outlet", "import", file)
    assert rows(fresh, Outlet)["A"].dealer_id == dealer["id"]


def test_a_dealer_with_a_name_of_two_is_not_guessed(fresh: Database) -> None:
    made("organisation", "add", "dealer", "Other", "--name-zh", "Harbour Trading")
    assert "several dealers are called Harbour Trading" in refused("outlet", "import", EXAMPLES / "outlets.csv")[0]


def test_the_brand_is_named_where_there_are_several(fresh: Database) -> None:
    made("organisation", "add", "brand", "Ketto")
    file = EXAMPLES / "outlets.csv"
    assert refused("outlet", "import", file) == ["name the brand with --brand: Ketto, Lantern Drinks"]
    made("outlet", "import", file, "--brand", "Ketto")


def test_a_catalogue_says_what_no_gallery_knows_and_what_to_do(fresh: Database, tmp_path: Path) -> None:
    first, *more = made("catalogue", "import", EXAMPLES / "catalogue.csv").splitlines()
    assert first.startswith("products: 3 made, 0 changed, 0 unchanged")
    assert more == [
        "recognised on no photo yet, so that their fronts count as unknown, 3: "
        "lantern-cola-can, lantern-lemon-can, other-cola-can",
        "enrol each from 3 to 10 pictures: "
        "shelfproof sku enroll lantern-cola-can --name 'Lantern Cola' --name-zh '明灯可乐' PICTURE…",
    ]
    product = rows(fresh, Product)["lantern-lemon-can"]
    assert (product.own, product.brand, product.launched_on) == (True, "Lantern", date(2026, 11, 1))
    with fresh.read() as s:
        view = catalog.view(s, product.brand_id, date(2026, 12, 1))
    assert (view.gallery, view.own, view.new) == (
        NO_SKUS, {"lantern-cola-can", "lantern-lemon-can"}, {"lantern-lemon-can"},
    )  # fmt: skip
    made("catalogue", "import", EXAMPLES / "catalogue.csv", "--gallery", "demo", "--dry-run")
    with fresh.read() as s:
        assert catalog.view(s, product.brand_id, date(2026, 12, 1)).gallery == NO_SKUS
    file = table(tmp_path, "商品编码,名称,本品\nketto-cola-can,Ketto Cola,是\nketto-x,X,否\n")
    told = json.loads(made("catalogue", "import", file, "--gallery", "demo", "--json"))
    assert (told["gallery"], told["made"]) == ("demo", 2)
    assert "ketto-cola-can" not in told["unrecognised"]
    assert "ketto-x" in told["unrecognised"]
    assert json.loads(made("catalogue", "import", file, "--json"))["gallery"] == "demo"  # stays


def test_the_command_that_enrols_keeps_what_the_table_says(fresh: Database, tmp_path: Path) -> None:
    file = table(tmp_path, "code,name,own\nother,Other Cola,no\n")
    told = json.loads(made("catalogue", "import", file, "--brand", "Lantern Drinks", "--json"))
    assert told["enrol"] == (
        "shelfproof sku enroll other --name 'Other Cola' --competitor --brand 'Lantern Drinks' PICTURE…"
    )


def test_faults_of_a_catalogue(fresh: Database, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "code,name,own,launched_on,new_until\na b,A,yes,,\nunknown,B,yes,,\nc,C,perhaps,,\n"
        "d,D,yes,30.11.2026,\ne,E,yes,2026-11-30,2026-11-29\nf,F,yes,,2026-11-29\n",
    )
    faults = refused("catalogue", "import", file)
    assert [line.split(": ")[1] for line in faults[:-1]] == [
        "code", "code", "own", "launched_on", "new_until", "new_until",
    ]  # fmt: skip
    assert rows(fresh, Product) == {}
    assert refused("catalogue", "import", EXAMPLES / "catalogue.csv", "--gallery", "x") == [
        "there is no gallery x: give one of demo, none, pepsico_vn"
    ]
    assert rows(fresh, Product) == {}


def test_a_task_is_made_funded_and_published_from_a_file(fresh: Database) -> None:
    assert made("task", "list") == "no tasks yet\n"
    told = json.loads(made("task", "create", EXAMPLES / "task.yaml", "--json"))
    assert (told["state"], told["version"], told["balance_fen"]) == ("open", 1, 100_000)
    assert json.loads(made("task", "list", "--json")) == [told]
    assert "¥1000.00" in made("task", "list", "--brand", "Lantern Drinks")
    with fresh.read() as s:
        card = tasks.get_task(s, OPERATOR, told["id"])
        assert card.version is not None
        assert card.version.rules["clauses"][0]["expression"] == "facings.total >= 6"
        assert check_ledger(s) == []
    assert refused("task", "create", EXAMPLES / "task.yaml") == ["the task code six_fronts is taken: choose another"]


def test_a_task_in_json_with_its_own_reward_graph(fresh: Database, tmp_path: Path) -> None:
    given = yaml.safe_load((EXAMPLES / "task.yaml").read_text())
    given |= {"starts_at": "2026-11-01T00:00:00+08:00", "ends_at": "2036-01-01T00:00:00+08:00", "budget_fen": 200}
    del given["budget_yuan"]
    text = json.dumps(given, indent="\t")
    file = table(tmp_path, text.replace('"code": "six_fronts"', '"code": "a", "code": "b"'), "task.json")
    assert refused("task", "create", file) == ["code stands twice: give it once"]
    assert refused("task", "create", table(tmp_path, text[:-1], "task.json")) == [
        f"{file}:{len(text.splitlines())} is no JSON: Expecting ',' delimiter"
    ]
    assert json.loads(made("task", "create", table(tmp_path, text, "task.json"), "--json"))["balance_fen"] == 200


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("budget_yuan: 1000", "budget_yuan: 1.5", "budget_yuan: Input should be a valid integer"),
        ("budget_yuan: 1000", "", "give the budget once: budget_yuan, or budget_fen"),
        ("budget_yuan: 1000", "budget_yuan: 1", "budget: the task's budget holds ¥1.00 and one display may earn ¥2.00"),
        ("2026-11-01T00:00:00+08:00", "2026-11-01", "start: give date, time and offset"),
        ("claim_hours: 72", "claim_hours: 72\nclaim_hour: 3", "claim_hour: Extra inputs are not permitted"),
        ("claim_hours: 72", "claim_hours: 72\nclaim_hours: 3", "claim_hours stands twice"),
        ("claim_hours: 72", "claim_hours: yes", "hours of a claim: Input should be a valid integer"),
        ("code: six_fronts", "code: 007", "code: Input should be a valid string"),
        ("facings.total >= 6", "facings.totl >= 6", "clauses[0]"),
        ("period: month", "period: year", "period: Input should be 'once', 'day', 'week' or 'month'"),
        ("name: {en: Six fronts", "name: {en: [Six", "is neither YAML nor JSON"),
    ],
)
def test_a_faulty_task_is_told_in_words_and_leaves_nothing(
    fresh: Database, tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = (EXAMPLES / "task.yaml").read_text()
    assert old in text
    lines = refused("task", "create", table(tmp_path, text.replace(old, new, 1), "task.yaml"))
    assert any(told in line for line in lines), lines
    assert rows(fresh, Task) == {}
