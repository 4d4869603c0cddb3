"""Receiving photos, where they stand, and their pictures."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api.audits.photos.schemas import PhotoForm, PhotoLinks, PhotoOut, PhotoReceived
from api.auth import Caller
from api.errors.codes import Problem
from api.errors.documented import SIGNED_IN, problems
from api.forms import form_of
from api.pictures import JPEG, KEPT
from api.services import Given, Services
from api.uploads import Upload, checked_key, read_upload
from crm.access.scope import Scope, require
from crm.audits.explaining import draws_hidden
from crm.audits.photos import receiving, status
from crm.audits.photos.examining import examine
from crm.storing.service import keep

router = APIRouter(tags=["photos"])

_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "visit_id", "claim_id"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "JPEG, PNG or WebP, ≤ 15 MB"},
                    "visit_id": {"type": "string"},
                    "claim_id": {"type": "string"},
                    "display": {
                        "type": "string",
                        "default": "1",
                        "description": "Number of the display in the outlet, from 1 to the task's `displays_max`",
                    },
                    "photos_expected": {"type": "integer", "default": 1, "minimum": 1, "maximum": 6},
                    "audit_id": {"type": "string", "description": "To add a photo to an open audit"},
                },
            }
        }
    },
}


def _links(photo_id: str, audit_id: str) -> PhotoLinks:
    photo = f"/api/v1/photos/{photo_id}"
    return PhotoLinks.model_validate(
        {
            "self": photo,
            "audit": f"/api/v1/audits/{audit_id}",
            "picture": f"{photo}/picture.jpg",
            "annotated": f"{photo}/annotated.jpg",
        }
    )


def _receive(services: Services, scope: Scope, upload: Upload, key: str) -> PhotoReceived:
    values = form_of(PhotoForm, upload.fields).model_dump()
    examined = examine(upload.data)
    keep(services.database, services.store, examined.data)
    with services.database.write(scope) as session:
        photo = receiving.receive_photo(session, scope, examined=examined, idempotency_key=key, **values)
        if photo.state == "received":
            services.workflows.enqueue_audit(photo.id, session)
    links = _links(photo.id, photo.audit_id)
    return PhotoReceived.model_validate(
        {"photo_id": photo.id, "audit_id": photo.audit_id, "state": photo.state, "links": links}
    )


@router.post(
    "/photos",
    status_code=202,
    responses=problems(*SIGNED_IN, 404, 409, 429),
    openapi_extra={"requestBody": _FORM},
)
async def upload_photo(
    request: Request,
    scope: Caller,
    services: Given,
    idempotency_key: Annotated[
        str | None, Header(description="8 to 64 characters, new for each photo, the same for each retry")
    ] = None,
) -> PhotoReceived:
    """Rep: a photo of a display. It is stored before the answer; the decision follows: `links.audit`, /events."""
    key = checked_key(idempotency_key)
    require(scope, "rep")
    wait = services.uploads.wait_seconds(scope.user_id)
    if wait > 0:
        raise Problem("too_many_requests", headers={"Retry-After": str(int(wait) + 1)})
    upload = await read_upload(request, services.settings.photo_bytes_max)
    return await run_in_threadpool(_receive, services, scope, upload, key)


@router.get("/photos/{photo_id}", responses=problems(*SIGNED_IN, 404))
def photo_status(photo_id: str, scope: Caller, services: Given) -> PhotoOut:
    """Where a photo stands."""
    with services.database.read(scope) as session:
        standing = status.photo_status(session, scope, photo_id)
    decided = standing["audit_state"] in ("in_review", "decided")
    links = _links(photo_id, str(standing["audit_id"]))
    return PhotoOut.model_validate(standing | {"decided": decided, "links": links})


def _picture(photo_id: str, scope: Scope, services: Services, *, drawn: bool) -> Response:
    with services.database.read(scope) as session:
        photo = status.get_photo(session, scope, photo_id)
        plain = not drawn or draws_hidden(session, scope, photo_id)
    key = photo.picture_key if plain else photo.annotated_key
    if key is None and photo.state == "unreadable":
        raise Problem(
            "not_found", ("The photo could not be read: there is no picture of it.", "照片无法读取，没有对应的图片。")
        )
    if key is None:
        raise Problem("not_ready", headers={"Retry-After": "1"})
    data = services.store.get(key)
    return Response(data, media_type="image/jpeg", headers=KEPT)


_PICTURE = JPEG | problems(*SIGNED_IN, 404, 409)


@router.get("/photos/{photo_id}/picture.jpg", response_class=Response, responses=_PICTURE)
def picture(photo_id: str, scope: Caller, services: Given) -> Response:
    """The photo, encoded anew and without metadata; never the received bytes."""
    return _picture(photo_id, scope, services, drawn=False)


@router.get("/photos/{photo_id}/annotated.jpg", response_class=Response, responses=_PICTURE)
def annotated(photo_id: str, scope: Caller, services: Given) -> Response:
    """The photo with what was seen drawn on it; without, where that names a product the caller may not know of."""
    return _picture(photo_id, scope, services, drawn=True)
