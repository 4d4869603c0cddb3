"""A row that is written to see whether rows can be."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was written."""
    op.create_table(
        "storage_probe",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_probe")),
    )


def downgrade() -> None:
    """Without it."""
    op.drop_table("storage_probe")
