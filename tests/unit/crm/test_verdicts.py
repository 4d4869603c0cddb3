"""The pure rules of crm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.audits.flagging import clock_flags, geofence_flags
from crm.audits.verdicts import best_of, names_in_rules, priority
from crm.audits.wording import each_once
from crm.kernel.business_time import business_day
from crm.kernel.errors import Invalid
from crm.outlets.positions import distance_m, is_position
from crm.people.passwords import hash_password
from crm.tasks.periods import period_key
from crm.workflows.upkeep import orphaned

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "key"), [("once", "once"), ("day", "2026-12-01"), ("week", "2026-W49"), ("month", "2026-12")]
)
def test_a_period_turns_at_midnight_in_china(period: str, key: str) -> None:
    turn = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert period_key(period, turn) == key
    assert business_day(turn - timedelta(seconds=1)).isoformat() == "2026-11-30"


def test_the_week_of_new_year_belongs_to_its_iso_year() -> None:
    assert period_key("week", datetime(2027, 1, 1, tzinfo=UTC)) == "2026-W53"
    with pytest.raises(Invalid):
        period_key("year", NOON)


def test_distance() -> None:
    # One degree of latitude on a sphere of the mean radius.
    assert distance_m(31.0, 121.0, 32.0, 121.0) == pytest.approx(111_195, abs=1)
    assert distance_m(0.0, 179.999, 0.0, -179.999) == pytest.approx(222.4, abs=0.1)
    assert distance_m(10.0, 20.0, 10.0, 20.0) == 0
    assert not is_position(91, 0)
    assert not is_position(float("nan"), 0)


def test_place_and_clock_flags() -> None:
    assert geofence_flags([499.9, 500.0]) == []
    assert [flag["code"] for flag in geofence_flags([10, 500.1])] == ["far_from_outlet"]
    assert clock_flags(None, NOON) == []
    for taken, codes in (
        (NOON + timedelta(minutes=5), []),
        (NOON + timedelta(minutes=6), ["clock"]),
        (NOON - timedelta(hours=48), []),
        (NOON - timedelta(hours=48, seconds=1), ["clock"]),
    ):
        assert [flag["code"] for flag in clock_flags(taken, NOON)] == codes


def test_each_flag_once_the_first_one() -> None:
    flags = [{"code": "a", "en": "1"}, {"code": "b", "en": "2"}, {"code": "a", "en": "3"}]
    assert each_once(flags) == flags[:2]


def test_more_money_and_more_doubt_come_first() -> None:
    def verdict(fen: int, unsure: int) -> dict[str, Any]:
        return {"amount_range": {"low": 0, "best": None, "high": fen}, "clauses": [{"outcome": "unsure"}] * unsure}

    assert priority(verdict(200, 2), []) > priority(verdict(200, 1), [])
    assert priority(verdict(300, 1), []) > priority(verdict(200, 1), [])
    assert priority(verdict(200, 1), [{"code": "blurry"}]) > priority(verdict(200, 1), [])
    assert priority({}, []) == 1


def test_what_cannot_be_paid_has_no_money_at_stake() -> None:
    unsure, failed = {"outcome": "unsure"}, {"outcome": "fail"}
    at_stake = {"amount_range": {"low": 900, "best": 900, "high": 900}, "clauses": [unsure]}
    assert priority(at_stake, []) == 1800
    assert priority(at_stake, [], paid=True) == 2
    assert priority(at_stake | {"clauses": [unsure, failed]}, [{"code": "blurry"}]) == 3


def facts() -> dict[str, Any]:
    return {
        "facings": {"own": {"low": 4, "best": 5, "high": 7}},
        "share": {"own": {"low": 0.2, "best": 0.5, "high": 1.0}},
    }


def test_the_best_estimates_as_if_exact() -> None:
    assert best_of(facts())["facings"]["own"] == {"low": 5, "best": 5, "high": 5}
    assert best_of(facts())["share"]["own"] == {"low": 0.5, "best": 0.5, "high": 0.5}


@pytest.mark.parametrize(
    "path",
    [
        'facings.sku["a-1"]',
        "facings.sku['a-1']",
        "facings . sku[ 'a-1' ]",
        'facings.sku\n[\t"a-1"\n]',
        "facings['sku'][\"a-1\"]",
    ],
)
@pytest.mark.parametrize("place", ["clause", "reward", "field"])
def test_only_the_names_that_the_rules_mention_are_kept(path: str, place: str) -> None:
    rules: dict[str, Any] = {"clauses": [{"expression": f"{path} >= 2" if place == "clause" else "facings.own >= 2"}]}
    if place != "clause":
        cell = {"reward": f"{path} * 100"} if place == "reward" else {"field": path}
        rules["reward"] = {"nodes": [{"content": {"rules": [cell]}}]}
    names = {"a-1": {"en": "A", "zh": "甲"}, "a": {"en": "B", "zh": "乙"}}
    assert names_in_rules(rules, names) == {"a-1": {"en": "A", "zh": "甲"}}


def test_weak_passwords_are_refused() -> None:
    with pytest.raises(Invalid):
        hash_password("1234567")


def test_work_of_dead_workers_is_orphaned() -> None:
    assert orphaned({"w1": "alive", "w2": "dead", "w3": ""}, {"alive"}) == ["w2", "w3"]
