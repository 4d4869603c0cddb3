"""The shipped detector: the mean of the weights of the drinks' detector, `detector_wide` and `detector_wide_polished`.

Averaging a network with what it became by further training keeps what it knew and what it learnt (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models" and "Model soups"). mAP50-95 of fronts, against the drinks' detector: select
0.664 (0.648), calibration 0.653 (0.665), rendered photos 0.690 (0.622), drawn shelves 0.660 (0.396).

Command: `shelfproof train detector_averaged` (seconds), after the other two.
"""

from pathlib import Path

from safetensors.torch import save_file

from models.detections import CLASSES
from training.configs.detector_wide import START as DRINKS
from training.detector import start_model
from training.ultralytics_offline import RUNS

PARTS = (DRINKS, *(RUNS / run / "weights" / "last.pt" for run in ("detector_wide", "detector_wide_polished")))


def main(epochs: int | None = None) -> Path:
    """Averages, with equal shares, and returns the weights' file. There are no epochs."""
    states = [start_model(part, len(CLASSES)).state_dict() for part in PARTS]
    mean = {
        name: sum(state[name] for state in states) / len(states) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    file: Path = RUNS / "detector_averaged.safetensors"
    save_file({name: value.contiguous() for name, value in mean.items()}, file)
    return file
