"""What a photo file says of itself, read without decoding a pixel: format, size, orientation, animation.

The parser trusts nothing: each length is checked against the bytes that are there.
"""

import re
import struct
from dataclasses import dataclass, replace

ACCEPTED = "JPEG, PNG and WebP are accepted"
SCANS_MAX = 100  # progressive JPEGs have about 10; thousands make a small file slow to decode
PARTS_MAX = 20_000  # segments or chunks; a PNG of 15 MB has 1,900, and a file of empty ones would cost seconds
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # within entropy-coded data only the end of a scan looks so

_FOREIGN = (
    (b"GIF8", "GIF"), (b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"%PDF", "PDF"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"), (b"\xff\x0a", "JPEG XL"), (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"8BPS", "Photoshop"), (b"PK\x03\x04", "ZIP"),
)  # fmt: skip
_HEIF_BRANDS = {b"avif": "AVIF", b"avis": "AVIF"}


@dataclass(frozen=True)
class PhotoHeader:
    """Of a JPEG, PNG or WebP.

    width, height: pixels as stored, before orientation. exif: the TIFF structure, empty where there is none.
    whole: the file's own end mark is there. alpha: has a channel of transparency. deep: 16 bits a channel.
    """

    mime: str
    width: int
    height: int
    exif: bytes = b""
    whole: bool = True
    animated: bool = False
    alpha: bool = False
    deep: bool = False
    scans: int = 1


class HeaderError(ValueError):
    """The bytes are no photo that can be read. `code` is one of not_an_image, unsupported, truncated."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_header(data: bytes) -> PhotoHeader:
    """Raises HeaderError."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError) as error:
        raise HeaderError("truncated", "the photo is cut off in its header: send it again") from error
    raise _foreign(data)


def _foreign(data: bytes) -> HeaderError:
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            return HeaderError("unsupported", f"{name} files are not supported: {ACCEPTED}")
    if data[4:8] == b"ftyp":
        name = _HEIF_BRANDS.get(data[8:12], "HEIC")
        name = "video" if data[8:11] in (b"iso", b"mp4", b"qt ", b"M4V", b"3gp") else name
        return HeaderError("unsupported", f"{name} files are not supported: {ACCEPTED}")
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return HeaderError("unsupported", f"SVG files are not supported: {ACCEPTED}")
    return HeaderError("not_an_image", f"this is not a photo: {ACCEPTED}")


def _jpeg(data: bytes) -> PhotoHeader:
    position, size, exif = 2, None, b""
    for _ in range(PARTS_MAX):
        if data[position] != 0xFF:
            raise HeaderError("not_an_image", "the JPEG's header is damaged: take the photo again")
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker in (0x01, *range(0xD0, 0xD9)):  # markers without a length
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        if length < 2 or marker == 0xD9:
            raise HeaderError("not_an_image", "the JPEG's header is damaged: take the photo again")
        body = position + 4
        if marker in (0xC0, 0xC1, 0xC2) and size is None:
            height, width = struct.unpack_from(">HH", data, body + 1)
            size = width, height
        elif 0xC3 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise HeaderError("unsupported", f"this kind of JPEG is rare and not supported: {ACCEPTED}")
        elif marker == 0xE1 and not exif and data[body : body + 6] == b"Exif\0\0":
            exif = data[body + 6 : position + 2 + length]
        elif marker == 0xDA:
            break
        position += 2 + length
    else:
        raise HeaderError("not_an_image", "the JPEG's header is damaged: take the photo again")
    if size is None:
        raise HeaderError("not_an_image", "the JPEG says no size: take the photo again")
    scans, whole = _scans(data, position)
    return PhotoHeader("image/jpeg", *size, exif=exif, whole=whole, scans=scans)


def _scans(data: bytes, position: int) -> tuple[int, bool]:
    """(scans from the first one's marker on, whether the picture's end mark is there).

    What follows the end mark is not looked at: the video behind a phone's moving photo would count as scans.
    """
    scans = 0
    for _ in range(PARTS_MAX):
        if data[position + 1] == 0xD9:
            return scans, True
        scans += data[position + 1] == 0xDA
        if scans > SCANS_MAX:
            break
        if position + 4 > len(data):
            return scans, False
        (length,) = struct.unpack_from(">H", data, position + 2)
        marker = _MARKER.search(data, position + 2 + length)
        if marker is None:
            return scans, False
        position = marker.start()
    return SCANS_MAX + 1, True


def _png(data: bytes) -> PhotoHeader:
    length, name, width, height, depth, colour = struct.unpack_from(">I4sIIBB", data, 8)
    if name != b"IHDR" or length != 13:
        raise HeaderError("not_an_image", "the PNG's header is damaged: save the photo again")
    header = PhotoHeader("image/png", width, height, whole=False, alpha=colour in (4, 6), deep=depth == 16)
    position = 33
    for _ in range(PARTS_MAX):
        if position + 8 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length] if name in (b"eXIf", b"acTL") else b""
        if name == b"eXIf":
            header = replace(header, exif=body)
        elif name == b"acTL":
            header = replace(header, animated=True)
        elif name == b"tRNS":
            header = replace(header, alpha=True)
        elif name == b"IEND":
            return replace(header, whole=True)
        position += 12 + length
    return header


def _webp(data: bytes) -> PhotoHeader:
    (riff,) = struct.unpack_from("<I", data, 4)
    size: tuple[int, int] | None = None
    exif, animated, alpha, position = b"", False, False, 12
    for _ in range(PARTS_MAX):
        if position + 8 > min(len(data), riff + 8):
            break
        name, length = data[position : position + 4], struct.unpack_from("<I", data, position + 4)[0]
        body = position + 8
        if name == b"VP8X":
            flags = data[body]
            animated, alpha = bool(flags & 0x02), bool(flags & 0x10)
            size = (
                1 + int.from_bytes(data[body + 4 : body + 7], "little"),
                1 + int.from_bytes(data[body + 7 : body + 10], "little"),
            )
        elif name == b"VP8L" and size is None:
            (bits,) = struct.unpack_from("<I", data, body + 1)
            size, alpha = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)), bool(bits >> 28 & 1)
        elif name == b"VP8 " and size is None:
            width, height = struct.unpack_from("<HH", data, body + 6)
            size = width & 0x3FFF, height & 0x3FFF
        elif name == b"EXIF":
            exif = data[body : body + length].removeprefix(b"Exif\0\0")
        animated |= name in (b"ANIM", b"ANMF")
        position = body + length + length % 2
    if size is None:
        raise HeaderError("truncated", "the WebP says no size: send the photo again")
    whole = len(data) >= riff + 8
    return PhotoHeader("image/webp", *size, exif=exif, whole=whole, animated=animated, alpha=alpha)
