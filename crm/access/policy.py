"""Who reaches which rows: a policy for each table, registered beside the table.

A policy gives each role a rule; a role that it does not name reaches nothing. A rule makes an SQL condition of the
table's columns and of who asks. It stands in every statement that finds rows of the table (`crm.access.session`), so
it is cheap: columns that are equal, or one row of another table by its key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, false, literal, or_, select, true
from sqlalchemy.orm import DeclarativeBase


@dataclass(frozen=True)
class Asker:
    """Who asks, as an SQL statement knows him: by his role, and all else as parameters. `today`: the business day."""

    role: str
    user: BindParameter[Any]
    brand: BindParameter[Any]
    dealer: BindParameter[Any]
    today: BindParameter[Any]


Columns = Any  # those of a table or of an alias of it, by their names
Rule = Callable[[Columns, Asker], ColumnElement[bool]]


class UnregisteredError(LookupError):
    """A table has no policy: nobody has said who may see its rows."""


@dataclass(frozen=True)
class Policy:
    """The rule of each role for the rows of one mapped class."""

    table: type[DeclarativeBase]
    rules: dict[str, Rule]

    def of(self, role: str) -> Rule:
        """The rule of a role; `nobody` where the policy does not name it."""
        return self.rules.get(role, nobody)


_POLICIES: dict[str, Policy] = {}  # by the table's name: a policy may rest on one of a slice above
STAFF = ("auditor", "manager", "finance", "data")  # a brand's own people


def register(table: type[DeclarativeBase], *, staff: Rule | None = None, **roles: Rule) -> None:
    """Say who reaches the rows of `table`: each role by its name, `staff` for those of STAFF that are not named. An
    admin reaches all rows that anybody may. Without any role only work that is `unscoped` reaches them."""
    rules: dict[str, Rule] = {} if staff is None else dict.fromkeys(STAFF, staff)
    rules |= roles
    if rules:
        rules.setdefault("admin", everything)
    _POLICIES[table.__tablename__] = Policy(table, rules)


def policy_of(table: str) -> Policy:
    """The policy of a table, by its name; UnregisteredError."""
    try:
        return _POLICIES[table]
    except KeyError:
        raise UnregisteredError(f"{table} has no policy: register it beside the table") from None


def registered() -> tuple[Policy, ...]:
    """All policies."""
    return tuple(_POLICIES.values())


def everything(_columns: Columns, _asker: Asker) -> ColumnElement[bool]:
    """All rows."""
    return true()


def nobody(_columns: Columns, _asker: Asker) -> ColumnElement[bool]:
    """No row."""
    return false()


def of_brand(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """Rows of the brand that he serves."""
    condition: ColumnElement[bool] = columns.brand_id == asker.brand
    return condition


def of_dealer(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """Rows of the dealer that employs him."""
    condition: ColumnElement[bool] = columns.dealer_id == asker.dealer
    return condition


def own(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """His own rows of the brand that he serves."""
    return and_(columns.brand_id == asker.brand, columns.user_id == asker.user)


def both(*rules: Rule) -> Rule:
    """Rows that all these rules find."""
    return lambda columns, asker: and_(*(rule(columns, asker) for rule in rules))


def either(*rules: Rule) -> Rule:
    """Rows that any of these rules finds."""
    return lambda columns, asker: or_(*(rule(columns, asker) for rule in rules))


def through(column: str, other: str, key: str = "id") -> Rule:
    """Rows whose `column` names a row of the table `other`, by its `key`, that he reaches himself."""

    def rule(columns: Columns, asker: Asker) -> ColumnElement[bool]:
        policy = policy_of(other)
        theirs, at = policy.of(asker.role), policy.table.__table__.alias()
        if theirs in (everything, nobody):
            return theirs(columns, asker)
        return exists(select(literal(1)).select_from(at).where(at.c[key] == columns[column], theirs(at.c, asker)))

    return rule
