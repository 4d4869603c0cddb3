"""What a brand shows a dealer: by kind, from a day to a day, narrowed by values, and never beyond its own outlets."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.access.scope import Scope
from crm.access.trail import By, list_trail
from crm.audits import service as audits
from crm.audits.photos import status
from crm.catalog import enrolling
from crm.catalog.tables import Product
from crm.kernel.business_time import business_day
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from crm.kernel.errors import Forbidden, Invalid, NotFound
from crm.outlets import service as outlets
from crm.people import accounts, granting, memberships
from crm.tasks import service as tasks
from crm.visits import service as visits
from tests.integration.crm.world import World, jpeg

OPERATOR, BY = Scope("", "admin"), By(operator="operator somebody")


class Dealers:
    """Dora of the dealer East, and an audit of a rep of each dealer of Lumo."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        self.lumo = self.world.ids.brands["Lumo"]
        self.audits = {
            "East": self.world.audited(jpeg(1)).audit_id,
            "West": self.world.audited(jpeg(2), "cem", outlet="W1").audit_id,
        }
        self.east = str(self.world.scope("ann").dealer_id)
        with database.write() as s:
            dora = accounts.add_user(
                s, OPERATOR, BY, login="dora", name="Dora", role="dealer", brand_ids=[self.lumo], dealer_id=self.east
            )
            self.dora = memberships.scope_in(s, dora)

    def give(self, kind: str, **rest: Any) -> str:
        mia = self.world.scope("mia")
        with self.world.database.write(mia) as s:
            return granting.give(s, mia, By(mia.user_id), dealer_id=self.east, kind=kind, **rest).grant.id

    def seen(self) -> dict[str, list[str]]:
        with self.world.database.read(self.dora) as s:
            return {
                "outlets": [each.code for each in outlets.list_outlets(s, self.dora).items],
                "products": [each.product.code for each in enrolling.list_skus(s, self.dora).items],
                "tasks": [each.task.code for each in tasks.list_tasks(s, self.dora).items],
                "visits": [each.user_id for each in visits.list_visits(s, self.dora).items],
                "audits": [each.audit.id for each in audits.list_audits(s, self.dora).items],
            }

    def photo(self, dealer: str) -> str:
        with self.world.database.read(OPERATOR) as s:
            return audits.explain(s, OPERATOR, self.audits[dealer]).photos[0].id


@pytest.fixture
def dealers(database: Database) -> Dealers:
    return Dealers(database)


NOTHING: dict[str, list[str]] = {"outlets": [], "products": [], "tasks": [], "visits": [], "audits": []}


def test_without_a_grant_a_dealer_sees_nothing_of_the_brand(dealers: Dealers) -> None:
    assert dealers.seen() == NOTHING
    photo_id = dealers.photo("East")
    with dealers.world.database.read(dealers.dora) as s:
        for call in (
            lambda: audits.explain(s, dealers.dora, dealers.audits["East"]),
            lambda: status.get_photo(s, dealers.dora, photo_id),
            lambda: tasks.get_task(s, dealers.dora, dealers.world.ids.tasks["COLA"]),
            lambda: enrolling.get_sku(s, dealers.dora, "cola"),
        ):
            with pytest.raises(NotFound):
                call()


def test_a_grant_shows_neither_drafts_nor_products_before_their_launch(dealers: Dealers) -> None:
    mia = dealers.world.scope("mia")
    for kind in ("tasks", "products"):
        dealers.give(kind)
    with dealers.world.database.write(mia) as s:
        now = utcnow()
        tasks.create_task(s, mia, code="DRAFT", name="Draft", starts_at=now, ends_at=now + timedelta(days=1))
        lime = s.scalars(select(Product).where(Product.code == "lime")).one()
        lime.launched_on = business_day(now) + timedelta(days=1)
    seen = dealers.seen()
    assert (seen["tasks"], seen["products"]) == (["COLA", "SHARE"], ["cola", "rival"])


def test_a_grant_shows_its_kind_at_the_outlets_of_the_dealer_and_no_other(dealers: Dealers) -> None:
    for kind in NOTHING:
        grant_id = dealers.give(kind)
        seen = dealers.seen()
        assert {each for each, rows in seen.items() if rows} == {kind}
        mia = dealers.world.scope("mia")
        with dealers.world.database.write(mia) as s:
            granting.end(s, mia, By(mia.user_id), grant_id)
        assert dealers.seen() == NOTHING
    for kind in NOTHING:
        dealers.give(kind)
    assert dealers.seen() == {
        "outlets": ["E1", "E2"],
        "products": ["cola", "lime", "rival"],
        "tasks": ["COLA", "SHARE"],
        "visits": [dealers.world.ids.users["ann"]],
        "audits": [dealers.audits["East"]],
    }
    east, west = dealers.photo("East"), dealers.photo("West")
    with dealers.world.database.read(dealers.dora) as s:
        assert audits.explain(s, dealers.dora, dealers.audits["East"]).may == ()
        assert status.get_photo(s, dealers.dora, east).audit_id == dealers.audits["East"]
        for call in (audits.explain, audits.get_audit):
            with pytest.raises(NotFound):
                call(s, dealers.dora, dealers.audits["West"])
        with pytest.raises(NotFound):
            status.get_photo(s, dealers.dora, west)


