"""Bounds how often a payment without a person is wrong, and proposes thresholds that keep a bound.

Command: `python -m training.risk [--json] [--displays N]`. The first run draws and reads 8,400 rendered displays, about
a second each on one core, and can be interrupted; later ones read only what is missing for the weights of that day.
With OPENBLAS_NUM_THREADS=1 it is faster on busy machines.
"""

import argparse
import json
import sys
from itertools import chain, zip_longest

from datasets.splits import data_root
from training.risk.displays import FIELD, RENDERED, Display, field, rendered
from training.risk.reading import Reader
from training.risk.report import report
from training.risk.tables import text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.risk", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of tables")
    parser.add_argument("--displays", type=int, help="rendered displays of each large set, instead of all")
    arguments = parser.parse_args()
    sets = displays(arguments.displays)
    reader = Reader()
    in_turn = zip_longest(*(sets[part] for part in ("calibration", "proof")))
    reader.read([*sets["held out"], *sets["test"], *sets["pilot"]])
    reader.read([display for display in chain.from_iterable(in_turn) if display is not None])
    found = report(sets, reader)
    sys.stdout.write(json.dumps(found, indent=1) + "\n" if arguments.json else text(found))


def displays(count: int | None) -> dict[str, list[Display]]:
    """All sets by name; those of field photos are empty where these are not here."""
    root = data_root()
    sets = {part: field(root, *splits) if root else [] for part, splits in FIELD.items()}
    return sets | {part: rendered(part, None if part == "pilot" else count) for part in RENDERED}


if __name__ == "__main__":
    main()
