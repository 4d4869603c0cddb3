"""Audits with all that explains them, and the review queue."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from api.auth import Caller
from api.routes.common import SIGNED_IN, After, Limit, problems
from api.schemas import AuditOut, AuditShort, DecisionShort, Named, PageOf, ReviewIn, ReviewItemOut
from api.services import Given
from crm.audits import service as audits
from crm.audits.rules import certainty_of
from crm.audits.service import AuditCard
from crm.business_time import business_day
from crm.catalog import service as catalog
from crm.db import ReadSession
from crm.errors import NotFound
from crm.outlets.tables import Outlet
from crm.tasks.tables import Task
from crm.visits.tables import Audit

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


def _short(card: AuditCard) -> dict[str, Any]:
    audit, decision = card.audit, card.decision
    return {
        "id": audit.id,
        "state": audit.state,
        "task_id": audit.task_id,
        "outlet_id": audit.outlet_id,
        "display": audit.display,
        "created_at": audit.created_at,
        "decision": decision,
    }


@router.get("/audits", response_model=PageOf[AuditShort], responses=problems(*SIGNED_IN))
def list_audits(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Audits with the decisions that hold, the newest first."""
    with services.database.read() as session:
        found = audits.list_audits(session, scope, after, limit)
        return {"items": [_short(card) for card in found.items], "next": found.next}


@router.get("/audits/{audit_id}", response_model=AuditOut, responses=problems(*SIGNED_IN, 404))
def explain(audit_id: str, scope: Caller, services: Given) -> Any:
    """All that is needed to understand, and to contest, a decision."""
    with services.database.read() as session:
        told = audits.explain(session, scope, audit_id)
        audit = audits.get_audit(session, scope, audit_id).audit
        products = _products(session, audit, told["photos"])
        if told["decision"] is not None:
            told["decision"]["reasons"] = audits.reasons_told(session, scope, told["decision"]["reasons"])
    others = [
        {**each, "pictures": [f"/api/v1/photos/{photo_id}/picture.jpg" for photo_id in each["photo_ids"]]}
        for each in told["other_displays"]
    ]
    photos = [_photo(photo) for photo in told["photos"]]
    return {**told, "products": products, "photos": photos, "other_displays": others}


def _named(thing: Task | Outlet) -> Named:
    return Named(id=thing.id, name=thing.name, name_zh=thing.name_zh or thing.name)


@router.get("/reviews", response_model=PageOf[ReviewItemOut], responses=problems(*SIGNED_IN))
def review_queue(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Auditor: audits that wait for a person, the most money × uncertainty first."""
    with services.database.read() as session:
        found = audits.review_queue(session, scope, after, limit)
        places = audits.places_of(session, [item.audit_id for item in found.items])
        reasons = {item.audit_id: audits.reasons_told(session, scope, item.reasons) for item in found.items}
    items = [
        ReviewItemOut(
            audit_id=item.audit_id,
            priority=item.priority,
            reasons=reasons[item.audit_id],
            opened_at=item.opened_at,
            task=_named(places[item.audit_id][0]),
            outlet=_named(places[item.audit_id][1]),
        )
        for item in found.items
    ]
    return {"items": items, "next": found.next}


@router.post("/reviews/{audit_id}", responses=problems(*SIGNED_IN, 404, 409, 413))
def review(audit_id: str, body: ReviewIn, scope: Caller, services: Given) -> DecisionShort:
    """Auditor: approve, refuse with a reason, or correct the facts and have the rules decide again."""
    with services.database.write() as session:
        decision = audits.review(session, scope, audit_id, body.action, body.reason, body.facts, body.amount_fen)
        return DecisionShort.model_validate(decision)
