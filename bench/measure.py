"""Times, memory, rate and agreement of peers on the same photos. The first peer is ours, which others are held to."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from bench.agreement import Boxes, agreement
from bench.process import Peer
from training.report.statistics import median_interval

WARM_UP = 2  # predictions, not counted
PAUSE = 0.02  # seconds: threads of the last peer that still spin would take the next one's cores
PASSES = 2  # over all photos, when the rate is measured


def compare(peers: Sequence[Peer], photos: Iterable[Path], rounds: int, score: float) -> dict[str, Any]:
    """Per peer: `version`, `ms` (median over photos of the best round, with interval), `over_ours` (median of ratios,
    with interval), `peak_mb`, and against the first peer `agreement` on boxes from `score` on. Raises PeerError.
    """
    times: dict[str, list[float]] = {peer.name: [] for peer in peers}
    boxes: dict[str, list[Boxes]] = {peer.name: [] for peer in peers}
    for number, photo in enumerate(photos):
        if number == 0:
            for peer in peers:
                for _ in range(WARM_UP):
                    peer.predict(photo)
        best: dict[str, float] = {}
        for turn in range(rounds):
            for peer in _rotated(peers, number + turn):
                time.sleep(PAUSE)
                prediction = peer.predict(photo)
                best[peer.name] = min(best.get(peer.name, prediction.milliseconds), prediction.milliseconds)
                if turn == 0:
                    boxes[peer.name].append(prediction.boxes)
        for name, milliseconds in best.items():
            times[name].append(milliseconds)
    ours = peers[0].name
    return {
        peer.name: {
            "version": peer.version,
            "ms": median_interval(times[peer.name]),
            "over_ours": median_interval([a / b for a, b in zip(times[peer.name], times[ours], strict=True)]),
            "peak_mb": peer.peak_mb(),
            "agreement": agreement(boxes[ours], boxes[peer.name], score),
        }
        for peer in peers
    }


def photos_per_second(start: Callable[[], Peer], photos: Sequence[Path], processes: int) -> float:
    """Rate of `processes` processes that share all photos, PASSES times, after a warm-up. Raises PeerError."""
    peers: list[Peer] = []
    try:
        for _ in range(processes):
            peers.append(start())
            peers[-1].predict(photos[0])
        waiting: SimpleQueue[Path] = SimpleQueue()
        for photo in [*photos] * PASSES:
            waiting.put(photo)
        begin = time.perf_counter()
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(lambda peer: _work(peer, waiting), peers))
        return len(photos) * PASSES / (time.perf_counter() - begin)
    finally:
        for peer in peers:
            peer.close()


def _work(peer: Peer, waiting: "SimpleQueue[Path]") -> None:
    while True:
        try:
            photo = waiting.get_nowait()
        except Empty:
            return
        peer.predict(photo)


def _rotated(peers: Sequence[Peer], by: int) -> list[Peer]:
    """Nobody always comes first, nor always after the same one."""
    by %= len(peers)
    return [*peers[by:], *peers[:by]]
