"""JPEGs: what is in the stream, and its pixels by a decoder that stops at the first loss.

Whether a JPEG is whole shows in its pixels, not in two bytes at its end: a phone may leave the end mark out, and a
broken upload may be closed with one. So the stream is written anew, without what may be missing or too much (bytes
between segments, what follows the picture, the end mark), and decoded strictly: libjpeg's complaints, which viewers
pass over, are then about the picture itself.

A progressive picture may stop between two scans without a complaint: it is whole when every coefficient of every
component was sent down to its last bit (ITU-T T.81, G.1.1.1).
"""

import re
import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg

from models.detections import Image
from pipeline.intake.photo_error import PhotoError

SCANS_MAX = 100  # progressive JPEGs have about 10; thousands make a small file slow to decode
PARTS_MAX = 20_000  # segments; a file of empty ones would cost seconds
WORK_MAX = 1_000_000_000  # pixels times scans times tries; 60 megapixels at 10 scans are 0.6, about 2 seconds
# Bytes behind the last block and before the end mark, above which the decoder may have lost its place: some encoders
# fill up to eight or sixteen; 3,527 real photos have none, two in five of those that damage changes visibly have more
# (`python -m training.wholeness`).
SURPLUS_MAX = 16

REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_SEGMENT = re.compile(rb"\xff[^\x00\xff]")  # what stands before it is skipped, as every decoder does
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # within entropy-coded data nothing else looks so
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker")
_UNSENT = 14  # a point transform is 0 to 13
_JFIF, _ADOBE, _EXIF = b"JFIF\0", b"Adobe", b"Exif\0\0"


@dataclass(frozen=True)
class Scan:
    """The segments that stand before a scan and its own header; then its entropy-coded data."""

    head: bytes
    data: bytes


@dataclass(frozen=True)
class JpegStream:
    """width, height: pixels as stored. exif: the TIFF structure, empty where there is none.

    scans: up to the one that completes the picture. whole: there is one that does; of a sequential picture that says
    nothing of the data within the scans. closed: the file's own end mark follows them.
    """

    width: int
    height: int
    exif: bytes
    scans: tuple[Scan, ...]
    whole: bool
    closed: bool


class _Frame:
    """Size, components, and the last bit that was sent of each of their 64 coefficients."""

    def __init__(self, marker: int, body: bytes) -> None:
        _, self.height, self.width, count = struct.unpack_from(">BHHB", body)
        if not 1 <= count <= 4 or len(body) != 6 + 3 * count:
            raise _damaged()
        self.sequential = marker != 0xC2
        self._last_bit = {body[6 + 3 * each]: [_UNSENT] * 64 for each in range(count)}

    @property
    def whole(self) -> bool:
        return not any(any(bits) for bits in self._last_bit.values())

    def scan_head(self, body: bytes) -> bytes | None:
        """The body of a scan's header as it must be, and the scan taken as sent; None where it is no header."""
        count = body[0] if body else 0
        ids = body[1 : 1 + 2 * count : 2]
        if not count or len(body) != 4 + 2 * count or not self._last_bit.keys() >= set(ids):
            return None
        if self.sequential:  # what stands here else is nonsense that some encoders write and libjpeg complains of
            body = body[:-3] + b"\0\x3f\0"
        first, last, bits = body[-3:]
        if not first <= last < 64:
            return None
        for each in ids:
            self._last_bit[each][first : last + 1] = [bits & 15] * (last + 1 - first)
        return body


def read_stream(data: bytes) -> JpegStream:
    """The stream of a file that begins as a JPEG. PhotoError: not_an_image, unsupported, truncated, undecodable.

    What follows the picture is not looked at: the video behind a phone's moving photo would count as scans.
    """
    frame: _Frame | None = None
    exif, head, scans, position = b"", bytearray(), list[Scan](), 2
    for _ in range(PARTS_MAX):
        found = _SEGMENT.search(data, position)
        if found is None or (marker := data[found.end() - 1]) in (0xD8, 0xD9) or (frame is not None and frame.whole):
            break
        position = found.end()
        if marker in (0x01, *range(0xD0, 0xD8)):  # markers without a length
            continue
        body = _body(data, position)
        if body is None:
            break
        position += 2 + len(body)
        if marker in (0xC0, 0xC1, 0xC2) and frame is None:
            frame = _Frame(marker, body)
        elif marker == 0xE1 and not exif and body.startswith(_EXIF):
            exif = body.removeprefix(_EXIF)
        elif marker == 0xDA:
            if frame is None or (scan_head := frame.scan_head(body)) is None:
                break
            end = _END_OF_SCAN.search(data, position)
            entropy = data[position : end.start() if end else len(data)]
            scans.append(Scan(bytes(head) + _segment(marker, scan_head), entropy))
            head, position = bytearray(), position + len(entropy)
            if len(scans) > SCANS_MAX:
                raise PhotoError(
                    "undecodable",
                    "the JPEG is built to be slow: take the photo again",
                    "该 JPEG 结构异常，解码过慢：请重新拍摄",
                )
            continue
        elif 0xC3 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise PhotoError(
                "unsupported",
                "this kind of JPEG is rare and not supported: save it as an ordinary one",
                "不支持这种少见的 JPEG：请另存为普通 JPEG",
            )
        head += _kept(marker, body)
    else:
        raise _damaged()
    if frame is None:
        raise _truncated()
    closed = found is not None and data[found.end() - 1] == 0xD9
    return JpegStream(frame.width, frame.height, exif, tuple(scans), frame.whole, closed)


