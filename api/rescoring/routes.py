"""Where a SKU stood before it was enrolled."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.auth import Caller
from api.catalog.routes import BrandId
from api.errors.documented import SIGNED_IN, problems
from api.numbers import Digits
from api.paging import After, Limit, PageOf
from api.rescoring.schemas import FacingsOut, PlacementOut, RescoreOut
from api.schemas import Named
from api.services import Given
from crm.rescoring import service as rescoring

router = APIRouter(tags=["rescoring"])


@router.post("/skus/{code}/rescore", status_code=202, responses=problems(*SIGNED_IN, 404, 409))
def rescore(
    code: str, days: Annotated[Digits, Query(ge=1, le=400)], scope: Caller, services: Given, brand_id: BrandId = None
) -> RescoreOut:
    """Manager: look for an enrolled SKU on the photos of the last days, received before its enrolment. Decisions and
    money stay as they are. `links.self` tells how far it is."""
    with services.database.write(scope) as session:
        made = rescoring.order(session, scope, code, days, brand_id)
        services.workflows.enqueue_rescore(made.id, session)
        return _rescore(rescoring.get_rescore(session, scope, made.id))


@router.get("/rescores/{rescore_id}", responses=problems(*SIGNED_IN, 404))
def get_rescore(rescore_id: str, scope: Caller, services: Given) -> RescoreOut:
    """Auditor, manager: how far a rescoring is."""
    with services.database.read(scope) as session:
        return _rescore(rescoring.get_rescore(session, scope, rescore_id))


@router.get(
    "/rescores/{rescore_id}/placements", response_model=PageOf[PlacementOut], responses=problems(*SIGNED_IN, 404)
)
def list_placements(rescore_id: str, scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Auditor, manager: photos on which the SKU was found, with its fronts as an interval."""
    with services.database.read(scope) as session:
        found = rescoring.list_placements(session, scope, rescore_id, after, limit)
    return {"items": [_placement(each) for each in found.items], "next": found.next}


def _rescore(progress: rescoring.Progress) -> RescoreOut:
    row = progress.rescore
    address = f"/api/v1/rescores/{row.id}"
    return RescoreOut.model_validate(
        {name: getattr(row, name) for name in ("id", "code", "state", "since", "until", "photos")}
        | {"read": progress.read, "found": progress.found}
        | {"links": {"self": address, "placements": f"{address}/placements"}}
    )


def _placement(placement: rescoring.Placement) -> PlacementOut:
    photo, outlet = placement.photo, placement.outlet
    return PlacementOut(
        photo_id=photo.id,
        audit_id=photo.audit_id,
        outlet=Named.model_validate(outlet),
        received_at=photo.received_at,
        facings=FacingsOut(**placement.facings),
        picture=f"/api/v1/photos/{photo.id}/picture.jpg",
    )
