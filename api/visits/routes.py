"""Check-in and check-out."""

from typing import Any

from fastapi import APIRouter

from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf, page
from api.services import Given
from api.visits.schemas import CheckIn, CheckOut, VisitOut
from crm.audits.photos import closing
from crm.visits import service as visits

router = APIRouter(tags=["visits"])


@router.post("/visits", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def check_in(body: CheckIn, scope: Caller, services: Given) -> VisitOut:
    """Rep: I am at this outlet. An open visit there of the last hours is given again.

    Without a position, or far from the outlet, the photos of the visit go to review.
    """
    with services.database.write(scope) as session:
        found = closing.check_in(session, scope, body.outlet_id, body.lat, body.lon, body.at)
        return VisitOut.model_validate(found)


@router.get("/visits", response_model=PageOf[VisitOut], responses=problems(*SIGNED_IN))
def list_visits(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Visits, the newest first."""
    with services.database.read(scope) as session:
        return page(VisitOut, visits.list_visits(session, scope, after, limit))


@router.post("/visits/{visit_id}/check-out", responses=problems(*SIGNED_IN, 404))
def check_out(visit_id: str, scope: Caller, services: Given, body: CheckOut | None = None) -> VisitOut:
    """Rep: the visit ends; audits that still wait for photos are decided on those they have."""
    with services.database.write(scope) as session:
        return VisitOut.model_validate(closing.check_out(session, scope, visit_id, body.at if body else None))
