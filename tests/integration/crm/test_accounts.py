"""Who lets whom in, by which link, and what is kept of it."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.access.scope import Scope
from crm.access.tables import Trail
from crm.access.trail import By
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database, WriteSession
from crm.kernel.errors import Conflict, CrmError, Forbidden, Invalid, NotFound, Unauthenticated
from crm.people import accounts, inviting
from crm.people import service as people
from crm.people.memberships import memberships, scope_in, serve
from crm.people.tables import User

OPERATOR, BY = Scope("", "admin"), By(operator="operator somebody")
PASSWORD = "an uncommon password"


class Installation:
    """An admin, two brands with a manager each, a dealer."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as s:
            self.brand = accounts.add_organisation(s, OPERATOR, "brand", "Ketto").id
            self.other = accounts.add_organisation(s, OPERATOR, "brand", "Rival").id
            self.dealer = accounts.add_organisation(s, OPERATOR, "dealer", "North").id
            self.root = self.add(s, "root", "admin")
            self.manager = self.add(s, "manager", "manager", self.brand)
            self.stranger = self.add(s, "stranger", "manager", self.other)
            self.rep = self.add(s, "an", "rep", self.brand, self.dealer)

    def add(self, s: WriteSession, login: str, role: str, brand: str | None = None, dealer: str | None = None) -> str:
        user = accounts.add_user(
            s, OPERATOR, BY, login=login, name=login.title(), role=role, brand_ids=[brand] if brand else [],  # type: ignore[arg-type]
            dealer_id=dealer,
        )  # fmt: skip
        return user.id

    def scope(self, user_id: str) -> Scope:
        with self.database.read() as s:
            return scope_in(s, people.current_user(s, user_id))

    def invite(self, user_id: str) -> str:
        with self.database.write() as s:
            return inviting.invite(s, BY, people.current_user(s, user_id))[0]

    def change(self, scope: Scope, user_id: str, **changes: object) -> None:
        by = By(scope.user_id) if scope.user_id else BY
        with self.database.write(scope) as s:
            accounts.change_user(s, scope, by, user_id, changes)


@pytest.fixture
def there(database: Database) -> Installation:
    return Installation(database)


def test_a_link_chooses_a_password_once(there: Installation) -> None:
    with pytest.raises(Unauthenticated):
        people.authenticate(there.database, "an", "")
    token = there.invite(there.rep)
    assert inviting.accept(there.database, token, PASSWORD).id == there.rep
    assert people.authenticate(there.database, "AN", PASSWORD).id == there.rep
    with pytest.raises(Conflict, match="used already"):
        inviting.accept(there.database, token, "another good password")


