"""The page that an invitation opens: choosing a password, by a link and in place of one that somebody else knows."""

import pytest
from playwright.sync_api import Page, expect

from crm.people import inviting
from crm.people import service as people
from crm.people.recording import By
from crm.people.tables import User
from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE
from tests.integration.api.world import World

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page
BY, CHOSEN = By(operator="operator somebody"), "an uncommon password"


def link(world: World) -> str:
    with world.database.write() as s:
        return inviting.link("", inviting.invite(s, BY, people.current_user(s, world.users["rep-a"]))[0])


def choose(page: Page, password: str, again: str | None = None) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_label("Once more").fill(again or password)
    page.get_by_role("button", name="Save and go on").click()


def test_a_link_chooses_a_password_and_leads_to_ones_page(page: Page, world: World) -> None:
    page.goto(link(world))
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    assert "#" not in page.url  # the token stays in no history
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_label("Show").check()
    expect(page.get_by_label("New password")).to_have_attribute("type", "text")
    choose(page, CHOSEN, "something else")
    expect(page.get_by_role("alert")).to_contain_text("not the same")
    choose(page, "rep-a of A")
    page.wait_for_url("**/rep")
    with world.database.read() as s:
        assert people.current_user(s, world.users["rep-a"]).password_hash


@pytest.mark.parametrize("broken", ["used", "void", "cut off", "missing"])
def test_a_link_that_is_none_says_what_to_do(page: Page, world: World, broken: str) -> None:
    address = link(world)
    if broken == "used":
        inviting.accept(world.database, address.partition("#")[2], CHOSEN)
    elif broken == "void":
        link(world)
    page.goto({"cut off": address[:-5], "missing": inviting.PATH}.get(broken, address))
    if broken != "missing":
        choose(page, "another good password")
    expect(page.get_by_role("alert")).to_contain_text("sk for a new one")
    if broken == "missing":
        expect(page.get_by_label("New password")).to_be_hidden()


def test_a_password_set_by_somebody_else_is_changed_first(page: Page, world: World) -> None:
    with world.database.write() as s:
        inviting.set_password(s, BY, s.get_one(User, world.users["rep-a"]), CHOSEN)
    page.goto("/")
    page.get_by_label("Name").fill("rep-a")
    page.get_by_label("Password").fill(CHOSEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/welcome")
    page.goto("/rep")
    page.wait_for_url("**/welcome")
    choose(page, CHOSEN)
    expect(page.get_by_role("alert")).to_contain_text("present password")
    choose(page, "my own password")
    page.wait_for_url("**/rep")


def test_an_installation_without_an_admin_says_what_to_run(page: Page, world: World) -> None:
    with world.database.write() as s:
        s.get_one(User, world.users["admin"]).active = False
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("shelfproof admin create LOGIN --name NAME")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
