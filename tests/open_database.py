"""A database for tests: a session that names no reach finds all rows, as one of work that no caller bounds."""

from collections.abc import Generator
from contextlib import contextmanager

from crm.access.session import unscoped
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.kernel.reach import Reach

_TEST = unscoped("a test prepares, and looks at what came of it")


class OpenDatabase(Database):
    """What is tried with a caller's own reach is given it: `database.read(scope)`."""

    @contextmanager
    def read(self, reach: Reach = _TEST) -> Generator[ReadSession]:
        with super().read(reach) as session:
            yield session

    @contextmanager
    def write(self, reach: Reach = _TEST) -> Generator[WriteSession]:
        with super().write(reach) as session:
            yield session
