"""One module per experiment, its `main` the run; the docstring gives command, cost and score."""

from pathlib import Path

from datasets.splits import require_data

NAMES = (
    "detector_field", "detector_mixed", "detector_polished", "detector_shops", "detector_shops_polished",
    "detector_averaged", "detector_general", "detector_general_folds", "detector_folds",
    "detector_control", "detector_skus",
    "embedder_field", "embedder_held_out", "embedder_rivals",
)  # fmt: skip


def coco_weights() -> Path:
    """YOLO11n's weights from COCO, beside the field photos. Raises DatasetError where these are not."""
    return require_data().parent / "weights" / "yolo11n_coco.safetensors"


def imagenet_weights() -> Path:
    """MobileNetV3-small's features from ImageNet, beside the field photos. Raises DatasetError where these are not."""
    return require_data().parent / "weights" / "mobilenet_v3_small_features.onnx"
