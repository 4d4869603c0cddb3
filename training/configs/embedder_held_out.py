"""How new SKUs fare: the shipped recipe without six SKUs, which are then enrolled from a few references.
Labels as they came, mistakes and all.

Command: `shelfproof train embedder_held_out` (writes runs/embedder_held_out.json); with the weights of an earlier run,
`python -m training.enrolment`.
"""

from pathlib import Path

from training.configs import imagenet_weights
from training.configs.embedder_field import EPOCHS, train_and_export
from training.embedder import EmbedderConfig
from training.enrolment import HELD_OUT, write_report
from training.ultralytics_offline import RUNS


def main(epochs: int | None = None) -> Path:
    """Trains without the six SKUs and returns the report's path."""
    start = imagenet_weights()
    config = EmbedderConfig("embedder_held_out", start, epochs or EPOCHS)
    train_and_export(config, "held-out", RUNS / config.name, HELD_OUT, mended=False)
    return write_report()
