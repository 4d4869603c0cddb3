"""A row for each sign-in, and wrong tries counted by name and address."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody is signed in, and no try was counted."""
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("latest_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_sign_in_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
    )
    op.create_index(op.f("ix_sign_in_session_user_id"), "sign_in_session", ["user_id"], unique=False)
    op.create_index(op.f("ix_sign_in_session_ends_at"), "sign_in_session", ["ends_at"], unique=False)
    op.create_table(
        "sign_in_try",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("empty_at", TIME, nullable=False),
        sa.Column("wait_until", TIME, nullable=False),
        sa.Column("known_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_try")),
    )
    op.create_index(op.f("ix_sign_in_try_empty_at"), "sign_in_try", ["empty_at"], unique=False)
    op.drop_table("sign_in_failure")


def downgrade() -> None:
    """Without them: everybody is signed out."""
    op.create_table(
        "sign_in_failure",
        sa.Column("login_sha256", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("login_sha256", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"], unique=False)
    op.drop_table("sign_in_try")
    op.drop_table("sign_in_session")
