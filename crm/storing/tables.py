"""Bytes that no row names, or none yet."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import register
from crm.kernel.db import Base


class UnnamedBytes(Base):
    """Bytes that are being put into the photo store, or were, under `key`, and that no row has named since: a row that
    names them deletes this one. `put_at`: when that was last begun."""

    __tablename__ = "unnamed_bytes"
    __table_args__ = (Index(None, "put_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    put_at: Mapped[datetime] = mapped_column()


register(UnnamedBytes)
