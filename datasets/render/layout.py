"""Where the fronts of a display stand: rows, slots and stacks in cm, from a planogram or from a random
stocking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from datasets.render.sku import SHAPES, Sku

Plan = Sequence[Sequence[str | None]]

_GAP_WIDTH = 6.8
_SPACING = 0.5


@dataclass(frozen=True)
class Slot:
    """One column of a row, `x` cm from the left wall to its middle; `sku` None means a gap."""

    x: float
    width: float
    sku: Sku | None
    stack: int = 1
    behind: int = 2


@dataclass(frozen=True)
class Row:
    """One shelf: `floor` cm above the ground, `clear` cm up to the next one."""

    floor: float
    clear: float
    slots: tuple[Slot, ...] = field(default=())


def _width(sku: Sku | None) -> float:
    return _GAP_WIDTH if sku is None else 2 * SHAPES[sku.look.shape].radius


def _tall(sku: Sku | None) -> float:
    return 12.0 if sku is None else SHAPES[sku.look.shape].height


def from_plan(plan: Plan, skus: Sequence[Sku], rng: np.random.Generator, base: float) -> tuple[float, list[Row]]:
    """Inner width (cm) and rows from the top for exactly the fronts of `plan`; None leaves a slot empty.

    Raises ValueError for an empty plan or a code that is not among `skus`.
    """
    known = {sku.code: sku for sku in skus}
    unknown = sorted({code for row in plan for code in row if code is not None} - known.keys())
    if unknown or not any(plan):
        raise ValueError(f"plan names unknown products {unknown}" if unknown else "plan has no slot: give it a row")
    rows = [[None if code is None else known[code] for code in row] for row in plan]
    widths = [sum(_width(sku) + _SPACING for sku in row) for row in rows]
    inner = max(max(widths) + 1.5, 34.0)
    placed = []
    for row, width in zip(rows, widths, strict=True):
        spread = min((inner - 1.5 - width) / max(len(row), 1), 2.5)
        x = (inner - width - spread * len(row)) / 2
        slots = []
        for sku in row:
            step = _width(sku) + _SPACING + spread
            slots.append(
                Slot(
                    x + step / 2,
                    _width(sku),
                    sku,
                    1,
                    int(rng.integers(0, 2) if rng.random() < 0.15 else rng.integers(2, 5)),
                )
            )
            x += step
        placed.append(slots)
    return inner, _stand(placed, rng, base)


def _stand(placed: list[list[Slot]], rng: np.random.Generator, base: float) -> list[Row]:
    heights = [max([_tall(slot.sku) * slot.stack for slot in row] or [12.0]) + rng.uniform(3.5, 9) for row in placed]
    rows, floor = [], base
    for slots, clear in zip(reversed(placed), reversed(heights), strict=True):
        rows.append(Row(floor, float(clear), tuple(slots)))
        floor += float(clear) + 2.0
    return rows[::-1]


def stock(skus: Sequence[Sku], rng: np.random.Generator, base: float, *, dense: bool) -> tuple[float, list[Row]]:
    """A random stocking: 2-5 rows of blocks of the same product, now and then gaps and stacks; `dense`: 9-14
    rows.
    """
    inner = float(rng.uniform(46, 88))
    count = int(rng.choice([2, 3, 4, 5], p=[0.12, 0.28, 0.4, 0.2]))
    if dense:
        inner, count = float(rng.uniform(150, 230)), int(rng.integers(9, 15))
    full = rng.uniform(0.9, 1.03)
    placed = []
    for number in range(count):
        shelf = list(skus)
        if rng.random() < 0.7:  # most shelves hold one kind of pack, the tall ones lower down
            pack = "can" if rng.random() < 0.75 - 0.6 * number / count else "bottle"
            shelf = [sku for sku in skus if sku.pack == pack] or shelf
        placed.append(_fill(shelf, inner, rng, float(full)))
    return inner, _stand(placed, rng, base)


def _fill(shelf: Sequence[Sku], inner: float, rng: np.random.Generator, full: float) -> list[Slot]:
    slots: list[Slot] = []
    x = float(rng.uniform(0.5, 2))
    loose = float(rng.choice([0.2, 0.5, 1.2, 2.5]))
    stacked = rng.random() < 0.16
    depth = int(rng.integers(0, 2) if rng.random() < 0.2 else rng.integers(2, 6))
    while True:
        sku = shelf[int(rng.integers(len(shelf)))]
        stack = 2 if stacked and sku.pack != "bottle" and rng.random() < 0.85 else 1
        for _ in range(int(rng.integers(1, 7))):
            width = _width(sku)
            if x + width > inner - 0.5:
                return slots
            gap = rng.random() > full
            slots.append(
                Slot(x + width / 2, width, None if gap else sku, stack, max(depth - int(rng.integers(0, 3)), 0))
            )
            x += width + float(rng.uniform(0.1, loose + 0.15))
