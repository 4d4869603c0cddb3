"""Reads across a party's border: a dealer's of what a brand grants it, an admin's of any brand's.

A session notes each row that it finds within such a caller's reach. Before what it found is told, a row of the trail
says who read what kind of whose, how many, and why he might: one for each kind and owner. Where that cannot be written
nothing is told either.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from sqlalchemy import inspect, or_, select

from crm.access.session import unscoped
from crm.access.tables import DataGrant, Trail
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import WriteSession

_CROSSED = "crossed"  # in a session's info
_WHY_MAX = 10  # grants that are named
# The word for the rows of a table, and the kind of the grant that shows them.
_KINDS = {
    "outlet": ("outlets", "outlets"), "product": ("products", "products"), "task": ("tasks", "tasks"),
    "visit": ("visits", "visits"), "audit": ("audits", "audits"), "photo": ("photos", "audits"),
    "decision": ("decisions", "audits"), "user_account": ("users", None),
}  # fmt: skip
_OF_NO_PARTY = frozenset({"trail", "membership"})  # the trail of a read is none of its own, and a user tells who he is


class Reader(Protocol):
    """Who reads: a `Scope`."""

    @property
    def user_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def brand_id(self) -> str | None: ...
    @property
    def dealer_id(self) -> str | None: ...


def note(reader: Reader, s: WriteSession, row: object) -> None:
    """Remember that the reader found a row, where it is another party's."""
    state = inspect(row)
    assert state is not None
    table, values = state.mapper.local_table.name, state.dict
    if table in _OF_NO_PARTY or (reader.role == "dealer" and table not in _GRANTED):
        return
    brand_id = values.get("brand_id")
    if table == "user_account":
        if values["id"] == reader.user_id:
            return
    elif brand_id is None:
        return
    key = (_KINDS.get(table, (table, None))[0], brand_id, values.get("dealer_id"))
    name = values.get("id") or state.mapper.primary_key_from_instance(row)
    s.info.setdefault(_CROSSED, {}).setdefault(key, set()).add(str(name))


_WORDS = frozenset(word for word, _ in _KINDS.values())  # rows of these have an id
_GRANTED = frozenset(table for table, (_, grant) in _KINDS.items() if grant is not None)


def crossed(s: WriteSession) -> bool:
    """Whether the session found rows of another party."""
    return bool(s.info.get(_CROSSED))


def keep(reader: Reader, found: WriteSession, s: WriteSession) -> None:
    """Write down, in the session `s`, what the session `found` has found; once."""
    with unscoped("the trail of a read is written for who may not read the trail").of(s):
        s.add_all(list(_rows(reader, found.info.pop(_CROSSED, {}), s)))


def _rows(reader: Reader, seen: dict[tuple[str, str | None, str | None], set[str]], s: WriteSession) -> Iterator[Trail]:
    for (kind, brand_id, dealer_id), ids in seen.items():
        yield Trail(
            action="read",
            kind=kind,
            brand_id=brand_id,
            dealer_id=dealer_id,
            subject_id=next(iter(ids)) if len(ids) == 1 and kind in _WORDS else None,
            count=len(ids),
            why=_why(reader, kind, s),
            by_user_id=reader.user_id,
        )


def _why(reader: Reader, kind: str, s: WriteSession) -> str:
    if reader.role != "dealer":
        return reader.role
    granted = next(grant for word, grant in _KINDS.values() if word == kind)
    today = business_day(utcnow())
    mine = (DataGrant.brand_id == reader.brand_id, DataGrant.dealer_id == reader.dealer_id, DataGrant.kind == granted)
    holds = (DataGrant.ended_at.is_(None), DataGrant.starts_on <= today)
    going_on: Any = or_(DataGrant.ends_on.is_(None), DataGrant.ends_on >= today)
    ids = s.scalars(select(DataGrant.id).where(*mine, *holds, going_on).order_by(DataGrant.id).limit(_WHY_MAX)).all()
    return f"grant {', '.join(ids)}"
