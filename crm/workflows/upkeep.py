"""What keeps durable work moving when processes die: heartbeats, and the look at what is left lying.

DBOS takes up what a process had begun only when one with the same executor id starts again.
So each worker has an id of its own and beats; whoever finds another's beat too old puts that one's work
into the queue again. A frozen worker that comes back is fenced by DBOS, and every step has its effect
once.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOSClient
from sqlalchemy import delete, select

from crm.access.session import unscoped
from crm.kernel.db import Database, ReadSession, now_of
from crm.kernel.ids import new_id
from crm.people import sessions, tries
from crm.workflows.tables import WorkerBeat

ENDED = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "SUCCESS"]
_FORGOTTEN_AFTER = timedelta(days=1)  # any time far beyond a pause that a living worker makes
_log = structlog.get_logger("shelfproof.workflows")


@dataclass(frozen=True)
class Timing:
    """How often things are done, in seconds.

    poll_s: a look at the queue. reviews_s: a look for reviewers' decisions that are due.
    beat_s: a sign of life. dead_after_s: without one for so long, a worker is
    dead. sweep_s: a look for work that lies about. grace_s: photos and audits younger than this are left to
    themselves. step_s: before a failed step's second attempt; each later pause is twice as long. retry_s: work
    that failed for good is tried again once in so long. keep_s: DBOS's rows of ended work are kept for so
    long. attempt_s: a photo that takes longer to read or to draw hangs, and ends the process; the slowest seen takes
    some seconds, four at once on busy cores not half a minute. orphans_s: a look for bytes in the store that no row
    names.
    """

    poll_s: float = 0.05
    reviews_s: float = 0.5
    beat_s: float = 2.0
    dead_after_s: float = 10.0
    sweep_s: float = 3.0
    grace_s: float = 2.0
    step_s: float = 0.5
    retry_s: float = 300.0
    keep_s: float = 7 * 86_400.0
    attempt_s: float = 120.0
    orphans_s: float = 3600.0


class Regularly:
    """Calls `work` every `interval_s` seconds in a thread of its own; an error is logged and does not end
    it."""

    def __init__(self, name: str, interval_s: float, work: Callable[[], object]) -> None:
        self._interval_s, self._work = interval_s, work
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """The first call comes at once."""
        self._thread.start()

    def stop(self) -> None:
        """Returns when a running call has ended."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._work()
            except Exception as error:
                _log.warning("upkeep_failed", work=self._thread.name, error=type(error).__name__)
            self._ended.wait(self._interval_s)


def own_executor_id() -> str:
    """An id that no other process, before or after, has."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{new_id()[-8:]}"


def beat(database: Database, executor_id: str) -> None:
    """Give a sign of life, and forget workers that have given none for long."""
    with database.write(unscoped("a worker gives its sign of life")) as s:
        now = now_of(s)
        s.execute(delete(WorkerBeat).where(~WorkerBeat.beat_at.between(now - _FORGOTTEN_AFTER, now + _FORGOTTEN_AFTER)))
        mine = s.get(WorkerBeat, executor_id)
        if mine is None:
            s.add(WorkerBeat(executor_id=executor_id, beat_at=now))
        else:
            mine.beat_at = now


def end_beat(database: Database, executor_id: str) -> None:
    """The worker leaves: what it had begun may be taken over at once."""
    with database.write(unscoped("a worker gives its sign of life")) as s:
        s.execute(delete(WorkerBeat).where(WorkerBeat.executor_id == executor_id))


def living_workers(database: Database, dead_after_s: float) -> set[str]:
    """Executor ids that have beaten lately."""
    with database.read(unscoped("workers ask which of them are alive")) as s:
        return living(s, dead_after_s)


def living(s: ReadSession, dead_after_s: float) -> set[str]:
    """As `living_workers`. A beat from ahead, of before a clock was put right, is as little a sign of life as an old
    one: its worker may be dead, and a living one beats again at once."""
    now, span = now_of(s), timedelta(seconds=dead_after_s)
    lately = WorkerBeat.beat_at.between(now - span, now + span)
    return set(s.scalars(select(WorkerBeat.executor_id).where(lately)))


def orphaned(begun: Mapping[str, str], living: set[str]) -> list[str]:
    """Of workflows that are begun and not ended (id → executor id), those whose worker is dead."""
    return [workflow_id for workflow_id, executor_id in begun.items() if executor_id not in living]


def clear_sign_ins(database: Database) -> None:
    """Delete sessions that ended long ago, and wrong tries at passwords that are forgotten."""
    with database.write(unscoped("sessions and tries of all people end")) as s:
        sessions.clear(s)
        tries.clear(s)


def clear_ended(client: DBOSClient, keep_s: float, rows_max: int) -> None:
    """Drop DBOS's rows of work that ended more than `keep_s` seconds ago, some at a time.

    None is needed to do a thing once: a photo or audit whose row is gone and that comes again finds its reading,
    decision and posting in our own tables.
    """
    before = (datetime.now(UTC) - timedelta(seconds=keep_s)).isoformat()
    ended = client.list_workflows(
        status=ENDED, completed_before=before, limit=rows_max, load_input=False, load_output=False
    )
    if ended:
        client.delete_workflows([each.workflow_id for each in ended])
