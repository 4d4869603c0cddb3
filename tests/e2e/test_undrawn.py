"""A photo of which no picture could be drawn, and one whose file is gone: both pages say so, in both languages."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.audits.photos.tables import Photo
from crm.audits.service import give_to_person
from crm.kernel.clock import utcnow
from tests.e2e import test_browser
from tests.e2e.test_browser import send_photo, sign_in
from tests.integration.api.world import World, photo_bytes

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page


@pytest.mark.parametrize("shown", [True, False])
def test_a_word_stands_where_no_picture_could_be_drawn(page: Page, world: World, shown: bool) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}  # an auditor looks, too
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    with world.database.write() as s:
        photo = s.scalars(select(Photo)).one()
        photo.annotated_key, photo.undrawn_at = None, utcnow()
        if not shown:
            photo.picture_key = None
        audit_id = photo.audit_id
    told = "the photo itself is shown" if shown else "nor can it be shown"
    page.goto(f"/rep?audit={audit_id}")
    expect(page.locator("#evidence")).to_contain_text(told)
    assert page.locator("#evidence .shelf img").count() == int(shown)
    page.get_by_role("link", name="Switch to Chinese").click()
    page.goto(f"/rep?audit={audit_id}")
    expect(page.locator("#evidence")).to_contain_text("此处显示照片本身" if shown else "也无法显示")
    page.get_by_role("link", name="切换为英文").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    expect(page.locator("#evidence")).to_contain_text(told)


def test_a_rep_reads_that_the_file_is_missing(page: Page, world: World) -> None:
    world.workflows.asleep = True
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.get_by_role("status")).to_contain_text("Reading the shelf")
    with world.database.write() as s:
        give_to_person(s, s.scalars(select(Photo.audit_id)).one(), "photo_gone")
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    expect(page.locator(".reasons")).to_contain_text("missing in our store")
