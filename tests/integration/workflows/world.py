"""A worker in a process of its own, and ways to kill it at a chosen point.

`main(ROLE, DATABASE_URL, PHOTO_FOLDER, CRASH_POINT)` is what the process runs.
The crash points are put around the objects that are handed to the workflows and into the events of the
session, never into the product. The process kills itself with SIGKILL, which nothing can catch.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision, PhotoReading
from crm.catalog.service import CatalogueView
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.people import service as people
from crm.workflows.fakes import FakeVision
from crm.workflows.runtime import Workflows
from crm.workflows.upkeep import Timing
from crm.workflows.vision import Pictures, Seen
from tests.integration.crm.world import World, jpeg
from tests.open_database import OpenDatabase

QUICK = Timing(poll_s=0.02, beat_s=0.1, dead_after_s=0.8, sweep_s=0.1, grace_s=0.2)
CRASH_POINTS = (
    "photo committed",  # and not enqueued
    "before read",
    "read, not kept",
    "reading committed",
    "decision not committed",
    "decision committed",
    "before draw",
    "drawn, not stored",
    "pictures committed",
)
COLAS = {"cola": (8, 8, 8), "lime": (0, 0, 0), "rival": (2, 2, 2)}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalVision(FakeVision):
    """Sees as the fake does, and dies at its crash point."""

    def __init__(self, crash_point: str) -> None:
        super().__init__(lambda data: COLAS)
        self._crash_point = crash_point

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        if self._crash_point == "before read":
            die()
        seen = super().read(data, catalogue)
        if self._crash_point == "read, not kept":
            die()
        return seen

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        if self._crash_point == "before draw":
            die()
        pictures = super().draw(data, reading, catalogue)
        if self._crash_point == "drawn, not stored":
            die()
        return pictures


def set_traps(crash_point: str) -> None:
    """Die when the session flushes or has committed what the crash point names."""

    @event.listens_for(Session, "after_flush")
    def _flushed(session: Session, _context: Any) -> None:
        for row in session.new:
            if isinstance(row, Decision) and crash_point == "decision not committed":
                die()
            if isinstance(row, PhotoReading):
                session.info["holds"] = "reading committed"
            if isinstance(row, Decision):
                session.info["holds"] = "decision committed"
        for row in session.dirty:
            if isinstance(row, Photo) and row.annotated_key is not None:
                session.info["holds"] = "pictures committed"

    @event.listens_for(Session, "after_commit")
    def _committed(session: Session) -> None:
        if session.info.get("holds") == crash_point:
            die()


def upload(world: World, workflows: Workflows | None) -> None:
    """A rep's upload; without workflows the photo is committed and not enqueued."""
    from crm.audits.photos import receiving
    from crm.audits.photos.examining import examine
    from crm.storing.service import keep

    visit, claim = world.visit(), world.claim()
    keep(world.database, world.store, jpeg(1))
    with world.database.write() as s:
        photo = receiving.receive_photo(
            s,
            world.scope("ann"),
            visit_id=visit,
            claim_id=claim,
            examined=examine(jpeg(1)),
            idempotency_key="one",
        )
        if workflows is not None:
            workflows.enqueue_audit(photo.id, s)


def finished(database: Database) -> bool:
    with database.read() as s:
        return bool(s.scalar(select(func.count()).select_from(Photo).where(Photo.annotated_key.is_not(None))))


def main(role: str, url: str, folder: str, crash_point: str) -> None:
    database, store = OpenDatabase(url), open_store(folder)
    set_traps(crash_point)
    workflows = Workflows(database, store, MortalVision(crash_point), timing=QUICK)
    if role == "first":
        people.hash_password = lru_cache(people.hash_password)  # all users have one password
        world = World(database, store)
        if crash_point == "photo committed":
            upload(world, None)
            die()
        workflows.start()
        upload(world, workflows)
    else:
        workflows.start()
    deadline = time.monotonic() + 20
    while not finished(database) and time.monotonic() < deadline:
        time.sleep(0.02)
    workflows.stop()
    database.dispose()
    sys.exit(0 if time.monotonic() < deadline else 3)
