"""Photo bytes → upright pixels, as few of them as the rest needs.

Bytes after the end of the picture (a polyglot, or the second picture of some phones) are accepted and ignored; the
received bytes must therefore never be served, only what `pipeline.annotate` encodes anew. A photo of which pixels are
missing is refused: what stood there cannot be judged.

Errors:
    PhotoError
"""

import cv2
import numpy as np

from models.detections import Image
from pipeline.intake.exif import Exif, read_exif
from pipeline.intake.jpeg import REDUCED, strict_pixels
from pipeline.intake.photo_error import PhotoError, too_large
from pipeline.intake.photo_header import ACCEPTED, PhotoHeader, read_header
from pipeline.intake.png import unpacks_too_far
from pipeline.photo import DecodedPhoto
from pipeline.thresholds import BYTES_MAX, DECODED_LONG_SIDE_MAX, DECODED_LONG_SIDE_MIN, PIXELS_MAX, SIDE_MIN


def check_photo(data: bytes) -> tuple[PhotoHeader, Exif]:
    """All for which a photo is refused: its header, and whether every pixel is there. Raises PhotoError.

    The pixels are decoded as small and as grey as can be, which reads all data nevertheless.
    """
    header, exif = _checked_header(data)
    _pixels(data, header, SIDE_MIN, grey=True)
    return header, exif


def decode_photo(data: bytes, long_side_min: int = DECODED_LONG_SIDE_MIN) -> DecodedPhoto:
    """Decodes at the smallest scale of 1, 1/2, 1/4, 1/8 whose long side stays ≥ `long_side_min` pixels.

    Grey, CMYK, 16-bit and transparent (over white) photos become BGR; EXIF orientation is applied. Raises PhotoError.
    """
    header, exif = _checked_header(data)
    image, damaged = _pixels(data, header, long_side_min)
    height, width = image.shape[:2]
    long = max(width, height)
    if long > DECODED_LONG_SIDE_MAX:
        share = DECODED_LONG_SIDE_MAX / long
        size = max(1, round(width * share)), max(1, round(height * share))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    image = upright(image, exif.orientation)
    turned = exif.orientation >= 5
    width, height = (header.height, header.width) if turned else (header.width, header.height)
    scale = width / image.shape[1], height / image.shape[0]
    return DecodedPhoto(image, width, height, scale, header.mime, exif.taken_at, exif.gps, damaged)


def _checked_header(data: bytes) -> tuple[PhotoHeader, Exif]:
    """Everything that can be refused before a pixel is decoded."""
    if not data:
        raise PhotoError("not_an_image", "the file is empty: take the photo again", "文件为空：请重新拍摄")
    if len(data) > BYTES_MAX:
        raise too_large(len(data))
    header = read_header(data)
    if header.animated:
        raise PhotoError(
            "animated",
            f"animated pictures are not supported: still {ACCEPTED}",
            "不支持动图：请上传静态的 JPEG、PNG 或 WebP",
        )
    pixels = header.width * header.height
    limit = PIXELS_MAX // 2 if header.alpha and header.deep else PIXELS_MAX  # 8 bytes a pixel while decoding
    if pixels > limit:
        raise PhotoError(
            "too_many_pixels",
            f"the photo has {pixels / 1e6:.0f} megapixels, at most {limit / 1e6:.0f}: lower the resolution",
            f"照片有 {pixels / 1e6:.0f} 百万像素，最多 {limit / 1e6:.0f}：请降低分辨率",
        )
    if min(header.width, header.height) < SIDE_MIN:
        raise PhotoError(
            "too_small",
            f"the photo is {header.width} × {header.height} pixels: too small to read",
            f"照片只有 {header.width} × {header.height} 像素，过小无法识别：请提高分辨率",
        )
    if not header.whole:
        raise PhotoError(
            "truncated",
            "part of the photo is missing: send it again, or take it again",
            "照片数据不完整：请重新上传，若仍不成功请重新拍摄",
        )
    return header, read_exif(header.exif)


def _pixels(data: bytes, header: PhotoHeader, long_side_min: int, *, grey: bool = False) -> tuple[Image, bool]:
    """BGR, turned as stored; of a JPEG grey alone where `grey` will do; and whether it may be damaged."""
    long = max(header.width, header.height)
    factor = max(factor for factor in REDUCED if factor == 1 or long >= long_side_min * factor)
    factor = 1 if header.alpha else factor
    image: np.ndarray
    if header.stream is not None:
        image, damaged = strict_pixels(header.stream, factor, grey=grey)
    else:
        if header.chunks and unpacks_too_far(header.chunks):
            raise PhotoError(
                "undecodable",
                "the PNG is built to be slow: take the photo again",
                "该 PNG 结构异常，解码过慢：请重新拍摄",
            )
        image, damaged = _by_opencv(header.chunks or data, header, factor), False
    height, width = image.shape[:2]
    if max(abs(height * factor - header.height), abs(width * factor - header.width)) > factor:
        raise PhotoError(
            "undecodable",
            "the photo's header and its pixels disagree: take the photo again",
            "照片头部与像素不符：请重新拍摄",
        )
    return (over_white(image) if header.alpha else np.asarray(image, np.uint8)), damaged


def _by_opencv(data: bytes, header: PhotoHeader, factor: int) -> np.ndarray:
    """Of a PNG or WebP, whose decoders give nothing where anything is missing."""
    # orientation is ours to apply, so that the boxes and the size that the header says cannot disagree
    flags = cv2.IMREAD_UNCHANGED if header.alpha else REDUCED[factor] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise PhotoError(
            "undecodable", "the photo cannot be decoded: take it again", "照片无法解码：请重新拍摄"
        ) from error
    if image is None:
        raise PhotoError(
            "undecodable", "the photo is damaged or cut off: send it again", "照片已损坏或不完整：请重新发送"
        )
    return np.asarray(image)


def over_white(image: np.ndarray) -> Image:
    """BGR uint8 of a grey, BGR or BGRA array of 8 or 16 bits: what a viewer shows, not what transparency hides."""
    if image.ndim == 2:
        image = image[:, :, None]
    made = np.empty((*image.shape[:2], 3), np.uint8)
    for top in range(0, len(image), 256):  # in strips: a great photo at 16 bits would need a gigabyte at once
        strip = image[top : top + 256]
        strip = (strip >> 8 if strip.dtype == np.uint16 else strip).astype(np.uint16)
        if strip.shape[2] == 4:
            strip = (strip[:, :, :3] * strip[:, :, 3:] + 255 * (255 - strip[:, :, 3:]) + 127) // 255
        made[top : top + 256] = strip
    return made


def upright(image: Image, orientation: int) -> Image:
    """Applies an EXIF orientation of 1..8."""
    if orientation >= 5:
        image = np.asarray(cv2.transpose(image), np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return image if flip is None else np.asarray(cv2.flip(image, flip), np.uint8)
