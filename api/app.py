"""The app factory: everything that the service needs is handed in, nothing is looked up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from prometheus_client import CollectorRegistry
from starlette.concurrency import run_in_threadpool

from api.access import routes as access
from api.audits import routes as audits
from api.audits.photos import routes as photos
from api.audits.reviews import routes as reviews
from api.catalog import routes as catalog
from api.decision_metrics import decision_metrics
from api.edge import BodyMax, Edge
from api.errors.documented import OF_BODIES, ProblemDetails, problems
from api.errors.render import install_handlers
from api.events import routes as events
from api.hashing import Hashing
from api.health import routes as health
from api.ledger import routes as ledger
from api.limits import RateLimit
from api.metrics import HttpMetrics
from api.outlets import routes as outlets
from api.people import routes as people
from api.requests import nothing_unread
from api.rescoring import routes as rescoring
from api.services import Services, Workflows
from api.settings import Settings
from api.stops import routes as stops
from api.tasks import routes as tasks
from api.tokens import Tokens
from api.trials import routes as trials
from api.uploads import FORM_BYTES
from api.visits import routes as visits
from crm.catalog.enrolling import Examiner
from crm.kernel.db import Database
from crm.kernel.photo_store import PhotoStore

PREFIX = "/api/v1"
VERSION = "0.1.0"
SLICES = (
    people, access, outlets, catalog, rescoring, tasks, visits, photos, audits, reviews, trials, stops, ledger, events
)  # fmt: skip


def create_app(
    settings: Settings, database: Database, store: PhotoStore, workflows: Workflows, examiner: Examiner
) -> FastAPI:
    """The API on these; starting the app starts `workflows`, stopping it stops them. Pages are added by `web`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(workflows.start)
        try:
            yield
        finally:
            app.state.stopping = True
            await run_in_threadpool(workflows.stop)

    app = FastAPI(
        title="Shelfproof", version=VERSION, lifespan=lifespan, openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,  # one address for each thing; another is not there
        docs_url=None, redoc_url=None,  # both load scripts from elsewhere
        description="A photo of a store display in, a decision that can be paid out.",
    )  # fmt: skip
    registry = CollectorRegistry()
    app.state.registry = registry
    app.state.stopping = False
    app.state.services = Services(
        settings=settings,
        database=database,
        store=store,
        workflows=workflows,
        examiner=examiner,
        tokens=Tokens(settings.secret, settings.session_seconds),
        uploads=RateLimit(settings.uploads_per_minute),
        hashing=Hashing(),
    )
    registry.register(decision_metrics(database))
    install_handlers(app)

    def body_max(path: str) -> BodyMax:
        photos = {f"{PREFIX}/photos": 1, f"{PREFIX}/skus": catalog.PHOTOS_IN_SIZE}.get(path, 0)
        size = settings.photo_bytes_max * photos + FORM_BYTES if photos else settings.body_bytes_max
        return BodyMax(size, settings.body_seconds_max * max(1, photos))

    app.add_middleware(Edge, metrics=HttpMetrics(registry), body_max=body_max)
    for each in SLICES:
        app.include_router(each.router, prefix=PREFIX, dependencies=[Depends(nothing_unread)])
    app.include_router(health.router)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; problem details stand in it once, and take the place of the framework's own 422."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        made = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(made.pop("$defs", {}))
        schemas[ProblemDetails.__name__] = made
        for operation in (each for path in document["paths"].values() for each in path.values()):
            if "requestBody" in operation:
                of_bodies = {str(status): told for status, told in problems(*OF_BODIES).items()}
                operation["responses"] = dict(sorted((operation["responses"] | of_bodies).items()))
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
