"""`shelfproof bench`: the pipeline against the bare sum of its network runs, and against ultralytics, in one run.

With more than one thread all of them are measured twice: one photo at a time with all threads for each network run,
and as the service reads, a photo on each core at once with one thread each.
"""

import contextlib
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, count, islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.client import ApiError
from datasets.render import DEMO_SKUS, render_photo
from models.detections import Image
from models.engines import Opened, open_runners
from models.gallery import Gallery
from models.load import assemble, load_manifests
from models.manifest import WEIGHTS, ModelFileError
from models.network_runner import NetworkRunner
from models.openvino_runner import STREAMS_MAX
from pipeline.facts.make import FactContext
from pipeline.intake.decode import decode_photo
from pipeline.read import read_photo
from training.report.statistics import median_interval

OK, FAILED, BAD_INPUT = 0, 1, 2
SEED = 90_000  # the first of the rendered photos
PIPELINE, BARE, STAGE, RIVAL = "pipeline", "bare networks", "detection stage", "ultralytics predict"
AT_ONCE = ", at once"
PAUSE = 0.02  # seconds: threads of the last contestant that still spin would take the next one's cores
TRAINED = Path(__file__).resolve().parents[1] / "training" / "weights" / "detector.safetensors"


@dataclass
class Recorder:
    """A runner that also keeps the batches it ran, so that the bare networks can be run on the very same ones."""

    runner: NetworkRunner
    batches: list[npt.NDArray[np.float32]] = field(default_factory=list)

    def run(self, batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        self.batches.append(batch)
        return self.runner.run(batch)


@dataclass(frozen=True)
class Contestant:
    """What is timed, and how many photos it reads."""

    call: Callable[[], Any]
    photos: int = 1


class Reader:
    """The pipeline on some runners, taken apart into what is compared."""

    def __init__(self, opened: Opened) -> None:
        self._recorders = Recorder(opened.detector), Recorder(opened.general), Recorder(opened.embedder)
        detector, general, embedder = self._recorders
        recorded = replace(opened, detector=detector, general=general, embedder=embedder)
        manifests, gallery = load_manifests(WEIGHTS), Gallery.load(WEIGHTS / "gallery-demo.npz")
        self._networks, self._recording = (assemble(each, manifests, gallery) for each in (opened, recorded))
        self._context = FactContext(own=self._networks.gallery.own)

    def contestants(self, jpeg: bytes) -> tuple[dict[str, Callable[[], Any]], int]:
        """(what is compared on this photo, fronts that were counted on it)."""
        for recorder in self._recorders:
            recorder.batches.clear()
        reading = read_photo(jpeg, self._recording, self._context)
        batches = [(recorder.runner, batch) for recorder in self._recorders for batch in recorder.batches]
        return {
            PIPELINE: lambda: read_photo(jpeg, self._networks, self._context),
            BARE: lambda: [runner.run(batch) for runner, batch in batches],
            STAGE: lambda: self._networks.detector.detect(decode_photo(jpeg).image),
        }, int(reading.facts["facings"]["total"]["best"])


def run(
    photos: int,
    rounds: int,
    threads: int,
    service: bool,
    engine: str,
    fronts: int | None,
    cpu_time: bool,
    as_json: bool,
) -> int:
    """Prints the comparison and returns the exit status."""
    clock = time.process_time if cpu_time else time.perf_counter
    cv2.setNumThreads(threads)
    drawn = _drawn(fronts)
    images = list(track(islice(drawn, photos), "Rendering", total=photos, console=Console(stderr=True)))
    try:
        opened = open_runners(WEIGHTS, threads, engine)
        served = open_runners(WEIGHTS, 1, opened.engine) if threads > 1 else None
    except ModelFileError as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return BAD_INPUT
    times, seen = measure([_jpeg(image) for image in images], rounds, opened, served, clock, threads)
    report = {"clock": "processor" if cpu_time else "wall", "engine": opened.engine, **summarise(times, seen, threads)}
    if service:
        from cli.bench_service import UPLOADS, measure_service

        further = track(islice(drawn, max(0, UPLOADS - photos)), "Rendering", console=Console(stderr=True))
        try:
            report["service"] = measure_service([_jpeg(image) for image in chain(images[:UPLOADS], further)])
        except ApiError as error:  # what was measured before is not lost
            print(f"shelfproof: the service could not be measured: {error}", file=sys.stderr)
    if as_json:
        print(json.dumps(report))
    else:
        _show(report, Console())
    served = report.get("service")
    return OK if not service or (served and not served["lost"] and not served["ledger_faults"]) else FAILED


def measure(
    jpegs: Sequence[bytes],
    rounds: int,
    opened: Opened,
    served: Opened | None,
    clock: Callable[[], float],
    threads: int,
) -> tuple[dict[str, list[float]], list[int]]:
    """Milliseconds per photo, best of `rounds` interleaved rounds each, for every contestant; fronts per photo.

    served: the same engine with one thread a run, for several photos at once; their time is divided by their number.
    """
    many = min(threads, STREAMS_MAX)
    alone, together = Reader(opened), None if served is None else Reader(served)
    times: dict[str, list[float]] = {}
    fronts: list[int] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(many) as pool:
        rival, rivals = _ultralytics(threads), _ultralytics(1, many) if together is not None else None
        for number, jpeg in enumerate(track(jpegs, "Measuring", console=Console(stderr=True))):
            file = Path(folder) / f"{number}.jpg"
            file.write_bytes(jpeg)
            calls, seen = alone.contestants(jpeg)
            fronts.append(seen)
            contestants = {name: Contestant(call) for name, call in calls.items()}
            if rival is not None:
                contestants[RIVAL] = Contestant(lambda file=file: rival(file))  # type: ignore[misc]
            if together is not None:
                calls, _ = together.contestants(jpeg)
                if rivals is not None:
                    calls[RIVAL] = lambda file=file: rivals(file)  # type: ignore[misc]
                for name, call in calls.items():
                    contestants[name + AT_ONCE] = Contestant(partial(at_once, pool, call, many), many)
            for name, milliseconds in _best_of(contestants, rounds, clock).items():
                times.setdefault(name, []).append(milliseconds)
    return times, fronts


def at_once(pool: ThreadPoolExecutor, call: Callable[[], Any], times: int) -> None:
    """Runs `call` so many times at once, and waits for all of them."""
    for job in [pool.submit(call) for _ in range(times)]:
        job.result()


def summarise(times: dict[str, list[float]], fronts: Sequence[int], threads: int) -> dict[str, Any]:
    """Medians, and ratios as the median over photos with a 95 % bootstrap interval.

    `at_once`: the same of contestants that all read several photos at once, with one thread each.
    """
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "threads": threads,
        "photos": len(fronts),
        "fronts_median": statistics.median(fronts),
        "median_ms": {name: round(statistics.median(values), 1) for name, values in times.items()},
        **_ratios(times),
    }
    if PIPELINE + AT_ONCE in times:
        report["at_once"] = {"photos": min(threads, STREAMS_MAX), **_ratios(times, AT_ONCE)}
    return report


