"""How long looking for copies of a photo takes, in an archive of as many photos as are named.

Command: `python -m cli.bench_copies URL PHOTOS [URL PHOTOS …]`, such as one of 300,000 and another of 3,000,000; each
URL of an empty database that is for this alone. On PostgreSQL by a role that may be a replica. Hashes and words are
made of those of real photos, which lie where the field photos do (`datasets.splits.data_root`).

Each question is a real photo, kept as the service keeps it and then looked for as the service looks, in its eight turns
and among words; the answer is that there is none. Photos that are put together share few words with a real one. So to
each look is added what comparing as many photos takes as are ever compared, the most alike of the real ones.
"""

import itertools
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from sqlalchemy import text

from cli.bench_copies_archive import SOUGHT, SPAN, Archive
from cli.demo_seed import PASSWORD, REP, demo_spec
from crm.access.session import unscoped
from crm.audits import archive
from crm.audits.duplicates import look, remember, to_seek
from crm.audits.photos.tables import Audit, Photo
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, WriteSession
from crm.kernel.ids import new_id
from crm.migrations import upgrade
from crm.people import service as people
from crm.people.memberships import scope_in
from crm.seeding.world import seed_demo
from crm.tasks import service as tasks
from crm.visits import service as visits
from datasets.splits import data_root
from pipeline.intake.decode import decode_photo
from pipeline.intake.likeness import Likeness, is_copy
from pipeline.thresholds import COPY_CANDIDATES_MAX
from training.copies.archive import Known, known
from training.copies.figures import Index

REAL, ASKED = 900, 200  # real photos that are taken, and those of them that are asked for
_TOLD = Console(stderr=True)


def main() -> None:
    cv2.setNumThreads(1)
    urls, sizes = sys.argv[1::2], [int(each) for each in sys.argv[2::2]]
    databases = {size: Database(url) for url, size in zip(urls, sizes, strict=True)}
    for database in databases.values():
        upgrade(database)
    sys.stdout.write(json.dumps(measure(databases, real_photos()), indent=1) + "\n")
    for database in databases.values():
        database.dispose()


def real_photos() -> list[Known]:
    """Of all the folders of the field photos, evenly."""
    root = data_root()
    if root is None:
        raise SystemExit("the field photos are not here: set SHELFPROOF_DATA to their folder")
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    folders: dict[Path, list[Path]] = {}
    for path in random.Random(0).sample(paths, len(paths)):
        folders.setdefault(path.relative_to(root).parents[-2], []).append(path)
    rounds = itertools.zip_longest(*folders.values())
    some = list(itertools.islice((path for each in rounds for path in each if path is not None), REAL))
    return [known(path.name, decode_photo(path.read_bytes(), 512).image) for path in some]


def measure(databases: dict[int, Database], real: Sequence[Known]) -> dict[str, Any]:
    """Times in ms, by the number of photos that are put into each database."""
    asked_for, others = real[:ASKED], real[ASKED:]
    compared = _compared(others, asked_for)
    report: dict[str, Any] = {"real photos": len(others), "with words": SOUGHT / SPAN}
    report["compared"] = {"pairs": COPY_CANDIDATES_MAX, **_told(compared)}
    audits = {size: _filled(database, size, others) for size, database in databases.items()}
    for size, database in databases.items():
        report[f"{database.dialect}, {size} photos"] = _asked(database, audits[size], asked_for, compared)
    return report


