"""Accounts that people are let into: invitations, passwords that must be changed, the record of what was done."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# No two organisations of a kind share a name: those that do already are told apart by their numbers.
_TELL_APART = """UPDATE organisation SET name = substr(name, 1, 90) || ' ' || id WHERE EXISTS (
  SELECT 1 FROM organisation first WHERE first.kind = organisation.kind AND first.name = organisation.name
  AND first.id < organisation.id)"""


def upgrade() -> None:
    """Nobody was invited, and nobody must change his password."""
    op.execute("ALTER TABLE user_account ADD COLUMN must_change_password BOOLEAN DEFAULT false NOT NULL")
    op.execute(_TELL_APART)
    op.drop_index(op.f("ix_organisation_kind_name"), "organisation")
    op.create_index(op.f("ix_organisation_kind_name"), "organisation", ["kind", "name"], unique=True)
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_invitation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_invitation_token_sha256")),
    )
    op.create_index(op.f("ix_invitation_user_id_id"), "invitation", ["user_id", "id"], unique=False)
    op.create_table(
        "account_event",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("by_user_id", sa.String(26), nullable=True),
        sa.Column("operator", sa.String(60), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("(by_user_id IS NULL) <> (operator IS NULL)", name=op.f("ck_account_event_by")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_account_event_user_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_account_event_brand_id")),
        sa.ForeignKeyConstraint(["by_user_id"], ["user_account.id"], name=op.f("fk_account_event_by_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    op.create_index(op.f("ix_account_event_user_id_id"), "account_event", ["user_id", "id"], unique=False)
    guard(op.get_bind(), "account_event")


def downgrade() -> None:
    """Without them. Meant for development: links that wait are lost, and so is the record."""
    release(op.get_bind(), "account_event")
    op.drop_table("account_event")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_organisation_kind_name"), "organisation")
    op.create_index(op.f("ix_organisation_kind_name"), "organisation", ["kind", "name"], unique=False)
    op.execute("ALTER TABLE user_account DROP COLUMN must_change_password")
