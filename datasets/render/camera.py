"""The pinhole camera of a rendered photo: world centimetres to picture pixels, with a slight barrel lens.

World axes: x to the right, y up from the floor, z away from the camera; the front of a display lies in z = 0.
Pixel coordinates are continuous: the centre of the top left pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Image = NDArray[np.uint8]
Box = tuple[float, float, float, float]

_HALF = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
_HALF_BACK = np.array([[1.0, 0.0, -0.5], [0.0, 1.0, -0.5], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Camera:
    """A camera at `position` (cm). `matrix` (3x3) takes world directions to homogeneous undistorted
    pixels.
    """

    position: Points
    matrix: Points
    width: int
    height: int
    barrel: float

    def project(self, points: Points) -> Points:
        """World points (N, 3) in cm to undistorted pixels (N, 2)."""
        rays = (np.asarray(points, np.float64) - self.position) @ self.matrix.T
        depth = np.maximum(rays[:, 2:3], 1e-3)
        return np.asarray(rays[:, :2] / depth, np.float64)

    def plane(self, origin: Points, right: Points, up: Points) -> Points:
        """Homography (3x3) from plane coordinates in cm (along `right` and `up` from `origin`) to pixels."""
        return np.asarray(self.matrix @ np.stack([right, up, origin - self.position], axis=1), np.float64)

    def slope(self, point: Points) -> tuple[float, float]:
        """Tangent of the downward view angle and azimuth (radians) under which `point` is seen."""
        ray = np.asarray(point, np.float64) - self.position
        level = float(np.hypot(ray[0], ray[2]))
        return float(-ray[1] / max(level, 1e-6)), float(np.arctan2(ray[0], ray[2]))

    def distort(self, pixels: Points) -> Points:
        """Undistorted pixels (N, 2) to pixels of the finished photo."""
        centre, radius = self._disc()
        offset = (np.asarray(pixels, np.float64) - centre) / radius
        source = np.hypot(offset[:, 0], offset[:, 1])
        target = source.copy()
        # Newton on source = target * (1 + barrel * (target^2 - 1)): three steps reach 1e-9 for |barrel| <
        # 0.1.
        for _ in range(4):
            value = target * (1 + self.barrel * (target**2 - 1)) - source
            target = target - value / (1 + self.barrel * (3 * target**2 - 1))
        scale = np.where(source > 1e-9, target / np.maximum(source, 1e-9), 1.0)
        return np.asarray(centre + offset * scale[:, None] * radius, np.float64)

    def lens_maps(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Maps for cv2.remap from the undistorted picture to the photo."""
        centre, radius = self._disc()
        x = (np.arange(self.width, dtype=np.float32) + 0.5 - centre[0]) / radius
        y = (np.arange(self.height, dtype=np.float32) + 0.5 - centre[1]) / radius
        gain = 1 + self.barrel * (x[None, :] ** 2 + y[:, None] ** 2 - 1)
        map_x = (x[None, :] * gain * radius + centre[0] - 0.5).astype(np.float32)
        map_y = (y[:, None] * gain * radius + centre[1] - 0.5).astype(np.float32)
        return map_x, map_y

    def _disc(self) -> tuple[Points, float]:
        centre = np.array([self.width / 2, self.height / 2])
        return centre, float(np.hypot(*centre))


def aim(
    position: Points,
    target: Points,
    roll_deg: float,
    outline: Points,
    size: tuple[int, int],
    frame: Box,
    barrel: float,
) -> Camera:
    """A camera at `position` looking at `target`, zoomed so that `outline` (N, 3) fits into `frame` (pixels).

    size is (width, height). Fitting is a zoom and a shift of the picture, as a crop of a wider photo would
    be.
    """
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.array([forward[2], 0.0, -forward[0]])
    right /= np.linalg.norm(right)
    up = np.array([0.0, 1.0, 0.0]) - forward[1] * forward
    down = -up / np.linalg.norm(up)
    turn = np.deg2rad(roll_deg)
    basis = np.stack([np.cos(turn) * right + np.sin(turn) * down, -np.sin(turn) * right + np.cos(turn) * down, forward])
    rays = (outline - position) @ basis.T
    flat = rays[:, :2] / rays[:, 2:3]
    low, high = flat.min(axis=0), flat.max(axis=0)
    space = np.array([frame[2] - frame[0], frame[3] - frame[1]])
    scale = float(np.min(space / (high - low)))
    middle = np.array([(frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2])
    shift = middle - scale * (low + high) / 2
    zoom = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]], [0.0, 0.0, 1.0]])
    return Camera(position, zoom @ basis, size[0], size[1], barrel)


def index_homography(homography: Points) -> Points:
    """The same homography between pixel indices (centres at whole numbers), which OpenCV's warps expect."""
    return np.asarray(_HALF_BACK @ homography @ _HALF, np.float64)


def bounding(points: Points) -> Box:
    """Smallest box (x1, y1, x2, y2) around points (N, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def clip(box: Box, width: int, height: int) -> Box:
    """The part of a box inside the picture; may have no area."""
    return (
        min(max(box[0], 0.0), float(width)),
        min(max(box[1], 0.0), float(height)),
        min(max(box[2], 0.0), float(width)),
        min(max(box[3], 0.0), float(height)),
    )


def area(box: Box) -> float:
    """Area of a box in square pixels."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def remap(image: Image, camera: Camera, *, nearest: bool = False) -> Image:
    """The picture through the lens."""
    maps = camera.lens_maps()
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    return np.asarray(cv2.remap(image, *maps, how, borderMode=cv2.BORDER_REPLICATE), image.dtype)
