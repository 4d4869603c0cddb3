"""Audits with all that explains them."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter

from api.audits.schemas import AuditShort, AuditWithTrial
from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf
from api.schemas import named
from api.services import Given
from api.trials.routes import trial_told
from crm.audits import service as audits
from crm.audits.photos.tables import Audit
from crm.audits.rules import certainty_of
from crm.audits.service import AuditCard
from crm.catalog import service as catalog
from crm.kernel.business_time import business_day
from crm.kernel.db import ReadSession
from crm.kernel.errors import NotFound
from crm.outlets.tables import Outlet
from crm.tasks.tables import Task

router = APIRouter(tags=["audits"])


def _photo(photo: Mapping[str, Any]) -> dict[str, Any]:
    address = f"/api/v1/photos/{photo['id']}"
    counted = ((each, certainty_of(each)) for each in photo["detections"])
    return {
        **photo,
        "detections": [{**each, "certainty": word} for each, word in counted if word is not None],
        "picture": f"{address}/picture.jpg" if photo["has_picture"] else None,
        "annotated": f"{address}/annotated.jpg" if photo["has_annotated"] else None,
    }


def _products(session: ReadSession, audit: Audit, photos: list[dict[str, Any]]) -> dict[str, Any]:
    """Names of the products in the brand's catalogue that were seen, or could have been, on these photos; `new` as
    on the day of the audit."""
    try:
        view = catalog.view(session, audit.brand_id, business_day(audit.created_at))
    except NotFound:
        return {}
    seen = {each["sku"] for photo in photos for each in photo["detections"]}
    seen |= {code for photo in photos for code in photo["facts"].get("facings", {}).get("sku", {})}
    return {
        code: {"name": name["en"], "name_zh": name["zh"], "own": code in view.own, "new": code in view.new}
        for code, name in view.names.items()
        if code in seen
    }


def _short(card: AuditCard, places: Mapping[str, tuple[Task, Outlet]]) -> dict[str, Any]:
    audit, decision = card.audit, card.decision
    task, outlet = places[audit.id]
    return {
        "id": audit.id,
        "state": audit.state,
        "task_id": audit.task_id,
        "outlet_id": audit.outlet_id,
        "display": audit.display,
        "created_at": audit.created_at,
        "decision": decision,
        "task": named(task),
        "outlet": named(outlet),
    }


@router.get("/audits", response_model=PageOf[AuditShort], responses=problems(*SIGNED_IN))
def list_audits(
    scope: Caller,
    services: Given,
    after: After = None,
    limit: Limit = 50,
    state: Literal["open", "reading", "in_review", "decided"] | None = None,
) -> Any:
    """Audits with the decisions that hold, the newest first; only those in one state where it is given."""
    with services.database.read() as session:
        found = audits.list_audits(session, scope, after, limit, state)
        places = audits.places_of(session, [card.audit.id for card in found.items])
        return {"items": [_short(card, places) for card in found.items], "next": found.next}


@router.get("/audits/{audit_id}", response_model=AuditWithTrial, responses=problems(*SIGNED_IN, 404))
def explain(audit_id: str, scope: Caller, services: Given) -> Any:
    """All that is needed to understand, and to contest, a decision."""
    with services.database.read() as session:
        told = audits.explain(session, scope, audit_id)
        audit = audits.get_audit(session, scope, audit_id).audit
        products = _products(session, audit, told["photos"])
        if told["decision"] is not None:
            [told["decision"]["reasons"]] = audits.reasons_told(session, scope, [told["decision"]["reasons"]])
        trial = audits.on_trial(session, scope, audit_id)
    others = [
        {**each, "pictures": [f"/api/v1/photos/{photo_id}/picture.jpg" for photo_id in each["photo_ids"]]}
        for each in told["other_displays"]
    ]
    alike = [
        {**each, "picture": f"/api/v1/photos/{each['other_photo_id']}/picture.jpg" if each["has_picture"] else None}
        for each in told["resembles"]
    ]
    photos = [_photo(photo) for photo in told["photos"]]
    shown = {"products": products, "photos": photos, "other_displays": others, "resembles": alike}
    return {**told, **shown, "trial": None if trial is None else trial_told(trial, audit_id)}
