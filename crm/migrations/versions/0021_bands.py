"""Bands of hashes that are found in any turn, among millions."""

import numpy as np
import sqlalchemy as sa
from alembic import op

from pipeline.intake.hash_bands import bands_of
from pipeline.intake.perceptual_hash import HASH_BYTES

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_AT_ONCE = 2_000  # photos
_PHOTOS = sa.text(
    "SELECT id, brand_id, perceptual_hash FROM photo WHERE perceptual_hash IS NOT NULL AND id > :after "
    "ORDER BY id LIMIT :limit"
)


def upgrade() -> None:
    """The bands are made anew of the hashes, as `pipeline.intake.hash_bands` cuts them: whoever changes that makes them
    anew in a later migration."""
    op.drop_table("photo_band")
    bands = op.create_table(
        "photo_band",
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("band_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quarter", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("photo_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_photo_band_brand_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_band_photo_id")),
        sa.PrimaryKeyConstraint("brand_id", "band_no", "value", "quarter", "photo_id", name=op.f("pk_photo_band")),
        sqlite_with_rowid=False,
    )
    connection, after = op.get_bind(), ""
    while photos := connection.execute(_PHOTOS, {"after": after, "limit": _AT_ONCE}).all():
        after = photos[-1].id
        whole = [photo for photo in photos if len(photo.perceptual_hash) == HASH_BYTES]
        if not whole:
            continue
        hashes = np.frombuffer(b"".join(photo.perceptual_hash for photo in whole), np.uint8).reshape(-1, HASH_BYTES)
        values, quarters = (each.tolist() for each in bands_of(hashes))
        rows = [
            {"brand_id": photo.brand_id, "band_no": number, "value": value, "quarter": quarter, "photo_id": photo.id}
            for photo, some, whole_ones in zip(whole, values, quarters, strict=True)
            for number, (value, quarter) in enumerate(zip(some, whole_ones, strict=True))
        ]
        connection.execute(sa.insert(bands), rows)


def downgrade() -> None:
    """The older bands, of none: meant for development. Photos from before are then known by their bytes and words."""
    op.drop_table("photo_band")
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
