"""Grants of a brand to a dealer: given, ended, listed. What they show stands in `crm.access.grants`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from crm.access import trail
from crm.access.grants import KINDS, VALUES_MAX
from crm.access.scope import Scope, found, require
from crm.access.tables import DataGrant, DataGrantValue
from crm.access.trail import By
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.people.tables import Organisation

VALUE_CHARS_MAX = 60


@dataclass(frozen=True)
class GrantCard:
    """A grant, and the values that each column which it names may have."""

    grant: DataGrant
    values: dict[str, list[str]]


def give(
    s: WriteSession,
    scope: Scope,
    by: By,
    *,
    dealer_id: str,
    kind: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
    values: Mapping[str, Sequence[str]] | None = None,
    brand_id: str | None = None,
) -> GrantCard:
    """Show a dealer rows of a kind from a business day on (today, where none is named) to another (None: without end),
    and of these the ones that have the `values` of the columns that they name. Managers; an admin names the brand.
    NotFound, Invalid."""
    require(scope, "manager")
    brand_id = _brand(s, scope, brand_id)
    if s.scalar(select(Organisation.kind).where(Organisation.id == dealer_id)) != "dealer":
        raise Invalid("dealer_id", "there is no such dealer: give the id of one", "该经销商不存在：请填写正确的编号")
    if kind not in KINDS:
        raise Invalid(
            "kind",
            f"{kind!r} is no kind of data: give one of {', '.join(KINDS)}",
            f"{kind!r} 不是数据类型：请填写 {'、'.join(KINDS)} 之一",
        )
    starts_on = starts_on or business_day(utcnow())
    if ends_on is not None and ends_on < starts_on:
        raise Invalid(
            "ends_on", "the grant ends before it starts: give a later day", "结束日期早于开始日期：请填写更晚的日期"
        )
    wanted = _checked(kind, values or {})
    grant = DataGrant(
        brand_id=brand_id, dealer_id=dealer_id, kind=kind, starts_on=starts_on, ends_on=ends_on,
        given_by=scope.user_id or None,
    )  # fmt: skip
    s.add(grant)
    s.flush()
    s.add_all(
        DataGrantValue(grant_id=grant.id, field=field, value=value) for field, each in wanted.items() for value in each
    )
    trail.changed(
        s, "grant", "given", grant.id, by=by, brand_id=brand_id, dealer_id=dealer_id, fields=sorted(wanted), why=kind
    )  # fmt: skip
    return GrantCard(grant, wanted)


def end(s: WriteSession, scope: Scope, by: By, grant_id: str) -> GrantCard:
    """Show nothing by a grant from now on; one that has ended stays so. Managers and admins. NotFound."""
    require(scope, "manager")
    wanted = select(DataGrant).where(DataGrant.id == grant_id).with_for_update()
    grant = found(s.scalar(wanted), "this grant")
    if grant.ended_at is None:
        grant.ended_at = utcnow()
        trail.changed(
            s, "grant", "ended", grant.id, by=by, brand_id=grant.brand_id, dealer_id=grant.dealer_id, why=grant.kind
        )  # fmt: skip
    return _cards(s, [grant])[0]


def list_grants(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[GrantCard]:
    """Grants, the newest first, also those that have ended: a manager's those of his brand, a dealer's those to it by
    the brand for which it looks. Managers, dealers and admins."""
    require(scope, "manager", "dealer")
    statement = select(DataGrant).order_by(DataGrant.id.desc()).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(DataGrant.id < after)
    page = page_of(s.scalars(statement).all(), limit, lambda grant: grant.id)
    return Page(tuple(_cards(s, page.items)), page.next)


def _brand(s: ReadSession, scope: Scope, brand_id: str | None) -> str:
    if scope.brand_id is not None:
        return found(scope.brand_id if brand_id in (None, scope.brand_id) else None, "this brand")
    if brand_id is None:
        raise Invalid("brand_id", "name the brand: give brand_id", "请指明品牌：填写 brand_id")
    brand = select(Organisation.id).where(Organisation.id == brand_id, Organisation.kind == "brand")
    return found(s.scalar(brand), "this brand")


def _checked(kind: str, values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    for field, given in values.items():
        if field not in KINDS[kind]:
            raise Invalid(
                "values",
                f"{kind} are not narrowed by {field!r}: give {', '.join(KINDS[kind])}",
                f"不能按 {field!r} 筛选：请使用 {'、'.join(KINDS[kind])}",
            )
        if not given or any(not 1 <= len(each) <= VALUE_CHARS_MAX for each in given):
            raise Invalid(
                "values",
                f"{field} needs values of 1 to {VALUE_CHARS_MAX} characters: leave it out to show all",
                f"{field} 须有 1 至 {VALUE_CHARS_MAX} 个字符的取值；不筛选请省略",
            )
    wanted = {field: sorted(set(given)) for field, given in sorted(values.items())}
    if sum(map(len, wanted.values())) > VALUES_MAX:
        raise Invalid(
            "values",
            f"a grant names {VALUES_MAX} values at most: give several",
            f"每项授权最多 {VALUES_MAX} 个取值：请分多项授权",
        )
    return wanted


def _cards(s: ReadSession, grants: Sequence[DataGrant]) -> list[GrantCard]:
    ids = [each.id for each in grants]
    values: dict[str, dict[str, list[str]]] = {grant_id: {} for grant_id in ids}
    rows = select(DataGrantValue).where(DataGrantValue.grant_id.in_(ids))
    for row in s.scalars(rows.order_by(DataGrantValue.field, DataGrantValue.value)):
        values[row.grant_id].setdefault(row.field, []).append(row.value)
    return [GrantCard(each, values[each.id]) for each in grants]
