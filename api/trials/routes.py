"""Confirming, front by front, what a newly enrolled SKU would have paid."""

from fastapi import APIRouter, Response

from api.auth import Caller
from api.errors.codes import Problem
from api.errors.documented import SIGNED_IN, problems
from api.numbers import Digits
from api.pictures import JPEG, KEPT
from api.services import Given
from api.trials.schemas import TicksIn
from crm.audits import service as audits
from crm.audits.photos import status
from crm.audits.told import TicksTold
from pipeline.annotate import front_crop

router = APIRouter(tags=["audits"])


@router.post("/reviews/{audit_id}/ticks", responses=problems(*SIGNED_IN, 404, 409))
def tick(audit_id: str, body: TicksIn, scope: Caller, services: Given) -> TicksTold:
    """Auditor: which fronts of an audit on trial show the SKU that they are named after, and which show a sister of it.
    All others are not confirmed. It can be said again as long as the audit waits for review; the last word holds."""
    ticked, sisters = ([(each.photo_id, each.front) for each in places] for places in (body.ticked, body.sisters))
    with services.database.write(scope) as session:
        return audits.ticks_told(audits.tick(session, scope, audit_id, ticked, sisters))


@router.get(
    "/reviews/{audit_id}/fronts/{photo_id}/{front}.jpg",
    response_class=Response,
    responses=JPEG | problems(*SIGNED_IN, 404, 409),
)
def front(audit_id: str, photo_id: str, front: Digits, scope: Caller, services: Given) -> Response:
    """Auditor: a front that is to be ticked, cut out of the photo's picture, which is encoded anew."""
    with services.database.read(scope) as session:
        box = audits.box_of(session, scope, audit_id, photo_id, front)
        photo = status.get_photo(session, scope, photo_id)
    if photo.picture_key is None:
        raise Problem("not_ready", headers={"Retry-After": "1"})
    return Response(front_crop(services.store.get(photo.picture_key), box), media_type="image/jpeg", headers=KEPT)
