"""How many displays of an outlet a task rewards; photos on which work failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Versions that stand already reward one display."""
    # Written out: so SQLite adds the column in place, while Alembic would copy the table, which claims refer to.
    op.execute(
        "ALTER TABLE task_version ADD COLUMN displays_max INTEGER DEFAULT 1 NOT NULL "
        "CONSTRAINT ck_task_version_displays_max CHECK (displays_max BETWEEN 1 AND 20)"
    )
    op.create_index(
        op.f("ix_audit_task_id_outlet_id_period_key"), "audit", ["task_id", "outlet_id", "period_key"], unique=False
    )
    op.create_table(
        "photo_failure",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_failure_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_failure")),
    )


def downgrade() -> None:
    """Without them. Meant for development: what they say is lost."""
    op.drop_table("photo_failure")
    op.drop_index(op.f("ix_audit_task_id_outlet_id_period_key"), "audit")
    op.execute("ALTER TABLE task_version DROP COLUMN displays_max")  # its check goes with it
