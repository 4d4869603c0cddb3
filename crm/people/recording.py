"""What was done to accounts, in the trail: who did what to whom."""

from collections.abc import Sequence

from crm.access import trail
from crm.access.trail import By
from crm.kernel.db import WriteSession
from crm.people.memberships import memberships
from crm.people.tables import User


def record(
    s: WriteSession, by: By, user: User, action: str, fields: Sequence[str] = (), brand_id: str | None = None
) -> None:
    """Keep that `by` did this to `user`; `fields` are names, never values. It is the brand's that is named, or that the
    user alone serves; of who serves several it is nobody's in particular."""
    s.flush()  # a new user has no id before
    serving = [brand_id] if brand_id else [each.brand_id for each in memberships(s, [user.id])]
    of_brand = serving[0] if len(serving) == 1 else None
    trail.changed(
        s, "user", action, user.id, by=by, brand_id=of_brand, dealer_id=user.dealer_id, fields=fields
    )  # fmt: skip
