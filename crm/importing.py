"""Rows of a brand from a table: those with new codes are made, the others changed where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, column, select, values

from crm.access.scope import Scope, found, require
from crm.kernel.db import WriteSession
from crm.people.tables import Organisation


@dataclass(frozen=True)
class Tally:
    """How many rows were made, changed, and left as they were."""

    made: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.made + other.made, self.changed + other.changed, self.unchanged + other.unchanged)


def locked_brand(s: WriteSession, scope: Scope, brand_id: str) -> None:
    """Holds a brand of the caller's until the transaction ends, so that of two imports at once one waits; what only
    refers to the brand does not. Managers only; NotFound."""
    require(scope, "manager")
    mine = brand_id if scope.role == "admin" or scope.brand_id == brand_id else None
    brand = select(Organisation.id).where(Organisation.id == mine, Organisation.kind == "brand")
    found(s.scalar(brand.with_for_update(key_share=True)), "this brand")


def put_rows(s: WriteSession, table: type[Any], brand_id: str, rows: Sequence[Mapping[str, Any]]) -> Tally:
    """Make or change the rows of `table` with these codes, each of which stands once; what a row does not name stays.

    Hand in some hundreds at a time.
    """
    # Joined, not `code IN (…)`: PostgreSQL compares each row of the table with each of some hundred parameters.
    given = values(column("code", String), name="given").data([(row["code"],) for row in rows]).cte("given")
    there = select(table).join(given, given.c.code == table.code).where(table.brand_id == brand_id)
    known = {each.code: each for each in s.scalars(there)}
    changed = 0
    for row in rows:
        old = known.get(row["code"])
        if old is None:
            s.add(table(brand_id=brand_id, **row))
            continue
        differing = {name: value for name, value in row.items() if getattr(old, name) != value}
        changed += bool(differing)
        for name, value in differing.items():
            setattr(old, name, value)
    s.flush()
    return Tally(len(rows) - len(known), changed, len(known) - changed)
