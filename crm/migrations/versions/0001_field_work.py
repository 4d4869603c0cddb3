"""The field work, from outlets to the ledger."""

import sqlalchemy as sa
from alembic import op

from crm.ledger.triggers import create_statements, drop_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("ledger_entry", "ledger_posting", "decision")


def upgrade() -> None:
    """From nothing."""
    _ledger_account()
    _ledger_entry()
    _organisation()
    _sign_in_failure()
    _worker_beat()
    _catalogue()
    _ledger_posting()
    _outlet()
    _product()
    _task()
    _user_account()
    _task_version()
    _visit()
    _claim()
    _audit()
    _decision()
    _photo()
    _review_item()
    _correction()
    _photo_band()
    _photo_reading()
    dialect = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in create_statements(dialect, table):
            op.execute(sa.text(statement))


def downgrade() -> None:
    """To nothing. Meant for development: all data is lost."""
    dialect = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for statement in drop_statements(dialect, table):
            op.execute(sa.text(statement))
    for table in TABLES[::-1]:
        op.drop_table(table)


TABLES = (
    "ledger_account",
    "ledger_entry",
    "organisation",
    "sign_in_failure",
    "worker_beat",
    "catalogue",
    "ledger_posting",
    "outlet",
    "product",
    "task",
    "user_account",
    "task_version",
    "visit",
    "claim",
    "audit",
    "decision",
    "photo",
    "review_item",
    "correction",
    "photo_band",
    "photo_reading",
)


def _ledger_account() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("owner_id", sa.String(80), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint(
            "balance_fen >= 0 OR kind NOT IN ('budget', 'wallet')", name=op.f("ck_ledger_account_not_overdrawn")
        ),
        sa.CheckConstraint("kind IN ('budget', 'wallet', 'funding', 'payable')", name=op.f("ck_ledger_account_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("kind", "owner_id", name=op.f("uq_ledger_account_kind_owner_id")),
    )


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("memo", sa.String(300), nullable=False),
        sa.Column("reverses", sa.String(26), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["reverses"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_entry_key")),
        sa.UniqueConstraint("reverses", name=op.f("uq_ledger_entry_reverses")),
    )


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('brand', 'dealer')", name=op.f("ck_organisation_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_kind_name"), "organisation", ["kind", "name"])


def _sign_in_failure() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("login_sha256", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("login_sha256", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"])


def _worker_beat() -> None:
    op.create_table(
        "worker_beat",
        sa.Column("executor_id", sa.String(80), nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name=op.f("pk_worker_beat")),
    )
    op.create_index(op.f("ix_worker_beat_beat_at"), "worker_beat", ["beat_at"])


def _catalogue() -> None:
    op.create_table(
        "catalogue",
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("gallery", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_catalogue_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_catalogue")),
    )


def _ledger_posting() -> None:
    op.create_table(
        "ledger_posting",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("entry_id", sa.String(26), nullable=False),
        sa.Column("account_id", sa.String(26), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_ledger_posting_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name=op.f("fk_ledger_posting_account_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_posting_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_posting")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_ledger_posting_account_id_number")),
        sa.UniqueConstraint("entry_id", "account_id", name=op.f("uq_ledger_posting_entry_id_account_id")),
    )


def _outlet() -> None:
    op.create_table(
        "outlet",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("dealer_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name=op.f("ck_outlet_position")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_outlet_brand_id")),
        sa.ForeignKeyConstraint(["dealer_id"], ["organisation.id"], name=op.f("fk_outlet_dealer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_outlet_brand_id_code")),
    )
    op.create_index(op.f("ix_outlet_brand_id_dealer_id_id"), "outlet", ["brand_id", "dealer_id", "id"])
    op.create_index(op.f("ix_outlet_brand_id_id"), "outlet", ["brand_id", "id"])


def _product() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("brand", sa.String(60), nullable=False),
        sa.Column("pack", sa.String(20), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("launched_on", sa.Date(), nullable=True),
        sa.Column("new_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_product_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_product_brand_id_code")),
    )


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("description_zh", sa.String(1000), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("claim_hours", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("budget_account_id", sa.String(40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("period IN ('once', 'day', 'week', 'month')", name=op.f("ck_task_period")),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_task_state")),
        sa.CheckConstraint("claim_hours BETWEEN 1 AND 2400", name=op.f("ck_task_claim_hours")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_task_dates")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_task_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_task_brand_id_code")),
    )
    op.create_index(op.f("ix_task_brand_id_id"), "task", ["brand_id", "id"])


def _user_account() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("login", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(20), nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=True),
        sa.Column("dealer_id", sa.String(26), nullable=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("role <> 'rep' OR dealer_id IS NOT NULL", name=op.f("ck_user_account_dealer")),
        sa.CheckConstraint("role = 'admin' OR brand_id IS NOT NULL", name=op.f("ck_user_account_brand")),
        sa.CheckConstraint("role IN ('rep', 'auditor', 'manager', 'admin')", name=op.f("ck_user_account_role")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_user_account_brand_id")),
        sa.ForeignKeyConstraint(["dealer_id"], ["organisation.id"], name=op.f("fk_user_account_dealer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        sa.UniqueConstraint("phone", name=op.f("uq_user_account_phone")),
    )
    op.create_index(op.f("ix_user_account_brand_id_id"), "user_account", ["brand_id", "id"])


def _task_version() -> None:
    op.create_table(
        "task_version",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("task_id", sa.String(26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("published_by", sa.String(26), nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["user_account.id"], name=op.f("fk_task_version_published_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_version_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_version")),
        sa.UniqueConstraint("task_id", "number", name=op.f("uq_task_version_task_id_number")),
    )


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("outlet_id", sa.String(26), nullable=False),
        sa.Column("checked_in_at", TIME, nullable=False),
        sa.Column("in_lat", sa.Double(), nullable=False),
        sa.Column("in_lon", sa.Double(), nullable=False),
        sa.Column("in_distance_m", sa.Double(), nullable=False),
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


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("task_id", sa.String(26), nullable=False),
        sa.Column("task_version_id", sa.String(26), nullable=False),
        sa.Column("outlet_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("claimed_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('active', 'released', 'expired', 'done')", name=op.f("ck_claim_state")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_claim_brand_id")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_claim_outlet_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_claim_task_id")),
        sa.ForeignKeyConstraint(["task_version_id"], ["task_version.id"], name=op.f("fk_claim_task_version_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_claim_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_brand_id_id"), "claim", ["brand_id", "id"])
    op.create_index(op.f("ix_claim_user_id_id"), "claim", ["user_id", "id"])
    op.create_index(
        "uq_claim_active",
        "claim",
        ["task_id", "outlet_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )


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
