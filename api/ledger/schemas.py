"""The shapes of a wallet and its statement."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas import Answer


class Wallet(Answer):
    balance_fen: int


class StatementLine(Answer):
    number: int
    amount_fen: int
    balance_fen: Annotated[int, Field(description="After this posting")]
    kind: str
    memo: str
    created_at: datetime
    audit_id: Annotated[str | None, Field(description="The audit that it was posted for")] = None
    reason: Annotated[str, Field(description="What the person who decided wrote to the rep")] = ""
