"""What a brand shows its dealers, and the trail of who read and changed what."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.access.schemas import GrantIn, GrantOut, TrailOut
from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf, page
from api.services import Given
from crm.access import trail
from crm.access.trail import By
from crm.people import granting
from crm.people.granting import GrantCard

router = APIRouter(tags=["access"])


def _grant(card: GrantCard) -> GrantOut:
    names = [name for name in GrantOut.model_fields if name != "values"]
    return GrantOut(**{name: getattr(card.grant, name) for name in names}, values=card.values)


@router.get("/grants", response_model=PageOf[GrantOut], responses=problems(*SIGNED_IN))
def list_grants(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Manager: what the brand shows its dealers, and showed them; dealer: what it is shown. The newest first."""
    with services.database.read(scope) as session:
        found = granting.list_grants(session, scope, after, limit)
    return {"items": [_grant(card) for card in found.items], "next": found.next}


@router.post("/grants", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def give(body: GrantIn, scope: Caller, services: Given) -> GrantOut:
    """Manager: show a dealer rows of one kind, at the outlets that it serves, from a day on."""
    with services.database.write(scope) as session:
        return _grant(granting.give(session, scope, By(scope.user_id), **body.model_dump()))


@router.post("/grants/{grant_id}/ending", responses=problems(*SIGNED_IN, 404))
def end(grant_id: str, scope: Caller, services: Given) -> GrantOut:
    """Manager: show nothing by a grant from now on."""
    with services.database.write(scope) as session:
        return _grant(granting.end(session, scope, By(scope.user_id), grant_id))


@router.get("/trail", response_model=PageOf[TrailOut], responses=problems(*SIGNED_IN))
def list_trail(
    scope: Caller,
    services: Given,
    kind: Annotated[str | None, Query(max_length=30, description="Only of this kind")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Any:
    """Manager: who read the brand's data across its border, and who changed its money, rules, grants and users; dealer:
    who read and changed what is its own. The newest first."""
    with services.database.read(scope) as session:
        return page(TrailOut, trail.list_trail(session, scope, kind, after, limit))
