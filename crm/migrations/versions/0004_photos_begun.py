"""Photos that a worker has begun, and how often one died over them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing is begun where this is run: the schema is brought up to date before work is taken up."""
    op.create_index(op.f("ix_photo_reading_created_at"), "photo_reading", ["created_at"], unique=False)
    op.create_table(
        "photo_begun",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("executor_id", sa.String(80), nullable=True),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_begun_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_begun")),
    )


def downgrade() -> None:
    """Without them. Meant for development: what they say is lost."""
    op.drop_table("photo_begun")
    op.drop_index(op.f("ix_photo_reading_created_at"), "photo_reading")
