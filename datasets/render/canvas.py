"""The picture under construction: textured quads, polygons and cut-out fronts, and which front each pixel
shows.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.render.camera import Camera, Image, Points, index_homography

Colour = tuple[float, float, float]


class Canvas:
    """`image` (H, W, 3 uint8 BGR) and `ids` (H, W uint16): number of the labelled front that owns a pixel,
    else 0.
    """

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.image: Image = np.zeros((camera.height, camera.width, 3), np.uint8)
        self.ids: NDArray[np.uint16] = np.zeros((camera.height, camera.width), np.uint16)

    def polygon(self, points: Points, colour: Colour, opacity: float = 1.0, *, hides: bool = True) -> None:
        """Fill the projection of world points (N, 3). `hides`: pixels no longer show what stood there."""
        self.flat(self.camera.project(points), colour, opacity, hides=hides)

    def flat(self, pixels: Points, colour: Colour, opacity: float = 1.0, *, hides: bool = True) -> None:
        """Fill a polygon given in pixels (N, 2)."""
        window = self._window(pixels)
        if window is None:
            return
        x1, y1, x2, y2 = window
        mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
        cv2.fillPoly(mask, [self._fixed(pixels, x1, y1)], (255,), cv2.LINE_AA, 4)
        self._blend(window, np.array(colour), mask, opacity, hides)

    def quad(self, corners: Points, texture: Image, opacity: float = 1.0, *, hides: bool = True) -> None:
        """Stretch a texture (h, w, 3) over a world quad: corners (4, 3) top left, top right, bottom right,
        bottom left.
        """
        height, width = texture.shape[:2]
        pixels = self.camera.project(corners)
        window = self._window(pixels)
        if window is None:
            return
        x1, y1, x2, y2 = window
        source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(source, (pixels - (x1, y1)).astype(np.float32))
        size = (x2 - x1, y2 - y1)
        matrix = index_homography(np.asarray(matrix, np.float64))
        warped = cv2.warpPerspective(texture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillConvexPoly(mask, self._fixed(pixels, x1, y1), (255,), cv2.LINE_AA, 4)
        self._blend(window, np.asarray(warped, np.uint8), mask, opacity, hides)

    def cutout(self, sprite: Image, homography: Points, gain: Colour, number: int) -> None:
        """Paste a cut-out (h, w, 4 BGRA); `homography` takes its pixels to the picture, `gain` tints it,
        `number` owns.
        """
        height, width = sprite.shape[:2]
        corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64) @ homography.T
        window = self._window(corners[:, :2] / corners[:, 2:3])
        if window is None:
            return
        x1, y1, x2, y2 = window
        shifted = np.array([[1.0, 0, -x1], [0, 1.0, -y1], [0, 0, 1.0]]) @ homography
        patch = cv2.warpPerspective(sprite, index_homography(shifted), (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
        alpha = patch[:, :, 3]
        tinted = cv2.multiply(patch[:, :, :3], np.array([*gain, 0.0]))
        self._blend(window, np.asarray(tinted, np.uint8), np.ascontiguousarray(alpha), 1.0, False)
        self.ids[y1:y2, x1:x2][alpha > 100] = number

    @staticmethod
    def _fixed(pixels: Points, x1: int, y1: int) -> NDArray[np.int32]:
        # OpenCV's fills take 28.4 fixed point and centres at whole numbers.
        return np.asarray(np.round((np.clip(pixels, -30000, 30000) - (x1 + 0.5, y1 + 0.5)) * 16), np.int32)

    def _window(self, pixels: Points) -> tuple[int, int, int, int] | None:
        low = np.floor(np.clip(pixels.min(axis=0), -1e6, 1e6)).astype(int) - 1
        high = np.ceil(np.clip(pixels.max(axis=0), -1e6, 1e6)).astype(int) + 1
        x1, y1 = max(int(low[0]), 0), max(int(low[1]), 0)
        x2, y2 = min(int(high[0]), self.camera.width), min(int(high[1]), self.camera.height)
        return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None

    def _blend(
        self,
        window: tuple[int, int, int, int],
        colour: Image | NDArray[np.float64],
        mask: Image,
        opacity: float,
        hides: bool,
    ) -> None:
        x1, y1, x2, y2 = window
        region = self.image[y1:y2, x1:x2]
        patch = colour if colour.ndim == 3 else np.broadcast_to(np.clip(colour, 0, 255).astype(np.uint8), region.shape)
        weight = mask * np.float32(opacity / 255.0)
        region[:] = cv2.blendLinear(np.ascontiguousarray(patch), np.ascontiguousarray(region), weight, 1 - weight)
        if hides:
            self.ids[y1:y2, x1:x2][mask > 127] = 0
