"""Rate limits, kept in the memory of one process: N processes together let N times as much through."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class RateLimit:
    """A token bucket for each key: `count` calls at once, and after that `count` in each `seconds`.

    Holds at most `keys_max` keys; the one unused for longest goes first, which only ever forgives.
    """

    def __init__(
        self,
        count: int,
        seconds: float = 60.0,
        keys_max: int = 50_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._rate, self._keys_max, self._clock = count, count / seconds, keys_max, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_seconds(self, key: str) -> float:
        """Take one call for `key`: 0 when it may pass, else how many seconds until one may."""
        now = self._clock()
        with self._lock:
            level, then = self._buckets.pop(key, (float(self._count), now))
            level = min(float(self._count), level + (now - then) * self._rate)
            passed = level >= 1.0
            self._buckets[key] = (level - 1.0 if passed else level, now)
            if len(self._buckets) > self._keys_max:
                self._buckets.popitem(last=False)
        return 0.0 if passed else (1.0 - level) / self._rate
