"""What is begun and never ends: a photo that kills the process that handles it, or that hangs.

Native code decodes photos and runs networks. It can run out of memory or fault, which ends the whole process, and it
can hang, which no thread can interrupt. So that a photo is begun is noted, durably, before; what a dead process has
left counts against the photo, and one that hangs ends the process after a time (ADR 4).
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Literal, NoReturn

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.audits.tables import PhotoReading
from crm.kernel.clock import utcnow
from crm.kernel.db import AHEAD_MAX, Database, ReadSession, WriteSession, now_of
from crm.rescoring.tables import RescoredPhoto
from crm.workflows.tables import PhotoBegun
from crm.workflows.upkeep import Timing, living

# Fewer than the failures that a photo is allowed, since each costs the process and all that it serves; more than two,
# since a power cut and an impatient operator may well meet the same photo.
DEATHS_MAX = 3
EXIT_HUNG = os.EX_SOFTWARE
Turn = Literal["go", "wait", "never"]
_log = structlog.get_logger("shelfproof.workflows")


class Attempts:
    """The handling of photos in one process, at most `places` at once; a suspect, which was being handled when a
    process died, alone: so the next death tells whose fault it is."""

    def __init__(self, database: Database, executor_id: str, places: int, timing: Timing) -> None:
        self._database, self._executor_id, self._timing = database, executor_id, timing
        self._door = threading.Lock()
        self._places, self._free = places, threading.Semaphore(places)

    @contextmanager
    def of(self, photo_id: str) -> Iterator[Turn]:
        """Handle the photo within the block if the turn is `go`; not now if it is `wait`, since it would only kill
        again; `never`, if it has died too often.

        Whoever was told `go` calls `end` in the transaction that keeps the result. A block that raises has ended too.
        """
        alone = self._suspected(photo_id)
        with self._place(alone=alone):
            turn = self._begin(photo_id)
            if turn != "go":
                yield turn
                return
            limit = threading.Timer(self._timing.attempt_s, _exit_hung, (photo_id,))
            limit.daemon = True
            limit.start()
            try:
                yield turn
            except BaseException:
                self.leave(photo_id)
                raise
            finally:
                limit.cancel()
            if alone:  # its result is not kept yet, and the next one may kill: that is not this photo's fault
                self.leave(photo_id)

    def leave(self, photo_id: str | None = None) -> None:
        """Note that nothing, or not this photo, is being handled here any more; what was counted stays."""
        mine = update(PhotoBegun).where(PhotoBegun.executor_id == self._executor_id).values(executor_id=None)
        try:
            with self._database.write(unscoped("a worker notes what it has begun, of all brands")) as s:
                s.execute(mine if photo_id is None else mine.where(PhotoBegun.photo_id == photo_id))
        except SQLAlchemyError as error:  # at worst an innocent photo has a death more
            _log.warning("not_noted", what="ended", error=type(error).__name__)

    @contextmanager
    def _place(self, *, alone: bool) -> Iterator[None]:
        taken = self._places if alone else 1
        with self._door:  # who waits to be alone lets nobody pass
            for _ in range(taken):
                self._free.acquire()
        try:
            yield
        finally:
            self._free.release(taken)

    def _suspected(self, photo_id: str) -> bool:
        with self._database.read(unscoped("a worker notes what it has begun, of all brands")) as s:
            row = s.get(PhotoBegun, photo_id)
        return row is not None and (row.deaths > 0 or self._left_by_another(row))

    def _left_by_another(self, row: PhotoBegun) -> bool:
        return row.executor_id not in (None, self._executor_id)

    def _at_work(self, s: ReadSession, row: PhotoBegun) -> bool:
        """Whether a living worker has the photo in hand just now, such as for a rescoring."""
        return row.executor_id in living(s, self._timing.dead_after_s)

    def _begin(self, photo_id: str) -> Turn:
        """Note that the photo is begun, and count what was left of it.

        The first death may be anything, and the photo is begun again at once. Each further one counts only if another
        photo has been read since, and otherwise the photo waits for that, or for `retry_s`: while every photo kills
        (too little memory, a broken library) none is given up, and a service with nothing else to read is not
        killed again and again.
        """
        with self._database.write(unscoped("a worker notes what it has begun, of all brands")) as s:
            now, row = now_of(s), s.get(PhotoBegun, photo_id, with_for_update=True)
            if row is None:
                s.add(PhotoBegun(photo_id=photo_id, executor_id=self._executor_id, begun_at=now))
                return "go"
            if self._left_by_another(row):
                if self._at_work(s, row):
                    return "wait"
                if row.deaths == 0 or another_read(s, row.begun_at):
                    row.deaths += 1
                    row.executor_id = None
                    _log.warning("died_with_photo", photo=photo_id, deaths=row.deaths)
                elif abs(now - row.begun_at) < timedelta(seconds=self._timing.retry_s):
                    return "wait"
            if row.deaths >= DEATHS_MAX:
                return "never"
            row.executor_id, row.begun_at = self._executor_id, now
            return "go"


def end(s: WriteSession, photo_id: str) -> None:
    """The photo was handled to the end, in this transaction: nothing is held against it."""
    s.execute(delete(PhotoBegun).where(PhotoBegun.photo_id == photo_id))


def another_read(s: ReadSession, since: datetime) -> bool:
    """Whether any photo was read, or read again, after `since`, by any process. A reading from ahead, of before a clock
    was put right, tells nothing of what came after."""
    now = utcnow() + AHEAD_MAX
    read = select(PhotoReading.photo_id).join(Photo, Photo.id == PhotoReading.photo_id)
    again = select(RescoredPhoto.photo_id).where(RescoredPhoto.created_at > since, RescoredPhoto.created_at <= now)
    lately = (PhotoReading.created_at > since, PhotoReading.created_at <= now, Photo.state == "read")
    found = (read.where(*lately), again.where(RescoredPhoto.fault == ""))
    return any(s.scalar(each.limit(1)) is not None for each in found)


def _exit_hung(photo_id: str) -> NoReturn:
    """End the process at once: what hangs in native code would keep it from ending otherwise."""
    _log.error("photo_hangs", photo=photo_id, hint="the process ends; its supervisor starts it again")
    os._exit(EXIT_HUNG)
