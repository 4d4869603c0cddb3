"""`shelfproof sku`: new SKUs from reference pictures, in the service's catalogue or in a gallery file.

On the database itself, as `shelfproof serve` finds it by its settings: so it works on SQLite and on PostgreSQL, while
the service runs and while it does not, and needs no manager's password. A running service takes a new SKU up with its
next photo.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from cli.operating import OK, OPERATOR, brand_named, require_schema, settings_there, told_on_one_line
from cli.photo_input import read_bytes
from cli.serve import Parts, compose
from crm.access.scope import Scope
from crm.catalog import enrolling
from crm.catalog.enrolling import SkuCard, SkuSpec
from crm.kernel.db import Database
from crm.rescoring import service as rescoring
from crm.trials import service as trials
from crm.trials import wording
from crm.trials.service import Standing
from crm.workflows.begun import Attempts
from crm.workflows.rescoring import rescore_some
from crm.workflows.upkeep import Timing, living_workers, own_executor_id
from models.gallery import Gallery
from models.load import load_networks
from pipeline.enrol.acceptance import count
from pipeline.enrol.enrolment import Enrolment, ReferencesError, examine, picture_fault
from pipeline.intake.photo_error import PhotoError
from pipeline.texts import text_of

_LOOK_S = 0.5
_STATES = {"trial": "on trial", "open": "open", "closed": "closed", "spent": "stays closed"}


def enroll(
    spec: SkuSpec, files: Sequence[Path], brand: str | None, gallery: Path | None, engine: str, as_json: bool
) -> int:
    """Enrols one SKU and returns the exit status; warnings do not fail it."""

    def run() -> int:
        pictures = _read(files)
        began = time.perf_counter()
        if gallery is not None:
            told = _enroll_in_file(spec, pictures, gallery, engine)
        else:
            told = _with_service(lambda parts: _enroll_in_service(parts, spec, pictures, brand))
        told["seconds"] = round(time.perf_counter() - began, 2)
        for place, picture in enumerate(told["pictures"]):
            picture["file"] = str(files[place])
        _print(told, as_json, _told_enrolment(told))
        return OK

    return told_on_one_line(run)


def list_skus(brand: str | None, gallery: Path | None, as_json: bool) -> int:
    """Prints the SKUs of a brand, or of a gallery file, and returns the exit status."""

    def run() -> int:
        skus = _of_file(gallery) if gallery is not None else _with_service(lambda parts: _of_service(parts, brand))
        lines = [
            f"{sku['code']:24} {'own' if sku['own'] else 'rival':6} {_how(sku):34} {sku['name']['en']}" for sku in skus
        ]
        _print(skus, as_json, lines)
        return OK

    return told_on_one_line(run)


def rescore(code: str, days: int, brand: str | None, as_json: bool) -> int:
    """Looks for a SKU on the photos of the last days, shows the progress, prints what was found; the exit status."""

    def run() -> int:
        told = _with_service(lambda parts: _rescore(parts, code, days, brand))
        lines = [
            "{received_at}  {outlet:12} {best} ({low}–{high})  {photo_id}".format_map(each)
            for each in told["placements"]
        ]
        _print(told, as_json, [*lines, f"{code} on {told['found']} of {told['photos']} photos"])
        return OK

    return told_on_one_line(run)


def _read(files: Sequence[Path]) -> list[bytes]:
    """All files, or ReferencesError with all that cannot be read."""
    pictures, faults = [], []
    for number, file in enumerate(files, start=1):
        try:
            pictures.append(read_bytes(file))
        except PhotoError as error:
            faults.append(picture_fault(number, error))
        except OSError as error:
            told = error.strerror or error
            faults.append((number, "not_an_image", f"{file} cannot be read: {told}", f"{file} 无法读取：{told}"))
    if faults:
        raise ReferencesError(faults[0][2], faults[0][3], faults)
    return pictures


def _enroll_in_file(spec: SkuSpec, pictures: Sequence[bytes], file: Path, engine: str) -> dict[str, Any]:
    networks = load_networks(file, engine=engine)
    made = examine(spec.code, pictures, networks)
    gallery = networks.gallery
    competitors = () if spec.own else (spec.code,)
    base, _, number = gallery.version.rpartition("+")
    if not number.isdigit():
        base, number = gallery.version, "0"
    gallery = replace(
        gallery.enroll({spec.code: made.embedding}, competitors), version=f"{base}+{int(number) + 1}"
    )  # fmt: skip
    gallery.save(file)
    return {
        "code": spec.code,
        "gallery": gallery.version,
        "pictures": _pictures(made),
        "warnings": list(made.warnings),
        "trial": _trial(Standing("trial", count(()))),
    }


def _pictures(made: Enrolment) -> list[dict[str, Any]]:
    return [
        {"sha256": each.sha256, "box": list(each.box), "whole": each.is_whole, "counted": place in made.counted}
        for place, each in enumerate(made.references)
    ]


def _enroll_in_service(parts: Parts, spec: SkuSpec, pictures: Sequence[bytes], brand: str | None) -> dict[str, Any]:
    brand_id = brand_named(parts.database, brand)
    card = enrolling.enroll(parts.database, parts.store, parts.vision, OPERATOR, spec, pictures, brand_id)
    assert card.enrolment is not None
    return {
        "code": spec.code,
        "gallery": f"+{card.enrolment.number}",
        "pictures": [dict(each) for each in card.enrolment.pictures],
        "warnings": card.enrolment.warnings,
        "trial": _of_trials(parts, [card])[0],
    }


def _of_trials(parts: Parts, cards: Sequence[SkuCard]) -> list[dict[str, Any] | None]:
    with parts.database.read(OPERATOR) as session:
        standings = trials.standings_of(session, cards)
    return [_trial(standings[card.product.id]) for card in cards]


def _trial(standing: Standing) -> dict[str, Any] | None:
    """None for a SKU of the shipped gallery, which is exempt."""
    counts = standing.counts
    if counts is None:
        return None
    figures = {"displays": counts.displays, "wrong": counts.wrong, "with_sister": counts.with_sister}
    return {
        "state": standing.state,
        **figures,
        "waiting": counts.waiting,
        "bound": counts.bound,
        "told": wording.told(standing).as_dict(),
    }


def _told_enrolment(told: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for number, picture in enumerate(told["pictures"], start=1):
        taken = "the whole picture" if picture["whole"] else f"the front at {picture['box']}"
        lines.append(f"{number}. {picture['file']}: {taken}{'' if picture['counted'] else ', not counted'}")
    lines += [f"{warning['code']}: {warning['en']} {warning['zh']}" for warning in told["warnings"]]
    if told["trial"] is not None:
        lines += [*told["trial"]["told"].values()]
    recognised = f"{told['code']} is recognised from the next photo on"
    return [*lines, f"{recognised} ({told['seconds']} s, gallery {told['gallery']})"]


def _line(sku: dict[str, Any]) -> str:
    return f"{sku['code']:24} {'own' if sku['own'] else 'rival':6} {_how(sku):34} {sku['name']['en']}"


def _of_file(file: Path) -> list[dict[str, Any]]:
    gallery = Gallery.load(file)
    return [
        {
            "code": code,
            "name": {"en": "", "zh": ""},
            "own": code in gallery.own,
            "pictures": None,
            "trained": code in gallery.trained,
            "trial": {"state": "trial"} if code in gallery.trial else None,
        }
        for code in gallery.codes
    ]


def _of_service(parts: Parts, brand: str | None) -> list[dict[str, Any]]:
    brand_id, found, after = brand_named(parts.database, brand), list[dict[str, Any]](), None
    of_brand = Scope("", "manager", brand_id)
    with parts.database.read(of_brand) as session:
        while True:
            page = enrolling.list_skus(session, of_brand, after, 200)
            standings = trials.standings_of(session, page.items)
            found += [_sku(card, standings[card.product.id]) for card in page.items]
            after = page.next
            if after is None:
                return found


def _sku(card: SkuCard, standing: Standing) -> dict[str, Any]:
    product, last = card.product, card.enrolment
    return {
        "code": product.code,
        "name": text_of(product, "name").as_dict(),
        "own": product.own,
        "launched_on": product.launched_on.isoformat() if product.launched_on else None,
        "pictures": None if last is None else len(last.pictures),
        "number": None if last is None else last.number,
        "warnings": [] if last is None else last.warnings,
        "trial": _trial(standing),
    }


def _how(sku: dict[str, Any]) -> str:
    trial = sku["trial"]
    if sku["pictures"] is None:
        return "of the shipped gallery" if trial is None else "enrolled, on trial"
    doubtful = f", {len(sku['warnings'])} warnings" if sku["warnings"] else ""
    counted = f"{trial['displays']} displays, {trial['wrong']} wrong, {trial['with_sister']} with a sister"
    return f"enrolled, {sku['pictures']} pictures{doubtful}; {_STATES[trial['state']]}: {counted}"


def _rescore(parts: Parts, code: str, days: int, brand: str | None) -> dict[str, Any]:
    """Ordered as through the API; a living worker does it, or else this process, which may be broken off and called
    again."""
    brand_id = brand_named(parts.database, brand)
    with parts.database.write(OPERATOR) as session:
        rescore_id = rescoring.order(session, OPERATOR, code, days, brand_id).id
    alive = bool(living_workers(parts.database, Timing().dead_after_s))  # its sweep takes up what nobody has begun
    attempts = Attempts(parts.database, own_executor_id(), 1, Timing())
    after: str | None = ""
    due = 0.0  # what waits is tried again once per `retry_s`, as a worker does
    with Progress(console=Console(stderr=True), transient=True) as show:
        bar = show.add_task("Reading photos again")
        while True:
            with parts.database.read(OPERATOR) as session:
                progress = rescoring.get_rescore(session, OPERATOR, rescore_id)
            show.update(bar, total=progress.rescore.photos, completed=progress.read)
            if progress.rescore.state == "done":
                break
            if alive or time.monotonic() < due:
                time.sleep(_LOOK_S)
                alive = bool(living_workers(parts.database, Timing().dead_after_s))
            else:
                after = rescore_some(parts.database, parts.store, parts.vision, attempts, rescore_id, after or "")
                due = time.monotonic() + Timing().retry_s if after is None else 0.0
    found, cursor = list[dict[str, Any]](), None
    while True:
        with parts.database.read(OPERATOR) as session:
            page = rescoring.list_placements(session, OPERATOR, rescore_id, cursor, 200)
        found += [_placement(each) for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    row = progress.rescore
    return {"rescore": row.id, "code": code, "photos": row.photos, "found": progress.found, "placements": found}


def _placement(each: rescoring.Placement) -> dict[str, Any]:
    return {
        "photo_id": each.photo.id,
        "outlet": each.outlet.code,
        "received_at": each.photo.received_at.isoformat(timespec="seconds"),
        **each.facings,
    }


def _with_service(work: Callable[[Parts], Any]) -> Any:
    settings = settings_there()
    database = Database(settings.database_url)
    try:
        require_schema(database)
    finally:
        database.dispose()
    parts = compose(settings, worker=False, first=False)
    try:
        return work(parts)
    finally:
        parts.database.dispose()


def _print(told: Any, as_json: bool, lines: Sequence[str]) -> None:
    print(json.dumps(told) if as_json else "\n".join(lines))
