"""Time, offset and place as cameras write them, at the edges too."""

from datetime import datetime, timedelta, timezone

import pytest
from PIL import Image

from pipeline.intake.exif import Exif, read_exif

ORIGINAL, DIGITIZED, CHANGED = 0x9003, 0x9004, 0x0132
OFFSET_ORIGINAL, OFFSET_DIGITIZED, OFFSET_CHANGED = 0x9011, 0x9012, 0x9010
NOON = "2026:11:23 12:00:00"
GPS_LAT = {1: "N", 2: (21.0, 30.0, 36.0)}
GPS_LON = {3: "E", 4: (105.0, 51.0, 0.0)}


def read(tags: dict[int, object] | None = None, gps: dict[int, object] | None = None) -> Exif:
    made = Image.Exif()
    for tag, value in (tags or {}).items():
        (made if tag == CHANGED else made.get_ifd(0x8769))[tag] = value
    made.get_ifd(0x8825).update(gps or {})
    return read_exif(made.tobytes().removeprefix(b"Exif\0\0"))


@pytest.mark.parametrize(
    "text",
    ["0001:01:01 00:00:00", "9999:12:31 23:59:59", "0000:00:00 00:00:00", "1899:12:31 23:59:59", "2200:01:01 00:00:00",
     "2026:00:01 00:00:00", "2026:13:01 00:00:00", "2026:02:30 00:00:00", "2026:11:23 24:00:00", "2026:11:23 12:60:00",
     "2026-11-23T12:00:00", "    :  :     :  :  ", "", "today", "20261:1:1 0:0:0"],
)  # fmt: skip
def test_a_date_at_the_calendars_edges_is_none(text):
    assert read({ORIGINAL: text, OFFSET_ORIGINAL: "+14:00"}) == Exif()


@pytest.mark.parametrize("text", ["1970:01:01 00:00:00", "1980:01:01 00:00:00", NOON])
def test_a_clock_that_was_set_wrong_is_a_date_nevertheless(text):
    assert read({ORIGINAL: text}).taken_at == datetime.strptime(text, "%Y:%m:%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "hours"),
    [("+09:00", 9), ("-03:30", -3.5), ("+00:00", 0), ("-12:00", -12), ("+14:00", 14), (" +05:45 ", 5.75)],
)
def test_an_offset_is_told(text, hours):
    found = read({ORIGINAL: NOON, OFFSET_ORIGINAL: text})
    assert (found.taken_at, found.offset) == (datetime(2026, 11, 23, 12), timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    "text",
    ["", "   :  ", "+9:00", "+0900", "0900", "09:00", "+14:01", "+15:00", "+24:00", "-99:99", "+09:60", "+٠٩:٠٠", "Z"],
)
def test_a_malformed_offset_is_none(text):
    found = read({ORIGINAL: NOON, OFFSET_ORIGINAL: text})
    assert (found.taken_at, found.offset) == (datetime(2026, 11, 23, 12), None)


def test_an_offset_belongs_to_its_time():
    other = "2026:11:23 13:00:00"
    nine, ten = (timezone(timedelta(hours=hours)) for hours in (9, 10))
    both = {OFFSET_CHANGED: "+10:00", OFFSET_ORIGINAL: "+09:00"}
    assert read({ORIGINAL: NOON, CHANGED: NOON} | both).offset == nine
    assert read({CHANGED: NOON} | both).offset == ten
    assert read({ORIGINAL: NOON, CHANGED: NOON, OFFSET_CHANGED: "+10:00"}).offset == ten  # one clock wrote both
    assert read({ORIGINAL: NOON, DIGITIZED: NOON, OFFSET_DIGITIZED: "+10:00"}).offset == ten
    assert read({ORIGINAL: NOON, CHANGED: other, OFFSET_CHANGED: "+10:00"}).offset is None  # changed elsewhere
    assert read({ORIGINAL: "0001:01:01 00:00:00", DIGITIZED: NOON, OFFSET_ORIGINAL: "+09:00"}).offset is None


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "S", 2: (0.0, 0.0, 0.0), 3: "W", 4: (0.0, 0.0, 0.0)},
        GPS_LAT,
        GPS_LAT | {3: "N", 4: (10.0, 0.0, 0.0)},
        GPS_LAT | {3: "E", 4: (180.0, 0.0, 1.0)},
        GPS_LON | {1: "N", 2: (90.0, 1.0, 0.0)},
        GPS_LON | {1: "E", 2: (21.0, 30.0, 36.0)},
        GPS_LON | {1: "N", 2: (21.0, 30.0)},
        GPS_LON | {1: "N", 2: 21},
    ],
)
def test_what_is_no_position_is_none(gps):
    assert read(gps=gps).gps is None


def test_zero_denominators_are_no_position():
    made = Image.Exif()
    made.get_ifd(0x8825).update(GPS_LAT | GPS_LON)
    tiff = bytearray(made.tobytes().removeprefix(b"Exif\0\0"))
    below = tiff.rindex((30).to_bytes(4, "little" if tiff[:2] == b"II" else "big")) + 4
    assert read_exif(bytes(tiff)).gps is not None
    tiff[below : below + 4] = bytes(4)
    assert read_exif(bytes(tiff)).gps is None


def test_a_position_on_one_of_the_two_lines_is_one():
    assert read(gps=GPS_LAT | {3: "W", 4: (0.0, 0.0, 0.0)}).gps == pytest.approx((21.51, 0))
    assert read(gps=GPS_LON | {1: "S", 2: (0.0, 0.0, 0.0)}).gps == pytest.approx((0, 105.85))
