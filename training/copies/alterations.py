"""What is done to a photo that is sent a second time: twenty alterations, of which half are held out.

The split stands here, before anything was chosen: TUNED chose the thresholds of `pipeline.intake.likeness`, HELD_OUT
and all pairs of two only test them. Each takes a photo (h, w, 3 uint8 BGR) and a generator, and gives another photo.
"""

from collections.abc import Callable

import cv2
import numpy as np

from models.detections import Image

Rng = np.random.Generator
Alteration = Callable[[Image, Rng], Image]


def reencoded(image: Image, quality: int, form: str = ".jpg") -> Image:
    """The photo after one round of JPEG (or .webp)."""
    way = cv2.IMWRITE_WEBP_QUALITY if form == ".webp" else cv2.IMWRITE_JPEG_QUALITY
    data = cv2.imencode(form, image, [way, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _mirrored(image: Image, rng: Rng) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def _oriented(image: Image, rng: Rng) -> Image:
    """As a viewer shows it under an EXIF orientation of 2 to 8."""
    turns = int(rng.integers(1, 8))
    image = np.asarray(np.rot90(image, turns % 4), np.uint8)
    return np.ascontiguousarray(image[:, ::-1] if turns >= 4 else image)


def _turn(image: Image, degrees: float) -> Image:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height)), np.uint8)


def _turned(image: Image, rng: Rng) -> Image:
    """By 2 to 3.5 degrees; the corners are black."""
    return _turn(image, float(rng.choice([-1, 1]) * rng.uniform(2, 3.5)))


def _turned_inside(image: Image, rng: Rng) -> Image:
    """By 3.5 to 5 degrees, and cut so that no corner is black."""
    degrees = float(rng.choice([-1, 1]) * rng.uniform(3.5, 5))
    height, width = image.shape[:2]
    slope = np.tan(np.radians(abs(degrees))) / 2
    y, x = int(width * slope), int(height * slope)
    return _turn(image, degrees)[y : height - y, x : width - x]


def _black_border(image: Image, rng: Rng) -> Image:
    """Of 3 to 12 % of the long side."""
    side = int(max(image.shape[:2]) * rng.uniform(0.03, 0.12))
    return _bordered(image, (side,) * 4, (0, 0, 0))


def _framed(image: Image, rng: Rng) -> Image:
    """In a frame of any colour, of 1 to 15 % of the long side, another at each side."""
    sides = tuple(int(side) for side in rng.uniform(0.01, 0.15, 4) * max(image.shape[:2]))
    return _bordered(image, sides, _colour(rng))


def _bordered(image: Image, sides: tuple[int, ...], colour: tuple[int, int, int]) -> Image:
    top, bottom, left, right = sides
    return np.asarray(cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour), np.uint8)


def _cropped(image: Image, rng: Rng) -> Image:
    """To 80 to 95 % of each side, from the middle."""
    share = float(rng.uniform(0.8, 0.95))
    height, width = image.shape[:2]
    y, x = int(height * (1 - share) / 2), int(width * (1 - share) / 2)
    return image[y : height - y, x : width - x]


def _cropped_aside(image: Image, rng: Rng) -> Image:
    """To 80 to 85 % of each side, from anywhere, and blown up to the size that it had."""
    height, width = image.shape[:2]
    high, wide = (int(side * share) for side, share in zip((height, width), rng.uniform(0.8, 0.85, 2), strict=True))
    y, x = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
    return np.asarray(cv2.resize(image[y : y + high, x : x + wide], (width, height)), np.uint8)


def _cut_off(image: Image, rng: Rng) -> Image:
    """Without 10 to 20 % at one side."""
    share, side = rng.uniform(0.1, 0.2), int(rng.integers(4))
    turned = np.rot90(image, side)
    return np.ascontiguousarray(np.rot90(turned[int(len(turned) * share) :], -side))


def _sticker(image: Image, rng: Rng) -> Image:
    """A patch of one colour over 5 to 10 % of the picture."""
    image, (height, width) = image.copy(), image.shape[:2]
    area, aspect = rng.uniform(0.05, 0.1) * height * width, rng.uniform(0.5, 2)
    high, wide = int(min((area / aspect) ** 0.5, height)), int(min((area * aspect) ** 0.5, width))
    y, x = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
    image[y : y + high, x : x + wide] = _colour(rng)
    return image


