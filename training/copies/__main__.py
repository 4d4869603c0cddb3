"""How many altered copies of a photo are found, and how many honest photos are held for it.

Command: `python -m training.copies [--json] [--archive N]`. The first run draws 15,000 displays of the archive and 300
others at five visits, and takes what some 30,000 photos are known by: more than an hour of one core. It can be
interrupted; later runs only compare. runs/copies keeps what was taken: delete it where pipeline.intake.likeness has
changed.
"""

import argparse
import json
import sys
from typing import Any

import cv2

from datasets.splits import data_root
from training.copies.archive import ARCHIVE
from training.copies.field import field_report
from training.copies.figures import rendered_report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.copies", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of tables")
    parser.add_argument("--archive", type=int, default=ARCHIVE, help="photos of other displays, instead of all")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)  # the work is small pieces, which threads only slow down
    root = data_root()
    report = {"rendered": rendered_report(arguments.archive), "field": field_report(root) if root else {}}
    sys.stdout.write(json.dumps(report, indent=1) + "\n" if arguments.json else text(report))


def text(report: dict[str, Any]) -> str:
    """Tables in Markdown."""
    parts = []
    for name, some in {"rendered": report["rendered"], **report["field"]}.items():
        for title, rows in some.items():
            if isinstance(rows, list) and rows and "kind" in rows[0]:
                lines = [f"| {row['kind']} | {_share(row)} | {row.get('by_hash', '')} |" for row in rows]
                parts.append("\n".join([f"| {name}: {title} | found or held | by the hash |", "|---|---|---|", *lines]))
            else:
                parts.append(f"{name}: {title}: {_share(rows) if isinstance(rows, dict) else rows}")
    return "\n\n".join(parts) + "\n"


def _share(row: dict[str, Any]) -> str:
    percent = " (".join(f"{100 * row[key]:.2f}" for key in ("share", "low"))
    return f"{row['hits']} of {row['of']}, {percent} to {100 * row['high']:.2f} %)"


if __name__ == "__main__":
    main()
