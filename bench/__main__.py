"""`python -m bench`: ours, ultralytics and Roboflow `inference` on the same photos, in one run. See bench/README.md."""

import argparse
import contextlib
import json
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import cv2
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.contestants import contestants, install_roboflow
from bench.measure import compare, photos_per_second
from bench.process import Peer, PeerError
from datasets.render import DEMO_SKUS, render_photo
from datasets.unused import told_once
from datasets.yolo import DatasetError, image_files
from models.engines import NAMES
from pipeline.thresholds import SCORE_BEST, SCORE_MAYBE

SEED = 90_000  # photos that trained nothing


def main() -> int:
    """Measures, prints, and returns the exit status."""
    args = _parser().parse_args()
    show = Console(stderr=True)
    if args.install:
        install_roboflow()
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
            with told_once() as not_used:
                photos = (
                    image_files(args.directory.resolve()) if args.directory else _rendered(args.photos, Path(folder))
                )
            with contextlib.redirect_stdout(sys.stderr):  # exporting greets on stdout
                commands, left_out = contestants(Path(folder), args.engine, SCORE_MAYBE)
            peers = [running.enter_context(Peer(name, command(args.threads))) for name, command in commands.items()]
            steps = track(photos, "Measuring", console=show, transient=True)
            results = compare(peers, steps, args.rounds, SCORE_BEST)
            running.close()  # nobody else runs while a rate is measured
            for name, command in track(commands.items(), "Rates", console=show, transient=True):
                rate = photos_per_second(partial(Peer, name, command(1)), photos, args.processes)
                results[name]["photos_per_second"] = round(rate, 1)
    except (PeerError, DatasetError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report = {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "photos": len(photos),
        "threads": args.threads,
        "rounds": args.rounds,
        "processes": args.processes,
        "peers": results,
        "left_out": left_out,
    }
    print(json.dumps(report)) if args.json else _show(report, Console(width=None if sys.stdout.isatty() else 140))
    return 1 if not_used else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?", help="folder of photos; default: rendered ones of 2048 px")
    parser.add_argument("--photos", type=_positive, default=12, help="rendered photos")
    parser.add_argument("--rounds", type=_positive, default=5, help="interleaved; the best of each counts")
    parser.add_argument("--threads", type=_positive, default=2, help="of every peer where times are measured")
    parser.add_argument(
        "--processes", type=_positive, default=2, help="of one thread, where photos a second are measured"
    )
    parser.add_argument("--engine", choices=NAMES, default="auto", help="of ours")
    parser.add_argument("--install", action="store_true", help="first install Roboflow's library to .venv-roboflow")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, for machines")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _rendered(count: int, folder: Path) -> list[Path]:
    files = []
    for seed in track(range(SEED, SEED + count), "Rendering", console=Console(stderr=True), transient=True):
        photo = render_photo(seed, width=1536, height=2048, skus=DEMO_SKUS, quality="ok")
        files.append(folder / f"{seed}.jpg")
        cv2.imwrite(str(files[-1]), photo.image, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return files


def _show(report: dict[str, Any], console: Console) -> None:
    title = f"{report['photos']} photos, {report['threads']} threads, best of {report['rounds']} rounds"
    table = Table(title=title)
    for column in (
        "", "ms a photo", "over ours", "peak MB", f"photos/s, {report['processes']} × 1 thread",
        "its boxes in ours, IoU .5 / .9", "ours in its", "fronts more",
    ):  # fmt: skip
        table.add_column(column, overflow="fold")
    for name, entry in report["peers"].items():
        agreed, peak = entry["agreement"], entry["peak_mb"]
        table.add_row(
            f"{name}\n[dim]{entry['version']}[/]",
            _interval(entry["ms"], 1),
            _interval(entry["over_ours"], 2),
            "–" if peak is None else f"{peak:.0f}",
            f"{entry['photos_per_second']:.1f}",
            _shares(agreed["iou_50"], agreed["iou_90"]),
            _shares(agreed["ours_iou_50"], agreed["ours_iou_90"]),
            f"{agreed['count_mean']:+.2f}",
        )
    console.print(table)
    for line in report["left_out"]:
        console.print(line)


def _interval(entry: dict[str, float], digits: int) -> str:
    return f"{entry['median']:.{digits}f} ({entry['low']:.{digits}f}–{entry['high']:.{digits}f})"


def _shares(*shares: float | None) -> str:
    return " / ".join("–" if share is None else f"{share:.1%}" for share in shares)


if __name__ == "__main__":
    sys.exit(main())
