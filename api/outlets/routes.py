"""Outlets."""

from typing import Any

from fastapi import APIRouter

from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.outlets.schemas import OutletOut
from api.paging import After, Limit, PageOf, page
from api.services import Given
from crm.outlets import service as outlets

router = APIRouter(tags=["outlets"])


@router.get("/outlets", response_model=PageOf[OutletOut], responses=problems(*SIGNED_IN))
def list_outlets(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """The outlets that the caller may see."""
    with services.database.read(scope) as session:
        return page(OutletOut, outlets.list_outlets(session, scope, after, limit))
