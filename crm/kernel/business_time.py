"""Business time: the clock that days and periods of work are counted by."""

from datetime import date, datetime, timedelta, timezone

# Brands and reps live by one clock; a day of work ends at midnight in China, which keeps no summer time.
BUSINESS_TIME = timezone(timedelta(hours=8), "UTC+08:00")


def business_day(at: datetime) -> date:
    """The calendar day of an aware time, in business time."""
    return at.astimezone(BUSINESS_TIME).date()
