"""What altered copies of a photo are known by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Photos that were read before have no likeness: they are known by their bytes and hashes, as before."""
    op.create_table(
        "photo_likeness",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_likeness_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_likeness")),
    )
    op.create_table(
        "photo_word",
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("word", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_photo_word_brand_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_word_photo_id")),
        sa.PrimaryKeyConstraint("brand_id", "word", "photo_id", name=op.f("pk_photo_word")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "resemblance",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("other_id", sa.String(26), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["photo.id"], name=op.f("fk_resemblance_other_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_resemblance_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_resemblance")),
    )


def downgrade() -> None:
    """Without them. Meant for development: what they say is lost."""
    for table in ("resemblance", "photo_word", "photo_likeness"):
        op.drop_table(table)
