"""A place of its own for password hashes: each takes 64 MiB and a core for a while, and many may sign in at once."""

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from api.errors.codes import Problem

T = TypeVar("T")

AT_ONCE = max(2, min(4, os.cpu_count() or 1))
WAITING_MAX = 100  # some ten seconds; who comes beyond is told to come again
RETRY_SECONDS = 5


class Hashing:
    """Runs work that hashes passwords, `at_once` at a time, while at most `waiting_max` wait; others do not."""

    def __init__(self, at_once: int = AT_ONCE, waiting_max: int = WAITING_MAX) -> None:
        self._pool = ThreadPoolExecutor(at_once, "hashing")
        self._most, self._inside, self._lock = at_once + waiting_max, 0, threading.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises; Problem `too_many_sign_ins` where too many wait."""
        with self._lock:
            if self._inside >= self._most:
                raise Problem("too_many_sign_ins", headers={"Retry-After": str(RETRY_SECONDS)})
            self._inside += 1
        try:
            run = partial(contextvars.copy_context().run, work)
            return await asyncio.get_running_loop().run_in_executor(self._pool, run)
        finally:
            with self._lock:
                self._inside -= 1
