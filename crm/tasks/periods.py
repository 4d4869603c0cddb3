"""The period in which a display earns once."""

from datetime import datetime

from crm.kernel.business_time import business_day
from crm.kernel.errors import Invalid


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
    raise Invalid(
        "period",
        f"{period!r} is no period: give once, day, week or month",
        f"{period!r} 不是有效周期：请填写 once、day、week 或 month",
    )
