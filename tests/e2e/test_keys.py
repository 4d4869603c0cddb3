"""In a browser: keys decide only what is on the screen and was meant; what was not meant is undone."""

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from crm.access.scope import Scope
from crm.audits import pending
from crm.audits.tables import PendingReview
from crm.ledger.tables import Entry
from crm.outlets import service as outlets
from crm.people.tables import User
from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE, sign_in
from tests.e2e.test_stops import sign_out
from tests.integration.api.conftest import Actor
from tests.integration.api.world import LAT, LON, World

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page


@pytest.fixture
def queue(page: Page, world: World, address: str) -> Iterator[Locator]:
    """Three audits of three outlets that wait, and an auditor who looks at the first."""
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    with world.database.write() as s:
        dealer = s.get_one(User, world.users["rep-a"]).dealer_id
        manager = Scope(world.users["manager"], "manager", world.brand)
        places = {"dealer_id": dealer, "lat": LAT, "lon": LON, "name_zh": ""}
        shops = [
            outlets.create_outlet(s, manager, code=name, name=name, **places).id  # type: ignore[arg-type]
            for name in ("North", "South")
        ]
    with httpx.Client(base_url=address) as client:
        for shop in (world.outlet, *shops):
            rep = Actor(client, replace(world, outlet=shop), "rep-a")  # type: ignore[arg-type]
            assert rep.upload(rep.ready(), key=f"photo-at-{shop}").status_code == 202
    sign_in(page, "auditor")
    items = page.locator("#queue button")
    expect(items).to_have_count(3)
    expect(page.locator("#keys-on")).to_be_checked()
    items.first.click()
    loaded(page)
    return items


def loaded(page: Page) -> None:
    expect(page.locator("#decide")).to_be_visible()
    expect(page.locator("#item")).not_to_have_attribute("aria-busy", "true")


def kept(world: World) -> list[str]:
    with world.database.read() as s:
        return list(s.scalars(select(PendingReview.state).order_by(PendingReview.id)))


def paid(world: World) -> int:
    with world.database.read() as s:
        return len(s.scalars(select(Entry).where(Entry.kind == "award")).all())


def hold(page: Page, key: str) -> None:
    """A key that stays down: the first press, and what the keyboard repeats."""
    for _ in range(12):
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_a_held_letter_decides_nothing_and_a_held_enter_one_item(page: Page, world: World, queue: Locator) -> None:
    hold(page, "a")
    expect(page.locator("#approve")).to_be_focused()
    page.wait_for_timeout(1500)
    assert kept(world) == []
    expect(queue).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".armed")).to_have_count(0)
    for key, place in (("j", 1), ("k", 0)):  # one step, not to the end of the list
        page.keyboard.down(key)
        loaded(page)
        expect(queue.nth(place)).to_have_attribute("aria-current", "true")
        hold(page, key)
        loaded(page)
        expect(queue.nth(place)).to_have_attribute("aria-current", "true")
    hold(page, "Enter")
    page.wait_for_timeout(500)
    assert kept(world) == []  # nothing is armed
    page.keyboard.press("a")
    hold(page, "Enter")
    expect(queue).to_have_count(2)
    page.wait_for_timeout(2500)
    assert (kept(world), paid(world)) == (["done"], 1)
    expect(queue).to_have_count(2)


def test_two_fast_enters_and_two_fast_clicks_decide_one_item_each(page: Page, world: World, queue: Locator) -> None:
    first = queue.first.get_attribute("data-audit")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(queue).to_have_count(2)
    page.keyboard.press("a")  # whatever of these comes while the next item is loaded does nothing
    page.keyboard.press("j")
    loaded(page)
    with world.database.read() as s:
        assert s.scalars(select(PendingReview.audit_id)).all() == [first]
    page.locator("#approve").dblclick()
    expect(queue).to_have_count(1)
    page.wait_for_timeout(1000)
    assert len(kept(world)) == 2
    expect(queue).to_have_count(1)


@pytest.mark.parametrize("how", ["key", "button"])
def test_a_decision_is_undone_and_the_item_is_back(
    page: Page, world: World, queue: Locator, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "UNDO_S", 8)
    first = queue.first.get_attribute("data-audit")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    page.locator("#reason").fill("an old poster")
    page.keyboard.press("Control+Enter")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Not passed")
    expect(queue).to_have_count(2)
    loaded(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if how == "key":
        page.keyboard.press("Control+z")
    else:
        page.get_by_role("button", name="Undo: South").click()
    expect(page.get_by_role("status")).to_contain_text("Undone")
    expect(queue).to_have_count(3)
    expect(page.locator(f'#queue [data-audit="{first}"]')).to_have_attribute("aria-current", "true")
    assert (kept(world), paid(world)) == (["undone"], 0)


def test_what_was_decided_on_a_page_that_is_closed_is_paid_and_shown_meanwhile(
    page: Page, world: World, queue: Locator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "UNDO_S", 4)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_be_visible()
    assert (kept(world), paid(world)) == (["waiting"], 0)
    page.reload()
    expect(page.locator(".toast")).to_contain_text("South: Approved")
    page.goto("about:blank")
    end = time.monotonic() + 30
    while kept(world) == ["waiting"] and time.monotonic() < end:
        page.wait_for_timeout(200)
    assert (kept(world), paid(world)) == (["done"], 1)


def test_a_line_stays_while_the_pointer_is_on_it(page: Page, world: World, queue: Locator) -> None:
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.locator(".toast").hover()
    page.wait_for_timeout(4000)
    assert kept(world) == ["done"]
    expect(page.locator(".toast")).to_be_visible()
    page.mouse.move(1, 1)
    expect(page.locator(".toast")).to_have_count(0)


def test_keys_that_are_off_stay_off_for_this_person(page: Page, world: World, queue: Locator) -> None:
    page.get_by_label("Keys").uncheck()
    expect(page.locator("#keys-hint")).to_be_hidden()
    page.reload()
    expect(page.locator("#keys-on")).not_to_be_checked()
    queue.first.click()
    loaded(page)
    for key in ("j", "a", "Enter"):
        page.locator("#item").focus()
        page.keyboard.press(key)
    expect(page.locator(".armed")).to_have_count(0)
    expect(queue.first).to_have_attribute("aria-current", "true")
    assert kept(world) == []
    sign_out(page)
    sign_in(page, "manager")
    expect(page.locator("#keys-on")).to_be_checked()


def test_letters_in_a_field_are_text(page: Page, world: World, queue: Locator) -> None:
    page.locator("#reason").press_sequentially("ajar")
    page.locator("#reason").press("Enter")
    expect(page.locator(".armed")).to_have_count(0)
    expect(page.locator("#reason")).to_have_value("ajar\n")
    assert kept(world) == []
