"""No service of crm takes a truth value or a text for money or a count, whoever calls it."""

from typing import Any

import pytest

from crm.audits import service as audits
from crm.kernel.errors import CrmError, Invalid
from crm.ledger import service as ledger
from crm.ledger.checks import check_ledger
from crm.tasks import service as tasks
from tests.integration.crm.test_reviewing import COLA, in_review
from tests.integration.crm.world import COLA_BLOCK, END, START, World, jpeg

WRONG: list[Any] = [True, "7", "1_000", 7.0, 7.5, None, float("nan")]


@pytest.mark.parametrize("wrong", WRONG)
def test_money_and_counts_are_whole_numbers(world: World, wrong: Any) -> None:
    manager, task = world.scope("mia"), world.ids.tasks["COLA"]
    visit, claim = world.visit(), world.claim()
    before = world.budget_fen()

    def field(call: Any) -> str:
        with pytest.raises(Invalid) as caught, world.database.write() as s:
            call(s)
        return caught.value.field

    dates = {"starts_at": START, "ends_at": END}
    rules = COLA_BLOCK.as_dict()
    assert field(lambda s: tasks.fund_task(s, manager, task, wrong, "key")) == "amount_fen"
    assert field(lambda s: tasks.create_task(s, manager, code="n", name="N", **dates, claim_hours=wrong)) == (
        "claim_hours"
    )
    assert field(lambda s: tasks.publish_version(s, manager, task, rules, wrong)) == "displays_max"
    assert field(lambda s: tasks.publish_version(s, manager, task, rules | {"auto_limit_fen": wrong})) == "rules"
    assert field(lambda s: tasks.list_tasks(s, manager, limit=wrong)) == "limit"
    with pytest.raises(Invalid) as caught:
        world.send(visit, claim, jpeg(1), photos_expected=wrong)
    assert caught.value.field == "photos_expected"

    def posting(s: Any) -> None:
        funding, budget = (ledger.open_account(s, kind, "t") for kind in ("funding", "budget"))
        ledger.post(s, "key", "funding", {funding.id: wrong, budget.id: wrong})

    assert field(posting) == "postings"
    assert world.budget_fen() == before


@pytest.mark.parametrize("wrong", [*WRONG[:5], WRONG[-1]])
def test_an_auditor_pays_whole_fen(world: World, wrong: Any) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid) as caught, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "approve", "seen", amount_fen=wrong)
    assert caught.value.field == "amount_fen"
    assert world.wallet_fen() == 0


@pytest.mark.parametrize("wrong", [True, False, "7", None, 7.5, -1, float("nan"), float("inf"), [7]])
def test_a_corrected_fact_is_a_number(world: World, wrong: Any) -> None:
    waiting = in_review(world)
    with pytest.raises(CrmError), world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "correct", "counted", facts={COLA: wrong})
    assert world.wallet_fen() == 0
    with world.database.read() as s:
        assert check_ledger(s) == []
