"""A small brand with its people, one open task, and a worker without networks that decides at once."""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from api.tokens import Tokens
from crm.access.scope import Scope
from crm.access.session import unscoped
from crm.audits import service as audits
from crm.audits.photos.tables import Photo
from crm.catalog import service as catalog
from crm.catalog.service import ProductSpec
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, WriteSession
from crm.kernel.photo_store import PhotoStore, open_store
from crm.outlets import service as outlets
from crm.people import service as people
from crm.people import sessions
from crm.people.memberships import serve
from crm.people.passwords import hash_password
from crm.people.tables import User
from crm.tasks import service as tasks
from crm.workflows.fakes import FakeVision
from pipeline.intake.decode import decode_photo
from pipeline.rules.clauses import Clause, TaskRules, simple_reward
from pipeline.texts import Said, Text
from tests.integration.ledger.funding import fund_budget
from web.pages import add_pages

PASSWORD = "a long enough password"
SECRET = "s" * 48
LAT, LON = 10.78, 106.7
REWARD_FEN = 200
_seeds = itertools.count(1)


@lru_cache
def _hash() -> str:
    """One costly hash for all."""
    return hash_password(PASSWORD)


def session_token(database: Database, user_id: str) -> str:
    """The token of a session that goes on whatever the test's clock says, without the cost of hashing."""
    long = timedelta(days=3650)
    with database.write() as s:
        made = sessions.begin(s, s.get_one(User, user_id), long, long)
    return Tokens(SECRET, round(long.total_seconds())).issue(user_id, made.id)


