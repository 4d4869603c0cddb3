"""How many displays a second are decided and paid, and what more processes add: the decide transaction alone.

Command: `shelfproof bench-decisions [--database URL]`; URL of an empty database, default a new SQLite file. What is
decided has been read already: the engine's checkpoints, the store and the networks are left out. Each display has an
outlet of its own, and each process reps of its own; all are of one task, so that they share its budget.
"""

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import cv2
from sqlalchemy import delete, insert, select, text

from cli.demo_seed import PASSWORD
from crm.access.scope import Scope
from crm.access.session import unscoped
from crm.audits import service as audits
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision, PhotoUnsought
from crm.catalog import service as catalog
from crm.catalog.enrolling import EnrolledSkus
from crm.catalog.service import ProductSpec
from crm.kernel.business_time import business_day
from crm.kernel.db import Database, WriteSession
from crm.kernel.ids import new_id
from crm.kernel.photo_store import open_store
from crm.ledger.checks import check_ledger
from crm.migrations import upgrade
from crm.outlets.tables import Outlet
from crm.people.tables import User
from crm.seeding.world import BrandSpec, OutletSpec, SeedSpec, TaskSpec, UserSpec, seed_demo
from crm.tasks import service as tasks
from crm.visits import service as visits
from crm.workflows.vision import PipelineVision
from datasets.render import DEMO_SKUS, render_photo
from models.load import load_networks
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.rewards import tiered_reward
from pipeline.texts import Text
from training.report.statistics import median_interval

WORKERS = 4
_SHARE = 200  # displays that one process decides in a round
_REPS = 20  # of each process
_START_SECONDS_MAX = 120
_NAMES = {sku.code: {"en": sku.name, "zh": sku.name_zh} for sku in DEMO_SKUS}
_OK, _FAILED = 0, 1
_RULES = TaskRules(
    (
        Clause("fronts", Text("Six fronts", "六个排面"), "facings.total >= 6", "refuse"),
        Clause("own", Text("A fifth of the fronts are own ones", "本品占五分之一"), "share.own >= 0.2", "refuse"),
        Clause("columns", Text("Four columns", "四列"), "facings.columns >= 4", "review"),
    ),
    tiered_reward("facings.total", [(1, 100), (6, 300)]),
    auto_limit_fen=1_000,
)


@dataclass(frozen=True)
class World:
    """What the displays are made in: ids, and what was read of each of their photos."""

    brand_id: str
    dealer_id: str
    task_id: str
    reps: tuple[str, ...]
    reading: dict[str, Any]


def run(url: str | None, rounds: int, as_json: bool) -> int:
    """Prints the figures and returns the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite:///{folder}/decisions.db")
        upgrade(database)
        report = measure(database, rounds)
        database.dispose()
    if as_json:
        print(json.dumps(report))
    else:
        one, ratio = report["one_process"], report["ratio"]
        print(f"{report['database']}, {report['cores']} cores, load {report['load']}")
        for name in ("one_process", f"{WORKERS}_processes"):
            told = report[name]
            print(f"{name}: {told['median']} a second ({told['low']}–{told['high']}), n = {told['n']}")
        print(f"ratio: {ratio['median']} ({ratio['low']}–{ratio['high']}); median of one: {one['median_ms']} ms")
        print(f"paid without a person: {report['paid']} of {report['displays']}; ledger faults: {report['faults']}")
    sound = not report["faults"] and report["paid"] == report["displays"]
    return _OK if sound else _FAILED


def measure(database: Database, rounds: int) -> dict[str, Any]:
    """Decisions a second in one process and in several, in turns, medians of the rounds with 95 % intervals."""
    world = _world(database)
    rates: dict[int, list[float]] = {1: [], WORKERS: []}
    times: list[float] = []
    for _ in range(rounds):
        for workers in rates:
            batches = [_displays(database, world, number) for number in range(workers)]
            if database.dialect == "postgresql":
                with database.write(unscoped("a benchmark decides displays of its own")) as s:
                    s.execute(text("ANALYZE"))
            spans = _decided(database.url.render_as_string(hide_password=False), batches)
            wall_s = max(end for _, end, _ in spans) - min(begin for begin, _, _ in spans)
            rates[workers].append(workers * _SHARE / wall_s)
            if workers == 1:
                times += spans[0][2]
    with database.read(unscoped("a benchmark decides displays of its own")) as s:
        paid = len(s.scalars(select(Decision.id).where(Decision.entry_id.is_not(None))).all())
        faults = check_ledger(s)
    one, many = ({**median_interval(rates[n]), "n": rounds * n * _SHARE} for n in (1, WORKERS))
    return {
        "database": database.dialect,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "one_process": {**one, "median_ms": round(1000 * sorted(times)[len(times) // 2], 2)},
        f"{WORKERS}_processes": many,
        "ratio": median_interval([b / a for a, b in zip(rates[1], rates[WORKERS], strict=True)]),
        "displays": rounds * (1 + WORKERS) * (_SHARE + 1),  # each process decides one more before its time runs
        "paid": paid,
        "faults": faults,
    }


def _decided(url: str, batches: Sequence[list[str]]) -> list[tuple[float, float, list[float]]]:
    """Have each batch of audits decided by a process of its own, all at once; by process its beginning, its end and
    each decision's seconds."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(len(batches))
    with ProcessPoolExecutor(len(batches), spawn, _meet, (ready,)) as pool:
        return [job.result() for job in [pool.submit(_decide_all, url, batch) for batch in batches]]


