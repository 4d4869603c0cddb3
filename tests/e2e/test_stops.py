"""A manager stops a task by one click; the next photo goes to a person; opened again, the next is paid."""

from playwright.sync_api import Page, expect

from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE, send_photo, sign_in
from tests.integration.api.world import World, photo_bytes

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_one_click_stops_a_task_and_another_opens_it_again(page: Page, world: World) -> None:
    sign_in(page, "manager")
    page.get_by_role("link", name="Stops").click()
    expect(page.get_by_text("Nothing is stopped.")).to_be_visible()
    stop = page.get_by_role("button", name="Stop Cola display")
    stop.click()
    expect(page.get_by_role("status")).to_have_text("Write a reason first.")
    expect(page.locator("#why")).to_be_focused()
    page.locator("#why").fill("copies are paid")
    stop.click()
    expect(page.get_by_role("status")).to_have_text("Stopped: Cola display")
    expect(page.locator("#stopped")).to_contain_text("copies are paid")
    expect(page.locator("#stopped")).to_contain_text("by Manager")
    expect(stop).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    sign_out(page)

    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    expect(page.locator(".reasons")).to_have_text("A person looks at this display.")
    expect(page.locator("#balance")).to_have_text("¥0.00")
    sign_out(page)

    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    expect(page.locator(".reasons")).to_contain_text("was stopped by Manager: copies are paid.")
    page.get_by_role("link", name="Stop automatic pay").click()
    expect(page.locator("#of-task .chosen")).to_contain_text("Cola display")
    expect(page.locator("#stopped")).to_contain_text("A manager opens it again.")
    expect(page.get_by_role("button", name="Open again")).to_have_count(0)
    page.get_by_role("link", name="Review").click()
    page.get_by_role("button", name="Corner shop").click()
    page.get_by_label("Reason").fill("a copy")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("status")).to_contain_text("Not passed")
    sign_out(page)

    sign_in(page, "manager")
    page.get_by_role("link", name="Stops").click()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("status")).to_have_text("Write a reason first.")
    page.get_by_label("Why it may be opened").fill("all copies found")
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("status")).to_have_text("Opened again: Cola display")
    expect(page.get_by_text("Nothing is stopped.")).to_be_visible()
    page.get_by_text("Opened again", exact=True).click()
    expect(page.locator("#opened")).to_contain_text("all copies found")
    sign_out(page)

    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("Passed")
    expect(page.locator("#balance")).to_have_text("¥2.00")
