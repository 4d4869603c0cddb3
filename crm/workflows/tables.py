"""Which workers are alive."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class WorkerBeat(Base):
    """The last sign of life of a worker process. Work of a worker without one is taken over by another."""

    __tablename__ = "worker_beat"
    __table_args__ = (Index(None, "beat_at"),)

    executor_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    beat_at: Mapped[datetime] = mapped_column()
