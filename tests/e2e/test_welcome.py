"""The page that an invitation opens: choosing a password, by a link and in place of one that somebody else knows."""

import re

import pytest
from playwright.sync_api import Page, expect

from crm.access.trail import By
from crm.people import inviting
from crm.people import service as people
from crm.people.tables import User
from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE
from tests.integration.api.world import World

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page
BY, CHOSEN = By(operator="operator somebody"), "an uncommon password"


def link(world: World, login: str = "rep-a") -> str:
    with world.database.write() as s:
        return inviting.link("", inviting.invite(s, BY, people.current_user(s, world.users[login]))[0])


def choose(page: Page, password: str, again: str | None = None) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_label("Once more").fill(password if again is None else again)
    page.get_by_role("button", name="Save and go on").click()


def test_a_link_chooses_a_password_and_leads_to_ones_page(page: Page, world: World) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers.get('referer')}"))
    there = link(world)
    page.goto(there)
    expect(page.get_by_text("Welcome, Rep-A.")).to_be_visible()
    expect(page.get_by_label("You sign in as")).to_have_value("rep-a")
    expect(page.get_by_label("New password")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("New password")).to_have_attribute("type", "text")
    expect(page.get_by_label("Once more")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_label("New password")).to_have_attribute("type", "password")

    choose(page, "short")
    expect(page.locator("#password-fault")).to_have_text("Give 8 to 200 characters.")
    choose(page, CHOSEN, "something else")
    expect(page.locator("#password-fault")).to_be_empty()
    expect(page.locator("#again-fault")).to_have_text("The two are not the same.")
    expect(page.get_by_label("Once more")).to_be_focused()
    choose(page, "88888888")
    expect(page.locator("#password-fault")).to_contain_text("one character again and again")
    expect(page.get_by_label("New password")).to_have_value("88888888")  # kept, to be mended

    page.get_by_role("link", name="Switch to Chinese").click()  # the link is not lost by it
    expect(page.get_by_text("Rep-A，欢迎使用。")).to_be_visible()
    page.get_by_role("link", name="切换为英文").click()
    choose(page, CHOSEN)
    page.wait_for_url("**/rep")
    assert people.authenticate(world.database, "rep-a", CHOSEN).id == world.users["rep-a"]
    token = there.partition("#")[2]
    assert [address for address in sent if token in address.replace(f"#{token}", "")] == []
    page.go_back()
    expect(page.get_by_label("New password")).to_have_count(0)


@pytest.mark.parametrize("broken", ["used", "newer", "expired", "closed", "cut off", "missing"])
def test_a_link_that_is_none_says_so_before_anything_is_typed(page: Page, world: World, broken: str) -> None:
    there = link(world)
    if broken == "used":
        inviting.accept(world.database, there.partition("#")[2], CHOSEN)
    elif broken == "newer":
        link(world)
    elif broken != "missing":
        with world.database.write() as s:
            user = s.get_one(User, world.users["rep-a"])
            if broken == "expired":
                inviting.void_links(s, user)
            user.active = broken != "closed"
    page.goto({"cut off": there[:-5], "missing": inviting.PATH}.get(broken, there))
    expect(page.get_by_role("status")).to_contain_text("sk for a new one")
    expect(page.get_by_label("New password")).to_be_hidden()
    page.get_by_role("link", name="To sign in").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_what_a_chat_puts_behind_a_link_is_no_part_of_it(page: Page, world: World) -> None:
    page.goto(f"{link(world)}。")
    expect(page.get_by_label("You sign in as")).to_have_value("rep-a")
    page.goto(link(world, "auditor"))  # another link, in the same tab
    expect(page.get_by_label("You sign in as")).to_have_value("auditor")
    page.keyboard.press("Shift+Tab")
    page.evaluate("location.hash = '#content'")  # the jump over the head of the page
    page.wait_for_function("location.hash.length > 20")
    page.reload()
    expect(page.get_by_label("You sign in as")).to_have_value("auditor")


def test_without_a_connection_the_link_is_looked_at_again(page: Page, world: World) -> None:
    page.route(re.compile("/welcome/link$"), lambda route: route.abort())
    page.goto(link(world))
    expect(page.get_by_role("status")).to_have_text("No connection to the service.")
    page.unroute(re.compile("/welcome/link$"))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("You sign in as")).to_have_value("rep-a")


def test_a_password_set_by_somebody_else_is_changed_first(page: Page, world: World) -> None:
    with world.database.write() as s:
        inviting.set_password(s, BY, s.get_one(User, world.users["manager"]), CHOSEN)
    page.goto("/")
    page.get_by_label("Name").fill("manager")
    page.get_by_label("Password").fill(CHOSEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/welcome")
    page.goto("/stops")
    page.wait_for_url("**/welcome")
    expect(page.get_by_text("Somebody else set your present password.")).to_be_visible()
    expect(page.get_by_role("link", name="Stops")).to_have_count(0)
    choose(page, CHOSEN)
    expect(page.locator("#password-fault")).to_contain_text("present password")
    choose(page, "my own password")
    page.wait_for_url("**/review")
    expect(page.get_by_text("Nothing to review")).to_be_visible()


def test_a_page_that_is_open_ends_when_a_password_was_set(page: Page, world: World) -> None:
    test_browser.sign_in(page, "manager")
    page.wait_for_url("**/review")
    with world.database.write() as s:
        inviting.set_password(s, BY, s.get_one(User, world.users["manager"]), CHOSEN)
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_page_that_is_open_leads_there_while_a_password_must_be_changed(page: Page, world: World) -> None:
    test_browser.sign_in(page, "manager")
    page.wait_for_url("**/review")
    expect(page.get_by_text("Nothing to review")).to_be_visible()  # before that its own calls would lead there
    with world.database.write() as s:
        s.get_one(User, world.users["manager"]).must_change_password = True  # as after a sign-in in another tab
    page.get_by_role("button", name="Reload").click()
    page.wait_for_url("**/welcome")


def test_an_installation_without_an_admin_says_what_to_run(page: Page, world: World) -> None:
    page.goto("/")
    expect(page.get_by_text("shelfproof admin create")).to_have_count(0)
    with world.database.write() as s:
        s.get_one(User, world.users["admin"]).active = False
    page.goto("/")
    expect(page.get_by_role("note")).to_contain_text("shelfproof admin create LOGIN --name NAME")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
