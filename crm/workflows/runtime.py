"""The workflow `audit_photo` on DBOS: its tables lie in the same database as ours.

So the photo's row and its place in the queue commit together, and so do the decision, its posting and the
step's checkpoint. Decisions and postings stand in our own tables: losing those of DBOS loses no money, the
sweeper begins anew. So DBOS's rows of ended work are cleared after some days.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, SQLAlchemyDatasource
from dbos import error as engine_error

from crm.access.session import unscoped
from crm.audits.service import carry_out_due, decide_audit, give_to_person, seek, seek_all
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, WriteSession, now_of
from crm.kernel.errors import CrmError
from crm.kernel.photo_store import PhotoStore
from crm.workflows import readiness, steps
from crm.workflows.begun import Attempts
from crm.workflows.checking import check_day
from crm.workflows.orphans import collect
from crm.workflows.redraw import due_draws, give_up_late
from crm.workflows.rescoring import rescore_some
from crm.workflows.storage import Storage
from crm.workflows.sweeping import QUEUE, RESCORES, Sweeper
from crm.workflows.upkeep import Regularly, Timing, beat, clear_sign_ins, end_beat, own_executor_id
from crm.workflows.vision import Vision
from models.manifest import ModelFileError
from pipeline.texts import Said

NAME = "shelfproof"
# Bumped only when the order of steps changes: DBOS's own hash changes with each library and strands
# work.
APPLICATION_VERSION = "1"
_SETTLES_MAX = 5  # tries to decide an audit, one a `retry_s`, before a person does
_log = structlog.get_logger("shelfproof.workflows")
_running = threading.Lock()  # the engine is one per process


class Workflows:
    """Durable work on one database. With `worker` it also does the work; without, it only hands it in."""

    def __init__(
        self,
        database: Database,
        store: PhotoStore,
        vision: Vision,
        *,
        worker: bool = True,
        photos_at_once: int = 2,
        executor_id: str | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._database = database
        self._worker, self._photos_at_once = worker, photos_at_once
        self._executor_id = executor_id or own_executor_id()
        self._timing = timing or Timing()
        # one place more, for the photo that a rescoring reads
        self._attempts = Attempts(database, self._executor_id, photos_at_once + 1, self._timing)
        self._parts = database, store, vision, self._attempts
        self._storage = Storage(database, store)
        self._client: DBOSClient | None = None
        self._regularly: tuple[Regularly, ...] = ()
        self._read_at: datetime | None = None  # when a photo was last read here
        self._without_model: set[str] = set()  # photos whose last failure was a missing model or gallery
        self._holds_engine = False

    def start(self) -> None:
        """Make the tables of DBOS, and begin to work. RuntimeError if this process works for another
        already."""
        if self._worker and not _running.acquire(blocking=False):
            raise RuntimeError("this process already runs workflows: stop those first")
        self._holds_engine = self._worker
        # In a thread of its own, since DBOS refuses to be set up inside a running event loop.
        raised: list[BaseException] = []

        def run() -> None:
            try:
                self._start()
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=run, name="workflows-start")
        thread.start()
        thread.join()
        if raised:
            self.stop()
            raise raised[0]

    def stop(self) -> None:
        """Stop working; photos in work are given some seconds, and taken up again otherwise."""
        for each in self._regularly:
            each.stop()
        if self._holds_engine:
            self._attempts.leave()  # a stop is no photo's fault, should we be killed while we wait
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=10)
            self._attempts.leave()
            end_beat(self._database, self._executor_id)
            self._holds_engine = False
            _running.release()
        if self._client is not None:
            self._client.destroy()
        self._regularly, self._client = (), None

    def enqueue_audit(self, photo_id: str, s: WriteSession | None = None) -> None:
        """Have a photo read and decided; the same photo twice is done once.

        With a session, the place in the queue commits with the caller's transaction.
        """
        self._enqueue("audit_photo", f"photo-{photo_id}", photo_id, s)

    def enqueue_rescore(self, rescore_id: str, s: WriteSession | None = None) -> None:
        """Have the photos of a rescoring read again, one after the other; the same one twice is done once."""
        self._enqueue("rescore", f"rescore-{rescore_id}", rescore_id, s)

    def problem(self) -> Said | None:
        """Why no photo could be kept or decided just now, in one line; None when all is well."""
        if self._client is None:
            return "the workflows are not started", "工作流尚未启动"
        # First: a worker that cannot write gives no sign of life either.
        return self._storage.problem() or readiness.problem(self._database, self._timing.dead_after_s)

    def _start(self) -> None:
        url = self._database.url.render_as_string(hide_password=False)
        if self._worker:
            beat(self._database, self._executor_id)
            self._launch(url)
        else:
            DBOS.migrate(url)
        self._client = DBOSClient(system_database_url=url, application_name=NAME)
        if self._worker:
            timing = self._timing
            sweeper = Sweeper(self._client, self._database, timing, self._executor_id, self._enqueue)
            self._regularly = (
                Regularly("workflows-beat", timing.beat_s, self._beat),
                Regularly("workflows-sweep", timing.sweep_s, sweeper.sweep),
                Regularly("workflows-redraw", timing.retry_s, self._redraw),
                Regularly("sign-ins-clear", timing.retry_s, lambda: clear_sign_ins(self._database)),
                Regularly("store-orphans", timing.orphans_s, lambda: collect(*self._parts[:2])),
                Regularly("workflows-reviews", timing.reviews_s, lambda: carry_out_due(self._database)),
            )
            for each in self._regularly:
                each.start()

    def _launch(self, url: str) -> None:
        config = DBOSConfig(
            name=NAME,
            system_database_url=url,
            application_version=APPLICATION_VERSION,
            executor_id=self._executor_id,
            log_level="WARNING",
            notification_listener_polling_interval_sec=0.25,  # also how long stopping waits for the listener
        )
        DBOS(config=config)
        sessions = self._database.sessions(unscoped("a worker decides the audits of all reps"))
        datasource = SQLAlchemyDatasource.create(url, engine=self._database.write_engine, sessionmaker=sessions)
        self._register(datasource)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self._photos_at_once,
            polling_interval_sec=self._timing.poll_s,
            on_conflict="always_update",
        )
        DBOS.register_queue(
            RESCORES, worker_concurrency=1, polling_interval_sec=self._timing.sweep_s, on_conflict="always_update"
        )

    def _register(self, datasource: SQLAlchemyDatasource) -> None:
        """The order of steps."""
        # READ COMMITTED is enough where every decision locks what it reads; SQLite has one writer anyway.
        isolation: Literal["SERIALIZABLE", "READ COMMITTED"] = (
            "SERIALIZABLE" if self._database.dialect == "sqlite" else "READ COMMITTED"
        )

        @datasource.transaction(name="decide", isolation_level=isolation)
        def decide(photo_id: str, catalogue: steps.PhotoCatalogue) -> str | None:
            return steps.decide(datasource.sql_session(), photo_id, catalogue)

        @datasource.transaction(name="settle", isolation_level=isolation)
        def settle(audit_id: str) -> None:
            decide_audit(datasource.sql_session(), audit_id)

        @datasource.transaction(name="give up", isolation_level=isolation)
        def give_up(audit_id: str) -> None:
            give_to_person(datasource.sql_session(), audit_id)

        @DBOS.workflow(name="audit_photo")
        def audit_photo(photo_id: str) -> None:
            catalogue = steps.PhotoCatalogue()
            try:
                self._step("read", photo_id, lambda: self._read(photo_id, catalogue))
            except engine_error.DBOSMaxStepRetriesExceeded:
                # A step more, and only where the order ends otherwise: work begun before takes no harm.
                if not DBOS.run_step({"name": "give up"}, lambda: self._give_up(photo_id)):
                    raise
            decide(photo_id, catalogue)
            self._step("draw", photo_id, lambda: steps.draw(*self._parts, photo_id, catalogue))

        @DBOS.workflow(name="draw_photo")
        def draw_photo(photo_id: str) -> None:
            # One try: it failed before.
            DBOS.run_step({"name": "draw"}, lambda: steps.draw(*self._parts, photo_id, steps.PhotoCatalogue()))

        @DBOS.workflow(name="settle_audit")
        def settle_audit(audit_id: str) -> None:
            try:
                DBOS.run_step({"name": "seek"}, lambda: seek_all(self._database, audit_id))
                settle(audit_id)
            except Exception as error:
                self._last_settle_or_raise(audit_id, error)
                give_up(audit_id)

        self._register_unhurried()

    def _register_unhurried(self) -> None:
        """Work that no rep waits for."""

        @DBOS.workflow(name="rescore")
        def rescore(rescore_id: str) -> None:
            after: str | None = ""
            while after is not None:
                after = self._rescore_some(rescore_id, after)

        @DBOS.workflow(name="check_ledger")
        def check_ledger(day: str) -> None:
            DBOS.run_step({"name": "check"}, lambda: check_day(self._database, day))

    def _rescore_some(self, rescore_id: str, after: str) -> str | None:
        """A step. What is read stands in our own table, so that nothing is read twice, whatever is repeated."""
        pause_s = self._timing.step_s
        return DBOS.run_step(
            {"name": "rescore some", "retries_allowed": True, "max_attempts": 4, "interval_seconds": pause_s},
            lambda: rescore_some(*self._parts, rescore_id, after),
        )

    def _read(self, photo_id: str, catalogue: steps.PhotoCatalogue) -> None:
        if steps.read(*self._parts, photo_id, catalogue):
            self._read_at = utcnow()
        seek(self._database, photo_id)  # after what was read has committed; also where an earlier try died in between

    def _give_up(self, photo_id: str) -> bool:
        # a brand's gallery that is away is an outage of this brand, while others' photos are read
        counts = photo_id not in self._without_model
        now = utcnow()  # before looking at what was read: so whatever is read from here on is later than this failure
        given_up = steps.give_up(self._database, photo_id, now, self._read_at, counts=counts)
        if given_up:
            _log.error("photo_given_up", photo=photo_id)
        return given_up

    def _last_settle_or_raise(self, audit_id: str, error: Exception) -> None:
        """Raise the error, unless deciding the audit has failed as often as it may. Transient errors of the database
        do not come here: DBOS goes on until they are over."""
        tried = f"settle-{audit_id}"
        failed = DBOS.list_workflows(workflow_id_prefix=tried, status="ERROR", load_input=False, load_output=False)
        if len(failed) + 1 < _SETTLES_MAX:
            raise error
        _log.error("audit_given_up", audit=audit_id, error=type(error).__name__)

    def _step(self, name: str, photo_id: str, work: Callable[[], None]) -> None:
        """One step; what fails is tried four times within some seconds, and much later by the sweeper."""

        def watched() -> None:
            try:
                work()
            except Exception as error:
                note = self._without_model.add if isinstance(error, ModelFileError) else self._without_model.discard
                note(photo_id)
                # libraries' messages may hold personal data; only ours are logged
                ours = {"reason": str(error)[:300]} if isinstance(error, CrmError | ModelFileError) else {}
                _log.warning("step_failed", step=name, photo=photo_id, error=type(error).__name__, **ours)
                raise

        pause_s = self._timing.step_s
        DBOS.run_step({"name": name, "retries_allowed": True, "max_attempts": 4, "interval_seconds": pause_s}, watched)

    def _enqueue(self, workflow: str, workflow_id: str, row_id: str, s: WriteSession | None = None) -> None:
        if self._client is None:
            raise RuntimeError("the workflows are not started: call start first")
        options = EnqueueOptions(
            workflow_name=workflow,
            queue_name=RESCORES if workflow == "rescore" else QUEUE,
            workflow_id=workflow_id,
            app_version=APPLICATION_VERSION,
        )
        if s is None:
            self._client.enqueue(options, row_id)
        else:
            with unscoped("the engine's own tables are of no caller").of(s):
                self._client.enqueue_in_transaction(s, options, row_id)

    def _beat(self) -> None:
        beat(self._database, self._executor_id)

    def _redraw(self) -> None:
        """Have the pictures drawn that could not be drawn before."""
        with self._database.read(unscoped("a worker draws the pictures of all brands")) as s:
            now = now_of(s)
            due = due_draws(s, now, self._timing.retry_s)
        give_up_late(self._database, now, self._timing.retry_s)
        for workflow_id, photo_id in due.items():
            self._enqueue("draw_photo", workflow_id, photo_id)


def migrate(database: Database, role: str | None = None) -> None:
    """Bring the tables of DBOS up to date, as their owner; on PostgreSQL `role` may then work with them."""
    url = database.url.render_as_string(hide_password=False)
    DBOS.migrate(url, application_role=role)
    SQLAlchemyDatasource.migrate(url, application_role=role)
