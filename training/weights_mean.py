"""The mean of several networks' weights."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from models.detections import CLASSES
from training.detector import start_model


def mean_weights(shares: Mapping[Path, float]) -> dict[str, Tensor]:
    """The state of the networks' mean. shares: weights' file → its share, in all 1."""
    states = [(share, start_model(part, len(CLASSES)).state_dict()) for part, share in shares.items()]
    return {
        name: sum(share * state[name] for share, state in states) if value.is_floating_point() else value
        for name, value in states[0][1].items()
    }
