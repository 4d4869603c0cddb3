"""An auditor ticks the fronts of a newly enrolled SKU, and a manager sees where its trial stands."""

from playwright.sync_api import Page, expect

from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE, send_photo, sign_in
from tests.e2e.test_stops import sign_out
from tests.integration.api.trial import drawing, put_on_trial
from tests.integration.api.world import World

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page


def test_fronts_are_ticked_one_by_one_and_only_then_paid(page: Page, world: World) -> None:
    put_on_trial(world)
    sign_in(page, "rep-a")
    send_photo(page, drawing("lime", "lime", "lime", "sister", "odd"))
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    expect(page.locator(".reasons")).to_contain_text("A person looks at this display")
    sign_out(page)

    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    strip = page.locator(".trial")
    expect(strip).to_contain_text("¥2.00 would be paid by itself")
    expect(strip).to_contain_text("0 of 4 ticked")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("one by one")
    fronts = strip.locator("button.it")
    expect(fronts).to_have_count(4)
    fronts.nth(0).click()
    strip.get_by_role("button", name="Keep these ticks").click()
    expect(page.get_by_role("status")).to_contain_text("do not bear the payment")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("do not bear this payment")
    for number in range(1, 3):
        fronts.nth(number).click()
    strip.locator("button.sister").nth(3).click()
    expect(strip).to_contain_text("3 of 4 ticked")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    strip.get_by_role("button", name="Keep these ticks").click()
    expect(page.get_by_role("status")).to_have_text("The ticked fronts bear the payment.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("¥2.00")
    sign_out(page)

    sign_in(page, "manager")
    page.get_by_role("link", name="Products").click()
    expect(page.locator("#skus li")).to_have_count(3)
    page.get_by_label("Find by name").fill("lime")
    expect(page.locator("#skus li")).to_have_count(1)
    page.get_by_role("link", name="Lime can").click()
    expect(page.locator("#told")).to_contain_text("On trial: its names do not pay yet.")
    expect(page.locator("#told")).to_contain_text("1 / 80")
    expect(page.locator("#told")).to_contain_text("1 / 20")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
