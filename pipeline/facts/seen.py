"""What was seen on a photo, as the facts are made of it: a name for each front, and what the photo cannot show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

SIDES = ("left", "top", "right", "bottom")  # in the order of a box's x1 y1 x2 y2


@dataclass(frozen=True)
class Recognised:
    """Per detection, in the order of the detections.

    codes: SKU code or `unknown`; None for a cooler. scores: cosine of the best code, 0 where nothing was matched.
    candidates: every code that the front may be; empty for coolers and for boxes too weak to count.
    enrolled: of the detections whose code is known from enrolment alone, by their index, `named` and `doubted` of
        `models.gallery.Matches`.
    """

    codes: tuple[str | None, ...]
    scores: tuple[float, ...]
    candidates: tuple[frozenset[str], ...]
    enrolled: Mapping[int, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Doubts:
    """cut: sides where the display runs out of the picture. glared: bool (n,), per detection: its name cannot be read.
    hidden: fronts that may stand behind a reflection. top_unseen: shelves may be above the topmost fronts, so that
    none of these has a row for sure; `display.read_display` is told, `widen.widen` has nothing to add."""

    cut: tuple[str, ...]
    glared: npt.NDArray[np.bool_]
    hidden: int
    top_unseen: bool = False

    def codes(self) -> list[str]:
        """Codes of the flags."""
        found = [f"cut_{side}" for side in SIDES if side in self.cut]
        found += ["top_unseen"] if self.top_unseen and "top" not in self.cut else []
        return found + (["glare"] if self.hidden or self.glared.any() else [])
