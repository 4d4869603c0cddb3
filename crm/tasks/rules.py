"""Business time, and the period in which a display earns once."""

from datetime import date, datetime, timedelta, timezone

from crm.errors import Invalid

# Brands and reps live by one clock; a day of work ends at midnight in China, which keeps no summer time.
BUSINESS_TIME = timezone(timedelta(hours=8), "UTC+08:00")


def business_day(at: datetime) -> date:
    """The calendar day of an aware time, in business time."""
    return at.astimezone(BUSINESS_TIME).date()


def period_key(period: str, at: datetime) -> str:
    """The key of the reward period that `at` falls in: 'once', '2026-11-23', '2026-W48', '2026-11'."""
    day = business_day(at)
    if period == "once":
        return "once"
    if period == "day":
        return day.isoformat()
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if period == "month":
        return f"{day:%Y-%m}"
    raise Invalid("period", f"{period!r} is no period: give once, day, week or month")
