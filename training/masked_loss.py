"""Ultralytics' detection loss that learns nothing in ignored areas, where labels leave fronts out."""

from collections.abc import Callable
from typing import Any

import torch
from ultralytics.utils.loss import v8DetectionLoss
from ultralytics.utils.ops import xywh2xyxy
from ultralytics.utils.tal import make_anchors


class MaskedLoss(v8DetectionLoss):  # type: ignore[misc]
    """Boxes of a class beyond the model's are ignored areas: anchors inside them are not told that there is no front.

    An anchor that a labelled box claims is learnt as ever, and coolers, the last class, are learnt everywhere.
    """

    def __init__(self, model: Any, **kwargs: Any) -> None:
        super().__init__(model, **kwargs)
        self._everywhere = torch.nn.BCEWithLogitsLoss(reduction="none")
        self._ignored = torch.zeros(0)
        self.bce: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = self._masked

    def get_assigned_targets_and_loss(self, preds: Any, batch: Any, **kwargs: Any) -> Any:
        ignored = batch["cls"].view(-1) >= self.nc
        anchors, strides = make_anchors(preds["feats"], self.stride, 0.5)
        height, width = (side * self.stride[0] for side in preds["feats"][0].shape[2:])
        boxes = xywh2xyxy(batch["bboxes"][ignored].to(self.device)) * torch.stack([width, height, width, height])
        self._ignored = inside(anchors * strides, boxes, batch["batch_idx"][ignored].long(), len(preds["scores"]))
        kept = {**batch, **{name: batch[name][~ignored] for name in ("cls", "bboxes", "batch_idx")}}
        return super().get_assigned_targets_and_loss(preds, kept, **kwargs)

    def _masked(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        weights = torch.ones_like(targets)
        fronts = targets[..., :-1]
        weights[..., :-1] = (~self._ignored[..., None] | (fronts > 0)).to(targets.dtype)
        return torch.as_tensor(self._everywhere(logits, targets) * weights)


def inside(points: torch.Tensor, boxes: torch.Tensor, photos: torch.Tensor, count: int) -> torch.Tensor:
    """bool (count, anchors): whether each point (anchors, 2) lies in a box (n, 4) x1 y1 x2 y2 of that photo.

    photos: int64 (n,), the photo in the batch that each box is of.
    """
    within = (points[None] >= boxes[:, None, :2]).all(2) & (points[None] <= boxes[:, None, 2:]).all(2)
    covered = torch.zeros(count, len(points), dtype=torch.int32, device=points.device)
    covered.index_add_(0, photos.to(points.device), within.to(torch.int32))
    return covered > 0
