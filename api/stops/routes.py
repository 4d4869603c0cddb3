"""Stops of automatic pay: what is stopped, what can be, stopping, and opening again."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf
from api.services import Given
from api.stops.schemas import OpeningIn, StopIn, StopOut, TargetOut
from crm.audits import service as audits
from crm.stops import service as stops
from crm.stops.service import StopCard

router = APIRouter(tags=["stops"])


def _stop(card: StopCard) -> StopOut:
    row, opening = card.stop, card.opening
    return StopOut(
        id=row.id,
        kind=row.kind,
        target=row.target,
        brand_id=row.brand_id,
        name=card.name,
        reason=row.reason,
        by=card.by,
        created_at=row.created_at,
        opened_at=opening.created_at if opening else None,
        opened_by=card.opened_by,
        opening_reason=opening.reason if opening else None,
    )


@router.get("/stops", response_model=PageOf[StopOut], responses=problems(*SIGNED_IN))
def list_stops(
    scope: Caller,
    services: Given,
    after: After = None,
    limit: Limit = 50,
    opened: Annotated[bool, Query(description="Also those that were opened again")] = False,
) -> Any:
    """Auditor, manager: what is stopped, the newest first; displays that it concerns are decided by people alone."""
    with services.database.read(scope) as session:
        found = stops.list_stops(session, scope, after, limit, in_force_only=not opened)
    return {"items": [_stop(card) for card in found.items], "next": found.next}


@router.get("/stops/targets", response_model=PageOf[TargetOut], responses=problems(*SIGNED_IN))
def list_targets(
    scope: Caller,
    services: Given,
    kind: Literal["task", "sku", "model", "brand"],
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Auditor, manager: what can be stopped. Model versions: those that read the displays of the last decisions."""
    with services.database.read(scope) as session:
        if kind == "model":
            items, following = audits.model_targets(session, scope), None
        else:
            found = stops.list_targets(session, scope, kind, after, limit)
            items, following = found.items, found.next
    return {"items": items, "next": following}


@router.post("/stops", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def stop(body: StopIn, scope: Caller, services: Given) -> StopOut:
    """Auditor, manager: end automatic pay, for a reason; what is stopped already gives the first stop. Once this is
    answered no display that it concerns is paid without a person."""
    with services.database.write(scope) as session:
        row = stops.stop(session, scope, body.kind, body.target, body.reason, body.brand_id)
        return _stop(stops.get_stop(session, scope, row.id))


@router.post("/stops/{stop_id}/opening", responses=problems(*SIGNED_IN, 404))
def open_again(stop_id: str, body: OpeningIn, scope: Caller, services: Given) -> StopOut:
    """Manager: open it again, for a reason; of a stop for all brands an admin. What it held stays with a person."""
    with services.database.write(scope) as session:
        stops.open_again(session, scope, stop_id, body.reason)
        return _stop(stops.get_stop(session, scope, stop_id))
