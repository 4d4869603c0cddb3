"""What the routes need, made once by `create_app` and handed over explicitly."""

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from api.hashing import Hashing
from api.limits import RateLimit
from api.settings import Settings
from api.tokens import Tokens
from crm.catalog.enrolling import Examiner
from crm.kernel.db import Database, WriteSession
from crm.kernel.photo_store import PhotoStore
from pipeline.texts import Said


class Workflows(Protocol):
    """The durable work, as far as the HTTP edge needs it."""

    def start(self) -> None:
        """Take up work; called when the app starts."""

    def stop(self) -> None:
        """Leave off; what is begun is taken up at the next start."""

    def enqueue_audit(self, photo_id: str, s: WriteSession | None = None) -> None:
        """Have a received photo read and decided, once `s` has committed; the same photo twice is done once."""

    def enqueue_rescore(self, rescore_id: str, s: WriteSession | None = None) -> None:
        """Have the photos of a rescoring read again, once `s` has committed."""

    def problem(self) -> Said | None:
        """Why no photo could be kept or decided just now; None when all is well."""


class NoWorkflows:
    """Nothing is read or decided: for tests of the edge alone. Remembers what was enqueued."""

    def __init__(self) -> None:
        self.enqueued: list[str] = []

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def enqueue_audit(self, photo_id: str, s: WriteSession | None = None) -> None:
        self.enqueued.append(photo_id)

    def enqueue_rescore(self, rescore_id: str, s: WriteSession | None = None) -> None:
        self.enqueued.append(rescore_id)

    def problem(self) -> Said | None:
        return None


@dataclass(frozen=True)
class Services:
    """Explicit dependencies of all routes."""

    settings: Settings
    database: Database
    store: PhotoStore
    workflows: Workflows
    examiner: Examiner
    tokens: Tokens
    uploads: RateLimit
    hashing: Hashing


def services_of(request: Request) -> Services:
    """The services of the app that serves this request."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


Given = Annotated[Services, Depends(services_of)]
