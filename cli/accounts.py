"""`shelfproof admin`, `user` and `organisation`: who may enter, on the database itself.

So they need nobody's password, and work before anybody can sign in. No password is ever an argument: the shell's
history and the list of processes would tell it.
"""

import getpass
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from api.settings import load_settings
from cli.operating import OPERATOR, account, all_rows, organisation_named, with_database
from crm.access.scope import OF_A_DEALER, WITHOUT_BRAND, Role
from crm.access.trail import By
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.outlets.tables import Outlet
from crm.people import accounts, inviting
from crm.people.memberships import memberships
from crm.people.service import normal_login
from crm.people.tables import Organisation, User
from pipeline.texts import text_of

HERE = "http://127.0.0.1:8000"
Told = dict[str, Any]


def create_admin(login: str, name: str, password_stdin: bool) -> int:
    """Makes an admin, whose password is typed here, and returns the exit status."""

    def run(database: Database) -> Told:
        with database.read(OPERATOR) as s:
            if s.scalar(select(User.id).where(User.login == normal_login(login))) is not None:
                raise ValueError(f"there is a user {login} already: choose another login")
        password = _password(password_stdin)
        with database.write(OPERATOR) as s:
            user = accounts.add_user(s, OPERATOR, _by(), login=login, name=name, role="admin")
            inviting.set_password(s, _by(), user, password, must_change=False)
            return _told(user)

    return with_database(run, False, lambda told: [f"{told['login']} may sign in as an admin"], make=True)


