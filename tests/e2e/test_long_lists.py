"""A list that is long is there to its end: no page stops at a number without a word."""

from playwright.sync_api import Page, expect
from sqlalchemy import insert

from crm.catalog.tables import Product
from crm.kernel.ids import new_id
from tests.e2e import test_browser
from tests.e2e.test_browser import sign_in
from tests.integration.api.world import World

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page

MORE = 1040  # beside the two of the world; pages of the API have 200 items at most


def test_a_product_beyond_a_thousand_is_found_and_can_be_stopped(page: Page, world: World) -> None:
    rows = [
        {"id": new_id(), "brand_id": world.brand, "code": f"sku-{number:04}", "name": f"Can {number:04}", "own": True}
        for number in range(MORE)
    ]
    with world.database.write() as s:
        s.execute(insert(Product), rows)
    sign_in(page, "manager")
    page.get_by_role("link", name="Products").click()
    expect(page.locator("#skus-count")).to_have_text(str(MORE + 2))
    expect(page.get_by_role("link", name=f"Can {MORE - 1:04}")).to_have_count(1)
    page.get_by_role("link", name="Stops").click()
    expect(page.locator("#of-sku > li")).to_have_count(MORE + 2)
    page.locator("#why").fill("taken for another one")
    page.locator("#find").fill("Can 0000")  # the newest come first
    page.get_by_role("button", name="Stop Can 0000").click()
    expect(page.get_by_role("status")).to_have_text("Stopped: Can 0000")
