"""In a browser: a flag is dismissed, numbers are asked for again, a second person confirms, an award is taken back."""

from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.audits.photos.tables import Audit
from crm.ledger import service as ledger
from crm.ledger.legs import award_key
from crm.tasks.tables import Task
from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE, send_photo, sign_in
from tests.e2e.test_stops import sign_out
from tests.integration.api.test_reversals import DUPLICATE
from tests.integration.api.world import World, photo_bytes

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page


def in_review(page: Page, login: str = "auditor") -> None:
    """A photo that waits for a person, opened by an auditor."""
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    sign_out(page)
    sign_in(page, login)
    page.locator("#queue").get_by_role("button", name="Corner shop").click()
    expect(page.locator(".shelf img")).to_be_visible()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_duplicate_is_paid_only_once_its_flag_is_dismissed_with_a_reason(page: Page, world: World) -> None:
    world.workflows.flags = [DUPLICATE]
    in_review(page)
    expect(page.locator("#flags")).to_contain_text("nearly equal")
    fits(page)
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_contain_text("dismiss each with a reason, or refuse")
    tick = page.get_by_label("Does not count", exact=True)
    expect(tick).to_be_focused()
    tick.check()
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_have_text("Write why this does not count.")
    page.get_by_label("Why it does not count").fill("the cooler beside it")
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_contain_text("Passed · ¥2.00")
    expect(page.locator(".toast")).to_have_count(0)  # and carried out
    page.get_by_text("Decided", exact=True).click()
    page.locator("#decided").get_by_role("button", name="Corner shop").click()
    expect(page.locator(".history")).to_contain_text("the cooler beside it")
    expect(page.locator(".history")).to_contain_text("Auditor")


def test_what_pays_less_than_announced_is_told(page: Page, world: World) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    in_review(page)
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_contain_text("Passed · ¥2.00")
    with world.database.write() as s:  # another photo of the display is paid while this can be undone
        audit = s.scalars(select(Audit)).one()
        key = award_key(audit.task_id, audit.outlet_id, audit.display, audit.period_key, 1)
        budget, wallet = s.get_one(Task, audit.task_id).budget_account_id, ledger.open_account(s, "wallet", "another")
        ledger.post(s, key, "award", {budget: -200, wallet.id: 200}, "another photo")
    expect(page.locator("#status")).to_contain_text("Passed · ¥0.00 instead of Passed · ¥2.00", timeout=20_000)
    fits(page)


def test_numbers_beyond_the_boxes_are_asked_for_with_the_number(page: Page, world: World) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    in_review(page)
    page.get_by_text("Correct the numbers").click()
    page.get_by_label("Own fronts", exact=True).fill("200")
    page.locator("#reason").fill("counted")
    page.locator("#correct").click()
    expect(page.locator("#question")).to_contain_text("Own fronts: you wrote 200, the photo's boxes show at most 8.")
    fits(page)
    expect(page.locator("#question")).to_be_focused()  # where Enter answers nothing, even held down
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_visible()
    page.get_by_label("Own fronts", exact=True).fill("20")
    expect(page.locator("#question")).to_be_hidden()  # what was asked is no longer what is written
    page.locator("#correct").click()
    page.get_by_role("button", name="They are right: Own fronts 20").click()
    expect(page.get_by_role("status")).to_contain_text("Passed · ¥2.00")


def test_an_amount_above_the_table_waits_for_a_second_person(page: Page, world: World) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    in_review(page)
    page.locator("#amount").fill("200")
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_have_text("Write why this amount is right.")
    page.locator("#reason").fill("a whole season")
    page.locator("#approve").click()
    expect(page.locator("#question")).to_contain_text("¥200.00 is more than the ¥2.00 that the task can give")
    page.get_by_role("button", name="Propose ¥200.00").click()
    expect(page.get_by_role("status")).to_contain_text("waits for another person")
    expect(page.locator("#second")).to_contain_text("You proposed this")
    expect(page.locator("#second-confirm")).to_have_count(0)
    expect(page.locator("#second-list")).to_contain_text("yours")
    fits(page)
    sign_out(page)

    sign_in(page, "manager")
    page.locator("#second-list").get_by_role("button", name="Corner shop").click()
    expect(page.locator("#second")).to_contain_text("a whole season")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("status")).to_have_text("Write a reason first.")
    page.locator("#second").get_by_role("button", name="Pay ¥200.00").click()
    expect(page.get_by_role("status")).to_have_text("Confirmed.")
    expect(page.locator(".history")).to_contain_text("Confirmed by a second person")
    page.locator("#settled-why").fill("it never stood there")
    page.get_by_role("button", name="Propose to take back ¥200.00").click()
    expect(page.locator("#second")).to_contain_text("You proposed this")
    sign_out(page)

    sign_in(page, "admin")
    page.locator("#second-list").get_by_role("button", name="Corner shop").click()
    page.locator("#second").get_by_role("button", name="Take back ¥200.00").click()
    expect(page.locator("#verdict")).to_contain_text("Taken back")
    sign_out(page)
    sign_in(page, "rep-a")
    expect(page.locator("#balance")).to_have_text("¥0.00")


def test_a_rep_sees_in_his_wallet_what_was_taken_back_and_what_was_paid_again(page: Page) -> None:
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#balance")).to_have_text("¥2.00")
    sign_out(page)

    sign_in(page, "manager")
    page.get_by_text("Decided", exact=True).click()
    page.locator("#decided").get_by_role("button", name="Corner shop").click()
    take_back = page.get_by_role("button", name="Take back ¥2.00")
    take_back.click()
    expect(page.get_by_role("status")).to_have_text("Write a reason first.")
    page.locator("#settled-why").fill("the shop next door")
    fits(page)
    take_back.click()
    expect(page.get_by_role("status")).to_have_text("¥2.00 taken back.")
    expect(page.locator("#verdict .pill")).to_have_text("Taken back")
    sign_out(page)

    sign_in(page, "rep-a")
    expect(page.locator("#balance")).to_have_text("¥0.00")
    page.get_by_text("Statement").click()
    line = page.locator("#statement li").first
    expect(line).to_contain_text("Taken back")
    expect(line).to_contain_text("−¥2.00")
    expect(line).to_contain_text("the shop next door")
    line.get_by_role("link", name="view").click()
    expect(page.locator("#decision")).to_contain_text("Taken back")
    expect(page.locator("#decision")).to_contain_text("the shop next door")
    expect(page.locator(".reasons")).to_have_text("¥2.00 was taken back.")
    sign_out(page)

    sign_in(page, "auditor")
    page.get_by_text("Decided", exact=True).click()
    page.locator("#decided").get_by_role("button", name="Corner shop").click()
    page.locator("#settled-why").fill("the rep has a receipt")
    page.get_by_role("button", name="Review again").click()
    expect(page.get_by_role("status")).to_have_text("It waits for review again.")
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_contain_text("Passed · ¥2.00")
    sign_out(page)
    sign_in(page, "rep-a")
    expect(page.locator("#balance")).to_have_text("¥2.00")
