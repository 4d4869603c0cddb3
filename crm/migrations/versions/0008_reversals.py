"""Awards that are taken back, flags that are dismissed by name, and what waits for a second person."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KINDS = "'automatic', 'approve', 'refuse', 'correct'"
KINDS_NOW = f"{KINDS}, 'reverse', 'reopen'"
APPEND_ONLY = ("flag_dismissal", "proposal", "proposal_answer")


def upgrade() -> None:
    """What was decided before stays as it is."""
    _change_kinds(KINDS, KINDS_NOW)
    _flag_dismissal()
    _proposal()
    _proposal_answer()
    for table in APPEND_ONLY:
        guard(op.get_bind(), table)


def downgrade() -> None:
    """Without them. Meant for development: what they say is lost, and a decision that needs them stands in the way."""
    for table in reversed(APPEND_ONLY):
        release(op.get_bind(), table)
        op.drop_table(table)
    _change_kinds(KINDS_NOW, KINDS)


def _change_kinds(old: str, new: str) -> None:
    """Other kinds of decisions. SQLite cannot change a check, and its table cannot be copied while others refer to it:
    the text of the schema is changed, as its documentation says for constraints (lang_altertable, section 7)."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("ALTER TABLE decision DROP CONSTRAINT ck_decision_kind")
        op.execute(f"ALTER TABLE decision ADD CONSTRAINT ck_decision_kind CHECK (kind IN ({new}))")
        return
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'decision'",
        (f"kind IN ({old})", f"kind IN ({new})"),
    )
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")


def _flag_dismissal() -> None:
    op.create_table(
        "flag_dismissal",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("decision_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("dismissed_by", sa.String(26), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_flag_dismissal_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_flag_dismissal_brand_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_flag_dismissal_decision_id")),
        sa.ForeignKeyConstraint(["dismissed_by"], ["user_account.id"], name=op.f("fk_flag_dismissal_dismissed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_dismissal")),
    )
    op.create_index(op.f("ix_flag_dismissal_audit_id"), "flag_dismissal", ["audit_id"], unique=False)


def _proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("audit_id", sa.String(26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.String(26), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('review', 'reversal')", name=op.f("ck_proposal_kind")),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_proposal_amount_fen")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_proposal_audit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_proposal_brand_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["user_account.id"], name=op.f("fk_proposal_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_audit_id"), "proposal", ["audit_id"], unique=False)
    op.create_index(op.f("ix_proposal_brand_id_id"), "proposal", ["brand_id", "id"], unique=False)


def _proposal_answer() -> None:
    op.create_table(
        "proposal_answer",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("answer", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("answered_by", sa.String(26), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("answer IN ('confirmed', 'declined')", name=op.f("ck_proposal_answer_answer")),
        sa.ForeignKeyConstraint(["answered_by"], ["user_account.id"], name=op.f("fk_proposal_answer_answered_by")),
        sa.ForeignKeyConstraint(["id"], ["proposal.id"], name=op.f("fk_proposal_answer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_answer")),
    )
