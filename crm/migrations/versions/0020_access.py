"""Nine roles, users of several brands, grants of a brand to a dealer, and one trail of who did what."""

import sqlalchemy as sa
from alembic import op

from crm.kernel.triggers import guard, release

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
OLD_ROLES = "role IN ('rep', 'auditor', 'manager', 'admin')"
ROLES = "role IN ('rep', 'dealer', 'outlet', 'auditor', 'manager', 'finance', 'data', 'operator', 'admin')"
OLD_DEALER, DEALER = "role <> 'rep' OR dealer_id IS NOT NULL", "role NOT IN ('rep', 'dealer') OR dealer_id IS NOT NULL"
OF_BRAND = "role = 'admin' OR brand_id IS NOT NULL"
GUARDED = ("data_grant_value", "data_grant", "trail")


def upgrade() -> None:
    """Everybody serves the brand that he served, and who is signed in acts for it; what was done to accounts goes into
    the trail."""
    op.drop_index(op.f("ix_outlet_brand_id_id"), "outlet")
    op.create_index(op.f("ix_outlet_brand_id_id"), "outlet", ["brand_id", "id"], unique=True)
    _membership()
    _sign_in_session()
    _grants()
    _trail()
    _user_account()
    guard(op.get_bind(), "data_grant", "ended_at")
    guard(op.get_bind(), "data_grant_value")
    guard(op.get_bind(), "trail")


def downgrade() -> None:
    """Without them. Meant for development: whoever has a role that was not known before stands in the way, of several
    brands of a user the first stays, and of the trail nothing."""
    op.execute("ALTER TABLE user_account ADD COLUMN brand_id VARCHAR(26)")
    op.execute(
        "UPDATE user_account SET brand_id = (SELECT m.brand_id FROM membership m WHERE m.user_id = user_account.id "
        "AND m.ended_at IS NULL ORDER BY m.id LIMIT 1)"
    )
    op.drop_index(op.f("ix_user_account_dealer_id_id"), "user_account")
    op.create_index(op.f("ix_user_account_brand_id_id"), "user_account", ["brand_id", "id"], unique=False)
    checks = (("role", ROLES, OLD_ROLES), ("dealer", DEALER, OLD_DEALER))
    _change_checks("user_account", checks)
    for table in GUARDED:
        release(op.get_bind(), table)
        op.drop_table(table)
    op.drop_table("membership")
    op.execute("DROP TABLE sign_in_session")
    _make_sign_in_session(with_brand=False)
    op.drop_index(op.f("ix_outlet_brand_id_id"), "outlet")
    op.create_index(op.f("ix_outlet_brand_id_id"), "outlet", ["brand_id", "id"], unique=False)
    _account_event()
    guard(op.get_bind(), "account_event")


def _membership() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("outlet_id", sa.String(26), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_membership_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "outlet_id"], ["outlet.brand_id", "outlet.id"], name=op.f("fk_membership_brand_id_outlet_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "brand_id", name=op.f("uq_membership_user_id_brand_id")),
    )
    op.create_index(op.f("ix_membership_brand_id_user_id"), "membership", ["brand_id", "user_id"], unique=False)
    # One of each: its number may be that of its user.
    op.execute(
        "INSERT INTO membership (id, user_id, brand_id, created_at) "
        "SELECT id, id, brand_id, created_at FROM user_account WHERE brand_id IS NOT NULL"
    )


def _sign_in_session() -> None:
    """Made anew, since SQLite adds no key that refers to another table; nothing refers to it."""
    columns = "id, user_id, begun_at, ends_at, latest_at, brand_id"
    op.execute(
        "CREATE TEMPORARY TABLE signed_in AS SELECT s.*, u.brand_id FROM sign_in_session s "
        "JOIN user_account u ON u.id = s.user_id"
    )
    op.execute("DROP TABLE sign_in_session")
    _make_sign_in_session(with_brand=True)
    op.execute(f"INSERT INTO sign_in_session ({columns}) SELECT {columns} FROM signed_in")
    op.execute("DROP TABLE signed_in")


def _make_sign_in_session(*, with_brand: bool) -> None:
    of_brand = [
        sa.Column("brand_id", sa.String(26), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_sign_in_session_brand_id")),
    ]
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("latest_at", TIME, nullable=False),
        *(of_brand if with_brand else ()),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_sign_in_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
    )
    op.create_index(op.f("ix_sign_in_session_user_id"), "sign_in_session", ["user_id"], unique=False)
    op.create_index(op.f("ix_sign_in_session_ends_at"), "sign_in_session", ["ends_at"], unique=False)


