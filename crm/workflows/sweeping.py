"""The look at what lies about: work that dead workers had begun, and rows whose work nobody has begun."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from dbos import DBOSClient

from crm.access.session import unscoped
from crm.audits.photos.closing import abandoned_audits, close_audits
from crm.audits.returning import ended_claims, give_back
from crm.audits.unread import unsettled_audits, waiting_photos
from crm.kernel.clock import utcnow
from crm.kernel.db import Database
from crm.rescoring import service as rescoring
from crm.tasks.ahead import claims_ahead, hold_from_now
from crm.workflows.checking import due_checks
from crm.workflows.upkeep import ENDED, Timing, clear_ended, living_workers, orphaned

QUEUE = "photos"
RESCORES = "rescores"  # of its own: a rescoring takes hours, and a rep's photo must not wait for it
_SWEPT_MAX = 200
_log = structlog.get_logger("shelfproof.workflows")


class Sweeper:
    """Sweeps for one worker. `enqueue` takes the name of a workflow, its id and the id of its row."""

    def __init__(
        self,
        client: DBOSClient,
        database: Database,
        timing: Timing,
        executor_id: str,
        enqueue: Callable[[str, str, str], None],
    ) -> None:
        self._client, self._database, self._timing = client, database, timing
        self._executor_id, self._enqueue = executor_id, enqueue
        self._swept_photos, self._swept_audits = "", ""  # the last ids of those looked at; the next sweep goes on there

    def sweep(self) -> None:
        """Take over what dead workers had begun, and begin what nobody has."""
        self._take_over()
        now = utcnow()
        before = now - timedelta(seconds=self._timing.grace_s)
        with self._database.read(unscoped("the sweeper looks after the work of all brands")) as s:
            photos = waiting_photos(s, before, self._swept_photos, _SWEPT_MAX)
            abandoned = abandoned_audits(s, before, _SWEPT_MAX)
            audits = unsettled_audits(s, before, self._swept_audits, _SWEPT_MAX)
            rescores = rescoring.unfinished(s, before, _SWEPT_MAX)
            checks = due_checks(s, now)
            ahead, ended = claims_ahead(s), ended_claims(s)
        if abandoned:
            with self._database.write(unscoped("closes the audits of all brands that wait in vain")) as s:
                close_audits(s, abandoned)  # the next sweep has them decided
        if ahead:
            with self._database.write(unscoped("puts right the claims of all brands that a wrong clock made")) as s:
                hold_from_now(s, ahead)
        give_back(self._database, ended)
        self._swept_photos, self._swept_audits = _cursor(photos), _cursor(audits)
        self._begin_anew("audit_photo", "photo", photos)
        self._begin_anew("settle_audit", "settle", audits)
        self._begin_anew("rescore", "rescore", rescores)
        self._begin_anew("check_ledger", "ledger", checks)
        clear_ended(self._client, self._timing.keep_s, _SWEPT_MAX)

    def _take_over(self) -> None:
        begun = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
        # Whoever sweeps is alive, though a stalled disk may have held up its beat: taking over one's own
        # work would leave threads that wait for themselves.
        living = living_workers(self._database, self._timing.dead_after_s) | {self._executor_id}
        left = orphaned({each.workflow_id: each.executor_id or "" for each in begun}, living)
        if left:
            _log.info("taken_over", workflows=len(left))
            rescores = [each for each in left if each.startswith("rescore-")]
            for queue, ids in ((RESCORES, rescores), (QUEUE, [each for each in left if each not in rescores])):
                if ids:
                    self._client.resume_workflows(ids, queue_name=queue)

    def _begin_anew(self, workflow: str, prefix: str, row_ids: list[str]) -> None:
        """Enqueue rows without a workflow; those whose workflow ended without effect, again once per `retry_s`."""
        if not row_ids:
            return
        first = {f"{prefix}-{row_id}": row_id for row_id in row_ids}
        known = self._client.list_workflows(workflow_ids=list(first), load_input=False, load_output=False)
        states = {each.workflow_id: each.status for each in known}
        period = int(time.time() / self._timing.retry_s)
        for workflow_id, row_id in first.items():
            if workflow_id not in states:
                self._enqueue(workflow, workflow_id, row_id)
            elif states[workflow_id] in ENDED:
                self._enqueue(workflow, f"{workflow_id}-again-{period}", row_id)


def _cursor(swept: list[str]) -> str:
    """Where the next sweep goes on: after the last id, or from the beginning."""
    return swept[-1] if len(swept) == _SWEPT_MAX else ""
