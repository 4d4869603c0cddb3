"""Reference pictures for the gallery: one front, photographed by somebody who holds or stands it before the
phone.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from datasets.render.camera import Image
from datasets.render.front import Light, sprite
from datasets.render.phone import develop, draw_phone
from datasets.render.sku import SHAPES, Sku
from datasets.render.surroundings import texture, tint


def render_reference(sku: Sku, seed: int, size: int = 160) -> Image:
    """A crop of one front, (h, w, 3) uint8 BGR with the longer side `size`: viewpoint, light and blur differ
    a little.

    The same arguments give the same bytes.
    """
    rng = np.random.default_rng([seed, 0x4EF, *sku.code.encode()])
    light = Light(float(rng.uniform(-0.8, 0.8)), bool(rng.random() < 0.5), float(rng.uniform(0.5, 1.3)))
    slope, turn = float(rng.uniform(-0.05, 0.3)), float(rng.normal(0, 0.04))
    drawn = sprite(sku.look, size * 1.6 / SHAPES[sku.look.shape].height, slope, turn, light)
    rows, columns = np.nonzero(drawn.image[:, :, 3])
    cut = drawn.image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    pad = round(len(cut) * 0.05)
    cut = np.pad(cut, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    cut[:pad, :, 3] = cut[-pad:, :, 3] = cut[:, :pad, 3] = cut[:, -pad:, 3] = 0
    height, width = cut.shape[:2]
    roll = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 2)), 1.0)
    roll[0, 1] += rng.normal(0, 0.02)
    cut = np.asarray(cv2.warpAffine(cut, roll, (width, height)), np.uint8)
    ground = cv2.resize(texture(rng, tint(rng, (0, 0.4), (0.2, 0.9)), 0.3), (width, height)).astype(np.float32)
    weight = cut[:, :, 3:].astype(np.float32) / 255
    mixed = (ground + weight * (cut[:, :, :3] - ground)).astype(np.uint8)
    scale = size / height
    small = cv2.resize(mixed, (max(round(width * scale), 1), size), interpolation=cv2.INTER_AREA)
    phone = draw_phone(rng, "ok")
    # `blur` is per thousand of the longer side: a crop is a small part of a photo.
    phone = replace(phone, blur=float(rng.uniform(1, 5)), shrink=1.0, glare=0.0, noise=phone.noise / 2)
    return develop(np.asarray(small, np.uint8), phone, rng)
