"""Words of 300 characters without a space, wherever people may write one: no page grows wider than the phone."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect
from sqlalchemy import inspect, update

from crm.access.scope import Scope
from crm.catalog.tables import Product
from crm.outlets.tables import Outlet
from crm.people.tables import Organisation, User
from crm.tasks import service as tasks
from crm.tasks.tables import Task
from pipeline.rules.clauses import Clause, TaskRules, simple_reward
from pipeline.texts import Text
from tests.e2e import test_browser
from tests.e2e.test_browser import PHONE, sign_in
from tests.e2e.test_stops import sign_out
from tests.integration.api.test_reversals import DUPLICATE
from tests.integration.api.world import PASSWORD, World, photo_bytes

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page

WORD = "W" * 300
KEPT = {"id", "code", "login", "phone", "role", "kind", "state", "period", "password_hash"}


def write_long_words(world: World) -> None:
    """Into every text column that people fill, and into the rules' labels."""
    with world.database.write() as s:
        for table in (Outlet, Product, Task, User, Organisation):
            columns = inspect(table).columns
            texts = [each.key for each in columns if each.type.python_type is str and not each.key.endswith("_id")]
            s.execute(update(table).values(dict.fromkeys(set(texts) - KEPT, WORD + table.id)))
        clause = Clause("own", Text(WORD, WORD), 'facings.own >= 5 or facings.sku["cola-330"] >= 9', "refuse")
        manager = Scope(world.users["manager"], "manager", world.brand)
        tasks.publish_version(s, manager, world.task, TaskRules((clause,), simple_reward(200), 100_000).as_dict())


@contextmanager
def fitting(page: Page) -> Iterator[None]:
    """Whatever is shown at the end is no wider than the screen, nor cut off by it."""
    yield
    wide = page.evaluate(
        """() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll("main *")]
        .filter((each) => each.getClientRects().length && each.getBoundingClientRect().right > innerWidth + 1
          && !each.closest("svg, .visually-hidden")).map((each) => `${each.tagName}.${each.className}#${each.id}`)]"""
    )
    assert wide == [PHONE["width"]]


def sign_in_failing(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(WORD)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def send(page: Page) -> None:
    sign_in(page, "rep-a")
    page.get_by_label("Outlet").select_option(index=1)
    page.set_input_files("#file", {"name": f"{WORD[:200]}.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes()})
    page.get_by_role("button", name="Send for checking").click()
    expect(page.locator("#decision")).to_contain_text("A person will look at it")


def test_the_pages_of_a_rep_fit_whatever_people_write(page: Page, world: World) -> None:
    write_long_words(world)
    world.workflows.flags = [{**DUPLICATE, "en": WORD, "zh": WORD}]
    with fitting(page):
        sign_in_failing(page)
    with world.database.write() as s:
        s.execute(update(User).where(User.login == "rep-b").values(must_change_password=True))
    with fitting(page):
        sign_in(page, "rep-b")
        expect(page.locator("#choose")).to_be_visible()
        page.locator("#password").fill(WORD[:100])
        page.locator("#show").click()
    sign_out(page)
    with fitting(page):
        send(page)
        page.locator("details:has(#recent) summary").click()
        expect(page.locator("#recent li")).to_have_count(1)


def test_the_pages_of_a_manager_fit_whatever_people_write(page: Page, world: World) -> None:
    write_long_words(world)
    sign_in(page, "manager")
    page.goto("/stops")
    with fitting(page):
        page.locator("#why").fill(WORD)
        page.locator("#of-task button").click()
        expect(page.locator("#stopped li")).to_have_count(1)
    with fitting(page):
        page.get_by_label("Why it may be opened").fill(WORD)
        page.get_by_role("button", name="Open again").click()
        expect(page.locator("#stopped li")).to_have_count(0)
        page.locator("#opened-box summary").click()
        expect(page.locator("#opened li")).to_have_count(1)
    page.goto("/skus")
    with fitting(page):
        page.locator("#skus a").first.click()
        expect(page.locator("#told h2")).to_be_visible()


def dismissing(page: Page) -> None:
    page.get_by_label("Does not count", exact=True).check()
    page.get_by_label("Why it does not count").fill(WORD)
    page.locator("#reason").fill(WORD)


def test_the_pages_of_an_auditor_fit_whatever_people_write(page: Page, world: World) -> None:
    write_long_words(world)
    world.workflows.flags = [{**DUPLICATE, "en": WORD, "zh": WORD}]
    send(page)
    sign_out(page)
    sign_in(page, "manager")
    with fitting(page):
        page.locator("#queue button").click()
        expect(page.locator(".shelf img")).to_be_visible()
        page.locator("#correct-box summary").click()
        dismissing(page)
    with fitting(page):
        page.locator("#amount").fill("9.00")
        page.locator("#approve").click()
        page.locator("#question-yes").click()
        expect(page.locator("#second-list li")).to_have_count(1)
        page.locator("#second-why").fill(WORD)
    with fitting(page):
        page.locator("#second-decline").click()
        expect(page.locator(".history")).to_contain_text("Proposal declined")
    with fitting(page):
        dismissing(page)
        page.locator("#approve").click()
        expect(page.locator(".toast")).to_be_visible()
    with fitting(page):
        page.mouse.move(0, 0)  # a line under the pointer stays
        expect(page.locator(".toast")).to_have_count(0)
        page.locator("#decided-box summary").click()
        page.locator("#decided button").click()
        page.locator("#settled-why").fill(WORD)
    sign_out(page)
    sign_in(page, "rep-a")
    with fitting(page):
        page.get_by_text("Statement").click()
        expect(page.locator("#statement")).to_contain_text("+¥2.00")
