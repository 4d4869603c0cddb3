"""Reviewers' decisions that can be undone for some seconds; whether a person wants keys."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing waits to be undone, and everybody has keys."""
    # Written out: so SQLite adds the column in place.
    op.execute("ALTER TABLE user_account ADD COLUMN keys BOOLEAN DEFAULT true NOT NULL")
    op.create_table(
        "pending_review",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(26), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("fault", sa.String(40), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'undone', 'failed')", name=op.f("ck_pending_review_state")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_pending_review_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_pending_review_brand_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_pending_review_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_review")),
    )
    op.create_index(op.f("ix_pending_review_state_due_at"), "pending_review", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_pending_review_audit_id"), "pending_review", ["audit_id"], unique=False)
    op.create_index(op.f("ix_pending_review_decided_by_id"), "pending_review", ["decided_by", "id"], unique=False)


def downgrade() -> None:
    """Without them. Meant for development: decisions that wait are lost."""
    op.drop_table("pending_review")
    op.execute("ALTER TABLE user_account DROP COLUMN keys")
