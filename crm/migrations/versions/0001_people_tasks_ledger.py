"""People, outlets, catalogue, tasks and the ledger."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("ledger_entry", "ledger_posting")


def upgrade() -> None:
    """From nothing."""
    _organisation()
    _user_account()
    _sign_in_failure()
    _outlet()
    _catalogue()
    _product()
    _task()
    _task_version()
    _claim()
    _ledger_account()
    _ledger_entry()
    _ledger_posting()
    for table in APPEND_ONLY:
        guard(op.get_bind(), table)


def downgrade() -> None:
    """To nothing. Meant for development: all data is lost."""
    for table in APPEND_ONLY:
        release(op.get_bind(), table)
    for table in (
        "ledger_posting",
        "ledger_entry",
        "ledger_account",
        "claim",
        "task_version",
        "task",
        "product",
        "catalogue",
        "outlet",
        "sign_in_failure",
        "user_account",
        "organisation",
    ):
        op.drop_table(table)


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


def _sign_in_failure() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("login_sha256", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("login_sha256", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"])


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


def _catalogue() -> None:
    op.create_table(
        "catalogue",
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("gallery", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_catalogue_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_catalogue")),
    )


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