def test_of_two_who_open_one_link_at_once_one_chooses(there: Installation) -> None:
    token, told = there.invite(there.rep), list[str]()

    def choose(password: str) -> None:
        try:
            inviting.accept(there.database, token, password)
            told.append("chosen")
        except CrmError as error:
            told.append(error.code)

    threads = [threading.Thread(target=choose, args=(f"password number {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["chosen", "link_used"]


def test_a_link_is_void_after_its_time_after_a_newer_one_and_when_the_account_is_closed(there: Installation) -> None:
    old, new = there.invite(there.rep), there.invite(there.rep)
    with pytest.raises(Conflict, match="no longer valid"):
        inviting.accept(there.database, old, PASSWORD)
    later = utcnow() + inviting.GOOD_FOR
    with clock_in_use(lambda: later), pytest.raises(Conflict, match="no longer valid"):
        inviting.accept(there.database, new, PASSWORD)
    there.change(OPERATOR, there.rep, active=False)
    for token in (new, "no such token"):
        with pytest.raises(NotFound):
            inviting.accept(there.database, token, PASSWORD)


def test_a_link_is_void_when_its_person_is_given_another_role(there: Installation) -> None:
    token = there.invite(there.rep)  # whoever handed it out may not give the role that follows
    there.change(OPERATOR, there.rep, role="admin")
    with pytest.raises(Conflict, match="no longer valid"):
        inviting.accept(there.database, token, PASSWORD)


def test_the_token_is_not_stored(there: Installation) -> None:
    token = there.invite(there.rep)
    with there.database.read() as s:
        tables = ("invitation", "trail")
        rows = [str(row) for table in tables for row in s.execute(text(f"SELECT * FROM {table}"))]
    assert len(rows) > 5
    assert token not in " ".join(rows)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "x" * 201])
def test_passwords_that_are_none_are_refused(there: Installation, password: str) -> None:
    with pytest.raises(Invalid):
        inviting.accept(there.database, there.invite(there.rep), password)


def test_a_password_is_not_what_anybody_knows_of_a_person(there: Installation) -> None:
    there.change(OPERATOR, there.rep, name="Nguyen Van An", phone="0901234567")
    for known in ("nguyen van an", "0901234567"):
        with pytest.raises(Invalid, match="login, name or phone"):
            inviting.accept(there.database, there.invite(there.rep), known)


def test_a_password_set_by_another_must_be_changed_and_then_not_any_more(there: Installation) -> None:
    with there.database.write() as s:
        inviting.set_password(s, BY, people.current_user(s, there.rep), PASSWORD)
    assert people.authenticate(there.database, "an", PASSWORD).must_change_password
    with pytest.raises(Invalid, match="present password"):
        inviting.change_password(there.database, there.rep, None, PASSWORD)
    assert not inviting.change_password(there.database, there.rep, None, "my own password").must_change_password
    for wrong in (None, "not my password"):
        with pytest.raises(Unauthenticated):
            inviting.change_password(there.database, there.rep, wrong, "yet another password")
    inviting.change_password(there.database, there.rep, "my own password", "yet another password")


def test_a_manager_manages_auditors_and_reps_of_his_brand_alone(there: Installation) -> None:
    manager, stranger = there.scope(there.manager), there.scope(there.stranger)
    there.change(manager, there.rep, name="An Other")
    with pytest.raises(NotFound):
        there.change(stranger, there.rep, name="Mine now")
    for scope, user_id, changes in (
        (manager, there.manager, {"name": "Boss"}),
        (manager, there.rep, {"role": "manager"}),
        (there.scope(there.rep), there.rep, {"name": "Boss"}),
    ):
        with pytest.raises(Forbidden):
            there.change(scope, user_id, **changes)
    with there.database.write(manager) as s:
        by = By(manager.user_id)
        for role in ("admin", "manager"):
            with pytest.raises(Forbidden):
                accounts.add_user(s, manager, by, login="x", name="X", role=role)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            accounts.add_user(s, manager, by, login="x", name="X", role="auditor", brand_ids=[there.other])
        made = accounts.add_user(s, manager, by, login="x", name="X", role="auditor")
        assert [each.brand_id for each in memberships(s, [made.id])] == [there.brand]
        assert {user.login for user in accounts.list_users(s, manager).items} == {"manager", "an", "x"}


def test_nobody_closes_himself_or_the_last_admin(there: Installation) -> None:
    inviting.accept(there.database, there.invite(there.root), PASSWORD)
    with pytest.raises(Conflict, match="himself"):
        there.change(there.scope(there.root), there.root, active=False)
    for changes in ({"active": False}, {"role": "manager"}):
        with there.database.write() as s:
            serve(s, s.get_one(User, there.root), there.brand)
        with pytest.raises(Conflict, match="last admin"):
            there.change(OPERATOR, there.root, **changes)
    with there.database.write() as s:
        second = there.add(s, "second", "admin")
    with pytest.raises(Conflict, match="last admin"):  # invited, and cannot sign in yet
        there.change(OPERATOR, there.root, active=False)
    inviting.accept(there.database, there.invite(second), PASSWORD)
    there.change(OPERATOR, there.root, active=False)


def test_two_admins_who_close_each_other_leave_one(there: Installation) -> None:
    with there.database.write() as s:
        second = there.add(s, "second", "admin")
    for user_id in (there.root, second):
        inviting.accept(there.database, there.invite(user_id), PASSWORD)
    scopes, told = (there.scope(there.root), there.scope(second)), list[str]()

    def close(scope: Scope, user_id: str) -> None:
        try:
            there.change(scope, user_id, active=False)
            told.append("closed")
        except CrmError as error:
            told.append(error.code)

    threads = [threading.Thread(target=close, args=pair) for pair in ((scopes[0], second), (scopes[1], there.root))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["closed", "last_admin"]


def test_names_and_logins_are_taken_once(there: Installation) -> None:
    with there.database.write() as s:
        with pytest.raises(Invalid, match="there is a brand Ketto already"):
            accounts.add_organisation(s, OPERATOR, "brand", " Ketto ")
        accounts.add_organisation(s, OPERATOR, "dealer", "Ketto")
        for login in ("AN", " an "):
            with pytest.raises(Invalid, match="login is taken"):
                there.add(s, login, "auditor", there.brand)
        with pytest.raises(Invalid, match="no such dealer"):
            there.add(s, "bn", "rep", there.brand, there.other)
    there.change(OPERATOR, there.rep, phone="0901234567")
    with pytest.raises(Invalid, match="phone is taken"):
        there.change(OPERATOR, there.manager, phone="0901234567")


def test_what_was_done_is_kept_with_who_did_it_and_no_values(there: Installation) -> None:
    manager = there.scope(there.manager)
    inviting.accept(there.database, there.invite(there.rep), PASSWORD)
    there.change(manager, there.rep, name="An Other", phone="0901234567")
    there.change(manager, there.rep, active=False)
    with there.database.read() as s:
        events = accounts.list_events(s, manager, there.rep).items
    assert [(each.action, each.fields, each.by_user_id or each.operator) for each in events] == [
        ("created", [], BY.operator),
        ("invited", [], BY.operator),
        ("password", [], there.rep),
        ("changed", ["name", "phone"], there.manager),
        ("closed", [], there.manager),
    ]
    with pytest.raises(DBAPIError, match="append-only"), there.database.write() as s:
        s.execute(text("UPDATE trail SET kind = 'invited'"))
    with there.database.read() as s:
        assert len(s.scalars(select(Trail).where(Trail.subject_id == there.rep)).all()) == len(events)


def test_an_installation_has_an_admin_when_one_can_sign_in(there: Installation) -> None:
    with there.database.read() as s:
        assert not accounts.has_admin(s)
    inviting.accept(there.database, there.invite(there.root), PASSWORD)
    with there.database.read() as s:
        assert accounts.has_admin(s)


def test_a_link_is_good_for_three_days() -> None:
    assert timedelta(hours=72) == inviting.GOOD_FOR
    assert inviting.link("https://a.example/", "token") == "https://a.example/welcome#token"


def test_a_link_stays_void_when_the_account_is_opened_again(there: Installation) -> None:
    token = there.invite(there.rep)
    there.change(OPERATOR, there.rep, active=False)
    there.change(OPERATOR, there.rep, active=True)
    with pytest.raises(Conflict, match="no longer valid"):
        inviting.accept(there.database, token, PASSWORD)


@pytest.mark.parametrize("by_operator", [True, False])
def test_a_password_set_otherwise_voids_the_link_that_waits(there: Installation, by_operator: bool) -> None:
    inviting.accept(there.database, there.invite(there.rep), PASSWORD)
    token = there.invite(there.rep)
    if by_operator:
        with there.database.write() as s:
            inviting.set_password(s, BY, people.current_user(s, there.rep), "set by another")
    else:
        inviting.change_password(there.database, there.rep, PASSWORD, "my own password")
    with pytest.raises(Conflict, match="no longer valid"):
        inviting.accept(there.database, token, "yet another password")


def test_a_phone_is_one_however_it_is_written(there: Installation) -> None:
    there.change(OPERATOR, there.rep, phone=" 090-123 45.67 ")
    inviting.accept(there.database, there.invite(there.rep), PASSWORD)
    for written in ("0901234567", "090 123 4567", "０９０１２３４５６７"):
        assert people.authenticate(there.database, written, PASSWORD).id == there.rep
        with pytest.raises(Invalid, match="phone is taken"):
            there.change(OPERATOR, there.manager, phone=written)
    with pytest.raises(Invalid, match="digits"):
        there.change(OPERATOR, there.manager, phone="call me")
    there.change(OPERATOR, there.rep, phone=" ")
    there.change(OPERATOR, there.manager, phone="0901234567")


@pytest.mark.parametrize("what", ["login", "phone", "organisation"])
def test_of_two_who_take_one_name_at_once_one_is_told_that_it_is_taken(there: Installation, what: str) -> None:
    both, told = threading.Barrier(2), list[str]()

    def add(n: int) -> None:
        try:
            with there.database.write() as s:
                if there.database.dialect == "postgresql":  # both look before either writes
                    s.execute(text("SELECT 1"))
                    both.wait(10)
                if what == "organisation":
                    accounts.add_organisation(s, OPERATOR, "dealer", "South")
                else:
                    login, phone = ("same", None) if what == "login" else (f"user-{n}", "0900000000")
                    accounts.add_user(s, OPERATOR, BY, login=login, name="X", role="admin", phone=phone)
                time.sleep(0.2)
            told.append("made")
        except CrmError as error:
            told.append(error.code)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["made", "taken"]


@pytest.mark.parametrize(("field", "most"), [("login", 60), ("name", 80)])
def test_what_is_too_long_to_be_kept_is_refused(there: Installation, field: str, most: int) -> None:
    given = {"login": "x", "name": "X", field: "x" * (most + 1)}
    with pytest.raises(Invalid, match="shorten it"), there.database.write() as s:
        accounts.add_user(s, OPERATOR, BY, role="admin", **given)
