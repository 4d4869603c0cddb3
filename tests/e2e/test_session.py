"""The session's end: told before, put off by who is there, and nothing lost after it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from crm.people import sessions
from tests.e2e import test_browser
from tests.e2e.test_browser import send_photo, sign_in
from tests.integration.api.world import PASSWORD, World, make_world, photo_bytes
from tests.integration.conftest import make_schema
from tests.open_database import OpenDatabase

browser, address, page = test_browser.browser, test_browser.address, test_browser.page
IDLE_S = 18  # told of in the last three


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'shelfproof.db'}"
    make_schema(url)
    database = OpenDatabase(url)
    yield make_world(database, lambda settings: replace(settings, idle_seconds=IDLE_S))
    database.dispose()


@pytest.fixture
def end(world: World) -> Callable[[str], None]:
    def end(login: str) -> None:
        with world.database.write() as s:
            sessions.end_all(s, world.users[login])

    return end


def test_the_end_is_told_and_put_off_by_a_button(page: Page) -> None:
    sign_in(page, "rep-a")
    bar = page.locator(".session-bar")
    expect(bar).to_contain_text("Your session ends in")  # though the page polls and hears events meanwhile
    bar.get_by_role("button", name="Stay signed in").click()
    expect(bar).to_have_count(0)
    expect(page.locator("dialog")).to_have_count(0)


def test_who_was_away_signs_in_again_in_place(page: Page, end: Callable[[str], None]) -> None:
    sign_in(page, "rep-a")
    expect(page.get_by_label("Outlet")).to_be_enabled()
    page.get_by_label("Outlet").select_option("Corner shop")
    page.set_input_files("#file", {"name": "shelf.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes()})
    end("rep-a")
    page.get_by_role("button", name="Send for checking").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What you typed and chose is kept.")
    dialog.get_by_label("Password").fill("a wrong password")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("login and password do not match")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#decision")).to_contain_text("Passed")  # what was under way went on


def test_what_an_auditor_typed_stays(page: Page, world: World, end: Callable[[str], None]) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    page.get_by_label("Reason").fill("labels cannot be read")
    end("auditor")
    page.get_by_role("button", name="Refuse").click()
    page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("status")).to_contain_text("Not passed")


def test_another_tab_that_is_used_keeps_both(page: Page) -> None:
    sign_in(page, "rep-a")
    expect(page.get_by_label("Outlet")).to_be_enabled()
    other = page.context.new_page()
    other.goto("/rep")
    expect(page.locator(".session-bar")).to_have_count(1)
    other.get_by_role("heading", name="Check a display").click()
    expect(page.locator(".session-bar")).to_have_count(0)
