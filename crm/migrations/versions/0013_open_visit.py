"""A rep has one open visit at an outlet."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OPEN = sa.text("checked_out_at IS NULL")


def upgrade() -> None:
    """Of open visits of a rep at an outlet the newest stays open; the others ended when it began. Audits of theirs that
    wait for photos are judged on those that they have, as after a check-out."""
    op.execute(
        "UPDATE visit SET checked_out_at = (SELECT max(n.created_at) FROM visit AS n WHERE n.user_id = visit.user_id"
        " AND n.outlet_id = visit.outlet_id AND n.checked_out_at IS NULL)"
        " WHERE checked_out_at IS NULL AND EXISTS (SELECT 1 FROM visit AS n WHERE n.user_id = visit.user_id"
        " AND n.outlet_id = visit.outlet_id AND n.checked_out_at IS NULL AND n.id > visit.id)"
    )
    op.create_index(
        "uq_visit_open", "visit", ["user_id", "outlet_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def downgrade() -> None:
    """Visits that were ended stay so."""
    op.drop_index("uq_visit_open", "visit")
