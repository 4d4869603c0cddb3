"""Audits with all that explains them."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from api.audits.schemas import AuditOut, AuditShort
from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf
from api.services import Given
from crm.audits import service as audits
from crm.audits import told
from crm.audits.named import TaskAndOutlet
from crm.audits.service import AuditCard

router = APIRouter(tags=["audits"])


def _short(card: AuditCard, about: TaskAndOutlet) -> dict[str, Any]:
    named = ("id", "state", "task_id", "outlet_id", "display", "created_at")
    return {name: getattr(card.audit, name) for name in named} | {"decision": card.decision} | vars(about)


@router.get("/audits", response_model=PageOf[AuditShort], responses=problems(*SIGNED_IN))
def list_audits(
    scope: Caller, services: Given, after: After = None, limit: Limit = 50, state: told.AuditState | None = None
) -> Any:
    """Audits with the decisions that hold, the newest first; only those in one state where it is given."""
    with services.database.read(scope) as session:
        found = audits.list_audits(session, scope, after, limit, state)
        about = audits.tasks_and_outlets_of(session, [card.audit.id for card in found.items])
        return {"items": [_short(card, about[card.audit.id]) for card in found.items], "next": found.next}


@router.get("/audits/{audit_id}", responses=problems(*SIGNED_IN, 404))
def explain(audit_id: str, scope: Caller, services: Given) -> AuditOut:
    """All that is needed to understand, and to contest, a decision."""
    with services.database.read(scope) as session:
        found = audits.explain(session, scope, audit_id)
    others = [
        {**vars(each), "pictures": [_picture(photo_id) for photo_id in each.photo_ids]} for each in found.other_displays
    ]
    alike = [
        {**vars(each), "picture": _picture(each.other_photo_id) if each.has_picture else None}
        for each in found.resembles
    ]
    shown = {"photos": [_photo(each) for each in found.photos], "other_displays": others, "resembles": alike}
    return AuditOut.model_validate({**vars(found), **shown, "trial": found.trial and _trial(found.trial, audit_id)})


def _picture(photo_id: str, name: str = "picture") -> str:
    return f"/api/v1/photos/{photo_id}/{name}.jpg"


def _photo(photo: told.PhotoTold) -> Mapping[str, Any]:
    return {
        **vars(photo),
        "picture": _picture(photo.id) if photo.has_picture else None,
        "annotated": _picture(photo.id, "annotated") if photo.has_annotated else None,
    }


def _trial(trial: told.TrialTold, audit_id: str) -> Mapping[str, Any]:
    fronts = [
        {**vars(each), "crop": f"/api/v1/reviews/{audit_id}/fronts/{each.photo_id}/{each.front}.jpg"}
        for each in trial.fronts
    ]
    return {**vars(trial), "fronts": fronts}
