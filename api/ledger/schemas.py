"""The shape of a wallet; that of its statement is `crm.audits.statement.WalletLine`."""

from api.schemas import Answer


class Wallet(Answer):
    balance_fen: int
