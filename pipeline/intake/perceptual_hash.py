"""A perceptual hash: 256 bits that stay nearly the same when a photo is re-encoded, resized or lightly edited.

After PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): area-averaged
luminance at 64 × 64, the 16 × 16 lowest cosine frequencies without the constant ones, each against their median. Not
bit-equal to PDQ: that one smooths with two tent filters instead of averaging areas.

Measured on 181 field photos of 416 px (train, selection, calibration) and 48 shop photos of up to 12 megapixels:

    copy                                   bits that differ, at most     within 31
    JPEG quality 40, half size, blur,      10                            229 of 229
    noise, half size at quality 30
    gamma 0.7 or 1.3                       26                            229 of 229
    2 % cut off, or a date stamped on it   40                            96 % and 90 %
    photos of different displays           78 at least (17,418 pairs)    none
    second photo of one display            8 (a re-encoded copy), 38, 78 and more

Mirrored and turned copies are found by the turns of the hash (`turned_hashes`), framed ones since the frame is taken
off first (`unframed`); those cropped, stickered, slanted or turned by a few degrees by `pipeline.intake.likeness`.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from models.detections import Image
from pipeline.thresholds import FRAME_JUMP_MIN, FRAME_SHARE_MAX, FRAME_SPREAD_MAX

HASH_BYTES = 32
_SIDE, _FREQUENCIES = 64, 16
_FADE = 8  # lines in which resizing and JPEG may mix a frame with the picture


def perceptual_hash(grey: Image) -> bytes:
    """32 bytes of a uint8 (h, w) luminance image (`grey.small_grey`)."""
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    basis = _cosines()
    spectrum = basis @ small @ basis.T
    return np.packbits(spectrum > np.median(spectrum)).tobytes()


@lru_cache(maxsize=1)
def _cosines() -> npt.NDArray[np.float32]:
    """(16, 64): rows 1..16 of the DCT-II of length 64."""
    rows = np.arange(1, _FREQUENCIES + 1)[:, None]
    columns = np.arange(_SIDE)[None, :]
    return np.asarray(np.cos(np.pi / (2 * _SIDE) * rows * (2 * columns + 1)), np.float32)


def turned_hashes(value: bytes) -> tuple[bytes, ...]:
    """The hash of the same picture in each of its eight turns: as it is, mirrored, turned by quarters, both.

    Mirroring turns the sign of the odd frequencies of that direction, and with it their bits; a quarter turn exchanges
    rows and columns besides. So it needs no second look at the picture, and keeps distances: the turns of one hash are
    as far from another as the other's turns are from it. The hash of a picture that is mirrored itself may differ in a
    few bits, since the median then is another.
    """
    bits = np.unpackbits(np.frombuffer(value, np.uint8)).reshape(_FREQUENCIES, _FREQUENCIES)
    odd = (np.arange(_FREQUENCIES) % 2 == 0).astype(np.uint8)  # the rows are the frequencies 1..16
    flips = [rows[:, None] ^ columns[None] for rows in (0 * odd, odd) for columns in (0 * odd, odd)]
    return tuple(np.packbits(way ^ flip).tobytes() for way in (bits, bits.T) for flip in flips)


def unframed(grey: Image) -> Image:
    """The picture without a flat frame: lines at its edges of one grey, then a jump to the picture itself.

    A frame of any grey, up to FRAME_SHARE_MAX of the picture at each side; a side without one is left as it is. A wall
    or a floor that fades into the picture has no jump, so that it is not cut now here, now there.
    """
    top, bottom = _frame_lines(grey), _frame_lines(grey[::-1])
    inner = grey[top : len(grey) - bottom]
    left, right = _frame_lines(inner.T), _frame_lines(inner.T[::-1])
    return inner[:, left : inner.shape[1] - right]


def _frame_lines(grey: Image) -> int:
    """How many rows, from the first one on, are a frame."""
    rows = grey[: int(len(grey) * FRAME_SHARE_MAX) + _FADE].astype(np.float32)
    means = rows.mean(axis=1)
    framing = (rows.std(axis=1) <= FRAME_SPREAD_MAX) & (np.abs(means - means[0]) <= FRAME_SPREAD_MAX)
    away = np.median(np.abs(rows - means[0]), axis=1) >= FRAME_JUMP_MIN
    if not framing[0] or not away.any():
        return 0
    end = int(away.argmax())
    return end if framing[: max(1, end - _FADE)].all() else 0


def hamming(one: bytes, other: bytes) -> int:
    """Number of differing bits of two hashes of equal length."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
