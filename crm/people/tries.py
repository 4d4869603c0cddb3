"""Tries at a password, counted so that guessing is slow and nobody locks another out.

A try is counted before the password is looked at, in three buckets: the name at this address, the name anywhere, the
address with any name. It is taken back where the password was right. A bucket drains with time; above what it holds
free of charge each further wrong try doubles the wait, to 15 minutes at most.

Where a name signed in from an address before, the two wide buckets hold nobody: neither a stranger elsewhere nor a
neighbour behind the same address can lock the owner out. A wrong password there is answered as it would be otherwise,
so that the answer does not tell that the name is one of ours. Names that nobody has are counted as others are.
"""

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from crm.access.session import unscoped
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, WriteSession
from crm.kernel.errors import Locked, Unauthenticated
from crm.people.tables import SignInTry

WAIT_FIRST, WAIT_MAX = timedelta(seconds=5), timedelta(minutes=15)
_ABOVE_MAX = 20  # a bucket holds no more above what is free: a clock that was ahead fills none for days
KNOWN_FOR = timedelta(days=90)  # since the last sign-in of this name from this address


@dataclass(frozen=True)
class Bucket:
    """`free`: wrong tries without a wait. `drain`: in which one is forgotten."""

    free: int
    drain: timedelta


PAIR = Bucket(5, timedelta(minutes=15))  # one name at one address: a person at his own phone; about 100 tries a day
NAME = Bucket(50, timedelta(minutes=15))  # one name at all addresses: about 150 tries on the first day, 100 on others
# One address, all names: 300 people of an office may be under way at once, and some mistype; spraying gets 300 tries,
# and then 30 an hour.
ADDRESS = Bucket(300, timedelta(minutes=2))


@dataclass(frozen=True)
class Tried:
    """Names of the three buckets of a try: digests of at most 64 characters that tell neither name nor address."""

    pair: str
    name: str
    address: str


@contextmanager
def counted(database: Database, tried: Tried) -> Generator[None]:
    """Count a try while the block looks at the password; Unauthenticated from it means that it was wrong. Locked,
    before the block, where one must wait first; in place of Unauthenticated where others would have to."""
    with database.write(unscoped("who tries a password is not known yet")) as s:
        known, held = _begin(s, tried)
    try:
        yield
    except Unauthenticated:
        if held is not None:
            raise held from None
        raise
    except BaseException:
        _take_back(database, tried, known)
        raise
    _take_back(database, tried, known, right=True)


def clear(s: WriteSession) -> None:
    """Delete buckets that are empty, and addresses from which nobody signed in for long."""
    now = utcnow()
    forgotten = or_(SignInTry.known_until.is_(None), SignInTry.known_until < now)
    s.execute(delete(SignInTry).where(SignInTry.empty_at < now, SignInTry.wait_until < now, forgotten))


def _begin(s: WriteSession, tried: Tried) -> tuple[bool, Locked | None]:
    """Whether the name is known at this address, and what would hold it there otherwise."""
    pair, name, address = rows = _rows(s, tried)
    now = utcnow()
    known = pair.known_until is not None and pair.known_until > now
    # One from farther ahead is of before a clock was put right: it holds nobody.
    waits = [each.wait_until for each in rows if now < each.wait_until <= now + WAIT_MAX]
    held = locked(max(waits), now) if waits else None
    if held is not None and (not known or now < pair.wait_until <= now + WAIT_MAX):
        raise held
    _count(pair, PAIR, now)
    if not known:
        _count(name, NAME, now)
        _count(address, ADDRESS, now)
    return known, held


def _rows(s: WriteSession, tried: Tried) -> tuple[SignInTry, SignInTry, SignInTry]:
    """The three rows, made where they are not yet, and locked; in one order, so that no two wait for each other."""
    keys, now = sorted({tried.pair, tried.name, tried.address}), utcnow()
    dialect = postgresql if s.get_bind().dialect.name == "postgresql" else sqlite
    fresh = [{"key": key, "empty_at": now, "wait_until": now} for key in keys]
    # An update that changes nothing locks the row that is there.
    made = dialect.insert(SignInTry).values(fresh)
    s.execute(made.on_conflict_do_update(index_elements=[SignInTry.key], set_={"key": made.excluded.key}))
    found = {each.key: each for each in s.scalars(select(SignInTry).where(SignInTry.key.in_(keys)))}
    return found[tried.pair], found[tried.name], found[tried.address]


def _count(row: SignInTry, bucket: Bucket, now: datetime, by: int = 1) -> None:
    before = min(max(0.0, (row.empty_at - now) / bucket.drain), bucket.free + _ABOVE_MAX)
    level = max(0.0, before + by)
    row.empty_at = now + level * bucket.drain
    above = math.ceil(level) - bucket.free
    row.wait_until = now if above < 0 else now + min(WAIT_MAX, WAIT_FIRST * 2 ** min(above, _ABOVE_MAX))


def _take_back(database: Database, tried: Tried, known: bool, right: bool = False) -> None:
    with database.write(unscoped("who tries a password is not known yet")) as s:
        pair, name, address = _rows(s, tried)
        now = utcnow()
        if right:
            pair.empty_at, pair.wait_until, pair.known_until = now, now, now + KNOWN_FOR
        else:
            _count(pair, PAIR, now, -1)
        if not known:
            _count(name, NAME, now, -1)
            _count(address, ADDRESS, now, -1)


def locked(until: datetime, now: datetime) -> Locked:
    """What is told to who must wait."""
    seconds = max(1, math.ceil((until - now).total_seconds()))
    en, zh = (
        (f"{seconds} s", f"{seconds} 秒") if seconds < 90 else (f"{-(-seconds // 60)} min", f"{-(-seconds // 60)} 分钟")
    )
    return Locked(f"too many wrong tries: wait {en}, then try again", f"错误次数过多：请 {zh}后再试", until)
