"""Is the process alive, can it work, and how is it doing. No sign-in, no personal data."""

import hmac

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.edge import is_loopback, was_passed_on
from api.errors.codes import KINDS, Problem
from api.errors.documented import problems
from api.health.schemas import Health, ProblemType
from api.services import Given
from crm.access.session import unscoped
from crm.people import accounts

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=problems())
def healthz() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", responses=problems(503))
def readyz(services: Given) -> Health:
    """The database answers, photos can be kept, a worker is alive, not all of the newest photos fail, and an admin can
    sign in; else 503. Without an admin the service is up, but nobody can be let in: there is nothing to send it."""
    with services.database.read(unscoped("whether anybody could sign in is asked before anybody does")) as session:
        has_admin = accounts.has_admin(session)
    problem = services.workflows.problem()
    if problem is not None:
        raise Problem("unavailable", problem, {"Retry-After": "5"})
    if not has_admin:
        raise Problem("no_admin", headers={"Retry-After": "5"})
    return Health(status="ready")


@router.get("/metrics", response_class=Response, include_in_schema=False)
def metrics(request: Request, services: Given) -> Response:
    """Prometheus' text format, for this machine alone, or for who has the token of the settings."""
    if not _may_scrape(request, services.settings.metrics_token):
        raise Problem("metrics_closed", headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


def _may_scrape(request: Request, token: str | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    # What a proxy passes on comes from this machine too.
    return request.client is not None and is_loopback(request.client.host) and not was_passed_on(request)


@router.get("/problems/{code}", responses=problems(404, 422))
def problem_type(code: str) -> ProblemType:
    """What the `type` of a problem points at: its meaning, in both languages."""
    kind = KINDS.get(code)
    if kind is None:
        raise Problem("not_found")
    return ProblemType(code=code, title=kind.title, status=kind.status, en=kind.en, zh=kind.zh)
