"""The rep's wallet."""

from typing import Any

from fastapi import APIRouter

from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.ledger.schemas import StatementLine, Wallet
from api.paging import After, Limit, PageOf
from api.services import Given
from crm.audits import service as audits
from crm.ledger import service as ledger

router = APIRouter(tags=["wallet"])


@router.get("/wallet", responses=problems(*SIGNED_IN))
def wallet(scope: Caller, services: Given) -> Wallet:
    """The caller's own balance; 0 before the first reward."""
    with services.database.read() as session:
        account = ledger.find_account(session, "wallet", scope.user_id)
    return Wallet(balance_fen=account.balance_fen if account else 0)


@router.get("/wallet/statement", response_model=PageOf[StatementLine], responses=problems(*SIGNED_IN))
def statement(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """The caller's own postings, the newest first."""
    with services.database.read() as session:
        account = ledger.find_account(session, "wallet", scope.user_id)
        if account is None:
            return {"items": [], "next": None}
        found = ledger.statement(session, account.id, after, limit)
        causes = audits.causes_of(session, [line.entry_id for line in found.items])
    items = [StatementLine.model_validate(line) for line in found.items]
    for line, item in zip(found.items, items, strict=True):
        if (cause := causes.get(line.entry_id)) is not None:
            item.audit_id, item.reason = cause.audit_id, cause.comment
    return {"items": items, "next": found.next}
