"""The one row of the installation."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, false
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import register
from crm.kernel.clock import utcnow
from crm.kernel.db import Base

THE_ONE = 1


class Installation(Base):
    """By which secret and which photo store a process belongs here.

    `secret_proof`: scrypt of the secret with `salt`, both hex: who reads the database learns nothing of the secret.
    `store_id`: what the store itself keeps under its own name. `demo`: made by the demo, whose passwords anybody knows.
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint(f"id = {THE_ONE}", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=THE_ONE)
    salt: Mapped[str] = mapped_column(String(32))
    secret_proof: Mapped[str] = mapped_column(String(64))
    store_id: Mapped[str] = mapped_column(String(32))
    demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


register(Installation)
