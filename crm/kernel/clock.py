"""The one clock, which tests and simulations may set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _system_clock() -> datetime:
    return datetime.now(UTC)


_clock: Clock = _system_clock


def utcnow() -> datetime:
    """The time by the clock in use, aware, UTC."""
    return _clock()


def is_system_clock() -> bool:
    """Whether the time is this machine's, and not one that was set."""
    return _clock is _system_clock


@contextmanager
def clock_in_use(clock: Clock) -> Iterator[None]:
    """Let `utcnow` follow `clock` (tests, simulations) until the block ends; for the whole process."""
    global _clock
    before, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = before
