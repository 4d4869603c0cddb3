"""What a photo file says of itself, read without decoding a pixel: format, size, orientation, animation.

The parser trusts nothing: each length is checked against the bytes that are there.
"""

import struct
from dataclasses import dataclass, field, replace

from pipeline.intake.jpeg import PARTS_MAX, JpegStream, read_stream
from pipeline.intake.photo_error import PhotoError

ACCEPTED, ACCEPTED_ZH = "JPEG, PNG and WebP are accepted", "请上传 JPEG、PNG 或 WebP"

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
    whole: nothing is missing as far as that shows without decoding. alpha: has a channel of transparency.
    deep: 16 bits a channel. What the pixels are decoded from, without the texts and profiles that a decoder would
    unpack at any cost: stream of a JPEG, chunks of a PNG; a WebP's decoder passes over them itself.
    """

    mime: str
    width: int
    height: int
    exif: bytes = b""
    whole: bool = True
    animated: bool = False
    alpha: bool = False
    deep: bool = False
    stream: JpegStream | None = field(default=None, repr=False)
    chunks: bytes = field(default=b"", repr=False)


def read_header(data: bytes) -> PhotoHeader:
    """Raises PhotoError."""
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError) as error:
        raise PhotoError(
            "truncated", "the photo is cut off in its header: send it again", "照片头部数据不完整：请重新发送"
        ) from error
    raise _foreign(data)


def _foreign(data: bytes) -> PhotoError:
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            return PhotoError(
                "unsupported", f"{name} files are not supported: {ACCEPTED}", f"不支持 {name} 文件：{ACCEPTED_ZH}"
            )
    if data[4:8] == b"ftyp":
        name = _HEIF_BRANDS.get(data[8:12], "HEIC")
        name = "video" if data[8:11] in (b"iso", b"mp4", b"qt ", b"M4V", b"3gp") else name
        return PhotoError(
            "unsupported", f"{name} files are not supported: {ACCEPTED}", f"不支持 {name} 文件：{ACCEPTED_ZH}"
        )
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return PhotoError("unsupported", f"SVG files are not supported: {ACCEPTED}", f"不支持 SVG 文件：{ACCEPTED_ZH}")
    return PhotoError("not_an_image", f"this is not a photo: {ACCEPTED}", f"文件不是照片：{ACCEPTED_ZH}")


def _jpeg(data: bytes) -> PhotoHeader:
    stream = read_stream(data)
    return PhotoHeader("image/jpeg", stream.width, stream.height, exif=stream.exif, whole=stream.whole, stream=stream)


def _png(data: bytes) -> PhotoHeader:
    length, name, width, height, depth, colour = struct.unpack_from(">I4sIIBB", data, 8)
    if name != b"IHDR" or length != 13:
        raise PhotoError(
            "not_an_image", "the PNG's header is damaged: save the photo again", "PNG 头部已损坏：请重新保存照片"
        )
    header = PhotoHeader("image/png", width, height, whole=False, alpha=colour in (4, 6), deep=depth == 16)
    position, chunks = 33, bytearray(data[:33])
    for _ in range(PARTS_MAX):
        if position + 8 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, position)
        if name == b"eXIf":
            header = replace(header, exif=data[position + 8 : position + 8 + length])
        elif name == b"acTL":
            header = replace(header, animated=True)
        elif name == b"tRNS":
            header = replace(header, alpha=True)
        if name == b"tRNS" or not name[0] & 0x20:  # a small first letter: the picture is whole without it
            chunks += data[position : position + 12 + length]
        if name == b"IEND":
            return replace(header, whole=True, chunks=bytes(chunks))
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
        raise PhotoError("truncated", "the WebP says no size: send the photo again", "WebP 未注明尺寸：请重新发送照片")
    whole = len(data) >= riff + 8
    return PhotoHeader("image/webp", *size, exif=exif, whole=whole, animated=animated, alpha=alpha)
