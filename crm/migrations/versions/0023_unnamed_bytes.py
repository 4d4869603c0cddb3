"""Bytes that are put into the photo store before a row names them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is under way."""
    op.create_table(
        "unnamed_bytes",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_unnamed_bytes")),
    )
    op.create_index(op.f("ix_unnamed_bytes_put_at"), "unnamed_bytes", ["put_at"])


def downgrade() -> None:
    """Without it. Meant for development: orphans stay in the store."""
    op.drop_table("unnamed_bytes")
