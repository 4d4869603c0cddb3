"""Task claims reserve the most that they can earn."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from crm.kernel.ids import new_id
from crm.tasks.reserving import greatest_of
from pipeline.rules.clauses import TaskRules

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KINDS, KINDS_NOW = ("'budget', 'wallet', 'funding', 'payable'", "'budget', 'reserved', 'wallet', 'funding', 'payable'")
FULL, FULL_NOW = "'budget', 'wallet'", "'budget', 'reserved', 'wallet'"
_RESERVES = sa.text("reserves")


def upgrade() -> None:
    """Claims that hold get their reservation, the oldest first, as far as the budgets go. The others stay without: the
    budget pays what they earn, as it did."""
    _change_checks((KINDS, KINDS_NOW), (FULL, FULL_NOW))
    op.execute("ALTER TABLE claim ADD COLUMN reserves BOOLEAN DEFAULT false NOT NULL")
    op.create_index("ix_claim_reserves", "claim", ["task_id", "id"], sqlite_where=_RESERVES, postgresql_where=_RESERVES)
    bind = op.get_bind()
    now = datetime.now(UTC).replace(tzinfo=None) if bind.dialect.name == "sqlite" else datetime.now(UTC)
    held = sa.text(
        "SELECT claim.id, task.budget_account_id, task_version.rules, task_version.displays_max FROM claim"
        " JOIN task ON task.id = claim.task_id JOIN task_version ON task_version.id = claim.task_version_id"
        " WHERE claim.state = 'active' AND claim.expires_at > :now ORDER BY claim.id"
    ).bindparams(sa.bindparam("now", type_=sa.DateTime(timezone=True)))
    for claim_id, budget_id, rules, displays_max in bind.execute(held, {"now": now}).all():
        most_fen = _greatest(rules)
        if most_fen:
            _reserve(bind, claim_id, budget_id, most_fen * displays_max, now)


def downgrade() -> None:
    """Without them. Meant for development: what is reserved stands in the way."""
    op.drop_index("ix_claim_reserves", "claim")
    op.execute("ALTER TABLE claim DROP COLUMN reserves")
    _change_checks((KINDS_NOW, KINDS), (FULL_NOW, FULL))


def _greatest(rules: Any) -> int | None:
    """None where nobody can tell: the rules are damaged, or bound nothing."""
    try:
        return greatest_of(TaskRules.from_dict(json.loads(rules) if isinstance(rules, str) else rules))
    except Exception:
        return None


def _reserve(bind: sa.Connection, claim_id: str, budget_id: str, amount_fen: int, now: datetime) -> None:
    account = sa.text("SELECT balance_fen, postings FROM ledger_account WHERE id = :id")
    balance_fen, postings = bind.execute(account, {"id": budget_id}).one()
    if balance_fen < amount_fen:
        return
    reserved_id, entry_id, memo = new_id(), new_id(), f"claim {claim_id}"
    legs = sorted([[budget_id, -amount_fen], [reserved_id, amount_fen]])
    body = json.dumps(["reservation", memo, legs, None], ensure_ascii=False, separators=(",", ":"))
    _insert(bind, "ledger_account", id=reserved_id, kind="reserved", owner_id=claim_id, balance_fen=amount_fen,
            postings=1, created_at=now)  # fmt: skip
    _insert(bind, "ledger_entry", id=entry_id, key=f"reserve:{claim_id}", kind="reservation", memo=memo, created_at=now,
            body_sha256=hashlib.sha256(body.encode()).hexdigest())  # fmt: skip
    for account_id, fen, number, after in (
        (budget_id, -amount_fen, postings + 1, balance_fen - amount_fen),
        (reserved_id, amount_fen, 1, amount_fen),
    ):
        _insert(bind, "ledger_posting", id=new_id(), entry_id=entry_id, account_id=account_id, amount_fen=fen,
                number=number, balance_fen=after)  # fmt: skip
    moved = sa.text(
        "UPDATE ledger_account SET balance_fen = balance_fen - :fen, postings = postings + 1 WHERE id = :id"
    )
    bind.execute(moved, {"fen": amount_fen, "id": budget_id})
    bind.execute(sa.text("UPDATE claim SET reserves = true WHERE id = :id"), {"id": claim_id})


def _insert(bind: sa.Connection, table: str, **values: Any) -> None:
    columns = [sa.column(name, sa.DateTime(timezone=True) if name.endswith("_at") else None) for name in values]
    bind.execute(sa.insert(sa.table(table, *columns)).values(**values))


def _change_checks(*changes: Sequence[str]) -> None:
    """Other checks of accounts. SQLite cannot change a check: the text of the schema is changed, as in 0008."""
    bind = op.get_bind()
    (kinds, kinds_now), (full, full_now) = changes
    if bind.dialect.name == "postgresql":
        for name, check in (
            ("kind", f"kind IN ({kinds_now})"),
            ("not_overdrawn", f"balance_fen >= 0 OR kind NOT IN ({full_now})"),
        ):
            op.execute(f"ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_{name}")
            op.execute(f"ALTER TABLE ledger_account ADD CONSTRAINT ck_ledger_account_{name} CHECK ({check})")
        return
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    for old, new in ((f"kind IN ({kinds})", f"kind IN ({kinds_now})"), (f"NOT IN ({full})", f"NOT IN ({full_now})")):
        bind.exec_driver_sql(
            "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'ledger_account'",
            (old, new),
        )
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