def test_values_narrow_a_grant_and_grants_add_up(dealers: Dealers) -> None:
    dealers.give("outlets", values={"code": ["E2", "W1"]})
    assert dealers.seen()["outlets"] == ["E2"]
    dealers.give("outlets", values={"code": ["E1", "E2"], "outlet_id": [dealers.world.ids.outlets["E1"]]})
    assert dealers.seen()["outlets"] == ["E1", "E2"]
    dealers.give("audits", values={"task_id": [dealers.world.ids.tasks["SHARE"]]})
    assert dealers.seen()["audits"] == []
    dealers.give("audits", values={"task_id": list(dealers.world.ids.tasks.values())})
    assert dealers.seen()["audits"] == [dealers.audits["East"]]


def test_a_grant_holds_from_its_first_business_day_to_its_last(dealers: Dealers) -> None:
    dealers.give("outlets", starts_on=date(2027, 1, 2), ends_on=date(2027, 1, 3))
    shown = {}
    for told in ("2027-01-01T15:59", "2027-01-01T16:00", "2027-01-03T15:59", "2027-01-03T16:00"):  # Shanghai: UTC+8
        now = datetime.fromisoformat(told).replace(tzinfo=UTC)
        with clock_in_use(lambda now=now: now):
            shown[told] = bool(dealers.seen()["outlets"])
    assert list(shown.values()) == [False, True, True, False]


def test_grants_of_another_brand_or_to_another_dealer_show_nothing(dealers: Dealers) -> None:
    west = str(dealers.world.scope("cem").dealer_id)
    with dealers.world.database.write() as s:
        granting.give(s, dealers.world.scope("mia"), BY, dealer_id=west, kind="outlets")
        other = dealers.world.ids.brands["Other"]
        granting.give(s, OPERATOR, BY, dealer_id=dealers.east, kind="outlets", brand_id=other)
    assert dealers.seen() == NOTHING


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "money"}, "kind"), ({"kind": "tasks", "values": {"user_id": ["x"]}}, "values"),
        ({"kind": "tasks", "values": {"code": []}}, "values"), ({"kind": "tasks", "dealer_id": "nobody"}, "dealer_id"),
        ({"kind": "tasks", "starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "ends_on"),
        ({"kind": "tasks", "values": {"code": [f"c{n}" for n in range(201)]}}, "values"),
    ],
)  # fmt: skip
def test_grants_that_are_none_are_refused(dealers: Dealers, given: dict[str, Any], field: str) -> None:
    mia = dealers.world.scope("mia")
    with pytest.raises(Invalid) as refused, dealers.world.database.write() as s:
        granting.give(s, mia, By(mia.user_id), **{"dealer_id": dealers.east, **given})
    assert refused.value.field == field


def test_grants_are_given_and_ended_by_managers_of_the_brand_and_stand_in_the_trail(dealers: Dealers) -> None:
    grant_id, mia = dealers.give("outlets", values={"code": ["E1"]}), dealers.world.scope("mia")
    for login in ("ann", "ada"):
        with pytest.raises(Forbidden), dealers.world.database.write() as s:
            granting.end(s, dealers.world.scope(login), BY, grant_id)
    with pytest.raises(Forbidden), dealers.world.database.write() as s:
        granting.give(s, dealers.dora, BY, dealer_id=dealers.east, kind="audits")
    foreign = Scope(mia.user_id, "manager", dealers.world.ids.brands["Other"])
    with pytest.raises(NotFound), dealers.world.database.write(foreign) as s:
        granting.end(s, foreign, BY, grant_id)
    for _ in range(2):  # ended once
        with dealers.world.database.write(mia) as s:
            granting.end(s, mia, By(mia.user_id), grant_id)
    for scope in (mia, dealers.dora):
        with dealers.world.database.read(scope) as s:
            rows = list_trail(s, scope, "grant").items
            assert [(each.action, each.fields, each.by_user_id) for each in rows] == [
                ("ended", [], mia.user_id),
                ("given", ["code"], mia.user_id),
            ]
            [card] = granting.list_grants(s, scope).items
            assert (card.values, card.grant.ended_at is None) == ({"code": ["E1"]}, False)
    with dealers.world.database.read(foreign) as s:
        assert list_trail(s, foreign, "grant").items == ()
