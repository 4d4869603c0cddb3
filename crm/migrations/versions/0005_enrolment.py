"""SKUs enrolled from reference pictures; photos read again for them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Brands have enrolled nothing yet."""
    # Written out: so SQLite adds the column in place.
    op.execute("ALTER TABLE catalogue ADD COLUMN enrolled INTEGER DEFAULT 0 NOT NULL")
    op.create_index(op.f("ix_photo_brand_id_id"), "photo", ["brand_id", "id"], unique=False)
    _enrolment()
    _rescore()
    _rescored_photo()


def downgrade() -> None:
    """Without them. Meant for development: what they say is lost."""
    for table in ("rescored_photo", "rescore", "enrolment"):
        op.drop_table(table)
    op.drop_index(op.f("ix_photo_brand_id_id"), "photo")
    op.execute("ALTER TABLE catalogue DROP COLUMN enrolled")


def _enrolment() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("embedder", sa.String(40), nullable=False),
        sa.Column("enrolled_by", sa.String(26), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_enrolment_brand_id")),
        sa.ForeignKeyConstraint(["enrolled_by"], ["user_account.id"], name=op.f("fk_enrolment_enrolled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("brand_id", "number", name=op.f("uq_enrolment_brand_id_number")),
    )


def _rescore() -> None:
    op.create_table(
        "rescore",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("ordered_by", sa.String(26), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('running', 'done')", name=op.f("ck_rescore_state")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_rescore_brand_id")),
        sa.ForeignKeyConstraint(["ordered_by"], ["user_account.id"], name=op.f("fk_rescore_ordered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescore")),
    )
    op.create_index(op.f("ix_rescore_brand_id_id"), "rescore", ["brand_id", "id"], unique=False)
    op.create_index(op.f("ix_rescore_state_created_at"), "rescore", ["state", "created_at"], unique=False)


def _rescored_photo() -> None:
    op.create_table(
        "rescored_photo",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("enrolled", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("best", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("fault", sa.String(200), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_rescored_photo_brand_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_rescored_photo_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", "code", "enrolled", name=op.f("pk_rescored_photo")),
    )
    op.create_index(
        op.f("ix_rescored_photo_brand_id_code_enrolled_photo_id"),
        "rescored_photo",
        ["brand_id", "code", "enrolled", "photo_id"],
        unique=False,
    )
