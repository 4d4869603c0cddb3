import contextlib
import re
import struct
import zlib
from datetime import datetime

import cv2
import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from pipeline.intake.decode import check_photo, decode_photo, over_white
from pipeline.intake.photo_error import PhotoError
from pipeline.intake.photo_header import read_header
from pipeline.thresholds import BYTES_MAX
from tests.unit.pipeline.photos import encode, exif, noise, png_chunk, png_of_size, scene

LOSSLESS = {"JPEG": {"quality": 95, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}}


def code_of(data: bytes) -> str:
    with pytest.raises(PhotoError) as caught:
        decode_photo(data)
    assert "\n" not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_orientation_becomes_upright_once(form, orientation):
    picture = scene()
    expected = np.asarray(ImageOps.exif_transpose(_with(picture, orientation)))
    photo = decode_photo(encode(picture, form, exif=exif(orientation), **LOSSLESS[form]))
    assert (photo.height, photo.width) == expected.shape[:2] == photo.image.shape[:2]
    assert np.abs(photo.image[:, :, ::-1].astype(int) - expected).mean() < 6


def _with(picture: np.ndarray, orientation: int) -> Image.Image:
    image = Image.fromarray(picture)
    image.getexif()[0x0112] = orientation
    return image


@pytest.mark.parametrize(
    ("size", "shape"),
    [((416, 416), (416, 416)), ((1500, 2000), (1500, 2000)), ((1536, 2048), (768, 1024)), ((3000, 4000), (1500, 2000)),
     ((4096, 3072), (1024, 768)), ((8200, 100), (1025, 13))],
)  # fmt: skip
def test_a_jpeg_is_decoded_at_the_scale_that_is_needed(size, shape):
    data = encode(np.full((*size, 3), 90, np.uint8))
    photo = decode_photo(data)
    assert photo.image.shape[:2] == shape
    assert (photo.height, photo.width) == size
    assert photo.scale == (size[1] / shape[1], size[0] / shape[0])


def test_a_turned_photo_is_reduced_and_turned():
    photo = decode_photo(encode(np.asarray(Image.fromarray(scene()).resize((2400, 1600))), exif=exif(6)))
    assert (photo.width, photo.height) == (1600, 2400)
    assert photo.image.shape == (1200, 800, 3)
    assert photo.image[10, -10].tolist() == pytest.approx([10, 10, 250], abs=9)  # red, once at the upper left


