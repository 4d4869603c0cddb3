"""Guards that a REPLACE cannot pass; the daily check of the ledger."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entry", "ledger_posting", "decision", "ledger_check")


def upgrade() -> None:
    """Tables that were guarded before get the guard that names every unique key."""
    op.create_table(
        "ledger_check",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ledger_check")),
    )
    for table in APPEND_ONLY:
        guard(op.get_bind(), table)
    guard(op.get_bind(), "ledger_account", "balance_fen", "postings")


def downgrade() -> None:
    """Without them. Meant for development."""
    release(op.get_bind(), "ledger_account")
    release(op.get_bind(), "ledger_check")
    op.drop_table("ledger_check")