_ready: Any = None  # in a worker: where all begin together, so that each takes one batch


def _meet(ready: Any) -> None:
    global _ready
    _ready = ready


def _decide_all(url: str, audit_ids: Sequence[str]) -> tuple[float, float, list[float]]:
    database = Database(url)
    _decide(database, audit_ids[0])  # what a first one costs is no decision's
    _ready.wait(_START_SECONDS_MAX)
    begin, times = time.perf_counter(), []
    for audit_id in audit_ids[1:]:
        before = time.perf_counter()
        _decide(database, audit_id)
        times.append(time.perf_counter() - before)
    end = time.perf_counter()
    database.dispose()
    return begin, end, times


def _decide(database: Database, audit_id: str) -> None:
    with database.write(unscoped("a benchmark decides displays of its own")) as s:
        audits.decide_audit(s, audit_id, lambda: _NAMES)  # read together with the photo, in an earlier step


def _world(database: Database) -> World:
    """A brand with a task that can pay all displays, its reps, and a reading of one rendered photo."""
    now = datetime.now(UTC)
    spec = BrandSpec(
        "Bench", "demo", [ProductSpec(sku.code, sku.name, sku.own, sku.name_zh) for sku in DEMO_SKUS],
        dealers=("Dealer",), users=(UserSpec("first", "First", "rep", dealer="Dealer"),),
        outlets=(OutletSpec("B", "First", 31.2, 121.4, "Dealer"),),
        tasks=(TaskSpec("bench", "Bench", _RULES, 10**9, now - timedelta(days=1), now + timedelta(days=365)),),
    )  # fmt: skip
    seeded = seed_demo(database, SeedSpec([spec]), {"first": PASSWORD})
    brand_id = seeded.brands["Bench"]
    with database.write(unscoped("a benchmark decides displays of its own")) as s:
        dealer_id = s.scalars(select(Outlet.dealer_id)).one()
        reps = [new_id() for _ in range(WORKERS * _REPS)]
        of = {"name": "Rep", "role": "rep", "dealer_id": dealer_id, "password_hash": "-"}
        s.add_all(User(id=rep, login=rep, **of) for rep in reps)
        view = catalog.view(s, brand_id, business_day(now))
    vision = PipelineVision(
        lambda: load_networks(threads=1, engine="onnxruntime"), EnrolledSkus(database, open_store("memory:"))
    )
    drawn = render_photo(1, width=960, height=1280, skus=DEMO_SKUS, quality="ok").image
    seen = vision.read(cv2.imencode(".jpg", drawn)[1].tobytes(), view)
    return World(brand_id, dealer_id, seeded.tasks["bench"], tuple(reps), {**seen.reading, "flags": []})


def _displays(database: Database, world: World, process: int) -> list[str]:
    """Audits that wait for their decision, each of an outlet of its own, of this process's reps in turn; one more than
    are timed."""
    reps = world.reps[process * _REPS : (process + 1) * _REPS]
    made: list[str] = []
    numbers = iter(range(_SHARE + 1))
    while batch := list(islice(numbers, 50)):
        with database.write(unscoped("a benchmark decides displays of its own")) as s:
            for number in batch:
                made.append(_display(s, world, reps[number % _REPS]))
    return made


def _display(s: WriteSession, world: World, rep: str) -> str:
    scope = Scope(rep, "rep", world.brand_id, world.dealer_id)
    code = new_id()
    outlet = Outlet(brand_id=world.brand_id, dealer_id=scope.dealer_id, code=code, name=code, lat=31.2, lon=121.4)
    s.add(outlet)
    s.flush()
    claim = tasks.claim_task(s, scope, world.task_id, outlet.id)
    visit = visits.check_in(s, scope, outlet.id, outlet.lat, outlet.lon)
    audit = Audit(
        brand_id=claim.brand_id, user_id=rep, visit_id=visit.id, claim_id=claim.id, task_id=claim.task_id,
        task_version_id=claim.task_version_id, outlet_id=outlet.id, display="1",
        period_key=f"{business_day(visit.checked_in_at):%Y-%m}", photos_expected=1, photos_received=1, state="reading",
    )  # fmt: skip
    s.add(audit)
    s.flush()
    photo_id = new_id()
    s.execute(insert(Photo), [{
        "id": photo_id, "brand_id": claim.brand_id, "user_id": rep, "audit_id": audit.id, "idempotency_key": photo_id,
        "sha256": photo_id, "size_bytes": 1, "mime": "image/jpeg", "width": 960, "height": 1280, "state": "received",
        "received_at": visit.created_at, "taken_at": visit.created_at,
    }])  # fmt: skip
    audits.record_reading(s, photo_id, world.reading, os.urandom(32))
    s.execute(delete(PhotoUnsought))  # the archive has been looked through
    return audit.id
