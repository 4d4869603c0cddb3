"""The shipped detector: the mean of the drinks' detector, `detector_shops` and `detector_shops_polished`.

Averaging a network with what it became by further training keeps what it knew and what it learnt (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models", "Model soups"). The shares were chosen on select, calibration, drawn shelves
and the boxed shop photos: docs/vision.md.

Command: `shelfproof train detector_averaged` (seconds), after the other two.
"""

from pathlib import Path

from safetensors.torch import save_file

from training.configs.detector_shops import LAST as SHOPS
from training.configs.detector_shops import START as DRINKS
from training.ultralytics_offline import RUNS
from training.weights_mean import mean_weights

SHARES = {
    DRINKS: 0.3,
    SHOPS: 0.3,
    RUNS / "detector_shops_polished" / "weights" / "last.pt": 0.4,
}


def main(epochs: int | None = None) -> Path:
    """Averages and returns the weights' file. There are no epochs."""
    file: Path = RUNS / "detector_averaged.safetensors"
    save_file(mean_weights(SHARES), file)
    return file
