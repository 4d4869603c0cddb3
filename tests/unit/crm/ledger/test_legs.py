"""What makes an entry right."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.kernel.errors import Invalid
from crm.ledger.legs import (
    AMOUNT_FEN_MAX,
    KEY_LENGTH_MAX,
    Leg,
    award_key,
    balanced,
    body_sha256,
    check_texts,
    reversed_legs,
)

LEGS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(-99, 99).filter(bool), min_size=1).map(
    lambda amounts: tuple(Leg(*each) for each in amounts.items())
)


@given(LEGS)
def test_an_entry_is_what_sums_to_zero_over_two_accounts_or_more(legs: tuple[Leg, ...]) -> None:
    if sum(leg.amount_fen for leg in legs) or len(legs) < 2:
        with pytest.raises(Invalid):
            balanced(legs)
    else:
        assert balanced(legs) == tuple(sorted(legs))
        assert balanced(reversed_legs(legs)) == reversed_legs(balanced(legs))


@pytest.mark.parametrize(
    "amounts", [(1.0, -1.0), (True, -1), ("1", -1), (0, 0), (AMOUNT_FEN_MAX + 1, -AMOUNT_FEN_MAX - 1), (None, 1)]
)
def test_amounts_are_whole_fen(amounts: tuple[Any, Any]) -> None:
    with pytest.raises(Invalid):
        balanced([Leg("a", amounts[0]), Leg("b", amounts[1])])


def test_an_account_stands_once_in_an_entry() -> None:
    with pytest.raises(Invalid, match="once"):
        balanced([Leg("a", 1), Leg("a", 1), Leg("b", -2)])


def test_a_body_does_not_depend_on_the_order_of_its_legs_and_on_nothing_less() -> None:
    legs = (Leg("a", 1), Leg("b", -1))
    body = body_sha256("award", "memo", legs, None)
    assert body_sha256("award", "memo", reversed(legs), None) == body
    others = {
        body_sha256("bonus", "memo", legs, None),
        body_sha256("award", "other", legs, None),
        body_sha256("award", "memo", (Leg("a", 2), Leg("b", -2)), None),
        body_sha256("award", "memo", (Leg("a", 1), Leg("c", -1)), None),
        body_sha256("award", "memo", legs, "entry"),
    }
    assert len(others | {body}) == 6


@pytest.mark.parametrize(("key", "kind", "memo"), [("", "a", ""), ("a", "", ""), ("k" * (KEY_LENGTH_MAX + 1), "a", "")])
def test_texts_that_cannot_be_stored_whole_are_refused(key: str, kind: str, memo: str) -> None:
    with pytest.raises(Invalid):
        check_texts(key, kind, memo)
    check_texts("k" * KEY_LENGTH_MAX, "award", "")


def test_a_display_has_one_key_a_period() -> None:
    assert award_key("task", "outlet", "1", "2026-11") == "award:task:outlet:1:2026-11"
