"""The main job as a new user tries it: a field photo on the page, decided by the shipped networks, explained, paid."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cli.demo_seed import FIELD_REP, FIELD_TASK, PASSWORD, demo_spec
from cli.local_service import LocalService, local_service
from crm.access.session import unscoped
from crm.ledger.checks import check_ledger
from crm.seeding.world import BrandSpec, OutletSpec, TaskSpec
from datasets.field import field_photos, of_split
from datasets.yolo import LabelledPhoto
from models.detections import PRODUCT
from tests.e2e import test_browser
from training.prediction import paired

browser = test_browser.browser
SPEC = demo_spec(outlets=10)
MEASURED = re.compile(r"measured (\d+)(?: \((\d+) to (\d+|∞)\))?")
ON_THE_PICTURE = """picture => {
  const frame = picture.getBoundingClientRect();
  return [...picture.parentElement.querySelectorAll("rect:not(.cooler, .maybe)")].map(each => {
    const box = each.getBoundingClientRect();
    return [(box.left - frame.left) / frame.width, (box.top - frame.top) / frame.height,
            (box.right - frame.left) / frame.width, (box.bottom - frame.top) / frame.height];
  });
}"""


@pytest.fixture(scope="module")
def photo(field_data: Path) -> LabelledPhoto:
    """A cooler of 41 labelled fronts that no training saw: far more of both kinds than the task asks for."""
    [photo] = [each for each in of_split(field_photos(field_data), "test") if each.stem == "19_jpg"]
    return photo


@pytest.fixture(scope="module")
def service(photo: LabelledPhoto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "cli.local_service.configure_logs", lambda level: None
        )  # the logs of this process stay as they are
        with local_service(tmp_path_factory.mktemp("field"), SPEC, PASSWORD) as service:
            yield service


@pytest.fixture
def page(browser: Browser, service: LocalService) -> Iterator[Page]:
    """A phone that stands in the last of the field brand's outlets; errors of scripts fail the test."""
    outlet = _outlet()
    context = browser.new_context(
        base_url=service.url, viewport={"width": 390, "height": 844}, locale="en-GB",
        permissions=["geolocation"], geolocation={"latitude": outlet.lat, "longitude": outlet.lon},
    )  # fmt: skip
    made = context.new_page()
    made.set_default_timeout(test_browser.WAIT_MS)
    expect.set_options(timeout=test_browser.WAIT_MS)
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield made
    context.close()
    assert wrong == []


def test_a_field_photo_is_decided_explained_and_paid(page: Page, service: LocalService, photo: LabelledPhoto) -> None:
    task, balance = _task(), page.locator("#balance")
    _sign_in(page)
    expect(balance).to_have_text("¥0.00")
    page.get_by_label("Outlet").select_option(_outlet().name)
    page.get_by_text(task.name, exact=True).click()
    page.set_input_files("#file", str(photo.path))
    page.get_by_role("button", name="Send for checking").click()

    decision = page.locator("#decision")
    expect(decision.locator(".verdict.pass")).to_contain_text("Passed")
    expect(decision).to_contain_text("¥2.00 in your wallet")
    expect(balance).to_have_text("¥2.00")
    fronts = int((photo.classes == PRODUCT).sum())
    _check_clauses(page.locator(".clauses > li"), task, fronts)
    _check_boxes(page, photo)

    page.get_by_text("Statement").click()
    expect(page.locator("#statement li b")).to_have_text(["+¥2.00"])
    page.reload()
    expect(balance).to_have_text("¥2.00")
    with service.parts.database.read(unscoped("a test looks at what came of it")) as session:
        assert check_ledger(session) == []


def _sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(FIELD_REP)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _check_clauses(shown: Locator, task: TaskSpec, fronts: int) -> None:
    """Every clause of the task is shown as met, with what was measured: an interval that lies above what was needed."""
    expect(shown).to_have_count(len(task.rules.clauses))
    for clause, line in zip(task.rules.clauses, shown.all(), strict=True):
        needed = int(clause.expression.rpartition(" ")[2])
        expect(line.locator(".name")).to_have_text(clause.label.en)
        expect(line.locator(".pill")).to_have_text("met")
        expect(line).to_contain_text(f"needed ≥ {needed}")
        found = MEASURED.search(line.inner_text())
        assert found, line.inner_text()
        best, low = int(found[1]), int(found[2] or found[1])
        assert needed <= low <= best <= 1.15 * fronts
    total = MEASURED.search(shown.first.inner_text())
    assert total
    assert int(total[1]) == pytest.approx(fronts, rel=0.15)


def _check_boxes(page: Page, photo: LabelledPhoto) -> None:
    """On the screen, nine of ten labelled fronts lie in a box, and nine of ten boxes on a labelled front."""
    picture = page.locator(".shelf img")
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    expect(page.locator(".shelf rect.own").first).to_be_visible()
    drawn: npt.NDArray[np.float64] = np.array(picture.evaluate(ON_THE_PICTURE), float).reshape(-1, 4)
    true = photo.boxes[photo.classes == PRODUCT]
    met = int((paired(true, drawn) >= 0).sum())
    assert met >= 0.9 * len(true)
    assert met >= 0.9 * len(drawn)


def _brand() -> BrandSpec:
    return next(brand for brand in SPEC.brands if any(user.login == FIELD_REP for user in brand.users))


def _outlet() -> OutletSpec:
    return _brand().outlets[-1]


def _task() -> TaskSpec:
    return next(task for task in _brand().tasks if task.code == FIELD_TASK)
