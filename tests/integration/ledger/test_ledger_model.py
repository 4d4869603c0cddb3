"""The ledger against a model in plain dictionaries, by random histories, on both databases."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from crm.kernel.db import Database
from crm.kernel.errors import Conflict, CrmError
from crm.ledger.checks import check_ledger, rebuild_balances
from crm.ledger.errors import KeyConflict, Overdrawn
from crm.ledger.legs import AccountKind
from crm.ledger.service import balance, open_account, post, reverse, statement
from crm.ledger.tables import Entry

KINDS: list[AccountKind] = ["budget", "wallet", "wallet", "funding", "payable"]
AMOUNTS = st.integers(1, 300)


@dataclass
class Model:
    """What the ledger should say: entries by key, as (legs by account, what it reverses, memo)."""

    kinds: list[AccountKind] = field(default_factory=lambda: list(KINDS))
    entries: dict[str, tuple[dict[int, int], str | None, str]] = field(default_factory=dict)

    def balance(self, account: int) -> int:
        return sum(legs.get(account, 0) for legs, _, _ in self.entries.values())

    def post(self, key: str, legs: dict[int, int], memo: str, reverses: str | None = None) -> type[CrmError] | None:
        """Enter it, or the error that is due."""
        if key in self.entries:
            return None if self.entries[key] == (legs, reverses, memo) else KeyConflict
        if reverses is not None and any(entry[1] == reverses for entry in self.entries.values()):
            return Conflict
        for account, amount in legs.items():
            if self.kinds[account] in ("budget", "wallet") and self.balance(account) + amount < 0:
                return Overdrawn
        self.entries[key] = (legs, reverses, memo)
        return None


class LedgerMachine(RuleBasedStateMachine):
    """Subclassed with `database`: histories of posts, repeats, conflicts, reversals and rebuilds."""

    database: Database
    keys = Bundle("keys")

    @initialize()
    def begin(self) -> None:
        self.name = secrets.token_hex(6)
        self.model = Model()
        self.ids: dict[str, str] = {}
        with self.database.write() as s:
            self.accounts = [open_account(s, kind, f"{self.name}:{n}").id for n, kind in enumerate(KINDS)]

    @contextmanager
    def expecting(self, error: type[CrmError] | None) -> Iterator[None]:
        if error is None:
            yield
            return
        with pytest.raises(error):
            yield

    def _post(self, key: str, legs: dict[int, int], memo: str) -> None:
        due = self.model.post(key, legs, memo)
        named = {self.accounts[account]: amount for account, amount in legs.items()}
        with self.expecting(due), self.database.write() as s:
            entry = post(s, f"{self.name}:{key}", "move", named, memo)
            assert self.ids.setdefault(key, entry.id) == entry.id

    @rule(target=keys, key=st.integers(0, 40).map(str), amount=AMOUNTS, to=st.sampled_from([0, 1, 2, 4]))
    def fund(self, key: str, amount: int, to: int) -> str:
        self._post(key, {3: -amount, to: amount}, "")
        return key

    @rule(
        target=keys, key=st.integers(0, 40).map(str), amount=AMOUNTS, memo=st.sampled_from(["", "display 2"]),
        pair=st.permutations(range(5)),
    )  # fmt: skip
    def move(self, key: str, amount: int, memo: str, pair: list[int]) -> str:
        self._post(key, {pair[0]: -amount, pair[1]: amount}, memo)
        return key

    @rule(key=st.integers(0, 40).map(str), one=AMOUNTS, two=AMOUNTS)
    def split(self, key: str, one: int, two: int) -> None:
        self._post(key, {0: -one - two, 1: one, 2: two}, "")

    @rule(key=keys)
    def repeat(self, key: str) -> None:
        if key in self.model.entries and self.model.entries[key][1] is None:
            self._post(key, self.model.entries[key][0], self.model.entries[key][2])

    @rule(key=keys, under=st.integers(41, 60).map(str))
    def undo(self, key: str, under: str) -> None:
        if key not in self.model.entries or self.model.entries[key][1] is not None:
            return
        legs = {account: -amount for account, amount in self.model.entries[key][0].items()}
        due = self.model.post(under, legs, "undone", key)
        with self.expecting(due), self.database.write() as s:
            entry = reverse(s, self.ids[key], f"{self.name}:{under}", "undone")
            assert self.ids.setdefault(under, entry.id) == entry.id

    @rule()
    def rebuild(self) -> None:
        with self.database.write() as s:
            assert rebuild_balances(s) == 0

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "accounts"):
            return
        with self.database.read() as s:
            for number, account in enumerate(self.accounts):
                assert balance(s, account) == self.model.balance(number)
                lines = statement(s, account, limit=200).items
                amounts = [legs[number] for legs, _, _ in self.model.entries.values() if number in legs]
                assert [line.amount_fen for line in reversed(lines)] == amounts
                assert [line.number for line in reversed(lines)] == list(range(1, len(amounts) + 1))
            for key, entry_id in self.ids.items():
                stored = s.get(Entry, entry_id)
                assert stored is not None
                assert stored.key == f"{self.name}:{key}"

    def teardown(self) -> None:
        with self.database.read() as s:
            assert check_ledger(s) == []


def test_random_histories_agree_with_the_model(database: Database) -> None:
    bound: dict[str, Any] = {"database": database}
    machine = type("BoundMachine", (LedgerMachine,), bound)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12 if database.dialect == "sqlite" else 6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
