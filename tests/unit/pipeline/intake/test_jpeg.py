"""Whether a JPEG is whole shows in its pixels, whatever stands at its end, between its parts, or behind it."""

import re
import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.intake.decode import check_photo, decode_photo
from pipeline.intake.jpeg import read_stream, strict_pixels
from pipeline.intake.photo_error import PhotoError
from tests.unit.pipeline.photos import encode, noise, scene

END = b"\xff\xd9"
TRAILER = np.random.default_rng(5).integers(0, 256, 4000, dtype=np.uint8).tobytes()


def shelf(width: int = 240, height: int = 160) -> np.ndarray:
    """Even areas, edges and some noise, so that scans are of all lengths."""
    grain = np.random.default_rng(1).integers(-9, 10, (height, width, 3))
    return np.clip(scene(width, height) + grain, 0, 255).astype(np.uint8)


def scan_by_scan(picture: np.ndarray) -> bytes:
    """A sequential JPEG with a scan for each component, out of three grey ones: the tables are the same."""
    planes = [encode(np.ascontiguousarray(plane), quality=88) for plane in np.moveaxis(np.asarray(
        Image.fromarray(picture).convert("YCbCr")), 2, 0)]  # fmt: skip
    frame = planes[0].index(b"\xff\xc0")
    head = planes[0][:frame] + b"\xff\xc0\0\x11" + planes[0][frame + 4 : frame + 9]
    head += b"\3" + b"".join(bytes([each, 0x11, 0]) for each in (1, 2, 3)) + planes[0][frame + 13 :]
    scans = [
        b"\xff\xda\0\x08\1" + bytes([number]) + b"\0\0\x3f\0" + plane[first_scan(plane) : -2]
        for number, plane in enumerate(planes, start=1)
    ]
    return head[: head.index(b"\xff\xda")] + b"".join(scans) + END


def first_scan(data: bytes) -> int:
    """Where the first scan's data begin."""
    at = data.index(b"\xff\xda")
    return int(at + 2 + struct.unpack_from(">H", data, at + 2)[0])


KINDS = {
    "sequential 4:2:0": encode(shelf(), quality=88),
    "sequential 4:4:4": encode(shelf(), quality=88, subsampling=0),
    "sequential 4:2:2": encode(shelf(), quality=88, subsampling=1),
    "optimised": encode(shelf(), quality=88, optimize=True),
    "scan by scan": scan_by_scan(shelf()),
    "grey": encode(shelf()[:, :, 0], quality=88),
    "CMYK": encode(Image.fromarray(shelf()).convert("CMYK"), quality=88),
    "with restart markers": encode(shelf(), quality=88, restart_marker_blocks=7),
    "progressive": encode(shelf(), quality=88, progressive=True),
    "progressive 4:4:4": encode(shelf(), quality=88, progressive=True, subsampling=0),
    "progressive grey": encode(shelf()[:, :, 0], quality=88, progressive=True),
    "progressive CMYK": encode(Image.fromarray(shelf()).convert("CMYK"), quality=88, progressive=True),
    "progressive with restart markers": encode(shelf(), quality=88, progressive=True, restart_marker_rows=1),
}


def refusal(data: bytes) -> str | None:
    """The code with which the check at the upload and the reading both refuse a file; None where both take it."""
    errors: list[PhotoError | None] = []
    for use in (check_photo, decode_photo):
        try:
            use(data)
            errors.append(None)
        except PhotoError as error:
            errors.append(error)
    assert str(errors[0]) == str(errors[1])
    assert "\n" not in str(errors[0])
    return errors[0].code if errors[0] else None


@pytest.mark.parametrize("kind", KINDS)
def test_data_that_stop_early_are_missed_wherever_and_whatever_closes_them(kind):
    data = KINDS[kind]
    start, stop = first_scan(data), len(data) - 2
    cuts = sorted({*np.linspace(start, stop - 1, 40).astype(int).tolist(), *range(stop - 12, stop)})
    for cut in cuts:
        for closed in (END, b"", END + TRAILER):
            assert refusal(data[:cut] + closed) in ("truncated", "undecodable"), (cut, closed[:4])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("progressive")])
