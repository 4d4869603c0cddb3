"""A worker in a process of its own, and a photo that kills it or hangs.

`main(DATABASE_URL, PHOTO_FOLDER, FATE, READ_AT_ONCE, RETRY_S)` is what the process runs.
FATE: the poison `dies` or `hangs` in reading, `dies drawing` what was seen, `dies encoding` any picture, or `lives`.
READ_AT_ONCE: 2 lets it work only while another photo is being read as well, which then ends with it; 1 at once.
RETRY_S: as of `Timing`. Exit status 0: all photos are decided and drawn, or given up, and the rest is done.
"""

import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import exists, select

from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision
from crm.catalog.service import CatalogueView
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.workflows.fakes import FakeVision
from crm.workflows.runtime import Workflows
from crm.workflows.vision import Pictures, Seen
from tests.integration.crm.world import jpeg
from tests.integration.workflows.world import COLAS, QUICK, die
from tests.open_database import OpenDatabase

POISON = jpeg(666)
TIMING = replace(QUICK, retry_s=1.0, attempt_s=2.0)


class PoisonedVision(FakeVision):
    """Sees as the fake does, all but the poison."""

    def __init__(self, fate: str, read_at_once: int) -> None:
        super().__init__(lambda _: COLAS)
        self._fate, self._met = fate, threading.Barrier(read_at_once)

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        self._met.wait(20)
        if data == POISON and self._fate == "dies":
            die()
        if self._met.parties > 1 or (data == POISON and self._fate == "hangs"):
            time.sleep(3600)
        return super().read(data, catalogue)

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        if data == POISON and (self._fate == "dies encoding" or (self._fate == "dies drawing" and reading)):
            die()
        return super().draw(data, reading, catalogue)


def finished(database: Database, workflows: Workflows) -> bool:
    """Every audit is decided, and no workflow is under way."""
    undecided = ~exists().where(Decision.audit_id == Audit.id)
    with database.read() as s:
        waiting = s.scalar(select(Audit.id).where(undecided).limit(1))
        undrawn = select(Photo.id).where(Photo.annotated_key.is_(None), Photo.undrawn_at.is_(None))
        drawing = s.scalar(undrawn.limit(1))
    assert workflows._client is not None
    under_way = workflows._client.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False)
    return waiting is None and not drawing and not under_way


def main(url: str, folder: str, fate: str, read_at_once: int, retry_s: float) -> None:
    database = OpenDatabase(url)
    vision = PoisonedVision(fate, read_at_once)
    workflows = Workflows(database, open_store(folder), vision, timing=replace(TIMING, retry_s=retry_s))
    workflows.start()
    deadline = time.monotonic() + 30
    while not finished(database, workflows) and time.monotonic() < deadline:
        time.sleep(0.02)
    workflows.stop()
    database.dispose()
    sys.exit(0 if time.monotonic() < deadline else 3)