def strict_pixels(stream: JpegStream, factor: int, *, grey: bool = False) -> tuple[Image, bool]:
    """BGR uint8 (h, w, 3), or (h, w, 1) where `grey` will do, at 1/1, 1/2, 1/4 or 1/8 of each side; and whether so many
    bytes are too many that the picture may be damaged.

    At every scale all of the data are read. PhotoError('truncated') where some are missing, 'undecodable' where they
    are damaged so that the decoder sees it. Bytes too many behind a scan are no loss: they are left out.
    """
    if not stream.scans or not stream.whole:
        raise _truncated()
    surplus, scans, tries = 0, list(stream.scans), WORK_MAX // (stream.width * stream.height * len(stream.scans))
    while tries > 0:
        try:
            return _decoded(stream, scans, factor, grey), stream.closed and surplus > SURPLUS_MAX
        except ValueError as error:
            found = _EXTRANEOUS.search(str(error))
            if found is None:
                raise _told(str(error)) from error
        which = bisect_left(range(len(scans) - 1), True, key=lambda last: _complains(stream, scans[: last + 1]))
        scans[which] = Scan(scans[which].head, scans[which].data[: -int(found[1])])
        surplus += int(found[1])
        tries -= 1 + len(scans).bit_length()
    raise PhotoError(
        "undecodable", "the JPEG is built to be slow: take the photo again", "该 JPEG 结构异常，解码过慢：请重新拍摄"
    )


def _decoded(stream: JpegStream, scans: Sequence[Scan], factor: int, grey: bool) -> Image:
    data = b"\xff\xd8" + b"".join(scan.head + scan.data for scan in scans) + b"\xff\xd9"
    four = simplejpeg.decode_jpeg_header(data)[2] in ("CMYK", "YCCK")
    image = simplejpeg.decode_jpeg(
        data,
        "CMYK" if four else "GRAY" if grey else "BGR",
        min_factor=factor,
        min_height=-(-stream.height // factor),
        min_width=-(-stream.width // factor),
    )
    if four and not grey:  # simplejpeg leaves the four inks as they are
        image = cv2.imdecode(np.frombuffer(data, np.uint8), REDUCED[factor])
    return np.asarray(image, np.uint8)


def _complains(stream: JpegStream, scans: Sequence[Scan]) -> bool:
    """Whether the picture of the first scans alone has a fault: fewer scans are none."""
    try:
        _decoded(stream, scans, 8, grey=True)
    except ValueError:
        return True
    return False


def _body(data: bytes, position: int) -> bytes | None:
    """What a segment holds behind its length; None where it is cut off, or its length is none."""
    length = int.from_bytes(data[position : position + 2], "big")
    body = data[position + 2 : position + length]
    return body if length >= 2 and len(body) == length - 2 else None


def _kept(marker: int, body: bytes) -> bytes:
    """The segment, where the decoder needs it; without values that it would only wonder at."""
    if marker == 0xE0 and body.startswith(_JFIF):
        return _segment(marker, _JFIF + b"\1" + body[6:])
    if marker == 0xEE and body.startswith(_ADOBE) and body[11:12] in (b"\0", b"\1", b"\2"):
        return _segment(marker, body)
    return b"" if 0xE0 <= marker <= 0xEF or marker == 0xFE else _segment(marker, body)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def _told(complaint: str) -> PhotoError:
    if "premature end" in complaint.lower():
        return _truncated()
    return PhotoError(
        "undecodable", "the photo is damaged: send it again, or take it again", "照片已损坏：请重新发送或重新拍摄"
    )


def _truncated() -> PhotoError:
    return PhotoError(
        "truncated",
        "part of the photo is missing: send it again, or take it again",
        "照片数据不完整：请重新上传，若仍不成功请重新拍摄",
    )


def _damaged() -> PhotoError:
    return PhotoError(
        "not_an_image", "the JPEG's header is damaged: take the photo again", "JPEG 头部已损坏：请重新拍摄"
    )
