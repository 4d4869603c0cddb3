"""`shelfproof audit`: what the pipeline reads from photos, as JSON or as a table."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.gallery_choice import choose, named_by
from cli.photo_input import photo_files, read_bytes
from cli.span import file_name, span
from models.gallery import Gallery
from models.load import Networks, load_networks
from models.manifest import WEIGHTS, ModelFileError
from pipeline.facts.make import FactContext
from pipeline.intake.photo_error import PhotoError
from pipeline.read import read_photo

OK, BAD_INPUT = 0, 2
TABLE_WIDTH = 140  # where nobody's terminal says otherwise


def run(
    photos: Sequence[Path], as_json: bool, gallery: str | None, threads: int | None, models: Path | None, engine: str
) -> int:
    """Prints the readings and returns the exit status."""
    files = [file for photo in photos for file in photo_files(photo)]
    show = Console(stderr=True)
    steps = track(files, "Reading photos", console=show, transient=True, disable=as_json or len(files) < 2)
    try:
        weights = models or WEIGHTS
        if gallery is None:
            networks = choose(files, lambda name: load_networks(name, threads, weights, engine), weights)
            print(f"shelfproof: {named_by(networks, weights)}", file=sys.stderr)
        else:
            networks = load_networks(gallery, threads, weights, engine)
        if networks.gallery.trial:
            print(f"shelfproof: {on_trial(networks.gallery)}", file=sys.stderr)
        readings = list(read_files(steps, networks))
    except (ModelFileError, OSError) as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return BAD_INPUT
    if as_json:
        print(json.dumps(readings))  # in ASCII: no locale and no odd file name can break it
    else:
        out = Console()
        Console(width=None if out.is_terminal else TABLE_WIDTH).print(table(readings))
    return BAD_INPUT if not files or any("error" in reading for reading in readings) else OK


def on_trial(gallery: Gallery) -> str:
    """One line about the SKUs of a gallery that nobody has proven."""
    skus = f"{len(gallery.trial)} of {len(gallery.codes)} SKUs of this gallery"
    return f"{skus} are on trial, and their names count in best and high, not in low: docs/trial.md"


def read_files(files: Iterable[Path], networks: Networks) -> Iterator[dict[str, Any]]:
    """One object per file: the reading, or `photo` and `error`, which is also said on stderr."""
    context = FactContext(own=networks.gallery.own)
    for file in files:
        try:
            reading = read_photo(read_bytes(file), networks, context).as_dict()
        except PhotoError as error:
            code, message = error.code, str(error)
        except OSError as error:
            code, message = "unreadable", f"cannot be read: {error.strerror or error}"
        else:
            yield {**reading, "photo": str(file), "sha256": reading["photo"]}
            continue
        print(f"shelfproof: {file}: {message}", file=sys.stderr)
        yield {"photo": str(file), "error": message, "error_code": code}


def table(readings: Sequence[dict[str, Any]]) -> Table:
    """Facts of each photo in a row; best, with low–high where they differ. Photos by name, without folder."""
    shown = Table(box=box.SIMPLE_HEAD)
    for name in ("photo", "fronts", "own", "rival", "unknown", "share", "coolers", "rows", "flags", "ms"):
        shown.add_column(name, overflow="fold")
    for reading in readings:
        name = file_name(Path(reading["photo"]).name)
        if "error" in reading:
            shown.add_row(name, f"[red]{reading['error_code']}[/]")
            continue
        facts = reading["facts"]
        counts = [_span(facts["facings"][name]) for name in ("total", "own", "competitor", "unknown")]
        flags = " ".join(flag["code"] for flag in reading["flags"])
        shown.add_row(
            name, *counts, _span(facts["share"]["own"], percent=True), _span(facts["cooler"]["count"]),
            _span(facts["rows"]["count"]), flags, f"{reading['timings_ms']['total']:.0f}",
        )  # fmt: skip
    return shown


def _span(fact: dict[str, float], percent: bool = False) -> str:
    return span(fact, lambda value: f"{value:.0%}" if percent else f"{value:.0f}")
