"""SKUs, and new ones from reference pictures."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from api.auth import Caller
from api.catalog.schemas import EnrolmentOut, SkuForm, SkuOut
from api.errors.codes import Problem
from api.errors.documented import SIGNED_IN, problems
from api.forms import form_of
from api.paging import After, Limit, PageOf
from api.services import Given, Services
from api.trials.schemas import ChangeOut, NextLookOut, SkuTrialOut
from api.uploads import read_form
from crm.access.scope import IN_THE_FIELD, Scope, require
from crm.catalog import enrolling
from crm.catalog.enrolling import SkuCard, SkuSpec
from crm.kernel.db import ReadSession
from crm.trials import service as trials
from crm.trials.service import Standing
from crm.trials.wording import told
from pipeline.texts import text_of
from pipeline.thresholds import REFERENCES_MAX

router = APIRouter(tags=["skus"])

PHOTOS_IN_SIZE = 4  # all pictures of an enrolment together may be as large as so many photos

_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["code", "name", "file"],
                "properties": {
                    "code": {"type": "string", "description": "Letters, digits, dots, hyphens, underscores"},
                    "name": {"type": "string"},
                    "name_zh": {"type": "string"},
                    "brand": {"type": "string", "description": "On its label; SKUs that share it are its sisters"},
                    "competitor": {"type": "string", "enum": ["true", "false"], "default": "false"},
                    "new": {
                        "type": "string",
                        "enum": ["true", "false"],
                        "default": "false",
                        "description": "It counts as a launch from today on",
                    },
                    "brand_id": {"type": "string", "description": "Only for an admin, who has no brand"},
                    "file": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "3 to 10 crops, or photos with one product; 1 and 2 are taken with a warning",
                    },
                },
            }
        }
    },
}

BrandId = Annotated[str | None, Query(max_length=40, description="Only for an admin, who has no brand")]


@router.post(
    "/skus",
    status_code=201,
    responses=problems(*SIGNED_IN, 404, 409, 429),
    openapi_extra={"requestBody": _FORM},
)
async def enroll_sku(request: Request, scope: Caller, services: Given) -> SkuOut:
    """Manager, data: have a SKU recognised from the next photo on, from 3 to 10 pictures of it.

    The same pictures again give the same answer, other ones replace the former. `enrolment.warnings` tells what is
    doubtful, above all with which other SKU it would be confused. It is on trial: `trial` tells what opens it.
    """
    require(scope, "manager", "data")
    wait = services.uploads.wait_seconds(scope.user_id)
    if wait > 0:
        raise Problem("too_many_requests", headers={"Retry-After": str(int(wait) + 1)})
    size = services.settings.photo_bytes_max
    pictures, fields = await read_form(request, REFERENCES_MAX, size, size * PHOTOS_IN_SIZE)
    return await run_in_threadpool(_enroll, services, scope, pictures, fields)


@router.get("/skus", response_model=PageOf[SkuOut], responses=problems(*SIGNED_IN))
def list_skus(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """SKUs of the brand, with their last enrolments."""
    with services.database.read(scope) as session:
        found = enrolling.list_skus(session, scope, after, limit)
        return {"items": _skus(session, scope, found.items), "next": found.next}


@router.get("/skus/{code}", responses=problems(*SIGNED_IN, 404))
def get_sku(code: str, scope: Caller, services: Given, brand_id: BrandId = None) -> SkuOut:
    """A SKU of the brand, and where its trial stands."""
    with services.database.read(scope) as session:
        return _skus(session, scope, [enrolling.get_sku(session, scope, code, brand_id)])[0]


def _enroll(services: Services, scope: Scope, pictures: list[bytes], fields: dict[str, str]) -> SkuOut:
    form = form_of(SkuForm, fields)
    spec = SkuSpec(form.code, form.name, form.competitor == "false", form.name_zh, form.new == "true", form.brand)
    card = enrolling.enroll(services.database, services.store, services.examiner, scope, spec, pictures, form.brand_id)
    with services.database.read(scope) as session:
        return _skus(session, scope, [card])[0]


def _skus(session: ReadSession, scope: Scope, cards: Sequence[SkuCard]) -> list[SkuOut]:
    """A rep, or a dealer, is not told of trials: which displays are looked at is not his to know."""
    standings = {} if scope.role in IN_THE_FIELD else trials.standings_of(session, cards)
    return [_sku(card, standings.get(card.product.id)) for card in cards]


def _sku(card: SkuCard, standing: Standing | None) -> SkuOut:
    product = card.product
    return SkuOut(
        code=product.code,
        name=text_of(product, "name"),
        brand=product.brand,
        pack=product.pack,
        own=product.own,
        launched_on=product.launched_on,
        enrolment=None if card.enrolment is None else EnrolmentOut.model_validate(card.enrolment),
        trial=None if standing is None else _trial(standing),
    )


def _trial(standing: Standing) -> SkuTrialOut | None:
    counts = standing.counts
    if counts is None or standing.state == "shipped":
        return None
    look = counts.next_stage
    return SkuTrialOut(
        state=standing.state,
        displays=counts.displays,
        wrong=counts.wrong,
        with_sister=counts.with_sister,
        waiting=counts.waiting,
        bound=round(counts.bound, 4),
        next_look=None if look is None else NextLookOut(displays=look[0], wrong_max=look[1]),
        displays_missing=counts.displays_missing,
        with_sister_missing=counts.sisters_missing,
        changes=[ChangeOut.model_validate(each) for each in standing.changes],
        told=told(standing),
    )
