"""Is the process alive, can it work, and how is it doing. No sign-in, no personal data."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from api.errors import Problem
from api.kinds import KINDS
from api.routes.common import problems
from api.services import Given

router = APIRouter(tags=["health"])


@router.get("/healthz", responses=problems())
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses=problems(503))
def readyz(services: Given) -> dict[str, str]:
    """The database answers, photos can be kept, a worker is alive, and not all of the newest photos fail; else 503."""
    with services.database.read() as session:
        session.execute(text("SELECT 1"))
    problem = services.workflows.problem()
    if problem is not None:
        raise Problem("unavailable", (problem, f"服务暂不可用：{problem}"), {"Retry-After": "5"})
    return {"status": "ready"}


@router.get("/metrics", response_class=Response, include_in_schema=False)
def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/problems/{code}", responses=problems(404, 422))
def problem_type(code: str) -> dict[str, str | int]:
    """What the `type` of a problem points at: its meaning, in both languages."""
    kind = KINDS.get(code)
    if kind is None:
        raise Problem("not_found")
    return {"code": code, "title": kind.title, "status": kind.status, "en": kind.en, "zh": kind.zh}