@pytest.mark.parametrize(
    ("picture", "form", "expected"),
    [
        (Image.new("L", (40, 40), 77), "JPEG", (77, 77, 77)),
        (Image.new("L", (40, 40), 77), "PNG", (77, 77, 77)),
        (Image.new("LA", (40, 40), (77, 255)), "PNG", (77, 77, 77)),
        (Image.new("I;16", (40, 40), 40000), "PNG", (156, 156, 156)),
        (Image.new("CMYK", (40, 40), (0, 0, 0, 0)), "JPEG", (255, 255, 255)),
        (Image.new("RGBA", (40, 40), (10, 20, 30, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (40, 40), (10, 20, 30, 255)), "WEBP", (30, 20, 10)),
        (Image.new("RGBA", (40, 40), (0, 0, 0, 128)), "PNG", (127, 127, 127)),
        (Image.new("P", (40, 40), 0), "PNG", (0, 0, 0)),
        (Image.new("1", (40, 40), 1), "PNG", (255, 255, 255)),
    ],
)
def test_every_kind_of_pixel_becomes_bgr(picture, form, expected):
    photo = decode_photo(encode(picture, form))
    assert photo.image.dtype == np.uint8
    assert photo.image.shape == (40, 40, 3)
    assert photo.image[20, 20].tolist() == pytest.approx(expected, abs=3)


def test_a_16_bit_png_with_alpha_is_read():
    picture = np.full((40, 40, 4), 65535, np.uint16)
    picture[:, :, 0] = 0
    assert decode_photo(cv2.imencode(".png", picture)[1].tobytes()).image[5, 5].tolist() == [0, 255, 255]


def test_a_progressive_jpeg_is_read():
    assert decode_photo(encode(scene(), progressive=True)).width == 90


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_a_cut_off_photo_is_refused(form, share):
    data = encode(noise(200, 150), form)
    assert code_of(data[: int(len(data) * share)]) in ("truncated", "undecodable", "not_an_image")


def test_a_cut_off_jpeg_whose_thumbnail_is_whole_is_refused():
    whole = encode(noise(200, 150))
    thumbnail = encode(scene())
    exif_part = b"Exif\0\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail
    with_thumbnail = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(exif_part) + 2) + exif_part + whole[2:]
    assert decode_photo(with_thumbnail).width == 200
    assert code_of(with_thumbnail[: len(with_thumbnail) // 2]) == "truncated"


def test_a_damaged_middle_is_refused_or_read_but_never_raises_anything_else():
    data = bytearray(encode(noise(300, 200), "PNG"))
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    assert code_of(bytes(data)) == "undecodable"


@pytest.mark.parametrize(
    ("data", "code", "name"),
    [
        (b"", "not_an_image", "empty"),
        (b"hello, I am a text", "not_an_image", "JPEG, PNG and WebP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "unsupported", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "unsupported", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "unsupported", "video"),
        (b"GIF89a\x01\0\x01\0", "unsupported", "GIF"),
        (b"BM\x36\0", "unsupported", "BMP"),
        (b"II*\0\x08\0\0\0", "unsupported", "TIFF"),
        (b"%PDF-1.7", "unsupported", "PDF"),
        (b"<?xml version='1.0'?><svg xmlns=''/>", "unsupported", "SVG"),
        (b"PK\x03\x04", "unsupported", "ZIP"),
    ],
)
def test_what_is_no_accepted_photo_is_named(data, code, name):
    with pytest.raises(PhotoError, match=name) as caught:
        check_photo(data)
    assert caught.value.code == code


def test_animations_are_refused():
    frames = [Image.fromarray(scene()), Image.fromarray(255 - scene())]
    for form in ("PNG", "WEBP"):
        assert code_of(encode(frames[0], form, save_all=True, append_images=frames[1:])) == "animated"


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (65_000, 65_000), (2**31 - 1, 2**31 - 1)])
def test_bombs_are_refused_by_their_header(width, height):
    with pytest.raises(PhotoError) as caught:
        check_photo(png_of_size(width, height) + bytes(10_000))
    assert caught.value.code == "too_many_pixels"


@pytest.mark.parametrize(("depth", "refused"), [(8, False), (16, True)])
def test_deep_pixels_with_alpha_count_twice(depth, refused):
    data = bytearray(png_of_size(6000, 6000) + b"\0\0\0\0IEND\0\0\0\0")
    data[24], data[25] = depth, 6
    assert read_header(bytes(data)).alpha
    assert code_of(bytes(data)) == ("too_many_pixels" if refused else "undecodable")


def test_a_hundred_megapixel_jpeg_is_refused_before_decoding(monkeypatch):
    data = bytearray(encode(scene()))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 10_000, 10_000)
    monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda *_: pytest.fail("decoded"))
    assert code_of(bytes(data)) == "too_many_pixels"


def test_a_header_that_lies_within_the_limits_is_refused():
    data = bytearray(encode(scene(), "WEBP", lossless=True, exif=exif(1)))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (1999).to_bytes(3, "little") * 2
    assert code_of(bytes(data)) == "undecodable"


def test_pixels_that_disagree_with_the_header_are_refused(monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: np.zeros((60, 40, 3), np.uint8))
    assert code_of(encode(scene(90, 60), "PNG")) == "undecodable"


def test_a_file_over_the_limit_is_refused():
    assert code_of(encode(scene()) + bytes(BYTES_MAX)) == "too_large"


def test_a_photo_of_a_few_pixels_is_refused():
    assert code_of(encode(np.zeros((3, 500, 3), np.uint8))) == "too_small"


