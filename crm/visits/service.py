"""Check-in and check-out, and the reception of photos."""

import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from crm.db import ReadSession, WriteSession, is_over, now_of, utcnow
from crm.errors import Conflict, Invalid, NotFound
from crm.numbers import checked_whole
from crm.outlets import service as outlets
from crm.outlets.rules import distance_m, is_position
from crm.paging import Page, checked_limit, page_of
from crm.people.tables import User
from crm.photos import PhotoStore
from crm.scope import Scope, found, require, visible
from crm.tasks import service as tasks
from crm.tasks.rules import period_key
from crm.tasks.tables import Claim
from crm.visits.examining import Examined
from crm.visits.tables import Audit, Photo, Visit
from pipeline.numbers import whole_of

PHOTOS_OF_AN_AUDIT_MAX = 6
CLOCK_AHEAD_MAX = timedelta(minutes=5)
QUEUED_MAX = timedelta(hours=48)  # a phone may be without a network for so long
VISIT_MAX = timedelta(hours=4)  # a check-in after that is another visit: where he was this morning proves nothing


def check_in(
    s: WriteSession, scope: Scope, outlet_id: str, lat: float | None, lon: float | None, at: datetime | None = None
) -> Visit:
    """The rep is at the outlet, at the position (degrees; None twice where the device gives none) and time (of
    his device; default now).

    An open visit of his there that began within four hours is given again, and keeps the position that lies
    farther from the outlet; an older one ends. Invalid('at') for a time ahead or more than 48 hours old.
    """
    require(scope, "rep")
    outlet = outlets.get_outlet(s, scope, outlet_id)
    distance = None
    if lat is not None or lon is not None:
        if lat is None or lon is None or not is_position(lat, lon):
            raise Invalid(
                "lat",
                f"{lat}, {lon} is no position: give both in degrees, or neither",
                f"{lat}, {lon} 不是有效位置：请填写经纬度（度），或都不填",
            )
        distance = distance_m(lat, lon, outlet.lat, outlet.lon)
    # Check-ins of a rep follow one another: one that comes twice at once, as a second tap or a retry, is one visit.
    s.execute(select(User.id).where(User.id == scope.user_id).with_for_update(key_share=True))
    checked_in_at, now = _device_time(at), utcnow()
    visit = None
    here = (Visit.user_id == scope.user_id, Visit.outlet_id == outlet.id, Visit.checked_out_at.is_(None))
    for earlier in s.scalars(select(Visit).where(*here).order_by(Visit.id)).all():
        if abs(now - earlier.created_at) <= VISIT_MAX:  # it lies ahead where a clock was put right since
            visit = earlier
        else:
            _end(s, earlier, now)
    if visit is None:
        visit = Visit(brand_id=outlet.brand_id, user_id=scope.user_id, outlet_id=outlet.id, checked_in_at=checked_in_at)
        s.add(visit)
    if distance is not None and (visit.in_distance_m is None or distance > visit.in_distance_m):
        visit.in_lat, visit.in_lon, visit.in_distance_m = lat, lon, distance
    s.flush()
    return visit


def check_out(s: WriteSession, scope: Scope, visit_id: str, at: datetime | None = None) -> Visit:
    """End the rep's visit; one already ended stays as it is.

    Audits of it that still wait for photos are judged on those that they have.
    """
    visit = _own_visit(s, scope, visit_id)
    if visit.checked_out_at is None:
        _end(s, visit, max(_device_time(at), visit.checked_in_at))
    return visit


def abandoned_audits(s: ReadSession, before: datetime, limit: int = 100) -> list[str]:
    """Audits that have waited since `before` for photos that can no longer come: the visit has ended, or the
    claim no longer holds."""
    now = now_of(s)
    over = or_(
        Visit.checked_out_at.is_not(None),
        ~Visit.created_at.between(now - QUEUED_MAX, now + QUEUED_MAX),
        Claim.state != "active",
        Claim.expires_at <= now,
    )
    waiting = select(Audit.id).join(Visit, Visit.id == Audit.visit_id).join(Claim, Claim.id == Audit.claim_id)
    waiting = waiting.where(Audit.state == "open", is_over(Audit.updated_at, before), over)
    return list(s.scalars(waiting.order_by(Audit.updated_at).limit(limit)))


