"""The rep's wallet."""

from typing import Any

from fastapi import APIRouter

from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.ledger.schemas import Wallet
from api.paging import After, Limit, PageOf
from api.services import Given
from crm.audits import service as audits
from crm.audits.statement import WalletLine
from crm.ledger import service as ledger

router = APIRouter(tags=["wallet"])


@router.get("/wallet", responses=problems(*SIGNED_IN))
def wallet(scope: Caller, services: Given) -> Wallet:
    """The caller's own balance; 0 before the first reward."""
    with services.database.read(scope) as session:
        account = ledger.find_account(session, "wallet", scope.user_id)
    return Wallet(balance_fen=account.balance_fen if account else 0)


@router.get("/wallet/statement", response_model=PageOf[WalletLine], responses=problems(*SIGNED_IN))
def statement(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """The caller's own postings, the newest first."""
    with services.database.read(scope) as session:
        found = audits.wallet_statement(session, scope.user_id, after, limit)
    return {"items": found.items, "next": found.next}
