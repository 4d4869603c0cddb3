"""All that is held against the photos of an audit: what the pipeline saw, and what crm knows besides."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select

from crm.audits.duplicates import duplicate_flags
from crm.audits.paying import of_other_displays
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision, PhotoReading
from crm.audits.wording import Flag, each_once, text
from crm.kernel.db import ReadSession
from crm.outlets.positions import GEOFENCE_M, distance_m
from crm.outlets.tables import Outlet
from crm.visits.tables import Visit

CLOCK_AHEAD_MAX = timedelta(minutes=5)  # phones' clocks are off by seconds, not by minutes
PHOTO_AGE_MAX = timedelta(hours=48)


def flags_of(
    s: ReadSession,
    audit: Audit,
    visit: Visit,
    outlet: Outlet,
    photos: Sequence[Photo],
    readings: Sequence[PhotoReading],
) -> list[Flag]:
    """The flags of an audit whose photos are all read, each once; the displays of its outlet are locked."""
    flags = [flag for each in readings for flag in each.flags]
    flags += duplicate_flags(s, photos)
    return each_once([*flags, *_crm_flags(visit, outlet, photos), *_further_display_flags(s, audit)])


def _crm_flags(visit: Visit, outlet: Outlet, photos: Sequence[Photo]) -> list[Flag]:
    distances = [] if visit.in_distance_m is None else [visit.in_distance_m]
    flags: list[Flag] = [text("no_location")] if visit.in_distance_m is None else []
    for photo in photos:
        if photo.lat is not None and photo.lon is not None:
            distances.append(distance_m(photo.lat, photo.lon, outlet.lat, outlet.lon))
        flags += clock_flags(photo.taken_at, photo.received_at)
    return [*flags, *geofence_flags(distances)]


def _further_display_flags(s: ReadSession, audit: Audit) -> list[Flag]:
    """further_display, if another display of the outlet was begun before this one, or was decided first.

    From photos alone nobody can tell that two displays are not one shelf from two sides. Under the lock of
    an outlet's displays there is no order of events in which two of them both pass without a person.
    """
    first = or_(Audit.id < audit.id, exists().where(Decision.audit_id == Audit.id))
    other = select(Audit.id).where(*of_other_displays(audit), first).limit(1)
    return [] if s.scalar(other) is None else [text("further_display")]


def geofence_flags(distances_m: Sequence[float]) -> list[Flag]:
    """far_from_outlet, if one of the distances from the outlet is beyond the geofence."""
    return [text("far_from_outlet")] if any(each > GEOFENCE_M for each in distances_m) else []


def clock_flags(taken_at: datetime | None, received_at: datetime) -> list[Flag]:
    """clock, if the camera's time lies after the reception or more than 48 hours before it."""
    if taken_at is None or received_at - PHOTO_AGE_MAX <= taken_at <= received_at + CLOCK_AHEAD_MAX:
        return []
    return [text("clock")]
