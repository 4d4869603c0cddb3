"""Stops of automatic pay, and their openings."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing is stopped yet."""
    op.create_table(
        "stop",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("target", sa.String(120), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=True),
        sa.Column("operator", sa.String(60), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('task', 'sku', 'model', 'brand')", name=op.f("ck_stop_kind")),
        sa.CheckConstraint("kind = 'model' OR brand_id IS NOT NULL", name=op.f("ck_stop_brand")),
        sa.CheckConstraint("(user_id IS NULL) <> (operator IS NULL)", name=op.f("ck_stop_by")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_stop_brand_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_stop_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
    )
    op.create_index(op.f("ix_stop_brand_id_id"), "stop", ["brand_id", "id"], unique=False)
    op.create_table(
        "stop_opening",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=True),
        sa.Column("operator", sa.String(60), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (operator IS NULL)", name=op.f("ck_stop_opening_by")),
        sa.ForeignKeyConstraint(["id"], ["stop.id"], name=op.f("fk_stop_opening_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_stop_opening_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_opening")),
    )
    for table in ("stop", "stop_opening"):
        guard(op.get_bind(), table)


def downgrade() -> None:
    """Without them. Meant for development: what is stopped is paid automatically again."""
    for table in ("stop_opening", "stop"):
        release(op.get_bind(), table)
        op.drop_table(table)