def _badge(image: Image, rng: Rng) -> Image:
    """A round badge with a word over 5 to 10 % of the picture, and a date along its foot."""
    image, (height, width) = image.copy(), image.shape[:2]
    radius = int((rng.uniform(0.05, 0.1) * height * width / np.pi) ** 0.5)
    middle = int(rng.integers(radius, width - radius + 1)), int(rng.integers(radius, height - radius + 1))
    cv2.circle(image, middle, radius, _colour(rng), -1, cv2.LINE_AA)
    cv2.putText(image, "NEW", (middle[0] - radius // 2, middle[1]), cv2.FONT_HERSHEY_SIMPLEX, radius / 60, (0, 0, 0), 3)
    foot = (10, height - 12)
    cv2.putText(image, "2026-11-30 08:15", foot, cv2.FONT_HERSHEY_SIMPLEX, width / 500, (0, 200, 255), 2)
    return image


def _darker(image: Image, rng: Rng) -> Image:
    light = rng.uniform(0.55, 0.85) * (np.arange(256) / 255) ** rng.uniform(1, 1.4)
    return np.asarray(cv2.LUT(image, np.clip(255 * light, 0, 255).astype(np.uint8)), np.uint8)


def _brighter(image: Image, rng: Rng) -> Image:
    """Up to clipping, with a cast."""
    light = image * rng.uniform(1.1, 1.35) * rng.uniform(0.9, 1.1, 3) + rng.uniform(5, 25)
    return np.clip(light, 0, 255).astype(np.uint8)


def _quality_30(image: Image, rng: Rng) -> Image:
    return reencoded(image, int(rng.integers(25, 41)))


def _webp(image: Image, rng: Rng) -> Image:
    """JPEG at 60, then WebP at 20 to 40."""
    return reencoded(reencoded(image, 60), int(rng.integers(20, 41)), ".webp")


def _half_size(image: Image, rng: Rng) -> Image:
    return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(image: Image, rng: Rng) -> Image:
    """A little, and noisy."""
    blur = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.8, 1.5)) * max(image.shape) / 1000)
    return np.clip(blur + rng.normal(0, rng.uniform(4, 10), image.shape), 0, 255).astype(np.uint8)


def _slanted(image: Image, rng: Rng) -> Image:
    """Each corner moved by up to 4 % of the sides."""
    height, width = image.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + (rng.uniform(-0.04, 0.04, (4, 2)) * (width, height)).astype(np.float32)
    return np.asarray(
        cv2.warpPerspective(image, cv2.getPerspectiveTransform(corners, moved), (width, height)), np.uint8
    )


def _screenshot(image: Image, rng: Rng) -> Image:
    """Stretched by up to 8 %, between the bars of a phone's screen."""
    height, width = image.shape[:2]
    stretched = np.asarray(cv2.resize(image, (width, int(height * rng.uniform(0.92, 1.08)))), np.uint8)
    top, foot, grey = int(0.06 * height), int(0.09 * height), int(rng.choice([0, 18, 255]))
    screen = _bordered(stretched, (top, foot, 0, 0), (grey,) * 3)
    ink = (255 - grey,) * 3
    cv2.putText(screen, "9:41", (width // 20, top * 2 // 3), cv2.FONT_HERSHEY_SIMPLEX, width / 700, ink, 2)
    for place in (1, 3, 5, 7):
        cv2.circle(screen, (width * place // 8, screen.shape[0] - foot // 2), foot // 6, ink, 2)
    return screen


def _filtered(image: Image, rng: Rng) -> Image:
    """Brown, and darker towards the corners."""
    height, width = image.shape[:2]
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) * (1 - 0.45 * rng.random() * (x * x + y * y))
    return np.clip(grey[..., None] * (0.8, 0.95, 1.05), 0, 255).astype(np.uint8)


def _colour(rng: Rng) -> tuple[int, int, int]:
    blue, green, red = (int(value) for value in rng.integers(0, 256, 3))
    return blue, green, red


TUNED: dict[str, Alteration] = {
    "mirrored": _mirrored,
    "turned by 2 to 3.5°": _turned,
    "black border": _black_border,
    "cropped to 80–95 %": _cropped,
    "cut off at one side": _cut_off,
    "patch of 5–10 %": _sticker,
    "slanted by up to 4 %": _slanted,
    "darker": _darker,
    "JPEG at 25–40": _quality_30,
    "half size": _half_size,
}
HELD_OUT: dict[str, Alteration] = {
    "EXIF orientation 2–8": _oriented,
    "turned by 3.5 to 5°, cut": _turned_inside,
    "uneven frame": _framed,
    "cropped aside to 80–85 %": _cropped_aside,
    "badge of 5–10 % and date": _badge,
    "brighter, with a cast": _brighter,
    "WebP at 20–40": _webp,
    "blurred and noisy": _blurred,
    "screenshot": _screenshot,
    "brown filter": _filtered,
}
ALTERATIONS = {**TUNED, **HELD_OUT}