def test_a_jpeg_of_thousands_of_scans_is_refused():
    data = encode(scene(), progressive=True)
    first, second = [found.start() for found in re.finditer(rb"\xff\xda", data)][:2]
    slow = data[:second] + data[first:second] * 2000 + data[second:]
    with pytest.raises(PhotoError, match="slow"):
        check_photo(slow)


def test_scans_hidden_behind_the_last_that_the_picture_needs_are_never_decoded():
    data = encode(scene(), progressive=True)
    hidden = b"\xff\xfe\0\x06\xff\xd9\xff\xd9" + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" * 2000
    scans = read_header(data).stream.scans
    assert read_header(data[:-2] + hidden + b"\xff\xd9").stream.scans == scans
    assert np.array_equal(decode_photo(data[:-2] + hidden + b"\xff\xd9").image, decode_photo(data).image)


def test_the_video_behind_a_moving_photo_is_not_taken_for_scans():
    video = np.random.default_rng(0).integers(0, 256, 14_000_000, dtype=np.uint8).tobytes()
    assert video.count(b"\xff\xda") > 100
    assert len(check_photo(encode(scene()) + video)[0].stream.scans) == 1


@pytest.mark.parametrize("part", [b"\xff\xe0\0\2", b"\xff\xd0"])
def test_a_jpeg_of_empty_parts_is_refused_though_its_picture_is_whole(part):
    data = encode(scene())
    assert check_photo(data[:2] + part * 100 + data[2:])
    assert code_of(data[:2] + part * 100_000 + data[2:]) == "not_an_image"


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_file_of_empty_chunks_is_refused_though_its_picture_is_whole(form):
    data = encode(scene(), form)
    empty, at = (b"\0\0\0\0abcd\0\0\0\0", 33) if form == "PNG" else (b"abcd\0\0\0\0", 12)

    def stuffed(count: int) -> bytes:
        made = bytearray(data[:at] + empty * count + data[at:])
        if form == "WEBP":
            made[4:8] = struct.pack("<I", len(made) - 8)
        return bytes(made)

    assert read_header(stuffed(100)).whole
    assert code_of(stuffed(100_000)) == "truncated"


UNPACKED = zlib.compress(bytes(1_000_000), 9)
ANCILLARY = {
    b"zTXt": b"a\0\0" + UNPACKED,
    b"iTXt": b"a\0\1\0\0\0" + UNPACKED,
    b"iCCP": b"a\0\0" + UNPACKED,
    b"tEXt": b"a\0b",
    b"sPLT": b"a\0\x08" + bytes(60),
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
    b"sRGB": b"\0",
    b"sBIT": b"\5\5\5",
    b"bKGD": bytes(6),
    b"pHYs": struct.pack(">IIB", 300, 100, 1),
    b"tIME": bytes((7, 234, 11, 23, 8, 30, 0)),
    b"cICP": bytes((9, 16, 0, 1)),
}


def stuffed_png(*chunks: tuple[bytes, bytes], picture: bytes) -> bytes:
    """Behind the header of `picture`."""
    return picture[:33] + b"".join(png_chunk(*each) for each in chunks) + picture[33:]


@pytest.mark.parametrize("name", ANCILLARY)
def test_a_pngs_texts_and_profiles_never_reach_its_decoder(name, monkeypatch):
    """990 texts of 8 MB each, packed to 8 kB, took a worker 31 seconds."""
    plain = encode(noise(80, 60), "PNG")
    stuffed = stuffed_png(*[(name, ANCILLARY[name])] * 990, picture=plain)
    handed, decode = [], cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda data, flags: handed.append(data.tobytes()) or decode(data, flags))
    assert np.array_equal(decode_photo(stuffed).image, decode_photo(plain).image)
    assert handed == [plain, plain]


