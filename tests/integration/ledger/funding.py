"""Money for a budget of a test."""

from crm.kernel.db import WriteSession
from crm.ledger.service import open_account, post
from crm.ledger.tables import Account


def fund_budget(s: WriteSession, key: str, account_id: str, amount_fen: int) -> None:
    """From the funding account of the same owner, which goes below zero by as much."""
    source = open_account(s, "funding", s.get_one(Account, account_id).owner_id)
    post(s, key, "funding", {source.id: -amount_fen, account_id: amount_fen})
