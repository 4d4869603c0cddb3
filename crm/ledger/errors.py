# ruff: noqa: N818 - named as the HTTP edge names the problems
"""What the ledger refuses.

CrmError
├── KeyConflict   the key was used before, for something else
└── Overdrawn     a budget or wallet has too little
"""

from typing import ClassVar

from crm.kernel.errors import CrmError


class KeyConflict(CrmError):
    """The key names an entry with another body: nothing was posted. A mistake of the caller, never retried."""

    default_code: ClassVar[str] = "key_conflict"


class Overdrawn(CrmError):
    """The entry would bring a budget or a wallet below zero: nothing was posted."""

    default_code: ClassVar[str] = "overdrawn"

    def __init__(self, en: str, zh: str, account_id: str, balance_fen: int, amount_fen: int) -> None:
        super().__init__(en, zh)
        self.account_id, self.balance_fen, self.amount_fen = account_id, balance_fen, amount_fen
