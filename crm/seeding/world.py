"""A brand with all that it needs to work, from a description; running it again changes nothing and adds
what is new.

For demos and tests. The description is the caller's: who the brands are and what they sell is not crm's to
know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm.access.scope import Role, Scope
from crm.catalog import service as catalog
from crm.catalog.service import ProductSpec
from crm.kernel.db import Database, WriteSession
from crm.outlets import service as outlets
from crm.outlets.tables import Outlet
from crm.people import service as people
from crm.people.tables import Organisation, User
from crm.tasks import service as tasks
from crm.tasks.tables import Task
from pipeline.rules.clauses import TaskRules

_ADMIN = Scope("", "admin")  # nobody in particular


@dataclass(frozen=True)
class UserSpec:
    """A user of the brand; `dealer` names the dealer of a rep."""

    login: str
    name: str
    role: Role
    phone: str | None = None
    dealer: str | None = None


@dataclass(frozen=True)
class OutletSpec:
    """An outlet; position in degrees."""

    code: str
    name: str
    lat: float
    lon: float
    dealer: str
    name_zh: str = ""
    address: str = ""


@dataclass(frozen=True)
class TaskSpec:
    """A task with its rules, published once, and its budget in fen, which holds at least one reward."""

    code: str
    name: str
    rules: TaskRules
    budget_fen: int
    starts_at: datetime
    ends_at: datetime
    name_zh: str = ""
    description: str = ""
    description_zh: str = ""
    period: str = "month"
    claim_hours: int = 72
    displays_max: int = 1


@dataclass(frozen=True)
class BrandSpec:
    """A brand, its dealers by name, and what belongs to it. `gallery`: the name of the gallery of its
    catalogue."""

    name: str
    gallery: str
    products: Sequence[ProductSpec]
    name_zh: str = ""
    dealers: Sequence[str] = ()
    users: Sequence[UserSpec] = ()
    outlets: Sequence[OutletSpec] = ()
    tasks: Sequence[TaskSpec] = ()


@dataclass(frozen=True)
class SeedSpec:
    """Brands, and an admin for the whole installation (None: no admin)."""

    brands: Sequence[BrandSpec]
    admin: UserSpec | None = None

    @property
    def logins(self) -> list[str]:
        """Of every user described; each needs a password."""
        users = [user for brand in self.brands for user in brand.users]
        return [user.login for user in (*users, *((self.admin,) if self.admin else ()))]


@dataclass(frozen=True)
class Seeded:
    """Ids by the names of the description: brands, users by login, outlets and tasks by code."""

    brands: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    outlets: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)


def seed_demo(database: Database, spec: SeedSpec, passwords: Mapping[str, str]) -> Seeded:
    """Make what `spec` describes and is not there yet, in one transaction. `passwords`: by login.

    KeyError for a user without a password; Invalid for rules that must not be published.
    """
    seeded = Seeded()
    with database.write(_ADMIN) as s:
        if spec.admin is not None:
            _user(s, spec.admin, {}, None, passwords, seeded)
        for brand in spec.brands:
            _brand(s, brand, passwords, seeded)
    return seeded


def _brand(s: WriteSession, spec: BrandSpec, passwords: Mapping[str, str], seeded: Seeded) -> None:
    brand = _organisation(s, "brand", spec.name, spec.name_zh)
    seeded.brands[spec.name] = brand.id
    dealers = {name: _organisation(s, "dealer", name).id for name in spec.dealers}
    catalog.put_catalogue(s, _ADMIN, brand.id, spec.gallery, spec.products)
    for user in spec.users:
        _user(s, user, dealers, brand.id, passwords, seeded)
    for outlet in spec.outlets:
        seeded.outlets[outlet.code] = _outlet(s, outlet, dealers[outlet.dealer], brand.id)
    for task in spec.tasks:
        seeded.tasks[task.code] = _task(s, task, brand.id)


def _organisation(s: WriteSession, kind: str, name: str, name_zh: str = "") -> Organisation:
    known = select(Organisation).where(Organisation.kind == kind, Organisation.name == name)
    return s.scalars(known).first() or people.create_organisation(s, kind, name, name_zh)


def _user(
    s: WriteSession,
    spec: UserSpec,
    dealers: Mapping[str, str],
    brand_id: str | None,
    passwords: Mapping[str, str],
    seeded: Seeded,
) -> None:
    user = s.scalars(select(User).where(User.login == spec.login)).first() or people.create_user(
        s,
        login=spec.login,
        name=spec.name,
        role=spec.role,
        password=passwords[spec.login],
        phone=spec.phone,
        brand_ids=[brand_id] if brand_id is not None else [],
        dealer_id=dealers[spec.dealer] if spec.dealer is not None else None,
    )
    seeded.users[spec.login] = user.id


def _outlet(s: WriteSession, spec: OutletSpec, dealer_id: str, brand_id: str) -> str:
    known = s.scalar(select(Outlet.id).where(Outlet.brand_id == brand_id, Outlet.code == spec.code))
    if known is not None:
        return known
    made = outlets.create_outlet(
        s,
        _ADMIN,
        brand_id=brand_id,
        dealer_id=dealer_id,
        code=spec.code,
        name=spec.name,
        name_zh=spec.name_zh,
        address=spec.address,
        lat=spec.lat,
        lon=spec.lon,
    )
    return made.id


def _task(s: WriteSession, spec: TaskSpec, brand_id: str) -> str:
    known = s.scalar(select(Task.id).where(Task.brand_id == brand_id, Task.code == spec.code))
    if known is not None:
        return known
    texts: dict[str, Any] = {
        "name": spec.name,
        "name_zh": spec.name_zh,
        "description": spec.description,
        "description_zh": spec.description_zh,
    }
    made = tasks.create_task(
        s,
        _ADMIN,
        brand_id=brand_id,
        code=spec.code,
        starts_at=spec.starts_at,
        ends_at=spec.ends_at,
        period=spec.period,
        claim_hours=spec.claim_hours,
        **texts,
    )
    tasks.fund_task(s, _ADMIN, made.id, spec.budget_fen, "seed")
    tasks.publish_version(s, _ADMIN, made.id, spec.rules.as_dict(), spec.displays_max)
    return made.id
