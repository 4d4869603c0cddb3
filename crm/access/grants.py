"""What a brand shows a dealer: dated grants, by kind of data, over columns that exist.

A grant never reaches beyond the outlets that the dealer serves: what stands in another dealer's shop is not this one's
to see. The rules here are SQL conditions of a table's columns and of who asks, as `crm.access.policy` registers them.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select, true

from crm.access.policy import Asker, Columns, Rule
from crm.access.tables import DataGrant, DataGrantValue
from crm.kernel.db import Base

VALUES_MAX = 200  # of a grant
# Of each kind: what a filter may name, and the column that it then looks at.
KINDS: Mapping[str, Mapping[str, str]] = {
    "outlets": {"outlet_id": "id", "code": "code"},
    "products": {"code": "code"},
    "tasks": {"task_id": "id", "code": "code"},
    "visits": {"outlet_id": "outlet_id", "user_id": "user_id"},
    "audits": {"outlet_id": "outlet_id", "task_id": "task_id", "user_id": "user_id"},
}


def granted(kind: str) -> Rule:
    """Rows that a grant of this kind, which holds today, shows the dealer; of `outlets`, `visits` and `audits` those at
    outlets that he serves."""
    fields = KINDS[kind]

    def rule(columns: Columns, asker: Asker) -> ColumnElement[bool]:
        grant = DataGrant.__table__.alias()
        holds = and_(
            grant.c.brand_id == asker.brand,
            grant.c.dealer_id == asker.dealer,
            grant.c.kind == literal(kind),
            grant.c.starts_on <= asker.today,
            or_(grant.c.ends_on.is_(None), grant.c.ends_on >= asker.today),
            grant.c.ended_at.is_(None),
        )
        fits = [_fits(grant, field, columns[column]) for field, column in fields.items()]
        shown = exists(select(literal(1)).select_from(grant).where(holds, *fits).correlate_except(grant))
        return and_(columns.brand_id == asker.brand, _served(columns, asker), shown)

    return rule


def _fits(grant: Any, field: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
    values = DataGrantValue.__table__.alias()
    named = select(literal(1)).select_from(values).where(values.c.grant_id == grant.c.id, values.c.field == field)
    same = named.where(values.c.value == column).correlate_except(values)
    return or_(~exists(named.correlate_except(values)), exists(same))


def _served(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """At an outlet of the dealer's; tasks and products are at none."""
    if "dealer_id" in columns:
        condition: ColumnElement[bool] = columns.dealer_id == asker.dealer
        return condition
    if "outlet_id" not in columns:
        return true()
    outlet = Base.metadata.tables["outlet"].alias()
    here = select(literal(1)).select_from(outlet).where(outlet.c.id == columns.outlet_id)
    return exists(here.where(outlet.c.dealer_id == asker.dealer).correlate_except(outlet))