def photo_bytes(width: int = 640, height: int = 480, seed: int | None = None) -> bytes:
    """A JPEG that no earlier call gave: bottles as coloured bars on a shelf, in noise."""
    random = np.random.default_rng(next(_seeds) if seed is None else seed)
    image = random.integers(60, 130, (height, width, 3), dtype=np.uint8)
    for place in range(8):
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        left = int((place + 0.15) * width / 8)
        cv2.rectangle(image, (left, height // 4), (left + width // 11, height * 3 // 4), colour, -1)
    ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert ok
    return data.tobytes()


def exact(value: float) -> dict[str, float]:
    return {"low": value, "best": value, "high": value}


def facts_of(own: dict[str, int], competitor: int = 2) -> dict[str, Any]:
    """Facts of one display; `own` as {low, best, high}."""
    share = {bound: own[bound] / max(1, own[bound] + competitor) for bound in ("low", "best", "high")}
    return {
        "facings": {
            "total": {bound: own[bound] + competitor for bound in own},
            "own": dict(own),
            "competitor": exact(competitor),
            "unknown": exact(0),
            "new": exact(0),
            "sku": {"cola-330": dict(own), "other-330": exact(competitor)},
        },
        "share": {"own": share},
        "cooler": {
            "present": exact(1), "count": exact(1), "facings": {bound: own[bound] + competitor for bound in own},
            "own_facings": dict(own), "purity": share,
        },
        "rows": {"count": exact(2)},
    }  # fmt: skip


@dataclass
class InlineWorkflows:
    """Reads and decides within the call; what it sees on a photo is `own`, whatever the photo shows."""

    database: Database
    store: PhotoStore
    own: dict[str, int] = field(default_factory=lambda: {"low": 6, "best": 6, "high": 6})
    flags: list[dict[str, str]] = field(default_factory=list)
    broken: Exception | None = None
    asleep: bool = False
    trouble: str | None = None

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def problem(self) -> Said | None:
        return self.trouble

    def enqueue_rescore(self, rescore_id: str, s: WriteSession | None = None) -> None:
        """Not read here."""

    def enqueue_audit(self, photo_id: str, s: WriteSession | None = None) -> None:
        if self.broken is not None:
            raise self.broken
        assert s is not None
        if self.asleep:
            return
        with unscoped("a worker reads and decides the photos of all reps").of(s):
            self._work(s, photo_id)

    def _work(self, s: WriteSession, photo_id: str) -> None:
        photo = s.get(Photo, photo_id)
        assert photo is not None
        audits.record_reading(s, photo_id, self._reading(photo), os.urandom(32))
        ok, again = cv2.imencode(".jpg", decode_photo(self.store.get(photo.sha256), 2048).image)
        assert ok
        photo.picture_key = photo.annotated_key = self.store.put(again.tobytes())
        s.flush()
        if found := audits.look(s, photo_id):
            audits.keep(s, found)
        audits.decide_audit(s, photo.audit_id)

    def _reading(self, photo: Photo) -> dict[str, Any]:
        step = photo.width / 8
        boxes = [[(place + 0.15) * step, photo.height / 4, (place + 0.85) * step, photo.height * 3 / 4]
                 for place in range(8)]  # fmt: skip
        skus = ["cola-330"] * self.own["best"] + ["other-330", "unknown"]
        return {
            "photo": photo.sha256,
            "width": photo.width,
            "height": photo.height,
            "detections": [
                {"box": box, "label": "product", "score": 0.9, "sku": sku, "sku_score": 0.8, "row": 1}
                for box, sku in zip(boxes, skus, strict=False)
            ]
            + [{"box": [1, 1, photo.width - 1, photo.height - 1], "label": "cooler", "score": 0.95, "sku": None,
                "sku_score": None, "row": None},
               {"box": [1, 1, 5, 5], "label": "product", "score": 0.002, "sku": None, "sku_score": None, "row": None}],
            "facts": facts_of(self.own),
            "flags": self.flags,
            "timings_ms": {"total": 1.0},
            "models": {"detector": "fake", "embedder": "fake", "gallery": "fake"},
            "thresholds": "fake",
        }  # fmt: skip


@dataclass
class World:
    """What was seeded, by id, and the app on it."""

    app: FastAPI
    database: Database
    store: PhotoStore
    workflows: InlineWorkflows
    brand: str
    outlet: str
    task: str
    users: dict[str, str]


def rules(expression: str = "facings.own >= 5") -> dict[str, Any]:
    clause = Clause("own", Text("At least five own fronts", "本品排面不少于五个"), expression, "refuse")
    return TaskRules((clause,), simple_reward(REWARD_FEN), 100_000).as_dict()


def make_world(database: Database, change: Callable[[Settings], Settings] = lambda settings: settings) -> World:
    """Two reps of one dealer (a, b), an auditor, a manager; an outsider brand's rep and auditor; a funded task."""
    users: dict[str, str] = {}
    with database.write() as s:
        brand, other = (people.create_organisation(s, "brand", name).id for name in ("Cola", "Outsider"))
        dealer = people.create_organisation(s, "dealer", "Reps of two").id
        for login, role, brand_id in (
            ("rep-a", "rep", brand), ("rep-b", "rep", brand), ("auditor", "auditor", brand),
            ("manager", "manager", brand), ("stranger", "rep", other), ("other-auditor", "auditor", other),
            ("admin", "admin", None),
        ):  # fmt: skip
            made = User(
                login=login, name=login.title(), role=role, password_hash=_hash(),
                dealer_id=dealer if role == "rep" else None,
            )  # fmt: skip
            s.add(made)
            if brand_id is not None:
                serve(s, made, brand_id)
            s.flush()
            users[login] = made.id
        manager = Scope(users["manager"], "manager", brand)
        products = [ProductSpec("cola-330", "Cola can", True, "可乐罐装"), ProductSpec("other-330", "Other can", False)]
        catalog.put_catalogue(s, manager, brand, "demo", products)
        outlet = outlets.create_outlet(
            s, manager, dealer_id=dealer, code="o1", name="Corner shop", name_zh="街角小店", lat=LAT, lon=LON
        ).id
        now = utcnow()
        task = tasks.create_task(
            s, manager, code="t1", name="Cola display", name_zh="可乐陈列", starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=30),
        )  # fmt: skip
        fund_budget(s, "seed", task.budget_account_id, 1_000_000)
        tasks.publish_version(s, manager, task.id, rules(), displays_max=5)
    store = open_store("memory:")
    workflows = InlineWorkflows(database, store)
    settings = change(Settings(secret=SECRET, events_poll_seconds=0.05))
    app = create_app(settings, database, store, workflows, FakeVision(lambda _: {}))
    add_pages(app)
    return World(app, database, store, workflows, brand, outlet, task.id, users)
