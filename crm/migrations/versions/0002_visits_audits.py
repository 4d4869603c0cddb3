"""Visits, photos, audits and their review."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("decision",)


def upgrade() -> None:
    """Add the field work."""
    _visit()
    _audit()
    _photo()
    _photo_reading()
    _photo_band()
    _decision()
    _review_item()
    _correction()
    _worker_beat()
    for table in APPEND_ONLY:
        guard(op.get_bind(), table)


def downgrade() -> None:
    """Without the field work. Meant for development: its data is lost."""
    for table in APPEND_ONLY:
        release(op.get_bind(), table)
    for table in (
        "worker_beat",
        "correction",
        "review_item",
        "decision",
        "photo_band",
        "photo_reading",
        "photo",
        "audit",
        "visit",
    ):
        op.drop_table(table)


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("outlet_id", sa.String(26), nullable=False),
        sa.Column("checked_in_at", TIME, nullable=False),
        sa.Column("in_lat", sa.Double(), nullable=True),
        sa.Column("in_lon", sa.Double(), nullable=True),
        sa.Column("in_distance_m", sa.Double(), nullable=True),
        sa.Column("checked_out_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_visit_brand_id")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_visit_outlet_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_visit_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_brand_id_id"), "visit", ["brand_id", "id"])
    op.create_index(op.f("ix_visit_outlet_id_id"), "visit", ["outlet_id", "id"])
    op.create_index(op.f("ix_visit_user_id_id"), "visit", ["user_id", "id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("visit_id", sa.String(26), nullable=False),
        sa.Column("claim_id", sa.String(26), nullable=False),
        sa.Column("task_id", sa.String(26), nullable=False),
        sa.Column("task_version_id", sa.String(26), nullable=False),
        sa.Column("outlet_id", sa.String(26), nullable=False),
        sa.Column("display", sa.String(20), nullable=False),
        sa.Column("period_key", sa.String(20), nullable=False),
        sa.Column("photos_expected", sa.Integer(), nullable=False),
        sa.Column("photos_received", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('open', 'reading', 'in_review', 'decided')", name=op.f("ck_audit_state")),
        sa.CheckConstraint("photos_expected BETWEEN 1 AND 6", name=op.f("ck_audit_photos_expected")),
        sa.CheckConstraint("photos_received BETWEEN 0 AND photos_expected", name=op.f("ck_audit_photos_received")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_audit_brand_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_audit_claim_id")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_audit_outlet_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_audit_task_id")),
        sa.ForeignKeyConstraint(["task_version_id"], ["task_version.id"], name=op.f("fk_audit_task_version_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_audit_user_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_audit_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_brand_id_id"), "audit", ["brand_id", "id"])
    op.create_index(op.f("ix_audit_claim_id_display"), "audit", ["claim_id", "display"])
    op.create_index(op.f("ix_audit_state_updated_at"), "audit", ["state", "updated_at"])
    op.create_index(op.f("ix_audit_user_id_id"), "audit", ["user_id", "id"])


def _photo() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("idempotency_key", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("mime", sa.String(20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("taken_at", TIME, nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("perceptual_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("picture_key", sa.String(64), nullable=True),
        sa.Column("annotated_key", sa.String(64), nullable=True),
        sa.CheckConstraint("state IN ('received', 'read', 'unreadable')", name=op.f("ck_photo_state")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_photo_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_photo_brand_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_photo_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("user_id", "idempotency_key", name=op.f("uq_photo_user_id_idempotency_key")),
    )
    op.create_index(op.f("ix_photo_audit_id_id"), "photo", ["audit_id", "id"])
    op.create_index(op.f("ix_photo_brand_id_sha256_id"), "photo", ["brand_id", "sha256", "id"])
    op.create_index(op.f("ix_photo_state_id"), "photo", ["state", "id"])
    op.create_index(op.f("ix_photo_user_id_id"), "photo", ["user_id", "id"])


def _photo_reading() -> None:
    op.create_table(
        "photo_reading",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_photo_reading_audit_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_reading_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_reading")),
    )
    op.create_index(op.f("ix_photo_reading_audit_id"), "photo_reading", ["audit_id"])


def _photo_band() -> None:
    op.create_table(
        "photo_band",
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("band_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_photo_band_brand_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_band_photo_id")),
        sa.PrimaryKeyConstraint("brand_id", "band_no", "value", "photo_id", name=op.f("pk_photo_band")),
    )
    op.create_index(op.f("ix_photo_band_photo_id"), "photo_band", ["photo_id"])


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("task_version_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("thresholds", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.String(40), nullable=True),
        sa.Column("decided_by", sa.String(26), nullable=True),
        sa.Column("comment", sa.String(500), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('automatic', 'approve', 'refuse', 'correct')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint("outcome IN ('pass', 'refuse', 'review')", name=op.f("ck_decision_outcome")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_decision_amount_fen")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_decision_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_decision_brand_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_decision_decided_by")),
        sa.ForeignKeyConstraint(["task_version_id"], ["task_version.id"], name=op.f("fk_decision_task_version_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_decision_user_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_decision")),
        sa.UniqueConstraint("audit_id", "seq", name=op.f("uq_decision_audit_id_seq")),
        sa.UniqueConstraint("id", name=op.f("uq_decision_id")),
    )
    op.create_index(op.f("ix_decision_brand_id_no"), "decision", ["brand_id", "no"])
    op.create_index(op.f("ix_decision_user_id_no"), "decision", ["user_id", "no"])


def _review_item() -> None:
    op.create_table(
        "review_item",
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("closed_by", sa.String(26), nullable=True),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_review_item_state")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_review_item_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_review_item_brand_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["user_account.id"], name=op.f("fk_review_item_closed_by")),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_review_item")),
    )
    op.create_index(
        op.f("ix_review_item_state_brand_id_priority_audit_id"),
        "review_item",
        ["state", "brand_id", "priority", "audit_id"],
    )
    op.create_index(op.f("ix_review_item_state_priority_audit_id"), "review_item", ["state", "priority", "audit_id"])


def _correction() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("decision_id", sa.String(26), nullable=False),
        sa.Column("path", sa.String(120), nullable=False),
        sa.Column("read", sa.JSON(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("corrected_by", sa.String(26), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_correction_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_correction_brand_id")),
        sa.ForeignKeyConstraint(["corrected_by"], ["user_account.id"], name=op.f("fk_correction_corrected_by")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_correction_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_audit_id"), "correction", ["audit_id"])
    op.create_index(op.f("ix_correction_brand_id_id"), "correction", ["brand_id", "id"])


def _worker_beat() -> None:
    op.create_table(
        "worker_beat",
        sa.Column("executor_id", sa.String(80), nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name=op.f("pk_worker_beat")),
    )
    op.create_index(op.f("ix_worker_beat_beat_at"), "worker_beat", ["beat_at"])
