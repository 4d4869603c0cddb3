"""The explanation of an audit, put together for the one who asks."""

from typing import cast

from sqlalchemy import select

from crm.access.scope import IN_THE_FIELD, Scope
from crm.access.session import unscoped
from crm.audits.decisions import decisions_of
from crm.audits.estimating import estimate
from crm.audits.explaining import people, pictures
from crm.audits.explaining.hiding import without
from crm.audits.explaining.stored import decision_told, line
from crm.audits.explaining.trial import trial_told
from crm.audits.listing import get_audit
from crm.audits.named import named
from crm.audits.paying import pays
from crm.audits.photos.tables import Audit, Photo
from crm.audits.reversing import ALONE_FEN_MAX
from crm.audits.reviewing import is_kept
from crm.audits.stopped import reasons_told
from crm.audits.tables import Decision, PhotoReading
from crm.audits.told import AuditState, AuditTold, Explanation, TaskTold, Told
from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.catalog.tables import Product
from crm.kernel.business_time import business_day
from crm.kernel.db import ReadSession
from crm.kernel.errors import NotFound
from crm.outlets.tables import Outlet
from crm.tasks import service as tasks
from crm.tasks.tables import Task, TaskVersion
from pipeline.texts import text_of


def explain(s: ReadSession, scope: Scope, audit_id: str) -> Explanation:
    """All that is needed to understand, and to contest, a decision. NotFound outside the caller's scope."""
    audit = get_audit(s, scope, audit_id).audit
    version, task = tasks.version_and_task(s, audit.task_version_id)
    with unscoped("the outlet of an audit is named to who sees the audit, whoever serves it now").of(s):
        outlet = s.get(Outlet, audit.outlet_id)
    assert outlet is not None
    decisions = decisions_of(s, audit.id)
    last = decisions[-1] if decisions else None
    estimated = None
    if last is not None and audit.state == "in_review":
        estimated = estimate(s, audit, version, last.facts, last.names)
    with unscoped("whether a display is paid is the same whoever asks").of(s):
        paid = set(s.scalars(select(Decision.id).where(Decision.audit_id == audit.id, pays())))
    view, photos = _catalogue(s, audit), pictures.photos_told(s, audit)
    decision = None
    if last is not None:
        [reasons] = reasons_told(s, scope, [last.reasons])
        decision = decision_told(last, paid, reasons, {**last.names, **(view.names if view else {})})
    explanation = Explanation(
        audit=_audit(audit),
        task=_task(task, version),
        outlet=named(outlet),
        decision=decision,
        estimate_fen=estimated.fen if estimated else None,
        estimate_reason=Told.of(estimated.reason) if estimated and estimated.reason else None,
        history=tuple(line(each, paid) for each in decisions),
        to_dismiss=people.to_dismiss(s, scope, audit, decisions),
        dismissals=people.dismissals_told(s, scope, audit, decisions),
        proposals=people.proposals_told(s, scope, audit, decisions),
        may=people.may(s, scope, audit, version, decisions, bool(paid)),
        kept=is_kept(s, audit.id),
        alone_fen_max=ALONE_FEN_MAX,
        photos=photos,
        other_displays=pictures.other_displays(s, scope, audit),
        resembles=pictures.resembles(s, scope, audit),
        products=pictures.products_told(view, photos, decision.facts.values() if decision else ()),
        trial=trial_told(s, scope, audit_id),
    )
    return without(explanation, _hidden(s, audit, view))


def draws_hidden(s: ReadSession, scope: Scope, photo_id: str) -> bool:
    """Whether the picture of a photo on which its boxes are drawn names a product of which the caller may not know."""
    photo, stored = s.get(Photo, photo_id), s.get(PhotoReading, photo_id)
    if scope.role not in IN_THE_FIELD or photo is None or stored is None:
        return False
    audit = s.get(Audit, photo.audit_id)
    assert audit is not None
    hidden = _hidden(s, audit, _catalogue(s, audit))
    return any(each.get("sku") in hidden for each in stored.reading.get("detections", ()))


def _hidden(s: ReadSession, audit: Audit, view: CatalogueView | None) -> set[str]:
    """Codes of the brand's products of which the caller may not know, such as a rep before their launch."""
    with unscoped("which products a caller may not know of, so that they can be kept from him").of(s):
        every = s.scalars(select(Product.code).where(Product.brand_id == audit.brand_id)).all()
    return set(every) - (view.names.keys() if view else set())


def _catalogue(s: ReadSession, audit: Audit) -> CatalogueView | None:
    """The brand's catalogue as on the day of the audit."""
    try:
        return catalog.view(s, audit.brand_id, business_day(audit.created_at))
    except NotFound:
        return None


def _audit(audit: Audit) -> AuditTold:
    return AuditTold(
        id=audit.id,
        state=cast(AuditState, audit.state),
        display=audit.display,
        period=audit.period_key,
        photos_expected=audit.photos_expected,
        photos_received=audit.photos_received,
        created_at=audit.created_at,
    )


def _task(task: Task, version: TaskVersion) -> TaskTold:
    return TaskTold(task.id, text_of(task, "name"), task.code, version.number)
