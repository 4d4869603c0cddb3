"""How long looking for copies takes, against the size of the archive.

Command: `python -m cli.bench_copies [URL]`, after `python -m training.copies`, whose archive it takes; URL of an empty
database, default a new SQLite file. Times hang on the machine, so it tells them as shares of what taking a photo's
likeness costs there.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import insert, text

from cli.demo_seed import PASSWORD, REP, demo_spec
from crm.access.session import unscoped
from crm.audits.duplicates import duplicate_flags
from crm.audits.photos import closing
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import PhotoBand, PhotoLikeness, PhotoWord
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, WriteSession
from crm.kernel.ids import new_id
from crm.migrations import upgrade
from crm.people import service as people
from crm.people.memberships import scope_in
from crm.seeding.world import seed_demo
from crm.tasks import service as tasks
from pipeline.intake.grey import small_grey
from pipeline.intake.likeness import take_likeness
from pipeline.intake.perceptual_hash import hash_bands
from training.copies.archive import ARCHIVE, Known, archive

SIZES = (1_000, 5_000, ARCHIVE - 100)
ASKED = 40  # photos of the archive that are in no size


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/copies.db")
        upgrade(database)
        sys.stdout.write(json.dumps(measure(database, list(archive())), indent=1) + "\n")
        database.dispose()


def measure(database: Database, photos: Sequence[Known]) -> dict[str, Any]:
    """Median of looking for copies of a photo, over that of taking its likeness, by the number of other photos."""
    spec = demo_spec(outlets=1)
    seeded = seed_demo(database, spec, dict.fromkeys(spec.logins, PASSWORD))
    rng = np.random.default_rng(0)
    picture = small_grey(rng.integers(0, 255, (512, 384, 3), np.uint8))
    unit_s = median(_seconds(lambda: take_likeness(picture)) for _ in range(9))
    report: dict[str, Any] = {"database": database.dialect, "likeness_ms": round(1000 * unit_s, 1), "sizes": []}
    with database.write(unscoped("a benchmark keeps photos of its own")) as s:
        stored, asked = (_audit(s, seeded.users[REP], seeded, display) for display in ("1", "2"))
    kept, waiting = 0, iter(photos)
    questions = list(islice(waiting, ASKED))
    for size in SIZES:
        while kept < size and (some := list(islice(waiting, min(500, size - kept)))):
            with database.write(unscoped("a benchmark keeps photos of its own")) as s:
                _keep(s, stored, some)
            kept += len(some)
        if database.dialect == "postgresql":
            with database.write(unscoped("a benchmark keeps photos of its own")) as s:
                s.execute(text("ANALYZE"))
        report["sizes"].append({"photos": kept, "share": round(_look(database, asked, questions) / unit_s, 2)})
    return report


def _look(database: Database, audit: Audit, questions: Sequence[Known]) -> float:
    """Median seconds; nothing that is written for it stays."""
    times = []
    for question in questions:
        with database.write(unscoped("a benchmark keeps photos of its own")) as s:
            [photo_id] = _keep(s, audit, [question])
            photo = s.get(Photo, photo_id)
            assert photo is not None
            times.append(_seconds(lambda photo=photo, s=s: duplicate_flags(s, photo)))
            s.rollback()
    return median(times)


def _seconds(call: Any) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _audit(s: WriteSession, user_id: str, seeded: Any, display: str) -> Audit:
    scope = scope_in(s, people.current_user(s, user_id))
    outlet_id, task_id = next(iter(seeded.outlets.values())), next(iter(seeded.tasks.values()))
    claim = tasks.claim_task(s, scope, task_id, outlet_id)
    visit = closing.check_in(s, scope, outlet_id, None, None)
    audit = Audit(
        brand_id=claim.brand_id, user_id=user_id, visit_id=visit.id, claim_id=claim.id, task_id=task_id,
        task_version_id=claim.task_version_id, outlet_id=outlet_id, display=display, period_key="bench",
        photos_expected=1, photos_received=1, state="reading",
    )  # fmt: skip
    s.add(audit)
    s.flush()
    s.expunge(audit)
    return audit


def _keep(s: WriteSession, audit: Audit, photos: Sequence[Known]) -> list[str]:
    """As the service keeps photos that were read, many at once."""
    ids = [new_id() for _ in photos]
    common = {"brand_id": audit.brand_id, "user_id": audit.user_id, "audit_id": audit.id, "size_bytes": 1,
              "mime": "image/jpeg", "width": 384, "height": 512, "state": "read", "received_at": utcnow()}  # fmt: skip
    rows: dict[Any, list[dict[str, Any]]] = {Photo: [], PhotoBand: [], PhotoLikeness: [], PhotoWord: []}
    for photo_id, each in zip(ids, photos, strict=True):
        of_photo = {"brand_id": audit.brand_id, "photo_id": photo_id}
        rows[Photo].append(
            {**common, "id": photo_id, "idempotency_key": photo_id, "sha256": photo_id, "perceptual_hash": each.hash}
        )
        rows[PhotoLikeness].append({"photo_id": photo_id, "data": each.likeness.packed()})
        rows[PhotoBand] += [
            {**of_photo, "band_no": no, "value": value} for no, value in enumerate(hash_bands(each.hash))
        ]
        rows[PhotoWord] += [{**of_photo, "word": word} for word in each.likeness.words()]
    for table, some in rows.items():
        s.execute(insert(table), some)
    return ids


if __name__ == "__main__":
    main()