def close_audits(s: WriteSession, audit_ids: list[str]) -> None:
    """Have these audits, where they still wait for photos, judged on those that they have."""
    for audit_id in sorted(audit_ids):
        audit = s.scalar(select(Audit).where(Audit.id == audit_id, Audit.state == "open").with_for_update())
        if audit is not None:
            audit.photos_expected, audit.state = audit.photos_received, "reading"
    s.flush()


def list_visits(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[Visit]:
    """Visits, the newest first."""
    statement = visible(select(Visit), scope, Visit).order_by(Visit.id.desc()).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(Visit.id < after)
    return page_of(s.scalars(statement).all(), limit, lambda visit: visit.id)


def receive_photo(
    s: WriteSession,
    scope: Scope,
    store: PhotoStore,
    *,
    visit_id: str,
    claim_id: str,
    examined: Examined,
    idempotency_key: str,
    display: str = "1",
    photos_expected: int = 1,
    audit_id: str | None = None,
) -> Photo:
    """Take a photo of a display: its bytes go to the store unchanged, its row waits for the workflow.

    The first photo makes the audit; others join it by `audit_id`, or by the same claim and display while
    photos are missing. `display` numbers the displays of the outlet from 1 to the `displays_max` of the claim's
    version: Invalid('display') otherwise. The same `idempotency_key` gives the first photo again, also when claim
    and visit have ended since; for another photo, task, outlet or display it is a Conflict. Raises Expired or Conflict
    for a claim or visit that does not hold, NotFound outside the scope.
    """
    require(scope, "rep")
    if not 1 <= len(idempotency_key) <= 80:
        raise Invalid("idempotency_key", "give an idempotency key of 1 to 80 characters", "幂等键须为 1 至 80 个字符")
    display = _display_number(display)
    # Photos of one claim come one after another: two that arrive together must not make two audits of one
    # display, and what is read below must not be older than the lock.
    s.execute(select(Claim.id).where(Claim.id == claim_id, Claim.user_id == scope.user_id).with_for_update())
    first = _photo_of_key(s, scope, idempotency_key, (examined.sha256, claim_id, display, audit_id))
    if first is not None:
        return first
    claim = tasks.usable_claim(s, scope, claim_id)
    visit = _own_visit(s, scope, visit_id)
    if visit.checked_out_at is not None or abs(utcnow() - visit.created_at) > QUEUED_MAX:
        raise Conflict("this visit has ended: check in again", "本次拜访已结束：请重新签到", code="visit_ended")
    if claim.outlet_id != visit.outlet_id:
        raise Invalid(
            "claim_id",
            "the claim is for another outlet than the one you are at",
            "领取的任务属于其他网点，不是当前网点",
        )
    photo = examined.row()
    photo.brand_id, photo.user_id, photo.idempotency_key = visit.brand_id, scope.user_id, idempotency_key
    audit = _audit_for(s, visit, claim, display, photos_expected, audit_id)
    store.put(examined.data)  # after all that could refuse it
    photo.audit_id = audit.id
    audit.photos_received += 1
    if audit.photos_received == audit.photos_expected:
        audit.state = "reading"
    s.add(photo)
    try:
        s.flush()
    except IntegrityError as error:  # the key came twice at once, for two claims; the whole transaction ends here
        raise Conflict(
            "this photo is being received: send it again", "照片正在接收：请重新发送", code="in_progress"
        ) from error
    return photo


def get_photo(s: ReadSession, scope: Scope, photo_id: str) -> Photo:
    """NotFound outside the caller's scope."""
    return found(s.scalar(visible(select(Photo).where(Photo.id == photo_id), scope, Photo)), "this photo")


def photo_status(s: ReadSession, scope: Scope, photo_id: str) -> dict[str, object]:
    """Where a photo stands: its own state, its audit's, and whether the pictures can be fetched yet."""
    photo = get_photo(s, scope, photo_id)
    audit = s.get(Audit, photo.audit_id)
    assert audit is not None
    return {
        "id": photo.id,
        "state": photo.state,
        "received_at": photo.received_at,
        "width": photo.width,
        "height": photo.height,
        "audit_id": audit.id,
        "audit_state": audit.state,
        "photos_expected": audit.photos_expected,
        "photos_received": audit.photos_received,
        "has_picture": photo.picture_key is not None,
        "has_annotated": photo.annotated_key is not None,
    }


def _own_visit(s: ReadSession, scope: Scope, visit_id: str) -> Visit:
    visit = found(s.scalar(visible(select(Visit).where(Visit.id == visit_id), scope, Visit)), "this visit")
    if visit.user_id != scope.user_id:
        raise NotFound("this visit does not exist, or is not yours to see", "该拜访不存在，或您无权查看")
    return visit


def _device_time(at: datetime | None) -> datetime:
    now = utcnow()
    if at is None:
        return now
    if at.tzinfo is None:
        raise Invalid("at", "the time has no zone: give an offset", "时间缺少时区：请填写时区偏移")
    if not now - QUEUED_MAX <= at <= now + CLOCK_AHEAD_MAX:
        raise Invalid(
            "at", "the phone's clock is wrong: set it to network time", "手机时间不正确：请校准为网络时间", code="clock"
        )
    return min(at, now)


def _display_number(display: str) -> str:
    """One spelling for one number: a display is paid once, not once for '1', '01' and the full-width '１'.

    A number and no name, because names have no end: each new one would be a display to reward.
    """
    plain = unicodedata.normalize("NFKC", display).strip()
    number = whole_of(plain)
    if not number or len(plain) > 4:
        raise Invalid("display", "number the displays of an outlet 1, 2, 3 …", "网点的陈列请依次编号 1、2、3……")
    return str(number)


def _end(s: WriteSession, visit: Visit, at: datetime) -> None:
    visit.checked_out_at = at
    s.flush()
    close_audits(s, list(s.scalars(select(Audit.id).where(Audit.visit_id == visit.id, Audit.state == "open"))))


def _photo_of_key(s: ReadSession, scope: Scope, key: str, asked: tuple[str, str, str, str | None]) -> Photo | None:
    """The caller's photo with this key; Conflict if it is not the one `asked` for (SHA-256, claim, display, audit).

    The claim may be another one by now, as long as it is for the same task and outlet.
    """
    sha256, claim_id, display, audit_id = asked
    photo = s.scalar(select(Photo).where(Photo.user_id == scope.user_id, Photo.idempotency_key == key))
    if photo is None:
        return None
    audit = s.execute(
        select(Audit.id, Audit.display, Audit.task_id, Audit.outlet_id).where(Audit.id == photo.audit_id)
    ).one()
    claim = s.execute(select(Claim.task_id, Claim.outlet_id).where(Claim.id == claim_id)).one_or_none()
    same = photo.sha256 == sha256 and (audit.display == display if audit_id is None else audit.id == audit_id)
    if not same or (claim is not None and tuple(claim) != (audit.task_id, audit.outlet_id)):
        raise Conflict(
            "this idempotency key was used for another photo: make a new one",
            "该幂等键已用于另一张照片：请生成新值",
            code="idempotency_key_reused",
        )
    return photo


def _audit_for(
    s: WriteSession, visit: Visit, claim: Claim, display: str, photos_expected: int, audit_id: str | None
) -> Audit:
    """The audit that the photo belongs to, locked: the one named, one that waits for it, or a new one."""
    checked_whole("photos_expected", photos_expected, 1, PHOTOS_OF_AN_AUDIT_MAX)
    mine = select(Audit).where(Audit.claim_id == claim.id, Audit.visit_id == visit.id).with_for_update()
    if audit_id is not None:
        audit = found(s.scalar(mine.where(Audit.id == audit_id)), "this audit")
        if audit.state != "open":
            raise Conflict(
                "this audit has all its photos: start a new one", "本次检核照片已齐：请重新发起", code="audit_complete"
            )
        return audit
    waiting = mine.where(Audit.display == display, Audit.state == "open").order_by(Audit.id).limit(1)
    found_one = s.scalar(waiting)
    if found_one is not None:
        return found_one
    version, task = tasks.version_and_task(s, claim.task_version_id)
    if int(display) > version.displays_max:
        raise Invalid(
            "display",
            f"this task rewards at most {version.displays_max} of an outlet's displays: {display} is above that",
            f"该任务每个网点最多奖励 {version.displays_max} 个陈列：{display} 超出此数",
            code="display_above_limit",
        )
    audit = Audit(
        brand_id=visit.brand_id,
        user_id=visit.user_id,
        visit_id=visit.id,
        claim_id=claim.id,
        task_id=claim.task_id,
        task_version_id=claim.task_version_id,
        outlet_id=claim.outlet_id,
        display=display,
        period_key=period_key(task.period, visit.checked_in_at),
        photos_expected=photos_expected,
    )
    s.add(audit)
    s.flush()
    return audit
