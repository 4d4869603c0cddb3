"""How new SKUs fare: the shipped recipe without six SKUs, which are then enrolled from a few references.
Labels as they came, mistakes and all.

Command: `shelfproof train embedder_held_out` (writes runs/embedder_held_out.json); with the weights of an earlier run,
`python -m training.enrolment`.
"""

from pathlib import Path

from training.configs.embedder_field import train_and_export
from training.enrolment import HELD_OUT, write_report
from training.ultralytics_offline import RUNS


def main(epochs: int | None = None) -> Path:
    """Trains without the six SKUs and returns the report's path."""
    train_and_export("embedder_held_out", "held-out", RUNS / "embedder_held_out", epochs, HELD_OUT, mended=False)
    return write_report()
