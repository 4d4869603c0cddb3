"""Since when drawing a photo's pictures is given up."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNDRAWN = sa.text("annotated_key IS NULL AND undrawn_at IS NULL")


def upgrade() -> None:
    """Of none it is: those without pictures are tried again."""
    kind = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    # Written out: so SQLite adds the column in place.
    op.execute(f"ALTER TABLE photo ADD COLUMN undrawn_at {kind}")
    op.create_index("ix_photo_undrawn", "photo", ["id"], sqlite_where=_UNDRAWN, postgresql_where=_UNDRAWN)


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_photo_undrawn", "photo")
    op.execute("ALTER TABLE photo DROP COLUMN undrawn_at")
