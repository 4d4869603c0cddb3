"""In a browser: the page makes large photos smaller, and their clock and place are checked nevertheless."""

import io
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.audits.photos.tables import Photo
from pipeline.intake.decode import decode_photo
from pipeline.intake.exif import read_exif
from pipeline.intake.photo_header import read_header
from tests.e2e import test_browser
from tests.e2e.test_browser import sign_in
from tests.integration.api.world import LAT, LON, World

browser, world, address, page = test_browser.browser, test_browser.world, test_browser.address, test_browser.page

TOKYO = timezone(timedelta(hours=9))
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def degrees(angle: float) -> tuple[IFDRational, int, int]:
    return IFDRational(round(abs(angle) * 1_000_000), 1_000_000), 0, 0


def camera(at: datetime, lat: float = LAT, lon: float = LON, orientation: int = 6) -> Image.Exif:
    """What a phone writes: by Tokyo's clock, with a maker's notes and much else."""
    made = Image.Exif()
    made[0x0112], made[0x010F], made[0x0110] = orientation, "A maker of phones", "Its phone"
    made.get_ifd(0x8769).update({
        0x9003: f"{at.astimezone(TOKYO):%Y:%m:%d %H:%M:%S}", 0x9011: "+09:00", 0x927C: bytes(range(256)) * 100,
        0x829A: IFDRational(1, 60), 0xA002: 4000,
    })  # fmt: skip
    made.get_ifd(0x8825).update({1: "N" if lat >= 0 else "S", 2: degrees(lat), 3: "E", 4: degrees(lon)})
    return made


def photo(exif: Image.Exif, form: str = "JPEG", size: tuple[int, int] = (4000, 3000)) -> bytes:
    """Large, and red where it is stored at the upper left."""
    image = np.random.default_rng(0).integers(60, 130, (size[1] // 20, size[0] // 20, 3), dtype=np.uint8)
    image[: len(image) // 4, : len(image[0]) // 4] = (250, 10, 10)
    stream = io.BytesIO()
    options = {"JPEG": {"quality": 80}, "PNG": {"compress_level": 1}, "WEBP": {"quality": 60, "method": 0}}[form]
    Image.fromarray(image).resize(size, Image.Resampling.NEAREST).save(stream, form, exif=exif, **options)
    return stream.getvalue()


def send(page: Page, world: World, data: bytes, form: str = "JPEG") -> tuple[Photo, bytes]:
    """The photo's row, and what was sent of it."""
    sign_in(page, "rep-a")
    page.get_by_label("Outlet").select_option("Corner shop")
    page.set_input_files("#file", {"name": "shelf", "mimeType": TYPES[form], "buffer": data})
    page.get_by_role("button", name="Send for checking").click()
    expect(page.locator("#decision .verdict")).not_to_have_class("pending")
    with world.database.read() as s:
        row = s.scalars(select(Photo)).one()
        s.expunge(row)
    return row, world.store.get(row.sha256)


@pytest.mark.parametrize("form", TYPES)
def test_the_copy_keeps_what_the_camera_tells(page: Page, world: World, form: str) -> None:
    now = datetime.now(UTC)
    turned = 6 if form != "WEBP" else 1  # browsers do not turn a WebP
    row, sent = send(page, world, photo(camera(now, orientation=turned), form), form)
    expect(page.locator("#decision")).to_contain_text("Passed")
    assert (row.width, row.height, row.mime) == ((1536, 2048) if turned == 6 else (2048, 1536)) + ("image/jpeg",)
    assert row.taken_at is not None
    assert abs(row.taken_at - now) < timedelta(seconds=1)
    assert (row.lat, row.lon) == pytest.approx((LAT, LON), abs=1e-5)
    # Upright, and said to be so: turned once more it would lie on its side.
    assert read_exif(read_header(sent).exif).orientation == 1
    blue, green, red = decode_photo(sent).image[20, -20 if turned == 6 else 20]
    assert red > 200 > 100 > max(blue, green)
    kept = Image.open(io.BytesIO(sent)).getexif()
    assert (kept[0x010F], kept[0x0110]) == ("A maker of phones", "Its phone")
    assert kept.get_ifd(0x8769)[0x829A] == IFDRational(1, 60)
    assert 0x927C not in kept.get_ifd(0x8769)
    assert len(read_header(sent).exif) < 1000


@pytest.mark.parametrize(
    ("exif", "told"),
    [(lambda: camera(datetime.now(UTC) - timedelta(hours=50)), "clock"),
     (lambda: camera(datetime.now(UTC), LAT + 1), "500 m")],
)  # fmt: skip
def test_an_old_photo_and_one_from_elsewhere_go_to_a_person(page: Page, world: World, exif: object, told: str) -> None:
    """The page took their EXIF off, and they were paid."""
    send(page, world, photo(exif()))  # type: ignore[operator]
    expect(page.locator("#decision")).to_contain_text("A person will look at it")
    expect(page.locator("#evidence")).to_contain_text(told)
    expect(page.locator("#balance")).to_have_text("¥0.00")


def test_a_large_photo_without_exif_or_with_nonsense_is_sent_nevertheless(page: Page, world: World) -> None:
    tiff = bytearray(camera(datetime.now(UTC)).tobytes())
    for place in range(14, len(tiff), 3):  # behind `Exif`, the order of bytes and the place of the first directory
        tiff[place] ^= 0x55
    plain = photo(Image.Exif())
    nonsense = plain[:2] + b"\xff\xe1" + (len(tiff) + 2).to_bytes(2, "big") + bytes(tiff) + plain[2:]
    row, _ = send(page, world, nonsense)
    assert (row.width, row.taken_at, row.lat) == (2048, None, None)
