"""A peer's process, from our side of the protocol.

Errors:
    PeerError
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]


class PeerError(RuntimeError):
    """A peer could not start or answer; the message is one line with its own words."""


@dataclass(frozen=True)
class Prediction:
    """milliseconds: as the peer measured it. boxes: float64 (n, 6), x1 y1 x2 y2 in pixels, score, label."""

    milliseconds: float
    boxes: npt.NDArray[np.float64]


class Peer:
    """A contestant in its own process, which ends with the `with` block. Raises PeerError.

    command: as bench.protocol.serve is started by it; run in the repository's root. version: as the peer says.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            self.version = str(self._read()["ready"])
        except PeerError:
            self.close()
            raise

    def predict(self, photo: Path) -> Prediction:
        """One photo's boxes and time."""
        said = self._ask(f"predict {photo}")
        return Prediction(float(said["ms"]), np.array(said["boxes"], np.float64).reshape(-1, 6))

    def peak_mb(self) -> float | None:
        """Peak resident memory so far."""
        peak = self._ask("memory")["peak_mb"]
        return None if peak is None else float(peak)

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise PeerError(f"{self.name} has ended") from error
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PeerError(f"{self.name} ended without an answer")
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise PeerError(f"{self.name}: {said['error'].splitlines()[0]}")
        return said
