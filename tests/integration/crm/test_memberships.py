"""Users of several brands, and the one for which they act."""

from datetime import timedelta

import pytest

from crm.access.scope import Scope
from crm.access.trail import By
from crm.kernel.db import Database
from crm.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from crm.outlets import service as outlets
from crm.people import accounts, inviting, memberships, sessions
from crm.people.tables import User
from tests.integration.crm.world import World

HOUR = timedelta(hours=1)
OPERATOR, BY = Scope("", "admin"), By(operator="operator somebody")


class Serving:
    """Ada, an auditor of Lumo, who serves Other as well."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        self.lumo, self.other = (self.world.ids.brands[name] for name in ("Lumo", "Other"))
        self.ada = self.world.ids.users["ada"]
        with database.write() as s:
            accounts.add_brand(s, OPERATOR, BY, self.ada, self.other)

    def begin(self, login: str = "ada", brand_id: str | None = None) -> str:
        with self.world.database.write() as s:
            user = s.get_one(User, self.world.ids.users[login])
            return sessions.begin(s, user, HOUR, HOUR, brand_id).id

    def scope(self, session_id: str) -> Scope:
        with self.world.database.read() as s:
            return sessions.current(s, session_id).scope


@pytest.fixture
def serving(database: Database) -> Serving:
    return Serving(database)


def test_who_serves_several_brands_acts_for_one_at_a_time(serving: Serving) -> None:
    first, chosen = serving.begin(), serving.begin(brand_id=serving.other)
    assert [serving.scope(each).brand_id for each in (first, chosen)] == [serving.lumo, serving.other]
    with serving.world.database.read(serving.scope(chosen)) as s:
        seen = [outlet.code for outlet in outlets.list_outlets(s, serving.scope(chosen)).items]
    assert seen == ["N1"]
    with serving.world.database.write(serving.scope(first)) as s:
        memberships.choose(s, serving.scope(first), first, serving.other)
    assert serving.scope(first).brand_id == serving.other


def test_nobody_acts_for_a_brand_that_he_does_not_serve(serving: Serving) -> None:
    session = serving.begin("mia")
    with pytest.raises(NotFound), serving.world.database.write(serving.scope(session)) as s:
        memberships.choose(s, serving.scope(session), session, serving.other)
    for login in ("mia", "root"):
        with pytest.raises(Invalid):
            serving.begin(login, serving.other)
    assert serving.scope(session).brand_id == serving.lumo


def test_a_manager_cannot_take_over_an_account_that_serves_another_brand_too(serving: Serving) -> None:
    mia = serving.world.scope("mia")
    for changes in ({"name": "Mine"}, {"active": False}, {"role": "rep"}):
        with pytest.raises(Forbidden, match="other brands"), serving.world.database.write() as s:
            accounts.change_user(s, mia, By(mia.user_id), serving.ada, changes)
    with pytest.raises(Forbidden), serving.world.database.read() as s:
        accounts.managed_user(s, mia, serving.ada)  # as an invitation asks, which would set a password
    with pytest.raises(Forbidden), serving.world.database.write() as s:
        accounts.add_brand(s, mia, By(mia.user_id), serving.world.ids.users["ann"], serving.other)


def test_a_link_that_a_manager_holds_is_void_when_its_person_serves_another_brand_too(serving: Serving) -> None:
    mia, ann = serving.world.scope("mia"), serving.world.ids.users["ann"]
    with serving.world.database.write(mia) as s:
        token, _ = inviting.invite(s, By(mia.user_id), accounts.managed_user(s, mia, ann))
    with serving.world.database.write() as s:
        accounts.add_brand(s, OPERATOR, BY, ann, serving.other)
    with pytest.raises(Conflict, match="no longer valid"):  # else mia acts for the other brand as ann
        inviting.accept(serving.world.database, token, "an uncommon password")


def test_a_manager_ends_the_service_to_his_brand_and_only_that(serving: Serving) -> None:
    mia, acting, elsewhere = serving.world.scope("mia"), serving.begin(), serving.begin(brand_id=serving.other)
    with pytest.raises(NotFound), serving.world.database.write() as s:
        accounts.end_brand(s, mia, By(mia.user_id), serving.ada, serving.other)
    with serving.world.database.write() as s:
        accounts.end_brand(s, mia, By(mia.user_id), serving.ada, serving.lumo)
    with pytest.raises(Unauthenticated):
        serving.scope(acting)
    assert serving.scope(elsewhere).brand_id == serving.other
    assert serving.scope(serving.begin()).brand_id == serving.other
    with pytest.raises(Conflict) as last, serving.world.database.write() as s:
        accounts.end_brand(s, OPERATOR, BY, serving.ada, serving.other)
    assert last.value.code == "last_brand"
    with serving.world.database.write() as s:  # and again served
        accounts.add_brand(s, OPERATOR, BY, serving.ada, serving.lumo)
    assert serving.scope(serving.begin(brand_id=serving.lumo)).brand_id == serving.lumo


@pytest.mark.parametrize("brand", ["Lumo", "Other"])
def test_an_outlet_owner_has_an_outlet_of_the_brand(serving: Serving, brand: str) -> None:
    outlet, brand_id = serving.world.ids.outlets["E1"], serving.world.ids.brands[brand]
    told = {"login": "owner", "name": "Owner", "role": "outlet", "brand_ids": [brand_id]}
    if brand == "Other":
        with pytest.raises(Invalid, match="no such outlet"), serving.world.database.write() as s:
            accounts.add_user(s, OPERATOR, BY, outlet_id=outlet, **told)  # type: ignore[arg-type]
        return
    with pytest.raises(Invalid, match="needs an outlet"), serving.world.database.write() as s:
        accounts.add_user(s, OPERATOR, BY, **told)  # type: ignore[arg-type]
    with serving.world.database.write() as s:
        made = accounts.add_user(s, OPERATOR, BY, outlet_id=outlet, **told)  # type: ignore[arg-type]
        scope = memberships.scope_in(s, made)
    assert (scope.role, scope.brand_id, scope.outlet_id) == ("outlet", brand_id, outlet)
    with serving.world.database.read(scope) as s, pytest.raises(Forbidden):
        outlets.list_outlets(s, scope)
