"""The line protocol of a peer's process, from the peer's side. Standard library only: it runs in any environment.

The peer says `{"ready": VERSION}`; then every line `predict FILE` is answered with `{"ms": …, "boxes": […]}`, where a
box is x1 y1 x2 y2 in pixels of the photo, score, label (0 front, 1 cooler), and `memory` with `{"peak_mb": …}`.
Anything that goes wrong is `{"error": LINE}`. The end of the input ends the process.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, TextIO

Box = list[float]
# what is timed, from a photo's file to the library's own result; and that result as boxes, which is not timed
Predict = Callable[[str], Any]
ToBoxes = Callable[[Any], Iterable[Box]]


def serve(load: Callable[[str, int, float], tuple[str, Predict, ToBoxes]]) -> None:
    """Loads with the arguments of the command line (weights, threads, least score) and answers until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to stderr: stdout is the protocol's
    try:
        version, predict, to_boxes = load(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    except Exception as error:
        _say(out, {"error": f"{type(error).__name__}: {error}"})
        return
    _say(out, {"ready": version})
    for line in sys.stdin:
        _say(out, answer(line.rstrip("\n"), predict, to_boxes))


def answer(line: str, predict: Predict, to_boxes: ToBoxes) -> dict[str, Any]:
    """The answer to one line."""
    command, _, file = line.partition(" ")
    if command == "memory":
        return {"peak_mb": peak_memory()}
    if command != "predict":
        return {"error": f"no command {command!r}: predict FILE or memory"}
    try:
        start = time.perf_counter()
        result = predict(file)
        milliseconds = (time.perf_counter() - start) * 1000
        return {"ms": milliseconds, "boxes": [[float(value) for value in box] for box in to_boxes(result)]}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def peak_memory() -> float | None:
    """Peak resident memory of this process in MB; None where the system does not tell (getrusage counts the parent)."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()
