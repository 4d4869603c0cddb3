"""Decisions and what they must not overtake: a stop, and the ticks that close a trial.

Decisions of a brand share its lock, so that none waits for another. Who changes what they go by holds it alone: he
waits for those under way, and those that come later wait for him, and see the change.
"""

from sqlalchemy import select, true

from crm.access.session import unscoped
from crm.kernel.db import WriteSession
from crm.kernel.locks import lock
from crm.people.tables import Organisation


def decisions_of(brand_id: str) -> str:
    """The name of the lock: who shares it decides, and until his transaction ends no change is answered."""
    return f"decisions:{brand_id}"


def after_decisions(s: WriteSession, brand_id: str | None) -> None:
    """Wait for the decisions of a brand that are under way (None: of all brands, in one order); none begins before this
    transaction ends. So the numbers of decisions that are seen from here on have no gap that is still filled."""
    of = true() if brand_id is None else Organisation.id == brand_id
    brands = select(Organisation.id).where(Organisation.kind == "brand", of).order_by(Organisation.id)
    with unscoped("the decisions of all brands are waited for, where they all are concerned").of(s):
        ids = s.scalars(brands).all()
    for each in ids:
        lock(s, alone=[decisions_of(each)])
