"""Trials of enrolled SKUs: displays that would have been paid, ticks, and when a trial opens or closes."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
GUARDED = ("shadow", "trial_display", "trial_tick", "trial_change")


def upgrade() -> None:
    """Every enrolled SKU is on trial, those of before too."""
    # Written out: so SQLite adds the columns in place.
    op.execute("ALTER TABLE catalogue ADD COLUMN trials INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE catalogue ADD COLUMN open_trials JSON DEFAULT '[]' NOT NULL")
    _keys()
    _shadow()
    _trial_display()
    _trial_tick()
    _trial_change()
    for table in GUARDED:
        guard(op.get_bind(), table)


def downgrade() -> None:
    """Without them. Meant for development: what they say is lost."""
    for table in reversed(GUARDED):
        release(op.get_bind(), table)
        op.drop_table(table)
    for table, column in (("enrolment", "trial"), ("catalogue", "open_trials"), ("catalogue", "trials")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _keys() -> None:
    """As crm.catalog.enrolling.trial_key makes them."""
    op.execute("ALTER TABLE enrolment ADD COLUMN trial VARCHAR(64) DEFAULT '' NOT NULL")
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT id, code, embedder, pictures FROM enrolment")).all():
        pictures = json.loads(row.pictures) if isinstance(row.pictures, str) else row.pictures
        told = [row.code, row.embedder, *sorted({each["sha256"] for each in pictures})]
        key = hashlib.sha256("\n".join(told).encode()).hexdigest()
        bind.execute(sa.text("UPDATE enrolment SET trial = :key WHERE id = :id"), {"key": key, "id": row.id})


def _shadow() -> None:
    op.create_table(
        "shadow",
        sa.Column("decision_id", sa.String(26), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_shadow_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_shadow")),
    )


def _trial_display() -> None:
    op.create_table(
        "trial_display",
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("trial", sa.String(64), nullable=False),
        sa.Column("decision_no", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_trial_display_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_trial_display_brand_id")),
        sa.PrimaryKeyConstraint("audit_id", "code", name=op.f("pk_trial_display")),
    )
    op.create_index(
        op.f("ix_trial_display_brand_id_trial_decision_no"),
        "trial_display",
        ["brand_id", "trial", "decision_no"],
        unique=False,
    )


def _trial_tick() -> None:
    op.create_table(
        "trial_tick",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("fronts", sa.JSON(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("sisters", sa.JSON(), nullable=False),
        sa.Column("ticked_by", sa.String(26), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_trial_tick_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_trial_tick_brand_id")),
        sa.ForeignKeyConstraint(["ticked_by"], ["user_account.id"], name=op.f("fk_trial_tick_ticked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_tick")),
    )
    op.create_index(op.f("ix_trial_tick_audit_id_id"), "trial_tick", ["audit_id", "id"], unique=False)


def _trial_change() -> None:
    op.create_table(
        "trial_change",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("trial", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("displays", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("with_sister", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(26), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_trial_change_state")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_trial_change_brand_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name=op.f("fk_trial_change_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_change")),
        sa.UniqueConstraint("brand_id", "number", name=op.f("uq_trial_change_brand_id_number")),
    )
