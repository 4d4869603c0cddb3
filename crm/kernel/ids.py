"""Identifiers that sort by the time of their making."""

import secrets
import threading
import time
from datetime import timedelta

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_id_lock = threading.Lock()
_id_last = 0


def new_id() -> str:
    """A new identifier: 26 characters of Crockford base 32, 48 bits of milliseconds then 80 random bits.

    Ids of one process grow strictly, so that sorting by id is sorting by making.
    """
    global _id_last
    fresh = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    with _id_lock:
        if fresh >> 80 <= _id_last >> 80:  # the same millisecond, or a clock that stepped back
            fresh = _id_last + 1 + secrets.randbits(40)
        _id_last = fresh
    return _told(fresh)


def _told(number: int) -> str:
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def id_before(other: str, span: timedelta) -> str:
    """The smallest id that could have been made `span` before another was."""
    made = 0
    for letter in other:
        made = made << 5 | _CROCKFORD.index(letter)
    then = max(0, (made >> 80) - span // timedelta(milliseconds=1)) << 80
    return _told(then)
