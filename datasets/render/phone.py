"""What a phone does to the light: exposure, white balance, blur, noise, sharpening, small sensors and
JPEG.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from datasets.render.camera import Image


@dataclass(frozen=True)
class Phone:
    """Settings of one shot. Blur and motion are in thousandths of the picture's longer side."""

    exposure: float = 1.0
    gamma: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = 0.15
    haze: float = 0.0
    glare: float = 0.0
    blur: float = 0.35
    motion: float = 0.0
    noise: float = 3.0
    sharpen: float = 0.4
    shrink: float = 1.0
    jpeg: int = 85


def draw_phone(rng: np.random.Generator, quality: str) -> Phone:
    """Random settings that give a photo of the wanted quality."""
    warm = float(rng.normal(0, 0.06))
    green = float(rng.normal(0, 0.025))
    phone = Phone(
        exposure=float(rng.uniform(0.8, 1.25)),
        gamma=float(rng.uniform(0.85, 1.2)),
        balance=(1 - warm, 1 + green, 1 + warm),
        vignette=float(rng.uniform(0, 0.4)),
        haze=float(rng.uniform(0, 0.12)) if rng.random() < 0.4 else 0.0,
        glare=float(rng.uniform(0.1, 0.35)) if rng.random() < 0.2 else 0.0,
        blur=float(rng.uniform(0.2, 0.75)),
        noise=float(rng.uniform(1, 6)),
        sharpen=float(rng.uniform(0, 0.9)),
        shrink=float(rng.uniform(0.4, 0.8)) if rng.random() < 0.25 else 1.0,
        jpeg=int(rng.integers(60, 96)),
    )
    if quality == "dark":
        return replace(phone, exposure=float(rng.uniform(0.22, 0.4)), noise=float(rng.uniform(4, 9)), vignette=0.5)
    if quality == "blurry":
        motion = float(rng.uniform(4, 9)) if rng.random() < 0.5 else 0.0
        return replace(
            phone,
            blur=float(rng.uniform(2.6, 4.6)),
            motion=motion,
            sharpen=0.0,
            haze=float(rng.uniform(0, 0.3)),
        )
    if quality == "glare":
        return replace(
            phone,
            glare=float(rng.uniform(0.45, 0.8)),
            haze=float(rng.uniform(0.15, 0.35)),
            exposure=float(rng.uniform(1.0, 1.3)),
        )
    return phone


def develop(image: Image, phone: Phone, rng: np.random.Generator) -> Image:
    """The picture (H, W, 3 uint8 BGR) as the phone would store it, JPEG artefacts included."""
    height, width = image.shape[:2]
    side = max(height, width)
    if phone.shrink < 1:
        small = (round(width * phone.shrink), round(height * phone.shrink))
        image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), max(phone.blur * side * phone.shrink / 1000, 0.2)), np.uint8)
    if phone.motion > 0:
        image = _smear(image, phone.motion * side * phone.shrink / 1000, float(rng.uniform(0, 180)))
    levels = np.arange(256, dtype=np.float32) / 255
    # A soft shoulder keeps highlights from clipping hard, as phones do.
    curve = (levels**phone.gamma)[:, None] * phone.exposure * np.array(phone.balance, np.float32)
    curve = np.where(curve > 0.8, 0.8 + 0.2 * (1 - np.exp(-(curve - 0.8) / 0.2)), curve) * 255
    light = np.asarray(cv2.LUT(image, np.ascontiguousarray(curve[None].astype(np.float32))), np.float32)
    light *= _field(rng, light.shape[:2], phone.vignette)[..., None]
    if phone.glare > 0:
        light += _flare(rng, light.shape[:2], phone.glare)[..., None]
    if phone.haze > 0:
        light += phone.haze * (np.float32(215) - light)
    light += np.float32(phone.noise) * _grain(rng, light.shape[:2])[..., None]
    colour = rng.standard_normal((light.shape[0] // 4 + 1, light.shape[1] // 4 + 1, 3), dtype=np.float32)
    light += np.float32(phone.noise * 0.6) * cv2.resize(colour, (light.shape[1], light.shape[0]))
    image = np.clip(light, 0, 255).astype(np.uint8)
    if phone.sharpen > 0:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        image = np.asarray(cv2.addWeighted(image, 1 + phone.sharpen, soft, -phone.sharpen, 0), np.uint8)
    if phone.shrink < 1:
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return recompress(image, phone.jpeg)


def recompress(image: Image, quality: int) -> Image:
    """The image after one JPEG round."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _grain(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """White noise; a large field is a tile put side by side, which the eye does not see and costs a fifth."""
    tile = rng.standard_normal((min(size[0], 509), min(size[1], 499)), dtype=np.float32)
    copies = (-(-size[0] // tile.shape[0]), -(-size[1] // tile.shape[1]))
    return np.tile(tile, copies)[: size[0], : size[1]]


def _smear(image: Image, length: float, angle_deg: float) -> Image:
    size = max(int(length) | 1, 3)
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1
    turn = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), angle_deg, 1)
    kernel = np.asarray(cv2.warpAffine(kernel, turn, (size, size)), np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def _field(
    rng: np.random.Generator, size: tuple[int, int], vignette: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Uneven light: falls off to the corners and to one random side."""
    y = np.linspace(-1, 1, size[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, size[1], dtype=np.float32)[None, :]
    slope = rng.normal(0, 0.07, 2).astype(np.float32)
    return np.asarray(1 - np.float32(vignette / 2) * (x * x + y * y) + slope[0] * x + slope[1] * y, np.float32)


def _flare(
    rng: np.random.Generator, size: tuple[int, int], strength: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """One to three soft lamps, the light that spills from a door or a window."""
    y = np.linspace(0, 1, size[0], dtype=np.float32)[:, None]
    x = np.linspace(0, 1, size[1], dtype=np.float32)[None, :]
    total = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        centre = rng.uniform(0, 1, 2).astype(np.float32)
        spread = rng.uniform(0.05, 0.35, 2).astype(np.float32)
        total += np.exp(-(((x - centre[0]) / spread[0]) ** 2) - ((y - centre[1]) / spread[1]) ** 2)
    return np.asarray(total * np.float32(260 * strength), np.float32)
