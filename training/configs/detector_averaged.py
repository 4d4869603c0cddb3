"""The shipped detector: the mean of the weights of the drinks' detector, a third, and of `detector_shops`.

Averaging a network with what it became by further training keeps what it knew and what it learnt (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models"). The shares were chosen on select, calibration, drawn shelves and the boxed
shop photos: training/LOG.md.

Command: `shelfproof train detector_averaged` (seconds), after `detector_shops`.
"""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from models.detections import CLASSES
from training.configs.detector_shops import START as DRINKS
from training.detector import start_model
from training.ultralytics_offline import RUNS

OLD_SHARE = 0.35  # of what the drinks' detector knows
SHARES = {DRINKS: OLD_SHARE, RUNS / "detector_shops" / "weights" / "last.pt": 1 - OLD_SHARE}


def main(epochs: int | None = None) -> Path:
    """Averages and returns the weights' file. There are no epochs."""
    file: Path = RUNS / "detector_averaged.safetensors"
    save_file(mean_weights(SHARES), file)
    return file


def mean_weights(shares: Mapping[Path, float]) -> dict[str, Tensor]:
    """The state of the networks' mean. shares: weights' file → its share, in all 1."""
    states = [(share, start_model(part, len(CLASSES)).state_dict()) for part, share in shares.items()]
    return {
        name: sum(share * state[name] for share, state in states) if value.is_floating_point() else value
        for name, value in states[0][1].items()
    }
