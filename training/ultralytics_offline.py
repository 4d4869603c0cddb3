"""Ultralytics without network, settings folders or trackers: import this before `ultralytics`."""

import os
import shutil
from pathlib import Path

RUNS = Path(__file__).resolve().parents[1] / "runs"


def prepare() -> None:
    """Sets the environment that ultralytics reads when it is imported, and its settings afterwards."""
    config = RUNS / "ultralytics"
    font = config / "Ultralytics" / "Arial.ttf"
    os.environ.update(YOLO_OFFLINE="True", YOLO_AUTOINSTALL="False", YOLO_CONFIG_DIR=str(config))
    if not font.is_file():
        import matplotlib

        font.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", font)
    from ultralytics import settings

    settings.update(
        {
            "datasets_dir": str(RUNS / "data"),
            "weights_dir": str(RUNS / "weights"),
            "runs_dir": str(RUNS),
            **{name: False for name in ("sync", "mlflow", "comet", "wandb", "tensorboard") if name in settings},
        }
    )
