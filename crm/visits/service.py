"""Check-in and check-out, and the reception of photos."""

from datetime import datetime, timedelta

from sqlalchemy import select

from crm.access.scope import Scope, found, require
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Invalid, NotFound
from crm.kernel.paging import Page, checked_limit, page_of
from crm.outlets import service as outlets
from crm.outlets.positions import distance_m, is_position
from crm.people.tables import User
from crm.visits.tables import Visit

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

    Audits of it that still wait for photos are decided on those that they have.
    """
    require(scope, "rep")
    visit = own_visit(s, scope, visit_id)
    if visit.checked_out_at is None:
        _end(s, visit, max(_device_time(at), visit.checked_in_at))
    return visit


def list_visits(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[Visit]:
    """Visits, the newest first. Reps, dealers, auditors and managers."""
    require(scope, "rep", "dealer", "auditor", "manager")
    statement = select(Visit).order_by(Visit.id.desc()).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(Visit.id < after)
    return page_of(s.scalars(statement).all(), limit, lambda visit: visit.id)


def own_visit(s: ReadSession, scope: Scope, visit_id: str) -> Visit:
    visit = found(s.scalar(select(Visit).where(Visit.id == visit_id)), "this visit")
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


def _end(s: WriteSession, visit: Visit, at: datetime) -> None:
    visit.checked_out_at = at
    s.flush()
