"""The trail: every change of money, rule, grant and user leaves a row, and every read across a party's border."""

from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from crm.access import crossing, trail
from crm.access.scope import Scope
from crm.access.tables import DataGrant, Trail
from crm.access.trail import By
from crm.audits import service as audits
from crm.kernel.db import Database
from crm.kernel.errors import Forbidden
from crm.ledger.tables import Entry
from crm.outlets import service as outlets
from crm.people import accounts, granting, memberships
from crm.tasks import service as tasks
from crm.tasks.tables import TaskVersion
from tests.integration.crm.world import COLA_BLOCK, World, jpeg

OPERATOR, BY = Scope("", "admin"), By(operator="operator somebody")


class Parties:
    """Lumo, an audit of it that was paid, and Dora, who looks for the dealer East, to which outlets and audits are
    shown."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        self.lumo = self.world.ids.brands["Lumo"]
        self.paid = self.world.audited(jpeg(1))
        self.root, self.mia = self.world.scope("root"), self.world.scope("mia")
        self.east = str(self.world.scope("ann").dealer_id)
        with database.write() as s:
            dora = accounts.add_user(
                s, OPERATOR, BY, login="dora", name="Dora", role="dealer", brand_ids=[self.lumo], dealer_id=self.east
            )
            self.dora = memberships.scope_in(s, dora)
            told = {"dealer_id": self.east}
            self.grants = {
                kind: granting.give(s, self.mia, By(self.mia.user_id), kind=kind, **told).grant.id
                for kind in ("outlets", "audits")
            }

    def reads(self) -> list[tuple[Any, ...]]:
        with self.world.database.read() as s:
            rows = s.scalars(select(Trail).where(Trail.action == "read").order_by(Trail.id)).all()
        return [(each.by_user_id, each.kind, each.count, each.brand_id, each.why) for each in rows]


@pytest.fixture
def parties(database: Database, monkeypatch: pytest.MonkeyPatch) -> Parties:
    monkeypatch.setattr(trail, "_operator", "service")  # a command that another test ran in this process has its own
    return Parties(database)


def test_a_dealer_who_reads_what_is_granted_leaves_who_what_how_many_and_why(parties: Parties) -> None:
    with parties.world.database.read(parties.dora) as s:
        assert len(outlets.list_outlets(s, parties.dora).items) == 2
    dora, grants = parties.dora.user_id, parties.grants
    assert parties.reads() == [(dora, "outlets", 2, parties.lumo, f"grant {grants['outlets']}")]
    with parties.world.database.read(parties.dora) as s:
        audits.explain(s, parties.dora, parties.paid.audit_id)
    told = {(kind, count): why for _, kind, count, _, why in parties.reads()[1:]}
    assert {("audits", 1), ("photos", 1), ("decisions", 1)} <= set(told)
    assert told["audits", 1] == f"grant {grants['audits']}"
    with parties.world.database.read() as s:
        one = s.scalars(select(Trail.subject_id).where(Trail.kind == "audits")).all()
    assert one == [parties.paid.audit_id]


def test_an_admin_who_reads_a_brand_leaves_a_row_for_each(parties: Parties) -> None:
    with parties.world.database.read(parties.root) as s:
        outlets.list_outlets(s, parties.root)
        outlets.list_outlets(s, parties.root)  # the same rows are read once
    assert {(by, kind, count, brand) for by, kind, count, brand, _ in parties.reads()} == {
        (parties.root.user_id, "outlets", 2, parties.lumo),  # those of East, and of West
        (parties.root.user_id, "outlets", 1, parties.lumo),
        (parties.root.user_id, "outlets", 1, parties.world.ids.brands["Other"]),
    }


def test_who_reads_his_own_brands_rows_and_who_finds_nothing_leaves_none(parties: Parties) -> None:
    for login in ("ann", "ada", "mia"):
        scope = parties.world.scope(login)
        with parties.world.database.read(scope) as s:
            outlets.list_outlets(s, scope)
            audits.list_audits(s, scope)
    with parties.world.database.read(parties.dora) as s:
        assert tasks.list_tasks(s, parties.dora).items == ()
        accounts.list_users(s, parties.dora)  # its own reps
        granting.list_grants(s, parties.dora)
    assert parties.reads() == []


def test_what_an_admin_finds_while_he_changes_something_is_kept_with_the_change(parties: Parties) -> None:
    with parties.world.database.write(parties.root) as s:
        tasks.fund_task(s, parties.root, parties.world.ids.tasks["COLA"], 100, "a key")
    assert ("tasks", 1) in {(kind, count) for _, kind, count, _, _ in parties.reads()}


def test_what_cannot_be_kept_is_not_told(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(crossing, "keep", fails)
    with pytest.raises(OSError), parties.world.database.read(parties.dora) as s:
        outlets.list_outlets(s, parties.dora)
    with parties.world.database.read(parties.mia) as s:
        outlets.list_outlets(s, parties.mia)


def test_every_change_of_money_rule_grant_and_user_has_its_row(parties: Parties) -> None:
    world = parties.world
    with world.database.write(parties.mia) as s:
        version = tasks.publish_version(s, parties.mia, world.ids.tasks["COLA"], COLA_BLOCK.as_dict()).id
        taken = audits.reverse(s, parties.mia, parties.paid.audit_id, "a slip").entry_id
        granting.end(s, parties.mia, By(parties.mia.user_id), parties.grants["outlets"])
        accounts.change_user(s, parties.mia, By(parties.mia.user_id), world.ids.users["ann"], {"name": "Anna"})
    with world.database.read() as s:
        for kind, table in (("money", Entry), ("rule", TaskVersion), ("grant", DataGrant)):
            rows = set(s.scalars(select(Trail.subject_id).where(Trail.kind == kind)))
            assert rows == set(s.scalars(select(table.id))), kind
        told = {each.subject_id: each for each in s.scalars(select(Trail).order_by(Trail.id))}
        acts = [told[str(each)] for each in (version, taken, parties.grants["outlets"], world.ids.users["ann"])]
        assert {each.by_user_id for each in acts} == {parties.mia.user_id}
        assert {each.brand_id for each in acts} == {parties.lumo}
        award = told[str(parties.paid.entry_id)]
        assert (award.by_user_id, award.operator, award.brand_id) == (None, "service", parties.lumo)
        assert s.scalar(select(func.count()).select_from(Trail).where(Trail.action == "ended")) == 1


def test_the_trail_is_for_managers_of_the_brand_and_whose_it_is(parties: Parties) -> None:
    with parties.world.database.read(parties.root) as s:
        outlets.list_outlets(s, parties.root)
    with parties.world.database.read(parties.mia) as s:
        rows = trail.list_trail(s, parties.mia, "outlets").items
        assert {each.brand_id for each in rows} == {parties.lumo}
    with parties.world.database.read(parties.dora) as s:
        rows = trail.list_trail(s, parties.dora, "outlets").items
        assert [(each.count, each.dealer_id) for each in rows] == [(2, parties.east)]
    ada = parties.world.scope("ada")
    with pytest.raises(Forbidden), parties.world.database.read(ada) as s:
        trail.list_trail(s, ada)


@pytest.mark.parametrize("statement", ["UPDATE trail SET count = 0", "DELETE FROM trail", "DELETE FROM data_grant"])
def test_nothing_in_it_is_changed(parties: Parties, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|keeps its rows"), parties.world.database.write() as s:
        s.execute(text(statement))
