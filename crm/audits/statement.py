"""A wallet's statement, each line with what it was posted for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from crm.access.session import unscoped
from crm.audits.listing import tasks_and_outlets_of
from crm.audits.named import Named
from crm.audits.tables import Decision
from crm.kernel.db import ReadSession
from crm.kernel.paging import Page
from crm.ledger import service as ledger
from crm.ledger.service import StatementLine


@dataclass(frozen=True)
class Source:
    """What a line was posted for: the kind of row, and its id."""

    kind: Literal["audit"]
    id: str


@dataclass(frozen=True)
class WalletLine:
    """One posting as its owner reads it; amounts in fen, `balance_fen` after it. source, task, outlet: None where it
    came of nothing that is told here. reason: what the person who decided wrote to the rep, empty where nobody did."""

    number: int
    amount_fen: int
    balance_fen: int
    kind: str
    memo: str
    created_at: datetime
    source: Source | None
    task: Named | None
    outlet: Named | None
    reason: str


def wallet_statement(s: ReadSession, user_id: str, after: str | None = None, limit: int = 50) -> Page[WalletLine]:
    """The postings of a person's wallet, the newest first; none before the first. Errors as of
    `ledger.statement`."""
    account = ledger.find_account(s, "wallet", user_id)
    if account is None:
        return Page((), None)
    page = ledger.statement(s, account.id, after, limit)
    return Page(_told(s, page.items), page.next)


def _told(s: ReadSession, lines: Sequence[StatementLine]) -> tuple[WalletLine, ...]:
    entries = {line.entry_id for line in lines} | {line.reverses for line in lines if line.reverses}
    with unscoped("what moved a caller's money is told him, whichever brand he served then").of(s):
        causes = {each.entry_id: each for each in s.scalars(select(Decision).where(Decision.entry_id.in_(entries)))}
    about = tasks_and_outlets_of(s, [each.audit_id for each in causes.values()])
    told = []
    for line in lines:
        own = causes.get(line.entry_id)
        cause = own or causes.get(line.reverses)
        belongs = about[cause.audit_id] if cause else None
        told.append(
            WalletLine(
                number=line.number,
                amount_fen=line.amount_fen,
                balance_fen=line.balance_fen,
                kind=line.kind,
                memo=line.memo,
                created_at=line.created_at,
                source=Source("audit", cause.audit_id) if cause else None,
                task=belongs.task if belongs else None,
                outlet=belongs.outlet if belongs else None,
                reason=own.comment if own else "",
            )
        )
    return tuple(told)
