"""Wallets."""

from api.ledger import errors as errors  # registers its problems and field names
