"""Money: an append-only journal of balanced entries, and balances that can be rebuilt from it."""
