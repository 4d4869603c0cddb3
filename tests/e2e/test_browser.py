"""A person with a browser: sign in, send a photo, see the decision, switch the language, review."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from crm.access.scope import Scope
from crm.audits import pending
from crm.audits.service import carry_out_due
from crm.people.tables import User
from crm.tasks import service as tasks
from crm.workflows.upkeep import Regularly
from tests.integration.api.live import served
from tests.integration.api.world import LAT, LON, PASSWORD, World, make_world, photo_bytes, rules
from tests.integration.conftest import absent, make_schema
from tests.open_database import OpenDatabase

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"width": 360, "height": 740}
WAIT_MS = 20_000
UNDO_S = 1  # where a test does not undo


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for path in CHROMIUM if Path(path).exists()), None)
    if found is None:
        absent(f"no Chromium for this test: install it (apt install chromium); looked at {', '.join(CHROMIUM)}")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(pending, "UNDO_S", UNDO_S)
    url = f"sqlite:///{tmp_path / 'shelfproof.db'}"
    make_schema(url)
    database = OpenDatabase(url)
    yield make_world(database)
    database.dispose()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Served, with what a worker does for reviews."""
    worker = Regularly("reviews", 0.1, lambda: carry_out_due(world.database))
    worker.start()
    with served(world.app) as address:
        yield address
    worker.stop()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A phone whose browser speaks English; errors of scripts and violations of the policy fail the test."""
    context = browser.new_context(
        base_url=address, viewport=PHONE, locale="en-GB", permissions=["geolocation"],  # type: ignore[arg-type]
        geolocation={"latitude": LAT, "longitude": LON},
    )  # fmt: skip
    made = context.new_page()
    made.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    on_purpose = re.compile("net::ERR_FAILED|status of (40[139]|422|50[03])|status of 404.* /welcome/link$")

    def listen(message: ConsoleMessage) -> None:
        told = f"{message.text} {urlsplit(message.location['url']).path}"
        if message.type == "error" and not on_purpose.search(told):
            wrong.append(told)

    made.on("console", listen)
    yield made
    context.close()
    assert wrong == []


def sign_in(page: Page, login: str) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def send_photo(page: Page, data: bytes) -> None:
    page.get_by_label("Outlet").select_option("Corner shop")
    page.set_input_files("#file", {"name": "shelf.jpg", "mimeType": "image/jpeg", "buffer": data})
    expect(page.get_by_alt_text("The photo that you chose")).to_be_visible()
    page.get_by_role("button", name="Send for checking").click()


def test_a_rep_sends_a_photo_and_an_auditor_reviews_one(page: Page, world: World) -> None:
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes(3000, 2000))
    decision = page.locator("#decision")
    expect(decision).to_contain_text("Passed")
    expect(decision).to_contain_text("¥2.00")
    expect(page.locator("#balance")).to_have_text("¥2.00")
    expect(page.locator(".clauses")).to_contain_text("needed ≥ 5")
    box = page.locator(".shelf rect.own").first
    box.click()
    expect(page.locator(".caption")).to_contain_text("Cola can: 80% certain")
    shown = page.locator(".shelf img").evaluate("image => [image.naturalWidth, image.complete]")
    assert shown == [2048, True]  # shrunk on the phone before it was sent
    page.get_by_text("Statement").click()
    expect(page.locator("#statement")).to_contain_text("+¥2.00")

    page.get_by_role("link", name="Switch to Chinese").click()
    expect(page.get_by_role("heading", name="陈列检核")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#tasks")).to_contain_text("可乐陈列")
    page.get_by_role("link", name="切换为英文").click()

    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    send_photo(page, photo_bytes())
    expect(decision).to_contain_text("A person will look at it")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    expect(page.locator(".reasons")).to_contain_text("At least five own fronts")
    expect(page.locator(".shelf img")).to_be_visible()
    page.locator("#item").focus()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Write a reason first.")
    page.get_by_label("Reason").fill("labels cannot be read")
    page.locator("#item").focus()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Not passed")
    expect(page.locator("#queue-empty")).to_be_visible()


@pytest.mark.parametrize(
    ("best", "english", "chinese"),
    [
        (6, "the estimates would pay ¥2.00", "按估计值应付 ¥2.00"),
        (4, "no estimate: By the estimates not every clause is met", "无估计金额：按估计值并非全部条款达标"),
    ],
)
def test_the_auditor_is_told_what_approving_pays(
    page: Page, world: World, best: int, english: str, chinese: str
) -> None:
    world.workflows.own = {"low": 3, "best": best, "high": 7}
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    expect(page.locator("#verdict")).to_contain_text(english)
    page.get_by_role("link", name="Switch to Chinese").click()
    page.get_by_role("button", name="街角小店").click()
    expect(page.locator("#verdict")).to_contain_text(chinese)


def test_a_second_display_goes_to_a_person_who_sees_the_first_beside_it(page: Page) -> None:
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("Passed")
    page.get_by_label("Number of the display").select_option("2")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "auditor")
    page.get_by_role("button", name="Corner shop").click()
    other = page.get_by_alt_text("Display 1")
    expect(other).to_be_visible()
    assert other.evaluate("image => image.complete && image.naturalWidth > 0")


def test_the_page_offers_as_many_displays_as_the_claim_may_have(page: Page, world: World) -> None:
    with world.database.write() as s:
        dealer = s.get_one(User, world.users["rep-a"]).dealer_id
        scope = Scope(world.users["rep-a"], "rep", world.brand, dealer)
        tasks.claim_task(s, scope, world.task, world.outlet)
        manager = Scope(world.users["manager"], "manager", world.brand)
        tasks.publish_version(s, manager, world.task, rules(), displays_max=7)
    sign_in(page, "rep-a")
    numbers = page.get_by_label("Number of the display").locator("option")
    page.get_by_label("Outlet").select_option("Corner shop")
    expect(numbers).to_have_count(5)
    send_photo(page, photo_bytes())  # the only audit of the claim, which ends with its decision
    expect(page.locator("#decision")).to_contain_text("Passed")
    expect(numbers).to_have_count(7)


def test_the_decision_arrives_by_itself_when_a_person_has_made_it(page: Page, world: World, address: str) -> None:
    from tests.integration.api.test_events import headers

    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    auditor = page.context.request
    [item] = auditor.get("/api/v1/reviews", headers=headers(world, "auditor")).json()["items"]
    body = {"action": "approve", "seq": 1}
    done = auditor.post(f"/api/v1/reviews/{item['audit_id']}", data=body, headers=headers(world, "auditor"))
    assert done.status == 202
    expect(page.locator("#decision")).to_contain_text("Passed")
    expect(page.locator("#balance")).to_have_text("¥2.00")


def test_a_lost_connection_is_tried_again_and_counts_once(page: Page, world: World) -> None:
    tried: list[str] = []

    def break_the_first(route: object) -> None:
        request = route.request  # type: ignore[attr-defined]
        tried.append(request.headers["idempotency-key"])
        if len(tried) == 1:
            route.fetch()  # type: ignore[attr-defined]  # it arrives, but the answer is lost
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    # before the first page: a route that is set while a page is still loading may miss its requests
    page.route(re.compile("/api/v1/photos$"), break_the_first)
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("Passed")
    expect(page.locator("#balance")).to_have_text("¥2.00")
    assert len(tried) == 2
    assert len(set(tried)) == 1


@pytest.mark.parametrize(("status", "times"), [(500, 1), (503, 2), (422, 1)])
def test_only_an_answer_that_may_change_is_asked_for_again(page: Page, status: int, times: int) -> None:
    """A photo that was a 500 each time was sent again and again."""
    tried: list[str] = []

    def answer(route: object) -> None:
        tried.append(route.request.headers["idempotency-key"])  # type: ignore[attr-defined]
        if len(tried) == 1:
            body = {"status": status, "code": "x", "detail": "What the service says."}
            route.fulfill(status=status, json=body, headers={"Retry-After": "1"})  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route(re.compile("/api/v1/photos$"), answer)
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    if times > 1:
        expect(page.locator("#decision")).to_contain_text("Passed")
    else:
        expect(page.get_by_role("status")).to_have_text("What the service says.")
        page.wait_for_timeout(2500)  # the first wait between two tries is 2 seconds
    assert len(tried) == times
    kept = page.evaluate("JSON.parse(localStorage.getItem('shelfproof.pending'))?.key")
    assert kept == (tried[0] if status == 500 else None)  # a person may send it again, and it counts once


def test_without_a_location_the_rep_is_told_why_a_person_looks(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'geolocation', { value: undefined })")
    sign_in(page, "rep-a")
    send_photo(page, photo_bytes())
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    expect(page.locator(".reasons")).to_contain_text("The check-in has no position")


def test_a_key_is_kept_when_the_session_ends_on_the_way(page: Page, world: World) -> None:
    photo, keys = photo_bytes(), []

    def expire(route: object) -> None:
        request = route.request  # type: ignore[attr-defined]
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # type: ignore[attr-defined]  # it arrives; what comes back says: sign in again
            problem = {"status": 401, "code": "session_expired", "detail": "Sign in again."}
            route.fulfill(status=401, json=problem)  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route(re.compile("/api/v1/photos$"), expire)
    sign_in(page, "rep-a")
    send_photo(page, photo)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("JSON.parse(localStorage.getItem('shelfproof.pending')).key") == keys[0]
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.locator("#decision")).to_contain_text("Passed")
    expect(page.locator("#balance")).to_have_text("¥2.00")  # counted once
    assert keys == keys[:1] * 2


def test_the_pages_fit_a_phone(page: Page) -> None:
    for login, path in (("rep-a", "/rep"), ("auditor", "/review"), ("manager", "/stops")):
        sign_in(page, login)
        page.get_by_role("button", name="Sign out").wait_for()
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], path
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, .quiet')].filter(e => e.offsetParent)"
            ".map(e => [e.id || e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, h]) => h < 44)"
        )
        assert small == [], path
        page.context.clear_cookies()
