"""Identifiers and the clock."""

from datetime import UTC, datetime

from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.ids import new_id


def test_ids_grow_and_the_clock_can_be_set() -> None:
    ids = [new_id() for _ in range(2000)]
    assert ids == sorted(set(ids))
    assert {len(i) for i in ids} == {26}
    then = datetime(2030, 1, 1, tzinfo=UTC)
    with clock_in_use(lambda: then):
        assert utcnow() == then
    assert utcnow() < then