def png_of(raw: bytes, surplus: int, pieces: int = 1) -> bytes:
    """A PNG of 80 × 60 pixels whose data go on for `surplus` bytes, in chunks of a length that has no meaning."""
    packed = zlib.compress(raw + bytes(surplus), 9)
    size = -(-len(packed) // pieces)
    chunks = [png_chunk(b"IDAT", packed[at : at + size]) for at in range(0, len(packed), size)]
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 80, 60, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("pieces", [1, 7, 500])
def test_a_png_whose_data_go_on_behind_its_pixels_is_never_decoded(pieces, monkeypatch):
    """15 MB unpack to 15 GB, of which the decoder needs none."""
    raw = b"".join(b"\0" + line.tobytes() for line in noise(80, 60))
    picture = decode_photo(png_of(raw, 0)).image
    assert np.array_equal(picture[:, :, ::-1], noise(80, 60))
    assert np.array_equal(decode_photo(png_of(raw, 1000, pieces)).image, picture)  # an encoder's slip
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    unpack, unpacked = zlib.decompressobj, []

    class Counting:
        def __init__(self):
            self.inner = unpack()

        def __getattr__(self, name):
            return getattr(self.inner, name)

        def decompress(self, data, most):
            unpacked.append(self.inner.decompress(data, most))
            return unpacked[-1]

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    with pytest.raises(PhotoError, match="slow"):
        check_photo(png_of(raw, 60_000_000, pieces))
    assert sum(map(len, unpacked)) < 3_000_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_the_pixels_of_a_png_are_what_opencv_makes_of_the_whole_file(mode):
    """Gamma, palette, transparency: what an editor writes beside the pixels changes none."""
    made = Image.fromarray(noise(80, 60)).convert(mode if mode != "I;16" else "L").convert(mode)
    options = {"transparency": 3} if mode == "P" else {}
    plain = encode(made, "PNG", dpi=(72, 72), **options)
    names = [name for name in ANCILLARY if mode == "RGB" or name not in (b"sBIT", b"bKGD")]
    whole = stuffed_png(*[(name, ANCILLARY[name]) for name in names], picture=plain)
    header = read_header(whole)
    flags = cv2.IMREAD_UNCHANGED if header.alpha else cv2.IMREAD_COLOR
    expected = over_white(cv2.imdecode(np.frombuffer(whole, np.uint8), flags))
    assert np.array_equal(decode_photo(whole).image, expected)
    assert (b"tRNS" in header.chunks) == (b"tRNS" in whole)


def test_a_polyglot_is_read_as_its_picture():
    photo = decode_photo(encode(scene()) + b"<script>alert(1)</script>PK\x03\x04")
    assert (photo.width, photo.mime) == (90, "image/jpeg")


def test_time_and_place_come_from_exif():
    made = exif()
    made.get_ifd(0x8769)[0x9003] = "2026:11:23 08:30:00"
    made.get_ifd(0x8825).update({1: "N", 2: (21.0, 30.0, 36.0), 3: "W", 4: (105.0, 51.0, 0.0)})
    photo = decode_photo(encode(scene(), exif=made))
    assert photo.taken_at == datetime(2026, 11, 23, 8, 30)
    assert photo.gps == pytest.approx((21.51, -105.85))


@given(st.binary(max_size=200), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_malformed_exif_is_ignored(junk, keep):
    made = exif(6)
    made.get_ifd(0x8825).update({1: "N", 2: (21.0, 30.0, 36.0)})
    tiff = made.tobytes().removeprefix(b"Exif\0\0")[:keep] + junk
    part = b"Exif\0\0" + tiff
    data = encode(scene(40, 40))
    photo = decode_photo(data[:2] + b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part + data[2:])
    assert photo.width == 40


@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
@settings(max_examples=100, deadline=None)
def test_no_mangled_bytes_raise_anything_but_a_photo_error(form, data):
    mangled = bytearray(_SAMPLES[form])
    for _ in range(data.draw(st.integers(1, 4))):
        mangled[data.draw(st.integers(0, min(len(mangled) - 1, 300)))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PhotoError):
        assert decode_photo(bytes(mangled)).image.dtype == np.uint8


_SAMPLES = {form: encode(scene(48, 40), form, exif=exif(3)) for form in ("JPEG", "PNG", "WEBP")}
