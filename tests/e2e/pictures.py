"""Makes the pictures of the README from the running service: `python -m tests.e2e.pictures`.

Needs Chromium and a Chinese font (Debian: chromium, fonts-noto-cjk): the page offers its other language in that script.
"""

import io
import subprocess
import tempfile
from pathlib import Path

import cv2
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from cli.demo_seed import PASSWORD, REP, demo_spec
from cli.local_service import local_service
from tests.e2e.test_browser import CHROMIUM, FLAGS, WAIT_MS

ROOT = Path(__file__).resolve().parents[2]
PHOTO = ROOT / "datasets" / "demo" / "photos" / "09_new_product.jpg"
IMAGES = ROOT / "docs" / "img"
COLOURS = 256  # of the page's picture, which is a third as large then


def main() -> None:
    found = next(path for path in CHROMIUM if Path(path).exists())
    if not subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=True).stdout:
        raise SystemExit("no Chinese font, so the page would show boxes: install one (apt install fonts-noto-cjk)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        with local_service(Path(folder), demo_spec(outlets=3), PASSWORD) as service:
            context = browser.new_context(
                base_url=service.url, viewport={"width": 1180, "height": 950}, locale="en-GB",
                permissions=["geolocation"], geolocation={"latitude": 31.202, "longitude": 121.402},
            )  # fmt: skip
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            _send(page)
            _save_page(page.screenshot())
            annotated = page.request.get(page.locator("a[href*=annotated], .shelf img").first.evaluate(
                "node => (node.href || node.src).replace('picture.jpg', 'annotated.jpg')"))  # fmt: skip
            _save_annotated(annotated.body())
        browser.close()


def _send(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Name").fill(REP)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Outlet").select_option(index=1)
    page.get_by_text("New product placed").first.click()
    page.set_input_files("#file", str(PHOTO))
    page.get_by_role("button", name="Send for checking").click()
    expect(page.locator("#decision")).to_contain_text("¥", timeout=WAIT_MS)
    expect(page.locator(".shelf img")).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(500)
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")


def _save_page(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        few = image.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
    few.save(IMAGES / "page.png", optimize=True)


def _save_annotated(data: bytes) -> None:
    temporary = IMAGES / "annotated.tmp"
    temporary.write_bytes(data)
    image = cv2.imread(str(temporary))
    temporary.unlink()
    assert image is not None
    scale = 1000 / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(IMAGES / "annotated.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