def _filled(database: Database, size: int, real: Sequence[Known]) -> Audit:
    """The audit to ask for photos of."""
    spec = demo_spec(outlets=1)
    seeded = seed_demo(database, spec, dict.fromkeys(spec.logins, PASSWORD))
    with database.write(unscoped("a benchmark keeps photos of its own")) as s:
        stored, asked = (_audit(s, seeded.users[REP], seeded, display) for display in ("1", "2"))
    begun = time.monotonic()
    Archive(stored, real, time.time_ns() // 1_000_000).fill(database, size)
    _TOLD.print(f"{size} photos in {time.monotonic() - begun:.0f} s")
    return asked


def _asked(database: Database, audit: Audit, questions: Sequence[Known], compared: Sequence[float]) -> dict[str, Any]:
    """Nothing that is written for it stays. The first round only warms up."""
    times: dict[str, list[float]] = {"look": [], "bytes": [], "turns": [], "altered": []}
    for warm in (False, True):
        for question in questions:
            with database.write(unscoped("a benchmark keeps photos of its own")) as s:
                photo = _kept(s, audit, question)
                ours = [s.scalars(text("SELECT pg_backend_pid()")).one()] if database.dialect == "postgresql" else []
                works: dict[str, Callable[[], Any]] = {"look": partial(look, s, photo.id)}
                works |= {name: partial(part, s, photo, Photo.id < photo.id) for name, part in archive.LOOKS.items()}
                for name, work in works.items():
                    _timed(times[name] if warm else [], work, *ours)
                s.rollback()
    times["all"] = [one + other for one, other in zip(times["look"], compared, strict=True)]
    return {name: _told(some) for name, some in times.items()}


def _timed(times: list[float], work: Callable[[], Any], *servers: int) -> None:
    """ms, less the time for which this process and the servers' waited for a core that others had."""
    processes = (os.getpid(), *servers)
    begin = time.perf_counter() - _queued_s(processes)
    work()
    times.append(1000 * (time.perf_counter() - _queued_s(processes) - begin))


def _queued_s(processes: Sequence[int]) -> float:
    """Since they began; 0 where the system does not tell."""
    found = [Path(f"/proc/{each}/schedstat") for each in processes]
    return sum(int(each.read_text().split()[1]) for each in found if each.is_file()) / 1e9


def _told(times: Sequence[float]) -> dict[str, float]:
    return {"n": len(times), **{f"p{share}": round(float(np.percentile(times, share)), 1) for share in (50, 95, 100)}}


def _compared(real: Sequence[Known], questions: Sequence[Known]) -> list[float]:
    """ms, per question: reading and comparing as many real photos as are ever compared."""
    index, packed = Index(real), [each.likeness.packed() for each in real]
    times: list[float] = []
    for question in questions:
        most = np.argsort(-index.votes(question.likeness), kind="stable")[:COPY_CANDIDATES_MAX].tolist()

        def compare(question: Known = question, most: Sequence[int] = most) -> None:
            for place in most:
                is_copy(question.likeness, Likeness.unpacked(packed[place]))

        _timed(times, compare)
    return times


def _kept(s: WriteSession, audit: Audit, question: Known) -> Photo:
    photo_id = new_id()
    photo = Photo(
        id=photo_id, brand_id=audit.brand_id, user_id=audit.user_id, audit_id=audit.id, idempotency_key=photo_id,
        sha256=photo_id, size_bytes=1, mime="image/jpeg", width=384, height=512, state="read", received_at=utcnow(),
    )  # fmt: skip
    s.add(photo)
    s.flush()
    remember(s, photo, question.hash, question.likeness.packed())
    to_seek(s, photo)
    s.flush()
    return photo


def _audit(s: WriteSession, user_id: str, seeded: Any, display: str) -> Audit:
    scope = scope_in(s, people.current_user(s, user_id))
    outlet_id, task_id = next(iter(seeded.outlets.values())), next(iter(seeded.tasks.values()))
    claim = tasks.claim_task(s, scope, task_id, outlet_id)
    visit = visits.check_in(s, scope, outlet_id, None, None)
    audit = Audit(
        brand_id=claim.brand_id, user_id=user_id, visit_id=visit.id, claim_id=claim.id, task_id=task_id,
        task_version_id=claim.task_version_id, outlet_id=outlet_id, display=display, period_key="bench",
        photos_expected=1, photos_received=1, state="reading",
    )  # fmt: skip
    s.add(audit)
    s.flush()
    s.expunge(audit)
    return audit


if __name__ == "__main__":
    main()