def add_user(
    login: str, name: str, role: Role, brands: Sequence[str], dealer: str | None, outlet: str | None,
    phone: str | None, origin: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Makes an account, prints the one-time link of its owner, and returns the exit status."""

    def run(database: Database) -> Told:
        named: Sequence[str | None] = [] if role in WITHOUT_BRAND else brands or [None]
        brand_ids = [organisation_named(database, "brand", each) for each in named]
        dealer_id = organisation_named(database, "dealer", dealer) if role in OF_A_DEALER else None
        with database.write(OPERATOR) as s:
            user = accounts.add_user(
                s, OPERATOR, _by(), login=login, name=name, role=role, phone=phone, brand_ids=brand_ids[:1],
                dealer_id=dealer_id, outlet_id=_outlet(s, brand_ids[:1], outlet),
            )  # fmt: skip
            for brand_id in brand_ids[1:]:
                accounts.add_brand(s, OPERATOR, _by(), user.id, brand_id, _outlet(s, [brand_id], outlet))
            return _invited(s, user, origin)

    return with_database(run, as_json, _link_lines)


def new_password(login: str, password_stdin: bool, origin: str | None, as_json: bool) -> int:
    """A new one-time link, or a password from stdin that must be changed at the next sign-in; the exit status."""

    def run(database: Database) -> Told:
        password = _password(stdin=True) if password_stdin else None
        with database.write(OPERATOR) as s:
            user = _user(s, login)
            if password is None:
                return _invited(s, user, origin)
            inviting.set_password(s, _by(), user, password)
            return _told(user)

    def lines(told: Told) -> list[str]:
        if "link" in told:
            return _link_lines(told)
        return [f"{told['login']} has a new password, and must change it after signing in"]

    return with_database(run, as_json, lines)


def set_active(login: str, active: bool) -> int:
    """Closes or reopens an account, and returns the exit status."""

    def run(database: Database) -> Told:
        with database.write(OPERATOR) as s:
            user = _user(s, login)
            return _told(accounts.change_user(s, OPERATOR, _by(), user.id, {"active": active}))

    said = "may sign in again" if active else "is signed out and cannot sign in"
    return with_database(run, False, lambda told: [f"{told['login']} {said}"])


def set_brand(login: str, brand: str, outlet: str | None, end: bool) -> int:
    """Lets an account serve a brand, or no more, and returns the exit status."""

    def run(database: Database) -> Told:
        brand_id = organisation_named(database, "brand", brand)
        with database.write(OPERATOR) as s:
            user = _user(s, login)
            if end:
                return _told(accounts.end_brand(s, OPERATOR, _by(), user.id, brand_id))
            outlet_id = _outlet(s, [brand_id], outlet)
            return _told(accounts.add_brand(s, OPERATOR, _by(), user.id, brand_id, outlet_id))

    said = "does not serve" if end else "serves"
    return with_database(run, False, lambda told: [f"{told['login']} {said} {brand}"])


def list_users(brand: str | None, as_json: bool) -> int:
    """Prints the accounts, of one brand or of all, and returns the exit status."""

    def run(database: Database) -> list[Told]:
        brand_id = organisation_named(database, "brand", brand) if brand is not None else None
        with database.read(OPERATOR) as s:
            names = {each.id: each.name for each in s.scalars(select(Organisation))}
            users = all_rows(lambda after: accounts.list_users(s, OPERATOR, after, 200))
            serving: dict[str, list[str]] = {}
            for each in memberships(s, [user.id for user in users]):
                serving.setdefault(each.user_id, []).append(each.brand_id)
            return [
                _told(user)
                | {
                    "brands": [names[each] for each in serving.get(user.id, ())],
                    "dealer": names.get(user.dealer_id or ""),
                }
                for user in users
                if brand_id is None or brand_id in serving.get(user.id, ())
            ]

    return with_database(run, as_json, lambda told: [_line(each) for each in told] or ["no users yet"])


def add_organisation(kind: str, name: str, name_zh: str, as_json: bool) -> int:
    """Makes a brand or a dealer, and returns the exit status."""

    def run(database: Database) -> Told:
        with database.write(OPERATOR) as s:
            return _organisation(accounts.add_organisation(s, OPERATOR, kind, name, name_zh))

    return with_database(run, as_json, lambda told: [f"{told['kind']} {told['name']['en']}  {told['id']}"], make=True)


def list_organisations(as_json: bool) -> int:
    """Prints brands and dealers, and returns the exit status."""

    def run(database: Database) -> list[Told]:
        with database.read(OPERATOR) as s:
            rows = all_rows(lambda after: accounts.list_organisations(s, OPERATOR, None, after, 200))
            return [_organisation(each) for each in rows]

    def lines(told: list[Told]) -> list[str]:
        return [f"{each['kind']:6}  {each['id']}  {each['name']['en']}" for each in told] or ["no organisations yet"]

    return with_database(run, as_json, lines)


def _password(stdin: bool) -> str:
    """From the first line of stdin, or typed twice. ValueError."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ValueError("nobody can type a password here: add --password-stdin and pipe it in")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise ValueError("the two are not the same: try again")
    return password


def _by() -> By:
    return By(operator=account())


def _user(s: ReadSession, login: str) -> User:
    user = s.scalar(select(User).where(User.login == normal_login(login)))
    if user is None:
        raise ValueError(f"there is no user {login}: see shelfproof user list")
    return user


def _outlet(s: ReadSession, brand_ids: Sequence[str], code: str | None) -> str | None:
    """The id of the outlet of a brand with this code; ValueError where there is none."""
    if code is None:
        return None
    found = s.scalar(select(Outlet.id).where(Outlet.brand_id.in_(brand_ids), Outlet.code == code))
    if found is None:
        raise ValueError(f"there is no outlet {code}: see shelfproof outlet import")
    return found


def _invited(s: WriteSession, user: User, origin: str | None) -> Told:
    address = origin or load_settings(make=False).origin or HERE
    if not address.startswith(("https://", "http://")):
        raise ValueError("--origin must begin with https:// or http://")
    token, expires_at = inviting.invite(s, _by(), user)
    return _told(user) | {
        "link": inviting.link(address, token),
        "expires_at": expires_at.isoformat(timespec="seconds"),
    }


def _link_lines(told: Told) -> list[str]:
    return [
        told["link"],
        f"Hand this link to {told['name']} alone: good once, until {told['expires_at']}, to choose a password",
    ]


def _told(user: User) -> Told:
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "role": user.role,
        "phone": user.phone,
        "state": "closed" if not user.active else "invited" if user.is_invited else "active",
    }


def _organisation(row: Organisation) -> Told:
    return {"id": row.id, "kind": row.kind, "name": text_of(row, "name").as_dict()}


def _line(told: Told) -> str:
    where = " / ".join(each for each in (", ".join(told["brands"]), told["dealer"]) if each)
    return f"{told['login']:20} {told['role']:8} {told['state']:8} {told['name']}" + (f"  ({where})" if where else "")
