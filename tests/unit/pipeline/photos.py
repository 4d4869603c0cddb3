"""Photo files made in memory."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def scene(width: int = 90, height: int = 60) -> np.ndarray:
    """RGB picture whose four corners differ: red, green, blue and white quarters."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (250, 10, 10)
    picture[: height // 2, width // 2 :] = (10, 250, 10)
    picture[height // 2 :, : width // 2] = (10, 10, 250)
    picture[height // 2 :, width // 2 :] = (250, 250, 250)
    return picture


def encode(picture: Image.Image | np.ndarray, form: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(stream, form, **options)
    return stream.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    return made


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    """A picture that does not compress."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png_of_size(width: int, height: int) -> bytes:
    """A well-formed start of a PNG that claims any size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 2, 0, 0, 0, 0)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
