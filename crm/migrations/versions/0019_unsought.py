"""Photos for which the archive is still to be looked through."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Of photos that were read, and whose audit nobody has decided but in place of a reading, since a photo's file was gone.
_UNDECIDED = """
INSERT INTO photo_unsought (photo_id, brand_id)
SELECT photo.id, photo.brand_id FROM photo JOIN audit ON audit.id = photo.audit_id
WHERE photo.state <> 'received' AND audit.state <> 'decided' AND NOT EXISTS (
    SELECT 1 FROM decision WHERE decision.audit_id = audit.id AND NOT (
        decision.kind = 'automatic' AND (
            CAST(decision.flags AS TEXT) LIKE '%photo\\_gone%' ESCAPE '\\'
            OR CAST(decision.flags AS TEXT) LIKE '%photo\\_damaged%' ESCAPE '\\'
        )
    )
) AND NOT EXISTS (SELECT 1 FROM resemblance WHERE resemblance.photo_id = photo.id)
"""


def upgrade() -> None:
    """For photos on which a decision rests the look was taken with it."""
    op.create_table(
        "photo_unsought",
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_photo_unsought_brand_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_unsought_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_unsought")),
    )
    op.create_index(op.f("ix_photo_unsought_brand_id_photo_id"), "photo_unsought", ["brand_id", "photo_id"])
    op.execute(_UNDECIDED)


def downgrade() -> None:
    """Without them. Meant for development: the older service looks when it decides."""
    op.drop_table("photo_unsought")
