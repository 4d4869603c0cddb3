"""The shipped detector's weights in the form that each peer reads."""

import json
import shutil
from pathlib import Path

from models.detections import CLASSES

SIDE = 640
# Roboflow's own terms for what ultralytics trained: letterbox with grey, RGB in 0..1, suppression outside the network
_INFERENCE = {
    "network_input": {
        "training_input_size": {"height": SIDE, "width": SIDE},
        "dynamic_spatial_size_supported": False,
        "color_mode": "rgb",
        "resize_mode": "letterbox",
        "padding_value": 114,
        "input_channels": 3,
        "scaling_factor": 255,
    },
    "forward_pass": {"static_batch_size": 1},
    "post_processing": {"type": "nms", "fused": False},
}
_MODEL = {"model_architecture": "yolov8", "task_type": "object-detection", "backend_type": "onnx"}


def ultralytics_files(trained: Path, folder: Path) -> tuple[Path, Path]:
    """(.pt, .onnx) of ultralytics in `folder`; the .onnx takes any size, as its PyTorch does. Raises ImportError."""
    from training.rival import export_onnx, save_checkpoint  # torch, where the peers are measured only

    checkpoint = folder / "detector.pt"
    save_checkpoint(trained, checkpoint)
    return checkpoint, export_onnx(checkpoint, SIDE)


def roboflow_package(onnx: Path, folder: Path) -> Path:
    """A local model package for `inference_models.AutoModel`, with the .onnx that ultralytics exported."""
    package = folder / "roboflow"
    package.mkdir(exist_ok=True)
    shutil.copy(onnx, package / "weights.onnx")
    (package / "class_names.txt").write_text("\n".join(CLASSES))
    (package / "inference_config.json").write_text(json.dumps(_INFERENCE, indent=1))
    (package / "model_config.json").write_text(json.dumps(_MODEL, indent=1))
    return package
