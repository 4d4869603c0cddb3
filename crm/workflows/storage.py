"""Whether a photo that is sent now can be kept: in the store, and as rows of the database."""

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from crm.access.session import unscoped
from crm.kernel.clock import utcnow
from crm.kernel.db import Database
from crm.kernel.photo_store import PhotoStore
from crm.workflows.tables import StorageProbe
from pipeline.texts import Said

KEPT_S = 5.0  # an answer; a balancer may ask each second, of each process
SILENT_S = 10.0  # a store that takes longer is not there
_STORE = (
    "photos cannot be stored: free the disk of the photo store, or make it writable",
    "照片无法保存：请清理照片存储的磁盘空间，或恢复其写权限",
)
_ROWS = (
    "the database cannot be written: free its disk, or make it writable",
    "数据库无法写入：请清理其磁盘空间，或恢复其写权限",
)
_SILENT = ("the photo store or the database does not answer", "照片存储或数据库没有响应")
_log = structlog.get_logger("shelfproof.workflows")


class Storage:
    """Writes a small object and a row, at most once in `KEPT_S`, one caller at a time; the others get the last answer.
    `clock`: seconds, steady."""

    def __init__(self, database: Database, store: PhotoStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._store, self._clock = database, store, clock
        self._asking = threading.Lock()
        self._told: Said | None = None
        self._began = self._told_at = float("-inf")

    def problem(self) -> Said | None:
        """What is wrong, in one line that says what to do; None when photos can be kept."""
        first = self._told_at == float("-inf")
        if not self._asking.acquire(timeout=SILENT_S if first else 0):
            return _SILENT if self._clock() - self._began >= SILENT_S else self._told
        try:
            if self._clock() - self._told_at >= KEPT_S:
                self._began = self._clock()
                self._told = self._try()
                self._told_at = self._clock()
            return self._told
        finally:
            self._asking.release()

    def _try(self) -> Said | None:
        try:
            self._store.probe()
        except OSError as error:
            _log.error("store_not_writable", reason=str(error)[:300])
            return _STORE
        try:
            self._write_row()
        except SQLAlchemyError as error:
            _log.error("database_not_writable", error=type(getattr(error, "orig", error)).__name__)
            return _ROWS
        return None

    def _write_row(self) -> None:
        with self._database.write(unscoped("tries whether rows can be written at all")) as s:
            dialect = postgresql if self._database.dialect == "postgresql" else sqlite
            row = dialect.insert(StorageProbe).values(id=1, written_at=utcnow())
            again = row.on_conflict_do_update(index_elements=["id"], set_={"written_at": row.excluded.written_at})
            s.execute(again)
