"""The record of what was done to accounts: who did what to whom, never changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.kernel.db import WriteSession
from crm.people.tables import OPERATOR_LENGTH, AccountEvent, User


@dataclass(frozen=True)
class By:
    """Who acts: a signed-in user, or the account of the operating system that works on the database itself."""

    user_id: str | None = None
    operator: str | None = None

    def __post_init__(self) -> None:
        if bool(self.user_id) == bool(self.operator):
            raise ValueError("somebody acts: give user_id or operator")


def record(s: WriteSession, by: By, user: User, kind: str, fields: Sequence[str] = ()) -> None:
    """Keep that `by` did this to `user`; `fields` are names, never values."""
    s.flush()  # a new user has no id before
    operator = by.operator and by.operator[:OPERATOR_LENGTH]
    row = AccountEvent(user_id=user.id, brand_id=user.brand_id, kind=kind, by_user_id=by.user_id, operator=operator)
    row.fields = list(fields)
    s.add(row)
    s.flush()
