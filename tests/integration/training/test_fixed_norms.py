"""Training that keeps the start's batch statistics, on two small drawn photos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import training.detector
from datasets.crops import Image
from datasets.yolo import LabelledPhoto
from training.configs.detector_shops import START
from training.detector import DetectorConfig, start_model, train_detector

NORM = "model.0.bn.running_mean"
WEIGHT = "model.0.conv.weight"


@pytest.fixture
def photos(tmp_path: Path) -> list[LabelledPhoto]:
    made = []
    for number in range(2):
        image: Image = np.full((96, 96, 3), 90, np.uint8)
        image[20:80, 30:60] = (0, 0, 220)
        file = tmp_path / f"{number}.png"
        cv2.imwrite(str(file), image)
        made.append(LabelledPhoto(file, np.array([[30.0, 20, 60, 80]]) / 96, np.array([0])))
    return made


@pytest.mark.parametrize("fixed", [True, False])
def test_batch_statistics_stay_those_of_the_start(
    photos: list[LabelledPhoto], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixed: bool
) -> None:
    monkeypatch.setattr(training.detector, "RUNS", tmp_path / "runs")
    config = DetectorConfig("tiny", START, 1, image_size=96, batch=2, workers=0, fixed_norms=fixed)
    last = train_detector(config, photos, photos).with_name("last.pt")
    start, end = (start_model(file, 2).state_dict() for file in (START, last))
    assert np.allclose(start[NORM], end[NORM], atol=1e-3) is fixed  # kept in half precision
    assert not np.allclose(start[WEIGHT], end[WEIGHT], atol=1e-6)
