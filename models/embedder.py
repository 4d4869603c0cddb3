"""The embedder: crops of product fronts in, unit vectors out; near vectors are the same SKU.

The network: input `crops` float32 (n, 3, h, w), RGB normalised with the manifest's mean and std; output (n, d).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from models.detections import Image
from models.manifest import Manifest
from models.network_runner import FloatArray, NetworkRunner, planes
from models.stopwatch import Stopwatch
from models.views import vary, widened

ENROLMENT_COPIES = 4  # varied views of each reference: 3 points of new SKUs' top-1 with 5 references
BATCH_MAX = 64  # bounds memory; larger batches are not faster on a CPU


class Embedder:
    """Embedding with one runner; safe to share between threads."""

    def __init__(self, runner: NetworkRunner, manifest: Manifest) -> None:
        self._runner = runner
        self.manifest = manifest

    def embed(self, crops: Sequence[Image], stopwatch: Stopwatch | None = None) -> FloatArray:
        """float32 (n, d), each row of length 1, for n ≥ 1 BGR uint8 crops of any size ≥ 1 × 1.

        Raises ValueError where there is no crop: the width d is then unknown; FloatingPointError where the network
        answers with what is no number.
        """
        if not crops:
            raise ValueError("no crop to embed")
        stopwatch = stopwatch or Stopwatch()
        parts = []
        for start in range(0, len(crops), BATCH_MAX):
            batch = self._batch(crops[start : start + BATCH_MAX])
            with stopwatch.stage("embed_network"):
                parts.append(self._runner.run(batch)[0])
        vectors = np.concatenate(parts).astype(np.float32, copy=False)
        if not np.isfinite(vectors).all():  # one such row would make every front of the photo unknown
            raise FloatingPointError("the embedder's answer is not finite")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

    def views(self, references: Sequence[Image], copies: int = ENROLMENT_COPIES) -> FloatArray:
        """float32 (n, 1 + copies, d), unit vectors of n ≥ 1 references of one SKU: each as it is, then varied.

        references: tight BGR uint8 crops of the product's front. The same crops give the same vectors.
        """
        rng = np.random.default_rng(0)
        height = self.manifest.input_size
        width = self.manifest.input_width or height
        varied = [vary(widened(crop), width, height, rng) for _ in range(copies) for crop in references]
        vectors = self.embed([*references, *varied])
        return vectors.reshape(1 + copies, len(references), -1).swapaxes(0, 1)

    def prototype(self, references: Sequence[Image], copies: int = ENROLMENT_COPIES) -> FloatArray:
        """float32 (d,) of length 1: the mean of the references of one SKU and of `copies` varied views of each."""
        return mean_vector(self.views(references, copies))

    def _batch(self, crops: Sequence[Image]) -> FloatArray:
        height = self.manifest.input_size
        width = self.manifest.input_width or height
        resized = np.stack([resize_crop(crop, width, height) for crop in crops])
        mean, deviation = (np.array(values, np.float32) for values in (self.manifest.mean, self.manifest.std))
        batch = planes(resized, np.asarray(1 / (255 * deviation), np.float32))
        if mean.any():
            batch -= (mean / deviation)[:, None, None]
        return batch


def mean_vector(vectors: FloatArray) -> FloatArray:
    """float32 (d,) of length 1: the direction of the mean of `vectors`, (…, d)."""
    mean = vectors.reshape(-1, vectors.shape[-1]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def resize_crop(crop: Image, width: int, height: int) -> Image:
    """The crop at the network's size; bilinear up to a factor of 2, where it still sees every pixel."""
    far = crop.shape[0] > 2 * height or crop.shape[1] > 2 * width
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA if far else cv2.INTER_LINEAR))
