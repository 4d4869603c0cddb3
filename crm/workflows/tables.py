"""Which workers are alive, which photos they have begun, on which photos work has failed, and what the upkeep needs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import register
from crm.kernel.db import Base


class WorkerBeat(Base):
    """The last sign of life of a worker process. Work of a worker without one is taken over by another."""

    __tablename__ = "worker_beat"
    __table_args__ = (Index(None, "beat_at"),)

    executor_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    beat_at: Mapped[datetime] = mapped_column()


class PhotoFailure(Base):
    """A photo whose reading, the first or a later one, failed otherwise than as unreadable: the tries that count
    against it, and the last failure, counted or not. Goes when it is read after all, stays when it is given up."""

    __tablename__ = "photo_failure"

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime] = mapped_column()


class PhotoBegun(Base):
    """A photo that a worker has begun to read, to draw or to read again, and has not come to the end of. Without
    `executor_id` the work was broken off by a failure or a stop. `deaths`: how often a worker died over it. Stays when
    the photo is given up."""

    __tablename__ = "photo_begun"

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    executor_id: Mapped[str | None] = mapped_column(String(80))
    begun_at: Mapped[datetime] = mapped_column()
    deaths: Mapped[int] = mapped_column(default=0)


class StorageProbe(Base):
    """The one row that is written again and again, to see whether rows can be written at all."""

    __tablename__ = "storage_probe"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    written_at: Mapped[datetime] = mapped_column()


for _table in (WorkerBeat, PhotoFailure, PhotoBegun, StorageProbe):
    register(_table)