def test_a_progressive_picture_that_lacks_scans_is_cut_off_though_no_decoder_complains(kind):
    data = KINDS[kind]
    ends = [found.start() for found in re.finditer(rb"\xff[\xc4\xda]", data)]
    tried = [data[:end] + END for end in ends if end > first_scan(data)]
    assert len(tried) >= 5
    assert {refusal(each) for each in tried} == {"truncated"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_picture_is_read_with_its_oddities(kind):
    """Pixel by pixel as without them."""
    data = KINDS[kind]
    plain = decode_photo(data).image
    segments = [found.start() for found in re.finditer(rb"\xff[\xc0\xc2\xc4\xda\xdb]", data)]
    odd = {
        "no end mark": data[:-2],
        "no end mark, a trailer": data[:-2] + TRAILER,
        "no end mark, half of one": data[:-1],
        "a trailer": data + TRAILER,
        "another picture behind it": data + encode(noise(90, 60)),
        "no end mark, another picture behind it": data[:-2] + encode(noise(90, 60)),
        "fill bytes before the end mark": data[:-2] + b"\xff" * 9 + END,
        "an ICC profile that is none": data[:2] + b"\xff\xe2\0\x14ICC_PROFILE\0\x09\x01abcd" + data[2:],
        **{f"a stray byte before segment {each}": data[:at] + b"\x3f" + data[at:] for each, at in enumerate(segments)},
        **{f"{n} bytes too many": data[:-2] + b"\x5a" * n + END for n in (1, 2, 3, 40)},
    }
    for name, each in odd.items():
        assert refusal(each) is None, name
        photo = decode_photo(each)
        assert np.array_equal(photo.image, plain), name
        assert photo.damaged == (name == "40 bytes too many"), name  # a person looks


@pytest.mark.parametrize("kind", KINDS)
def test_stray_bytes_do_not_hide_what_is_missing(kind):
    data = KINDS[kind]
    start = first_scan(data)
    cut = (start + len(data)) // 2
    stray = data.index(b"\xff\xdb")
    for closed in (END, b"", TRAILER):
        assert refusal(data[:stray] + b"\x3f" + data[stray:cut] + closed) in ("truncated", "undecodable")
    assert refusal(data[:-2][: len(data) - 12] + b"\xff\xe4\0\2" + END) in ("truncated", "undecodable")


@pytest.mark.parametrize("kind", KINDS)
def test_the_pixels_are_opencv_s(kind):
    """So the networks see what they were trained on."""
    flags = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
    for factor, flag in flags.items():
        expected = cv2.imdecode(np.frombuffer(KINDS[kind], np.uint8), flag)
        assert np.array_equal(strict_pixels(read_stream(KINDS[kind]), factor)[0], expected)


def test_nonsense_that_encoders_write_into_headers_is_no_loss():
    data = KINDS["sequential 4:2:0"]
    plain, at = decode_photo(data).image, first_scan(data)
    scan_of_zeros = data[: at - 3] + b"\0\0\0" + data[at:]
    jfif = data.index(b"JFIF\0") + 5
    of_another_version = data[:jfif] + b"\2" + data[jfif + 1 :]
    adobe = data[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x09" + data[2:]
    for odd in (scan_of_zeros, of_another_version, adobe):
        assert refusal(odd) is None
        assert np.array_equal(decode_photo(odd).image, plain)
        assert refusal(odd[: (at + len(odd)) // 2] + END) == "truncated"


def test_a_lost_restart_interval_is_missed():
    data = KINDS["with restart markers"]
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    assert len(marks) > 16
    one, eight = data[: marks[3]] + data[marks[4] :], data[: marks[3]] + data[marks[11] :]
    assert {refusal(one), refusal(eight)} <= {"truncated", "undecodable"}


def test_a_kind_of_jpeg_that_no_phone_writes_is_named():
    """Arithmetic coding: few viewers read it either."""
    data = KINDS["sequential 4:2:0"]
    at = data.index(b"\xff\xc0")
    for marker in (0xC3, 0xC9, 0xCA):
        assert refusal(data[:at] + bytes([0xFF, marker]) + data[at + 2 :]) == "unsupported"


def test_work_is_bounded():
    """Many scans of many pixels are not decoded at all: the file of some kB would take many seconds."""
    data = bytearray(encode(np.full((64, 64, 3), 99, np.uint8), progressive=True, subsampling=0))
    at = data.index(b"\xff\xc2")
    data[at + 5 : at + 9] = struct.pack(">HH", 7700, 7700)
    first, second = [found.start() for found in re.finditer(rb"\xff\xda", data)][:2]
    slow = bytes(data[:second] + data[first:second] * 20 + data[second:])
    with pytest.raises(PhotoError, match="slow"):
        check_photo(slow)