def _grants() -> None:
    op.create_table(
        "data_grant",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=False),
        sa.Column("dealer_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("given_by", sa.String(26), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.CheckConstraint(
            "kind IN ('outlets', 'products', 'tasks', 'visits', 'audits')", name=op.f("ck_data_grant_kind")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_data_grant_days")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_data_grant_brand_id")),
        sa.ForeignKeyConstraint(["dealer_id"], ["organisation.id"], name=op.f("fk_data_grant_dealer_id")),
        sa.ForeignKeyConstraint(["given_by"], ["user_account.id"], name=op.f("fk_data_grant_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_grant")),
    )
    columns = ["brand_id", "dealer_id", "kind", "id"]
    op.create_index(op.f("ix_data_grant_brand_id_dealer_id_kind_id"), "data_grant", columns, unique=False)
    op.create_table(
        "data_grant_value",
        sa.Column("grant_id", sa.String(26), nullable=False),
        sa.Column("field", sa.String(20), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["data_grant.id"], name=op.f("fk_data_grant_value_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", "field", "value", name=op.f("pk_data_grant_value")),
    )


def _trail() -> None:
    op.create_table(
        "trail",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=True),
        sa.Column("dealer_id", sa.String(26), nullable=True),
        sa.Column("subject_id", sa.String(26), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("by_user_id", sa.String(26), nullable=True),
        sa.Column("operator", sa.String(60), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("(by_user_id IS NULL) <> (operator IS NULL)", name=op.f("ck_trail_by")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_trail_brand_id")),
        sa.ForeignKeyConstraint(["dealer_id"], ["organisation.id"], name=op.f("fk_trail_dealer_id")),
        sa.ForeignKeyConstraint(["by_user_id"], ["user_account.id"], name=op.f("fk_trail_by_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail")),
    )
    for name in ("brand_id", "dealer_id", "subject_id"):
        op.create_index(op.f(f"ix_trail_{name}_id"), "trail", [name, "id"], unique=False)
    op.execute(
        "INSERT INTO trail (id, action, kind, brand_id, dealer_id, subject_id, count, fields, why, by_user_id, "
        "operator, created_at) SELECT e.id, e.kind, 'user', e.brand_id, u.dealer_id, e.user_id, 1, e.fields, '', "
        "e.by_user_id, e.operator, e.created_at FROM account_event e JOIN user_account u ON u.id = e.user_id"
    )
    release(op.get_bind(), "account_event")
    op.drop_table("account_event")


def _user_account() -> None:
    op.drop_index(op.f("ix_user_account_brand_id_id"), "user_account")
    _change_checks(
        "user_account", (("role", OLD_ROLES, ROLES), ("dealer", OLD_DEALER, DEALER), ("brand", OF_BRAND, ""))
    )
    op.execute("ALTER TABLE user_account DROP COLUMN brand_id")
    op.create_index(op.f("ix_user_account_dealer_id_id"), "user_account", ["dealer_id", "id"], unique=False)


def _change_checks(table: str, checks: tuple[tuple[str, str, str], ...]) -> None:
    """Other checks; '' for none, and then also without the key of the brand. SQLite cannot change them, and its table
    cannot be copied while others refer to it: the text of the schema is changed, as its documentation says for
    constraints (lang_altertable, section 7)."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for name, _, new in checks:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
            if new:
                op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({new})")
        return
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    change = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?"
    for name, old, new in checks:
        before, after = (f"\n\tCONSTRAINT ck_{table}_{name} CHECK ({each}), " for each in (old, new))
        bind.exec_driver_sql(change, (before, after if new else "", table))
        if not new:
            key = f"\n\tCONSTRAINT fk_{table}_brand_id FOREIGN KEY(brand_id) REFERENCES organisation (id), "
            bind.exec_driver_sql(change, (key, "", table))
    bind.exec_driver_sql("PRAGMA writable_schema=RESET")


def _account_event() -> None:
    op.create_table(
        "account_event",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("brand_id", sa.String(26), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("by_user_id", sa.String(26), nullable=True),
        sa.Column("operator", sa.String(60), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("(by_user_id IS NULL) <> (operator IS NULL)", name=op.f("ck_account_event_by")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_account_event_user_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["organisation.id"], name=op.f("fk_account_event_brand_id")),
        sa.ForeignKeyConstraint(["by_user_id"], ["user_account.id"], name=op.f("fk_account_event_by_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    op.create_index(op.f("ix_account_event_user_id_id"), "account_event", ["user_id", "id"], unique=False)
