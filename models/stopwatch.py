"""Milliseconds per stage, for a photo's `timings_ms` and for the bench."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Sums wall time by stage name. One per photo: not shared between threads."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time spent inside to `name`. Stages may nest: each then counts its whole span."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + (time.perf_counter() - start) * 1000

    def milliseconds(self) -> dict[str, float]:
        return {name: round(spent, 2) for name, spent in self._spent.items()}
