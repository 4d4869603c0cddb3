"""Outlets that the caller may see."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm.access.scope import Scope, found, require
from crm.importing import Tally, locked_brand, put_rows
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.outlets.positions import is_position
from crm.outlets.tables import Outlet


def list_outlets(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[Outlet]:
    """Outlets in the order of their making; a rep's are those of his brand that his dealer serves."""
    require(scope, "rep", "dealer", "auditor", "manager", "data")
    statement = select(Outlet).order_by(Outlet.id).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(Outlet.id > after)
    return page_of(s.scalars(statement).all(), limit, lambda outlet: outlet.id)


def get_outlet(s: ReadSession, scope: Scope, outlet_id: str) -> Outlet:
    """NotFound outside the caller's scope."""
    return found(s.scalar(select(Outlet).where(Outlet.id == outlet_id)), "this outlet")


def create_outlet(
    s: WriteSession,
    scope: Scope,
    *,
    dealer_id: str,
    code: str,
    name: str,
    lat: float,
    lon: float,
    name_zh: str = "",
    address: str = "",
    brand_id: str | None = None,
) -> Outlet:
    """A new outlet of the caller's brand (an admin names the brand). Managers only; Invalid names the
    field."""
    require(scope, "manager")
    brand_id = scope.brand_id or brand_id
    if brand_id is None:
        raise Invalid("brand_id", "an outlet belongs to a brand: give brand_id", "网点须属于品牌：请填写 brand_id")
    _check_position(lat, lon)
    if s.scalar(select(Outlet.id).where(Outlet.brand_id == brand_id, Outlet.code == code)) is not None:
        raise Invalid(
            "code",
            f"the outlet code {code} is taken: choose another",
            f"网点编码 {code} 已被占用：请更换",
            code="taken",
        )
    outlet = Outlet(
        brand_id=brand_id,
        dealer_id=dealer_id,
        code=code,
        name=name,
        name_zh=name_zh,
        address=address,
        lat=lat,
        lon=lon,
    )
    s.add(outlet)
    s.flush()
    return outlet


def import_outlets(s: WriteSession, scope: Scope, brand_id: str, rows: Sequence[Mapping[str, Any]]) -> Tally:
    """Make or change the outlets of a brand with these codes. Each row, a mapping of columns of `Outlet`, names `code`,
    `name`, `lat`, `lon` and `dealer_id`; what else it does not name stays. Managers of the brand only; Invalid where
    a position is none."""
    locked_brand(s, scope, brand_id)
    for row in rows:
        _check_position(row["lat"], row["lon"])
    return put_rows(s, Outlet, brand_id, rows)


def _check_position(lat: float, lon: float) -> None:
    if not is_position(lat, lon):
        raise Invalid(
            "lat",
            f"{lat}, {lon} is no position: give degrees of latitude and longitude",
            f"{lat}, {lon} 不是有效位置：请填写纬度和经度（度）",
        )