def _ratios(times: dict[str, list[float]], which: str = "") -> dict[str, dict[str, float]]:
    ratios = {"pipeline_over_bare_networks": _ratio(times[PIPELINE + which], times[BARE + which])}
    if RIVAL + which in times:
        ratios["ultralytics_over_detection_stage"] = _ratio(times[RIVAL + which], times[STAGE + which])
    return ratios


def _best_of(contestants: dict[str, Contestant], rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            time.sleep(PAUSE)
            start = clock()
            contestant.call()
            best[name] = min(best.get(name, np.inf), (clock() - start) * 1000 / contestant.photos)
    return best


def _ratio(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
    return median_interval([high / low for high, low in zip(above, below, strict=True)])


def _drawn(fronts: int | None) -> Iterator[Image]:
    """Rendered photos without end; with `fronts`, those that show as many, give or take a tenth."""
    for seed in count(SEED):
        photo = render_photo(seed, width=1536, height=2048, skus=DEMO_SKUS, quality="ok")
        if fronts is None or abs(len(photo.products) - fronts) <= fronts / 10:
            yield photo.image


def _jpeg(image: Image) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def _ultralytics(threads: int, models: int = 1) -> Callable[[Path], Any] | None:
    """Ultralytics' predict on the same weights in PyTorch, with a model for each of as many calls at once.

    None (and said so) where it is not installed.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):  # it greets on stdout, which is the report's
            from training.rival import ultralytics_predict

            return _taking_turns([ultralytics_predict(TRAINED, threads) for _ in range(models)])
    except ImportError:
        Console(stderr=True).print("ultralytics is not installed (make test installs it): left out of the comparison")
        return None


def _taking_turns(calls: Sequence[Callable[[Path], Any]]) -> Callable[[Path], Any]:
    """A call that any of `calls` answers that is idle."""
    idle: SimpleQueue[Callable[[Path], Any]] = SimpleQueue()
    for call in calls:
        idle.put(call)

    def take(file: Path) -> Any:
        call = idle.get()
        try:
            return call(file)
        finally:
            idle.put(call)

    return take


def _show(report: dict[str, Any], console: Console) -> None:
    title = f"{report['photos']} photos, {report['threads']} threads, {report['engine']}, {report['clock']} time"
    table = Table("", "median ms a photo", title=title)
    for name, value in report["median_ms"].items():
        table.add_row(name, f"{value:.1f}")
    console.print(table)
    _show_ratios("", report, console)
    _show_ratios("at once, as the service reads: ", report.get("at_once", {}), console)
    if "service" in report:
        served = report["service"]
        console.print(
            f"service: {served['uploads']} uploads at {served['rate_per_second']} a second, p50 {served['p50_s']} s, "
            f"p95 {served['p95_s']} s, longest {served['max_s']} s, lost {served['lost']}"
        )


def _show_ratios(which: str, ratios: dict[str, Any], console: Console) -> None:
    for name, ratio in ratios.items():
        if "_over_" in name:
            told = f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})"
            console.print(f"{which}{name.replace('_', ' ')}: {told}")
