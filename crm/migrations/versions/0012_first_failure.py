"""When a decision that is kept was first tried in vain."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was."""
    kind = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    # Written out: so SQLite adds the column in place.
    op.execute(f"ALTER TABLE pending_review ADD COLUMN failed_at {kind}")


def downgrade() -> None:
    """Without it."""
    op.execute("ALTER TABLE pending_review DROP COLUMN failed_at")
