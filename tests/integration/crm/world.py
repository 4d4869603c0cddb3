"""A small made-up brand, and short ways to do what its people do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np

from crm.access.scope import Scope
from crm.audits import service as audits
from crm.audits.photos import closing, receiving
from crm.audits.photos.examining import examine
from crm.audits.photos.tables import Photo
from crm.audits.returning import ended_claims, give_back
from crm.audits.tables import Decision
from crm.audits.told import DecisionTold
from crm.catalog import service as catalog
from crm.catalog.service import ProductSpec
from crm.kernel.business_time import business_day
from crm.kernel.db import Database
from crm.kernel.ids import new_id
from crm.kernel.photo_store import PhotoStore, open_store
from crm.ledger.service import find_account
from crm.people import service as people
from crm.people.memberships import scope_in
from crm.seeding.world import BrandSpec, OutletSpec, SeedSpec, TaskSpec, UserSpec, seed_demo
from crm.storing.service import keep
from crm.tasks import service as tasks
from crm.tasks.reserving import release, reserved_fen
from crm.tasks.tables import Task, TaskClaim
from crm.workflows.fakes import FakeVision
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.rewards import simple_reward, tiered_reward
from pipeline.texts import Text

LAT, LON = 31.2304, 121.4737
BUDGET_FEN = 10_000
CLAIM_FEN = 1200  # the most that a claim on COLA can earn: four displays of 300
NOT_THE_SAME = {"further_display": "two shelves, seen from the door"}
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
PASSWORD = "a password for tests"
Fronts = Mapping[str, tuple[int, int, int]]

COLA_BLOCK = TaskRules(
    (Clause("cola_block", Text("Cola block", "可乐堆头"), 'facings.sku["cola"] >= 6', "refuse"),),
    tiered_reward('facings.sku["cola"]', [(6, 200), (10, 300)]),
    1000,
)
SHARE = TaskRules((Clause("share", Text("Share", "占比"), "share.own >= 0.5", "review"),), simple_reward(500), 100)


def user(login: str, role: Any, dealer: str | None = None) -> UserSpec:
    return UserSpec(login, login.title(), role, None, dealer)


LUMO = BrandSpec(
    "Lumo",
    "demo",
    [
        ProductSpec("cola", "Lumo Cola", True),
        ProductSpec("lime", "Lumo Lime", True),
        ProductSpec("rival", "Rival", False),
    ],
    dealers=("East", "West"),
    users=(
        user("ann", "rep", "East"),
        user("ben", "rep", "East"),
        user("cem", "rep", "West"),
        user("ada", "auditor"),
        user("mia", "manager"),
    ),
    outlets=(
        OutletSpec("E1", "Corner shop", LAT, LON, "East"),
        OutletSpec("E2", "Kiosk", LAT + 0.05, LON, "East"),
        OutletSpec("W1", "Market", LAT, LON + 0.1, "West"),
    ),
    tasks=(
        TaskSpec("COLA", "Cola block", COLA_BLOCK, BUDGET_FEN, START, END, displays_max=4),
        TaskSpec("SHARE", "Share of shelf", SHARE, 5000, START, END),
    ),
)
OTHER = BrandSpec(
    "Other", "demo", [ProductSpec("x", "X", True)], dealers=("North",),
    users=(user("zoe", "auditor"), user("nil", "rep", "North")), outlets=(OutletSpec("N1", "Far", LAT, LON, "North"),),
)  # fmt: skip
SPEC = SeedSpec((LUMO, OTHER), user("root", "admin"))
PASSWORDS = {each.login: PASSWORD for brand in SPEC.brands for each in brand.users} | {"root": PASSWORD}


def jpeg(seed: int) -> bytes:
    """A JPEG of its own for each seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (240, 320, 3), np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


@dataclass
class World:
    """A seeded database. `shows` says which fronts the photo of a seed shows; default: 8 colas for sure."""

    database: Database
    store: PhotoStore = field(default_factory=lambda: open_store("memory:"))
    fronts: dict[bytes, Fronts] = field(default_factory=dict)
    hashes: dict[bytes, bytes] = field(default_factory=dict)
    flags: dict[bytes, list[dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = seed_demo(self.database, SPEC, PASSWORDS)

    def scope(self, login: str) -> Scope:
        with self.database.read() as s:
            return scope_in(s, people.current_user(s, self.ids.users[login]))

    def claim(self, login: str = "ann", task: str = "COLA", outlet: str = "E1") -> str:
        with self.database.write(self.scope(login)) as s:
            return tasks.claim_task(s, self.scope(login), self.ids.tasks[task], self.ids.outlets[outlet]).id

    def visit(self, login: str = "ann", outlet: str = "E1", lat: float = LAT, lon: float = LON) -> str:
        with self.database.write(self.scope(login)) as s:
            return closing.check_in(s, self.scope(login), self.ids.outlets[outlet], lat, lon).id

    def send(
        self, visit: str, claim: str, data: bytes, login: str = "ann", key: str | None = None, **rest: Any
    ) -> Photo:
        examined = examine(data)
        keep(self.database, self.store, data)
        with self.database.write(self.scope(login)) as s:
            return receiving.receive_photo(
                s, self.scope(login), visit_id=visit, claim_id=claim, examined=examined,
                idempotency_key=key or new_id(), **rest,
            )  # fmt: skip

    def vision(self) -> FakeVision:
        default = {"cola": (8, 8, 8), "lime": (0, 0, 0), "rival": (2, 2, 2)}
        hashed = (lambda data: self.hashes[data],) if self.hashes else ()
        return FakeVision(
            lambda data: self.fronts.get(data, default), *hashed, flags=lambda data: self.flags.get(data, [])
        )

    def read(self, photo: Photo, data: bytes) -> None:
        with self.database.write() as s:
            view = catalog.view(s, photo.brand_id, business_day(photo.received_at))
            seen = self.vision().read(data, view)
            audits.record_reading(s, photo.id, seen.reading, seen.perceptual_hash, seen.likeness)
        audits.seek(self.database, photo.id)

    def decide(self, photo: Photo) -> Decision | None:
        audits.seek_all(self.database, photo.audit_id)
        with self.database.write() as s:
            return audits.decide_audit(s, photo.audit_id)

    def audited(self, data: bytes, login: str = "ann", task: str = "COLA", outlet: str = "E1", **rest: Any) -> Decision:
        """TaskClaim, check in, send, read, decide."""
        lat = LAT + (0.05 if outlet == "E2" else 0.0)
        photo = self.send(self.visit(login, outlet, lat), self.claim(login, task, outlet), data, login, **rest)
        self.read(photo, data)
        decision = self.decide(photo)
        assert decision is not None
        return decision

    def told(self, audit_id: str, login: str = "ada") -> DecisionTold:
        """The decision that holds, as it is explained to somebody."""
        with self.database.read(self.scope(login)) as s:
            decision = audits.explain(s, self.scope(login), audit_id).decision
        assert decision is not None
        return decision

    def wallet_fen(self, login: str = "ann") -> int:
        with self.database.read() as s:
            wallet = find_account(s, "wallet", self.ids.users[login])
            return wallet.balance_fen if wallet is not None else 0

    def budget_fen(self, task: str = "COLA") -> int:
        """What the task can still pay: to claims to come, and to those that hold."""
        return self.free_fen(task) + self.reserved_fen(task)

    def free_fen(self, task: str = "COLA") -> int:
        with self.database.read() as s:
            account = find_account(s, "budget", self.ids.tasks[task])
            assert account is not None
            return account.balance_fen

    def reserved_fen(self, task: str = "COLA") -> int:
        with self.database.read() as s:
            return reserved_fen(s, [self.ids.tasks[task]]).get(self.ids.tasks[task], 0)

    def without_reservation(self, claim_id: str) -> None:
        """As if the claim had been taken before claims reserved: what it earns the budget pays."""
        with self.database.write() as s:
            claim = s.get_one(TaskClaim, claim_id)
            release(s, s.get_one(Task, claim.task_id), claim)

    def sweep(self) -> None:
        """As the worker does with what ended claims have reserved."""
        with self.database.read() as s:
            ended = ended_claims(s)
        give_back(self.database, ended)
